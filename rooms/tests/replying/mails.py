"""Answers as mail programs write them, to a mail from `Rooms <rooms@chat.example.org>`."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

OURS = """\
Lobby

* Alice Moreau mentioned you in Lobby:
  @Bob Okafor are you there?
  https://chat.example.org/messages/12/
https://chat.example.org/rooms/lobby/

Answer this mail to write in Lobby.

-- 
You get this because you wanted e-mail from Garden.
No more e-mail: https://chat.example.org/outside/unsubscribe/1:abc/
Settings: https://chat.example.org/accounts/outside/
"""


def quoted(mark: str = "> ") -> str:
    return "\n".join(f"{mark}{line}".rstrip() for line in OURS.splitlines())


UNMARKED = f"""\
From: Rooms <rooms@chat.example.org>
Sent: Friday, November 27, 2026 10:00 AM
To: Bob Okafor <bob@example.org>
Subject: Alice Moreau mentioned you in Lobby

{OURS}"""

PROGRAMS = {
    "gmail": f"{{}}\n\nOn Fri, Nov 27, 2026 at 10:00 AM Rooms <rooms@chat.example.org> wrote:\n\n{quoted()}\n",
    "gmail, broken": f"{{}}\n\nOn Fri, Nov 27, 2026 at 10:00 AM Rooms <rooms@chat.example.org>\nwrote:\n\n{quoted()}\n",
    "gmail, japanese": f"{{}}\n\n2026年11月27日(金) 10:00 Rooms <rooms@chat.example.org>:\n\n{quoted()}\n",
    "gmail, german": (
        f"{{}}\n\nAm Fr., 27. Nov. 2026 um 10:00 Uhr schrieb Rooms <\nrooms@chat.example.org>:\n\n{quoted()}\n"
    ),
    "apple": (
        f"{{}}\n\nSent from my iPhone\n\n> On 27 Nov 2026, at 10:00, Rooms <rooms@chat.example.org> wrote:\n"
        f"> \n> \ufeff{OURS.partition(chr(10))[0]}\n{quoted()}\n"
    ),
    "apple, japanese": (
        f"{{}}\n\niPhoneから送信\n\n> 2026/11/27 10:00、Rooms <rooms@chat.example.org>のメール:\n> \n{quoted()}\n"
    ),
    "outlook": f"{{}}\n\n________________________________\n{UNMARKED}",
    "outlook, bold": f"{{}}\n\n{UNMARKED.replace('From:', '*From:*').replace('Sent:', '*Sent:*')}",
    "outlook, by name": f"{{}}\n\n-----Original Message-----\n{UNMARKED.replace(' <rooms@chat.example.org>', '')}",
    "outlook, german": (
        f"{{}}\n\nVon: Rooms <rooms@chat.example.org>\nGesendet: Freitag, 27. November 2026 10:00\nAn: Bob\n"
        f"Betreff: Alice Moreau mentioned you in Lobby\n\n{OURS}"
    ),
    "outlook, japanese": (
        f"{{}}\n\n________________________________\n差出人: Rooms <rooms@chat.example.org>\n"
        f"送信日時: 2026年11月27日 10:00\n宛先: Bob\n件名: Alice Moreau mentioned you in Lobby\n\n{OURS}"
    ),
    "outlook for ios": f"{{}}\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\n{UNMARKED}",
    "thunderbird": f"{{}}\n\nOn 11/27/26 10:00, Rooms wrote:\n{quoted()}\n",
    "thunderbird, below": f"On 11/27/26 10:00, Rooms wrote:\n{quoted()}\n\n{{}}\n\n-- \nBob Okafor\n+44 20 7946 0000\n",
    "thunderbird, japanese": f"{{}}\n\nOn 2026/11/27 10:00, Rooms wrote:\n{quoted()}\n",
    "becky": (
        f"{{}}\n\nOn Fri, 27 Nov 2026 10:00:00 +0900\nRooms <rooms@chat.example.org> wrote:\n\n{quoted()}\n\n"
        "-- \nBob <bob@example.org>\n"
    ),
    "becky, below": (
        f"On Fri, 27 Nov 2026 10:00:00 +0900\nRooms <rooms@chat.example.org> wrote:\n\n{quoted()}\n\n{{}}\n"
    ),
    "mutt": f"On Fri, Nov 27, 2026 at 10:00:00AM +0000, Rooms wrote:\n{quoted()}\n\n{{}}\n",
    "samsung": (
        f"{{}}\n\nVon meinem Samsung Galaxy Smartphone gesendet.\n\n-------- Ursprüngliche Nachricht --------\n"
        f"Von: Rooms <rooms@chat.example.org>\nDatum: 27.11.26  10:00  (GMT+01:00)\nAn: bob@example.org\n\n{OURS}"
    ),
    "nothing around": "{}\n",
}
"""What each makes of an answer, which stands at the {}."""


def answer(
    text: str = "Yes, I am.",
    to: str = "",
    sender: str = "Bob Okafor <bob@example.org>",
    id: str = "<one@mail.example.org>",
    charset: str = "utf-8",
    **headers: str,
) -> EmailMessage:
    """A mail with plain text. `headers`: others of it, with _ for -."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = sender, to, id
    mail["Subject"], mail["Date"] = "Re: Alice Moreau mentioned you in Lobby", "Fri, 27 Nov 2026 10:05:00 +0000"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text, charset=charset)
    return mail


def raw(charset: str, body: bytes, to: str, **headers: Any) -> bytes:
    """A mail whose text is these bytes, whatever they are."""
    lines = {"From": "bob@example.org", "To": to, "Message-ID": "<raw@mail.example.org>", **headers}
    lines = {"Content-Type": f"text/plain; charset={charset}", "Content-Transfer-Encoding": "8bit", **lines}
    return "\r\n".join(f"{name}: {value}" for name, value in lines.items()).encode() + b"\r\n\r\n" + body
