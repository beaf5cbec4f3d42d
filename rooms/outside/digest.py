"""What is told of a burst: in the language and on the clock of the one it is for, ready for any way of sending."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from html import unescape
from typing import TYPE_CHECKING

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from rooms.files.models import name_files
from rooms.markup import to_text
from rooms.models.following import ACTION
from rooms.outside.replies import Answerable

if TYPE_CHECKING:
    from rooms.models import Message, Notification

EXCERPT = 300
"""Characters of a message that are told."""

ROOMS_NAMED = 3

UNFIT = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold, not even escaped: a feed with one such character is none."""


@dataclass(frozen=True)
class Line:
    """One thing that is new."""

    kind: str
    words: str
    """Who did what: "Bob mentioned you"."""
    actor: str
    excerpt: str
    url: str
    at: datetime


@dataclass
class Section:
    """What is new in one room, or in none: then `title` is empty."""

    title: str
    url: str
    lines: list[Line] = field(default_factory=list)
    count: int = 0
    """How many there are, of which the lines may be the first ones."""
    answerable: Answerable | None = None
    """What an answer to it goes to."""

    @property
    def more(self) -> int:
        return max(self.count - len(self.lines), 0)


@dataclass
class Digest:
    """All that one sending says. Make and read it inside of `reading_as`."""

    sections: list[Section]
    key: str
    """The same for the same content, so that whoever gets it twice may know."""
    content_free: bool = False

    @property
    def count(self) -> int:
        return sum(section.count for section in self.sections)

    @property
    def answerable(self) -> Answerable | None:
        """What an answer goes to, where that is one place: nobody can say for which of several rooms theirs is."""
        return self.sections[0].answerable if len(self.sections) == 1 else None

    @property
    def subject(self) -> str:
        """One line without control characters."""
        return " ".join(self._subject().split())[:200]

    @property
    def lines(self) -> list[Line]:
        return [] if self.content_free else [line for section in self.sections for line in section.lines]

    @property
    def url(self) -> str:
        """Where a click leads: to the one thing, to the one room, or to the list of them all."""
        if len(self.sections) > 1:
            return absolute("/notifications/")
        (section,) = self.sections
        return section.lines[0].url if section.count == 1 and section.lines else section.url

    def _subject(self) -> str:
        places = [section.title for section in self.sections if section.title]
        separator = pgettext("between the names of rooms", ", ")
        place = separator.join(places[:ROOMS_NAMED]) + ("…" if places[ROOMS_NAMED:] else "")
        if self.content_free:
            return _("Something new in %(place)s") % {"place": place} if place else _("Something new")
        if self.count == 1:
            (line,) = self.lines
            named = place and place not in line.words
            return _("%(words)s in %(place)s") % {"words": line.words, "place": place} if named else line.words
        if not place:
            return ngettext("%(count)s new", "%(count)s new", self.count) % {"count": self.count}
        new = ngettext("%(count)s new in %(place)s", "%(count)s new in %(place)s", self.count)
        return new % {"count": self.count, "place": place}


def tell_of_notification(notification: Notification) -> Line:
    words = unescape(strip_tags(render_to_string("notifications/_words.html", {"notification": notification})))
    return Line(
        kind=notification.kind,
        words=" ".join(fit(words).split()),
        actor=fit(notification.actor.name) if notification.actor else "",
        excerpt=excerpt(notification.message) if notification.message else "",
        url=absolute(notification.get_absolute_url()),
        at=notification.created_at,
    )


def tell_of_message(message: Message) -> Line:
    name = fit(message.author.name)
    words = _("%(name)s wrote") % {"name": name}
    url = absolute(message.get_absolute_url())
    return Line("message", words, name, excerpt(message), url, message.created_at)


def excerpt(message: Message) -> str:
    """What it says, or the names of its files where they are all that it is."""
    said = to_text(message.body.removeprefix(ACTION), EXCERPT) or name_files(message.files)
    return Truncator(fit(said)).chars(EXCERPT)


def fit(text: str) -> str:
    """A text without the characters that no XML, and hardly any phone, can show: form feeds and other controls."""
    return UNFIT.sub("", text)


def absolute(path: str) -> str:
    """The address of a page of this site; "" where the settings do not say what it begins with."""
    return path if path.startswith("http") else settings.BASE_URL and f"{settings.BASE_URL}{path}"


def make_key(*facts: object) -> str:
    return sha256(repr(facts).encode()).hexdigest()[:32]
