"""What the README says is done to the letter, in a copy of the project: "Make your own model live", both ways."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e import services
from e2e.browsers import Console, OpenPage, screenshot
from e2e.elsewhere import SOON
from e2e.line import line
from e2e.server import REPOSITORY, Server, environment
from e2e.steps import OUTAGE, connected, found_team

BLOCK = re.compile(
    r"^```(?:python|django)\n(?:# |\{# )(?P<path>\S+?)(?P<append>, at the end)?(?: #\})?\n(?P<code>.*?)^```$",
    re.M | re.S,
)
COPIED = ("manage.py", "project", "rooms", "templates")

CALL_A_POLL = """
from polls.models import Poll
from rooms.models import User
poll = Poll.objects.create(question="When do we go?")
poll.voters.set(User.objects.filter(name__in=["Alice", "Bob"]))
for day in ("Saturday", "Sunday"):
    poll.choices.create(text=day)
"""
BUILD_A_WALL = """
from rooms.models import User
from walls.models import Wall
Wall.objects.create().people.set(User.objects.filter(name__in=["Alice", "Bob"]))
"""
WRITE = "from walls.models import Wall; Wall.objects.get().write({!r})"
LET_BOB_GO = """
from django.db import transaction
from polls.models import Poll
from rooms.live import revoke
from rooms.models import User
bob = User.objects.get(name="Bob")
with transaction.atomic():
    poll = Poll.objects.get()
    poll.voters.remove(bob)
    revoke(bob.pk, poll.live_topic)
"""
VOTE = "from polls.models import Choice; Choice.objects.get(text={!r}).vote()"


class Adopter(Server):
    """An installation of the copy."""

    def working_folder(self) -> Path:
        return self.folder / "project"


def copy_project(folder: Path) -> None:
    folder.mkdir()
    for name in COPIED:
        source, target = REPOSITORY / name, folder / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)


def follow_the_readme(folder: Path) -> None:
    """Write every block of code that names a file into that file, or at its end."""
    for block in BLOCK.finditer((REPOSITORY / "README.md").read_text()):
        path = folder / block["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a" if block["append"] else "x") as file:
            file.write(block["code"])


@pytest.fixture
def adopter(prepared: Path) -> Iterator[Adopter]:
    with services.temporary_folder() as folder:
        server = Adopter(folder, environment(STATIC_ROOT=str(prepared / "staticfiles")))
        copy_project(server.working_folder())
        follow_the_readme(server.working_folder())
        try:
            server.migrate(prepared / "rooms.sqlite3")
            server.manage("makemigrations", "polls", "walls")
            server.manage("migrate", "--verbosity", "0")
            server.start()
            yield server
        finally:
            server.stop()
            sys.stdout.write(server.log)
        assert "Traceback" not in server.log


def choice(page: Page, day: str) -> Locator:
    return page.get_by_role("listitem").filter(has_text=day)


def lines(page: Page) -> Locator:
    return page.locator("#lines").get_by_role("listitem")


def test_the_poll_of_the_readme_is_live(adopter: Adopter, open_page: OpenPage, console: Console) -> None:
    alice, bob, charlie = found_team(adopter, open_page, Alice={}, Bob={}, Charlie={})
    adopter.shell(CALL_A_POLL)
    alices, bobs = alice.open("/polls/1/"), bob.open("/polls/1/")
    connected(alices)
    connected(bobs)

    alices.get_by_role("button", name="Saturday").click()
    for page in (alices, bobs):
        expect(choice(page, "Saturday")).to_have_text("Saturday 1", timeout=SOON)
    screenshot(bobs, "readme-poll")

    # By another process, whose bell nobody hears in this installation without Redis: the sweep finds it.
    adopter.shell(VOTE.format("Sunday"))
    expect(choice(bobs, "Sunday")).to_have_text("Sunday 1")

    console.expect(OUTAGE)
    adopter.kill()
    adopter.shell(VOTE.format("Sunday"))
    adopter.start()
    for page in (alices, bobs):
        expect(choice(page, "Sunday")).to_have_text("Sunday 2")

    for path in ("/polls/1/", "/live/polls-poll/1/changes/"):
        assert charlie.start().request.get(path).status == 404

    adopter.shell(LET_BOB_GO)
    adopter.shell(VOTE.format("Saturday"))
    expect(choice(alices, "Saturday")).to_have_text("Saturday 2")
    expect(bobs.locator("[hx-ws\\:connect*=polls-poll]")).to_have_count(0)
    expect(choice(bobs, "Saturday")).to_have_text("Saturday 1")


def test_where_sockets_are_blocked_the_poll_is_asked_for(
    adopter: Adopter, open_page: OpenPage, console: Console
) -> None:
    console.expect(OUTAGE)
    (alice,) = found_team(adopter, open_page, Alice={})
    adopter.shell(CALL_A_POLL)
    with line(adopter.port) as proxy:
        proxy.cut("sockets")
        page = alice.open("/polls/1/", url=proxy.url)
        expect(choice(page, "Sunday")).to_have_text("Sunday 0")
        adopter.shell(VOTE.format("Sunday"))
        expect(choice(page, "Sunday")).to_have_text("Sunday 1")
        page.get_by_role("button", name="Sunday").click()
        expect(choice(page, "Sunday")).to_have_text("Sunday 2")


def test_the_wall_of_the_readme_is_live(adopter: Adopter, open_page: OpenPage, console: Console) -> None:
    alice, bob, charlie = found_team(adopter, open_page, Alice={}, Bob={}, Charlie={})
    adopter.shell(BUILD_A_WALL)
    alices, bobs = alice.open("/walls/1/"), bob.open("/walls/1/")
    connected(alices)
    connected(bobs)

    alices.get_by_role("textbox", name="Line").fill("First")
    alices.get_by_role("button", name="Write").click()
    for page in (alices, bobs):
        expect(lines(page)).to_have_text(["First"], timeout=SOON)

    console.expect(OUTAGE)
    adopter.kill()
    for text in ("Second", "Third"):
        adopter.shell(WRITE.format(text))
    adopter.start()
    for page in (alices, bobs):
        expect(lines(page)).to_have_text(["First", "Second", "Third"])

    for path in ("/walls/1/", "/live/walls-wall/1/changes/", "/live/walls-wall/x/changes/"):
        assert charlie.start().request.get(path).status == 404


def test_the_command_of_the_readme_tells_everyone_once(adopter: Adopter, open_page: OpenPage) -> None:
    _, bob = found_team(adopter, open_page, Alice={}, Bob={})
    page = bob.open()
    connected(page)

    for _ in range(2):
        adopter.manage("deployed", "api", "4.2", "--log", "/people/")

    # By another process, whose bell nobody hears in this installation without Redis: the sweep finds it.
    bell = page.get_by_role("button", name="Notifications")
    expect(bell).to_have_accessible_name("Notifications, 1 unread")
    bell.click()
    told = page.locator("#latest-list").get_by_role("link", name="api 4.2 is live")
    screenshot(page, "readme-deployed")
    told.click()
    expect(page).to_have_url(re.compile("/people/$"))
    expect(bell).to_have_accessible_name("Notifications")


def test_the_tests_of_the_readme_pass(adopter: Adopter) -> None:
    adopter.manage("test", "polls")
