"""What somebody who means harm does, in a process of its own: see e2e/vectors.py for the texts."""

from __future__ import annotations

import json
from typing import Any

from e2e.server import Server

BEGIN = """
import json
from rooms.models import Draft, Message, Room, User
given = json.loads(GIVEN)
alice, mallory = User.objects.order_by("pk")[:2]
lobby = Room.objects.get(slug="lobby")
"""

WRITE = """
said = None
for number, text in enumerate(given["texts"]):
    said = lobby.post(mallory, text, f"text-{number}", said if number % 3 else None)
"""

ACT = """
texts, many, first = given["texts"], given["many"], lobby.messages.order_by("pk").first()
said = lobby.post(alice, texts[0], "edited")
for text in [*texts[1:40:3], many]:
    said.edit(text)
for content in given["reactions"]:
    said.react(alice, content)
    said.react(mallory, content)
lobby.post(mallory, "/me " + texts[-1], "action", said)
for number, text in enumerate(texts):
    if number % 4 == 0:
        message = lobby.post(mallory, f"@Alice {text}", f"mention-{number}", said)
        alice.bookmarks.create(message=message)
        if number % 16 == 0:
            message.pin(mallory)
            alice.recent_searches.create(text=" ".join(text.split())[:200])
Draft.objects.keep(alice, lobby, "draft-1", given["many"], long=True, reply_to=said)
Draft.objects.keep(alice, lobby, "other-1", given["names"][11], reply_to=said)
print(said.pk)
"""

NAME = """
paths = {"rooms": [], "people": []}
for number, name in enumerate(given["names"]):
    person = User(email=f"m{number}@example.org", name=name, password=mallory.password)
    person.full_clean()
    User.objects.welcome(person)
    room = Room(name=name, topic=(name + " ") * (250 // (len(name) + 1)), kind="closed", slug="x", creator=person)
    room.clean_fields(exclude=["slug"])
    room = Room.objects.open_up("closed", name=room.name, topic=room.topic, creator=person, people=[alice, mallory])
    room.post(person, f"@{alice.name} @{name} look", f"room-{number}")
    direct = Room.objects.direct_between([alice, person])
    direct.post(person, name, f"direct-{number}")
    lobby.post(person, f"@{given['names'][number - 1]} [x](javascript:tripwire())", f"name-{number}")
    paths["rooms"].append(room.get_absolute_url())
    paths["people"].append(person.pk)
    paths["direct"] = direct.get_absolute_url()
from rooms.outside.models import Subscription
paths["feed"] = f"/outside/feed/{Subscription.renew(alice).token}/"
from rooms.outside.digest import Digest, Section, tell_of_notification
from rooms.outside.gathering import reading_as
from rooms.outside.mail import compose
from rooms.outside.models import Target
with reading_as(alice):
    lines = [tell_of_notification(one) for one in alice.notifications.visible().for_display().order_by("pk")]
    mail = compose(Target(pk=1, user=alice), Digest([Section(room.name, "/rooms/", lines, len(lines))], "mail"))
    paths |= {"mail": mail.alternatives[0][0], "subject": mail.subject}
print(json.dumps(paths))
"""

SHOW = """
from django.db import transaction
from django.utils import timezone
from django.utils.html import escape
from rooms.links import parsing
from rooms.links.models import Card, Preview
from rooms.links.showing import describe
for number, text in enumerate(given["texts"]):
    page = f'<meta property="og:title" content="{escape(text)}"><meta name=description content="{escape(text)}">'
    facts = parsing.parse(page.encode(), "text/html")
    url = f"https://shown.example/{number}?<img/src=/tripwire>'onclick='tripwire()"
    said = lobby.post(mallory, f"Preview {number} and <{url}>", f"preview-{number}")
    about = {"title": facts.title, "description": facts.description, "read_at": timezone.now()}
    card = Card.objects.create(url=url, address=url, **about)
    Preview.objects.create(message=said, card=card, place=0, told=True)
    with transaction.atomic():
        said._lock()
        # As if these names had got past what normalises them.
        said.files = [{"id": 1, "kind": kind, "name": text, "size": 1} for kind in ("other", "audio")]
        said.previews = describe(said)
        said._stamp("files", "previews")
"""


def run(server: Server, code: str, **given: Any) -> str:
    """Run code that finds its texts in `given`; return the last line that it prints."""
    return server.shell(BEGIN.replace("GIVEN", repr(json.dumps(given))) + code).strip().rpartition("\n")[2]
