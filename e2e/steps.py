"""What people do in the stories, in the words of the stories."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import Locator, Page, expect

from e2e.browsers import OpenPage

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


@dataclass
class Person:
    """Somebody on the team, already signed in: `open` gives them a browser of their own."""

    server: Server
    open_page: OpenPage
    name: str
    id: int
    session: str

    def open(self, path: str = "/rooms/lobby/", **options: object) -> Page:
        page = self.open_page(base_url=self.server.url, **options)
        page.context.add_cookies([{"name": "session", "value": self.session, "url": self.server.url}])
        page.goto(path)
        return page


def found_team(server: Server, open_page: OpenPage, **people: dict[str, str]) -> list[Person]:
    """Make a team of these people (the first is its administrator), all in the open room Lobby, signed in."""
    made = json.loads(server.shell(FOUND_TEAM.format(people=json.dumps(people))).splitlines()[-1])
    return [Person(server, open_page, name, *made[name]) for name in people]


def connected(page: Page) -> None:
    """Wait until the room's socket has answered: the server has put a fresh watchdog into the page."""
    expect(page.locator("main .live__watchdog[hx-trigger*='delay:45s']")).to_have_count(1)


def composer(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Message").last


def say(page: Page, text: str) -> None:
    composer(page).fill(text)
    composer(page).press("Enter")


def log(page: Page) -> Locator:
    return page.get_by_role("log", name="Messages")


def message(page: Page, text: str) -> Locator:
    return log(page).get_by_role("article").filter(has_text=text)


def said(page: Page) -> list[str]:
    """The texts on the screen, from top to bottom."""
    return log(page).locator(".message__body").all_inner_texts()
