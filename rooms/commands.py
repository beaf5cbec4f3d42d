"""What people have done by a line that begins with a slash: `/me`, `/topic`, `/invite`, `/shrug`, `/help`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from rooms.models import Room, User
from rooms.models.command import carry_out
from rooms.models.following import ACTION
from rooms.models.mentions import Named, match
from rooms.naming import ats, find_places, fold, fold_name
from rooms.text import normalize_line

# The wide slash is what Japanese input methods give. A path, `/usr/bin`, is no command.
CALL = re.compile(r"[/／](?P<word>[^\W\d_]\w*)(?:\s+(?P<rest>.*))?\Z", re.DOTALL)
ESCAPED = re.compile(r"//[^\W\d_]\w*(\s|\Z)")
SHRUG = r"¯\\\_(ツ)_/¯"
"""As Markdown has it: `¯\\_(ツ)_/¯`."""


class Call(NamedTuple):
    """A command as somebody wrote it: its word, and what stands behind that."""

    word: str
    rest: str


class Answer(NamedTuple):
    """What a command says to the one who gave it, and to nobody else."""

    text: str
    commands: tuple[Help, ...] = ()


class Help(NamedTuple):
    word: str
    takes: Any
    does: Any


class Command(NamedTuple):
    """`says` makes a message of what stands behind the word; `acts` does something else, and returns what to answer.

    `missing` is the complaint when nothing stands there; `forbids` says why somebody may not do it in a room, if so.
    """

    takes: Any
    does: Any
    missing: Any = ""
    says: Callable[[str], str] | None = None
    acts: Callable[[User, Room, str], str] | None = None
    forbids: Callable[[User, Room], str] = lambda user, room: ""


def peek(body: str) -> Call | None:
    """The command that a text is, if it is one of those there are."""
    found = CALL.match(body)
    word = unicodedata.normalize("NFKC", found["word"]).lower() if found else ""
    return Call(word, (found["rest"] or "").strip()) if found and word in COMMANDS else None


def read_call(body: str) -> Call | None:
    """The command that a text is, if it is one. Raises ValidationError for one that there is not."""
    call, found = peek(body), CALL.match(body)
    if call is None and found and body.startswith("/"):
        explained = _("There is no command /%(word)s. Write //%(word)s to say it, or /help to see what there is.")
        raise ValidationError(explained % {"word": found["word"][:20]}, code="command")
    return call


def read_text(body: str) -> str:
    """What a text that is no command says: of two slashes before a word one was to show that it is none."""
    if not ESCAPED.match(body):
        return body
    return "\\" + body[1:] if body[1:].startswith(ACTION) else body[1:]


def say(call: Call) -> str | None:
    """The message that a command makes; None when it does something else. Raises ValidationError."""
    command = COMMANDS[call.word]
    if command.missing and not call.rest:
        raise ValidationError(command.missing, code="command")
    return command.says(call.rest) if command.says else None


def act(user: User, room: Room, call: Call, key: str, begun: str) -> Answer:
    """Do what a command says, once for a key. Raises ValidationError, Archived, NotAMember."""
    command = COMMANDS[call.word]

    def do(room: Room) -> str:
        if refusal := command.forbids(user, room):
            raise ValidationError(refusal, code="command")
        return command.acts(user, room, call.rest) if command.acts else ""

    text = carry_out(user, room, key, f"/{call.word} {call.rest}".rstrip(), do, begun=begun)
    return Answer(text, tuple(list_commands(user, room)) if call.word == "help" else ())


def list_commands(user: User, room: Room, begun: str = "") -> list[Help]:
    """The commands that somebody may give in a room; of those, the ones whose word begins so."""
    wanted = unicodedata.normalize("NFKC", begun).lower()
    found = [(word, command) for word, command in COMMANDS.items() if word.startswith(wanted)]
    return [Help(word, it.takes, it.does) for word, it in found if not it.forbids(user, room)]


def forbid_topic(user: User, room: Room) -> str:
    if room.kind == Room.Kind.DIRECT:
        return gettext("Direct messages have no topic.")
    if user.administers(room):
        return ""
    explained = gettext("Only %(name)s and administrators change the topic of this room. Ask one of them.")
    return explained % {"name": room.creator.name}


def set_topic(user: User, room: Room, rest: str) -> str:
    topic = Room._meta.get_field("topic").clean(normalize_line(rest), room)
    room.change(name=room.name, topic=topic)
    return gettext("The topic of this room is now: %(topic)s") % {"topic": topic}


def forbid_invitations(user: User, room: Room) -> str:
    if room.kind == Room.Kind.DIRECT:
        return gettext("Nobody is added to direct messages. Start others with all of them, or open a room.")
    if room.kind == Room.Kind.OPEN:
        return gettext("This room is open: everyone is in it already.")
    if user.administers(room):
        return ""
    explained = gettext("Only %(name)s and administrators let people into this room. Ask one of them.")
    return explained % {"name": room.creator.name}


def invite(user: User, room: Room, rest: str) -> str:
    people = find_people(rest)
    members = {*room.memberships.filter(user__in=people).values_list("user_id", flat=True)}
    room.admit([person for person in people if person.pk not in members], by=user)
    new = join_names([person.name for person in people if person.pk not in members])
    others = join_names([person.name for person in people if person.pk in members])
    if new and others:
        both = gettext("Now in this room: %(names)s. Already in this room: %(others)s.")
        return both % {"names": new, "others": others}
    if others:
        return gettext("Already in this room: %(names)s.") % {"names": others}
    return gettext("Now in this room: %(names)s.") % {"names": new}


def join_names(names: list[str]) -> str:
    return pgettext("between the names of people", ", ").join(names)


def find_people(text: str) -> list[User]:
    """Whom a text names, of the whole team; all of it is a name where nothing is marked as one.

    Raises ValidationError when somebody is not there, or when it might be several.
    """
    text = text if ats.search(text) else f"@{text}"
    names: dict[str, list[Named]] = {}
    for pk, name in User.objects.active().values_list("pk", "name"):
        names.setdefault(fold_name(name), []).append(pk)
    places = list(find_places(text))
    spans = dict(match(places, names).spans)
    unknown = [place.line for place in places if place.at not in spans] or ([] if places else [text[1:]])
    if unknown:
        explained = _("Nobody on the team is called “%(name)s”. The names come up as you type @.")
        raise ValidationError(explained % {"name": unknown[0].strip()[:40]}, code="command")
    for start, end in spans.items():
        if len(names[fold(text[start + 1 : end])]) > 1:
            explained = _("Several people are called “%(name)s”. Choose who is meant in the settings of the room.")
            raise ValidationError(explained % {"name": text[start + 1 : end]}, code="command")
    return list(User.objects.active().filter(pk__in=match(places, names).named))


COMMANDS = {
    "me": Command(
        takes=_("does something"),
        does=_("Say what you are doing"),
        missing=_("Write behind /me what you are doing."),
        says=lambda rest: f"{ACTION}{rest}",
    ),
    "shrug": Command(
        takes=_("a message"), does=_("Add ¯\\_(ツ)_/¯ to it"), says=lambda rest: f"{rest} {SHRUG}".lstrip()
    ),
    "topic": Command(
        takes=_("a topic"),
        does=_("Change the topic of this room"),
        missing=_("Write the new topic behind /topic."),
        acts=set_topic,
        forbids=forbid_topic,
    ),
    "invite": Command(
        takes=_("@name"),
        does=_("Let somebody into this room"),
        missing=_("Write behind /invite who it is: /invite @name."),
        acts=invite,
        forbids=forbid_invitations,
    ),
    "help": Command(takes="", does=_("See what there is")),
}
