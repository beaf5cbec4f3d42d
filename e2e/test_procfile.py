"""The Procfile's own lines, as a platform runs them: PostgreSQL, Redis, two workers."""

from __future__ import annotations

import subprocess
import time

from playwright.sync_api import expect

from e2e.browsers import OpenPage
from e2e.conftest import StartServer
from e2e.elsewhere import SOON, open_at, room_link
from e2e.ntfy import ntfy
from e2e.sending import working
from e2e.server import REPOSITORY
from e2e.services import Redis
from e2e.steps import connected, found_team, message, said, say, sign_up
from e2e.workers import paused, workers

MENTION = """
from rooms.models import Room, User
from rooms.outside.models import Target
alice, bob = User.objects.order_by("pk")
Target.objects.add(bob, "push", url={url!r}, delay=0)
Room.objects.get().post(alice, "@Bob are you there?", "k")
"""


def test_the_release_line_migrates_and_collects(database_url: str, start_server: StartServer) -> None:
    server = start_server(DATABASE_URL=database_url)
    lines = (REPOSITORY / "Procfile").read_text().splitlines()
    release = next(line.removeprefix("release:") for line in lines if line.startswith("release:"))

    done = subprocess.run(["sh", "-c", release], cwd=REPOSITORY, env=server.settings, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
    assert "No migrations to apply" in done.stdout
    assert "unmodified" in done.stdout


def test_a_command_ends_when_it_is_done(start_server: StartServer, database_url: str) -> None:
    server = start_server(DATABASE_URL=database_url)
    code = "import time; from rooms.models import User; print(User.objects.count(), time.time())"

    count, done_at = server.shell(code).split()
    assert count == "0"
    assert time.time() - float(done_at) < 3


def test_the_worker_line_sends_and_ends(start_server: StartServer, database_url: str) -> None:
    with ntfy() as phone:
        server = start_server(DATABASE_URL=database_url, WORKER="separate", TARGETS_ALLOWED=phone.address)
        sign_up(server, {"Alice": {}, "Bob": {}})
        server.shell(MENTION.format(url=f"http://{phone.address}/topic"))
        assert phone.posts == []
        with working(server) as worker:
            phone.wait_for(1)
            assert worker.process is not None
            worker.process.terminate()
            assert worker.process.wait(5) == 0

    assert phone.texts == ["Alice: @Bob are you there?"]


def test_people_on_different_workers_talk(
    start_server: StartServer, redis: Redis, database_url: str, open_page: OpenPage
) -> None:
    server = start_server(WEB_CONCURRENCY="2", REDIS_URL=redis.url, DATABASE_URL=database_url)
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    first, second = workers(server)

    with paused(second):
        alices = alice.open()
        connected(alices)
    with paused(first):
        bobs = bob.open()
        connected(bobs)

    say(alices, "Hello from the first worker")
    expect(message(bobs, "Hello from the first worker")).to_be_visible()
    say(bobs, "Hello from the second")
    for page in (alices, bobs):
        expect(message(page, "Hello from the second")).to_be_visible()

    assert said(alices) == said(bobs) == ["Hello from the first worker", "Hello from the second"]


def test_what_is_new_and_what_is_read_crosses_workers(
    start_server: StartServer, redis: Redis, database_url: str, open_page: OpenPage
) -> None:
    server = start_server(WEB_CONCURRENCY="2", REDIS_URL=redis.url, DATABASE_URL=database_url)
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    first, second = workers(server)
    with paused(second):
        bobs = bob.open()
        connected(bobs)
    with paused(first):
        elsewhere = open_at(alice, "/people/")

    say(bobs, "Anybody there?")
    expect(elsewhere).to_have_title("(1) People", timeout=SOON)
    expect(room_link(elsewhere, "Lobby")).to_have_accessible_name("Lobby 1 unread message")

    with paused(second):
        reading = alice.open()
        connected(reading)
    expect(elsewhere).to_have_title("People", timeout=SOON)

    say(bobs, "There you are")
    expect(message(reading, "There you are")).to_be_visible()
    # Read as soon as it is there, on a screen that hangs on another worker.
    expect(elsewhere).to_have_title("People", timeout=SOON)
    expect(room_link(elsewhere, "Lobby")).to_have_accessible_name("Lobby")
