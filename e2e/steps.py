"""What people do in the stories, in the words of the stories."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import APIResponse, Locator, Page, expect

from e2e.browsers import OpenPage
from e2e.languages import called

if TYPE_CHECKING:
    from e2e.server import Server

FOUND_TEAM = """
import json, sys
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from rooms.models import User, Workspace
people = json.loads({people!r})
made = {{}}
for name, preferences in people.items():
    account = dict(email=f"{{name.lower()}}@example.org", name=name, password="a long enough secret", **preferences)
    if Workspace.current() is None:
        user = Workspace.set_up(team="Harbour", room="Lobby", **account)
    else:
        user = User.objects.sign_up(**account)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    made[name] = [user.pk, session.session_key]
print(json.dumps(made))
"""

TALK = """
from datetime import timedelta
from django.db import transaction
from rooms.models import Room, User
room, author = Room.objects.get(slug={slug!r}), User.objects.get(pk={author})
with transaction.atomic():
    for number in range({first}, {last} + 1):
        said = room.post(author, f"{text} {{number}}", f"{text}-{{number}}".replace(" ", "-"))
        room.messages.filter(pk=said.pk).update(created_at=said.created_at - timedelta(hours=1))
"""

OUTAGE = "ERR_CONNECTION|ERR_SOCKET_NOT_CONNECTED|ERR_EMPTY_RESPONSE|Failed to fetch|WebSocket connection|htmx:ws:error"
"""What browsers and htmx say of a server that is away."""

OPEN_ROOM = """
from rooms.models import Room, User
creator, *people = User.objects.in_bulk({people}).values()
print(Room.objects.open_up({kind!r}, name={name!r}, creator=creator, people=people).get_absolute_url())
"""

numbers = itertools.count(1)


@dataclass
class Member:
    """Somebody on the team, and a session in which they are signed in."""

    server: Server
    name: str
    id: int
    session: str

    def has_said(self, text: str, last: int, first: int = 1, slug: str = "lobby") -> None:
        """Let "text 1", "text 2" … be said by another process, as if an hour ago: no bell rings, no pace is kept."""
        self.server.shell(TALK.format(slug=slug, author=self.id, text=text, first=first, last=last))


@dataclass
class Person(Member):
    """A member with browsers: `open` gives them one of their own."""

    open_page: OpenPage

    def open(self, path: str = "/rooms/lobby/", **options: Any) -> Page:
        page = self.start(**options)
        page.goto(path)
        return page

    def start(self, url: str = "", **options: Any) -> Page:
        """A browser that is signed in and shows nothing yet. `url`: where it reaches the server, if by a line."""
        page = self.open_page(base_url=url or self.server.url, **options)
        page.context.add_cookies([{"name": "session", "value": self.session, "url": url or self.server.url}])
        return page


def found_team(server: Server, open_page: OpenPage, **people: dict[str, str]) -> list[Person]:
    """Make a team of these people (the first is its administrator), all in the open room Lobby, signed in."""
    return [Person(server, *known, open_page) for known in sign_up(server, people)]


def sign_up(server: Server, people: dict[str, dict[str, str]]) -> list[tuple[str, int, str]]:
    """Make a team of these people, without browsers; return their names, ids and sessions."""
    made = json.loads(server.shell(FOUND_TEAM.format(people=json.dumps(people))).splitlines()[-1])
    return [(name, *made[name]) for name in people]


def open_room(kind: str, name: str, *people: Member) -> str:
    """Open a room, "open" or "closed", which the first of these people creates; return its path."""
    code = OPEN_ROOM.format(kind=kind, name=name, people=[person.id for person in people])
    return people[0].server.shell(code).strip()


def connected(page: Page) -> None:
    """Wait until the room's socket has answered: the server has put a fresh watchdog into the page."""
    expect(page.locator("main .live__watchdog[hx-trigger*='delay:45s']")).to_have_count(1)


def status(page: Page) -> Locator:
    """Where the page says that its connection is away."""
    return page.locator("#connection").get_by_role("status")


def composer(page: Page) -> Locator:
    return page.get_by_role("textbox", name=called(page, "Message")).last


def say(page: Page, text: str) -> None:
    composer(page).fill(text)
    composer(page).press("Enter")
    # The next composer is there at once, but a test is quicker than that.
    expect(composer(page)).to_have_value("")


def post(page: Page, text: str, path: str = "/rooms/lobby/") -> APIResponse:
    """Say something as the person whose browser this is, without the page taking part."""
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    form: dict[str, str | float | bool] = {"csrfmiddlewaretoken": token, "key": f"posted-{next(numbers)}", "body": text}
    response = page.request.post(f"{path}messages/", form=form, headers={"HX-Request": "true"})
    assert response.status in {200, 429}, f"{response.status}: {response.text()}"
    return response


def log(page: Page) -> Locator:
    return page.get_by_role("log", name=called(page, "Messages"))


def message(page: Page, text: str) -> Locator:
    """The messages that say this: not those that only show what they reply to."""
    return log(page).get_by_role("article").filter(has=page.locator(".message__body", has_text=text))


def open_menu(page: Page, text: str, press: str = "click") -> Locator:
    """Ask what may be done with a message; return the list of that. `press`: "click" or "tap"."""
    more = called(page, "More", "things to do with a message")
    getattr(message(page, text).get_by_role("button", name=more), press)()
    menu = page.locator("#acts")
    expect(menu.locator(".acts__message")).to_contain_text(text)
    return menu


def act(page: Page, text: str, name: str, press: str = "click") -> None:
    """Do something with a message that its menu offers."""
    offered = open_menu(page, text, press).get_by_role("button", name=called(page, name), exact=True)
    getattr(offered, press)()


def said(page: Page) -> list[str]:
    """The texts on the screen, from top to bottom."""
    return log(page).locator(".message__body").all_inner_texts()


def assert_live_equals_reload(page: Page, seconds: float = 10) -> None:
    """Compare what the page shows with a fresh one, as soon as they agree or when the time is over."""
    from rooms.tests import pages

    def fetch(path: str) -> str:
        return page.request.get(urljoin(page.url, path)).text()

    path, deadline = urlsplit(page.url).path, time.monotonic() + seconds
    while True:
        try:
            return pages.assert_live_equals_reload(page.content(), fetch, path)
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        page.wait_for_timeout(50)
