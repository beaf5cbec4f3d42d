"""The frames of one round of a desk: for many pages, each of which shows a state of its own."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.template.loader import render_to_string

from rooms.live.feed import Cohort, Position, render_cursor
from rooms.live.frames import Frame, SingleFrame
from rooms.live.listener import Listener
from rooms.live.personal import News, Page, PersonalFeed

SHARED_BY = 3
"""Pages that a frame must go to before it is worth compressing."""


class Arrival(NamedTuple):
    """A page that waits to be told what it lacks."""

    listener: Listener
    cursor: str
    done: asyncio.Future[bool]


class Drawing:
    """The frames of one round. What reads the same for several pages is encoded once for all of them."""

    def __init__(self, feed_class: type[PersonalFeed[Any]], quiet: Collection[int] = ()) -> None:
        self.feed_class = feed_class
        self.quiet = quiet
        """Whose noises are made in another process."""
        self.changes: list[tuple[Listener, str, Position, bytes]] = []
        """Which page is told what, where it is then, and the text that is put before it, of that page alone."""
        self.greetings: dict[Arrival, tuple[str, Position]] = {}
        self.failures: list[tuple[Listener, Exception]] = []
        self.frames: dict[str, Frame] = {}
        self._connected = ""

    def add_news(self, readers: Iterable[tuple[Any, Sequence[Listener]]], news: News) -> None:
        """For people's states and pages. Those of a language and zone are drawn together: turning to them costs."""
        cohorts: dict[Cohort, list[tuple[Listener, Any, bool]]] = defaultdict(list)
        for state, listeners in readers:
            first = True
            for listener in listeners:
                cohorts[listener.cohort].append((listener, state, first and listener.user_id not in self.quiet))
                first = False
        cursor, feed_class = news.cursor, self.feed_class
        draw_key, draw_own, add = feed_class.draw_key, feed_class.draw_own, self.changes.append
        for cohort, pages in cohorts.items():
            drawn: dict[object, str] = {}
            with cohort.active():
                for listener, state, first in pages:
                    page = listener.page
                    try:
                        key = draw_key(state, news, page, first)
                        html = None if key is None else drawn.get(key)
                        if html is None:
                            html = render_cursor(listener.feed, cursor)
                            html += feed_class.draw(state, None, news, page, first)
                            drawn[key] = html
                        # Not as a Frame, which is for many: a dictionary each, and a look into one for all.
                        add((listener, html, cursor, draw_own(state, page).encode()))
                    except Exception as error:
                        self.failures.append((listener, error))

    def add_state(self, listeners: Sequence[Listener], state: Any, before: Any) -> None:
        for number, listener in enumerate(listeners):
            if listener.position is None or listener.position.epoch != state.cursor.epoch:
                with self._blame(listener):
                    first = number == 0 and listener.user_id not in self.quiet
                    html = self._draw(listener, state, before, listener.page, first)
                    self.changes.append((listener, html, state.cursor, b""))

    def add_moment(self, listeners: Sequence[Listener], state: Any, known: Any) -> Any:
        """What no clock tells of, for the pages of one person; return what they show from then on."""
        found = known
        for listener in listeners:
            with self._blame(listener), listener.cohort.active():
                html, found = self.feed_class.draw_moment(state, known)
                if html and listener.position is not None:
                    self.changes.append((listener, html, listener.position, b""))
        return found

    def add_arrival(self, arrival: Arrival, state: Any) -> None:
        listener = arrival.listener
        with self._blame(listener):
            html = render_cursor(listener.feed, state.cursor)
            if arrival.cursor != str(state.cursor):
                html = self._draw(listener, state, None, {**listener.page, "cursor": arrival.cursor}, False)
            with listener.cohort.active():
                html += self.feed_class.draw_moment(state, None)[0]
            # It reads the same for everybody.
            self._connected = self._connected or render_to_string("live/connected.html", {"feed": listener.feed})
            self.greetings[arrival] = html + self._connected, state.cursor

    @contextmanager
    def _blame(self, listener: Listener) -> Iterator[None]:
        """What cannot be drawn for one page is that page's trouble, not everybody's."""
        try:
            yield
        except Exception as error:
            self.failures.append((listener, error))

    def share(self) -> None:
        """Encode: for many together, or for one alone."""
        counts = Counter(html for _, html, _, _ in self.changes)
        counts.update(html for html, _ in self.greetings.values())
        self.frames = {html: Frame(html) if count >= SHARED_BY else SingleFrame(html) for html, count in counts.items()}

    def _draw(self, listener: Listener, state: Any, before: Any, page: Page, first: bool) -> str:
        with listener.cohort.active():
            return render_cursor(listener.feed, state.cursor) + self.feed_class.draw(state, before, None, page, first)
