"""Outside the browser: who is away is told once, by whatever is at work, though it dies; who is there is not."""

from __future__ import annotations

import os
import re
import signal
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from e2e.browsers import OpenPage
from e2e.conftest import StartServer
from e2e.ntfy import Ntfy, ntfy
from e2e.postbox import postbox, read
from e2e.sending import add_email, add_phone, working
from e2e.server import Server
from e2e.services import wait_until
from e2e.steps import Person, connected, found_team, message, say


@pytest.fixture
def phone() -> Iterator[Ntfy]:
    with ntfy() as server:
        yield server


def start(
    start_server: StartServer, phone: Ntfy, open_page: OpenPage, **settings: str
) -> tuple[Server, Person, Person]:
    server = start_server(TARGETS_ALLOWED=phone.address, **settings)
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    return server, alice, bob


def test_who_is_away_is_told_at_once_and_who_is_there_is_not(
    start_server: StartServer, phone: Ntfy, open_page: OpenPage
) -> None:
    _, alice, bob = start(start_server, phone, open_page)
    settings = add_phone(bob, phone)
    settings.locator("#outside").get_by_role("button", name="Send me a test").click()
    expect(settings.get_by_text("The test is sent, and was accepted there.")).to_be_visible()
    assert phone.texts == ["This is a test: what is new in Rooms reaches you here"]

    bobs = settings
    bobs.goto("/rooms/lobby/")
    connected(bobs)
    alices = alice.open()
    say(alices, "@Bob you are here")
    expect(message(bobs, "you are here")).to_be_visible()
    # Longer than it takes to be told while one is away.
    bobs.wait_for_timeout(3000)
    assert len(phone.posts) == 1

    bobs.close()
    alices.wait_for_timeout(1500)
    began = time.monotonic()
    say(alices, "@Bob are you there?")
    phone.wait_for(2)
    at, title, text = phone.posts[1]
    assert (title, text) == ("Alice mentioned you in Lobby", "Alice: @Bob are you there?")
    assert at - began < 8  # Without the ten seconds that others wait.

    say(alices, "@Bob hello?")
    alices.wait_for_timeout(3000)
    assert len(phone.posts) == 2


def test_what_is_read_in_time_is_not_told(start_server: StartServer, phone: Ntfy, open_page: OpenPage) -> None:
    server, alice, bob = start(start_server, phone, open_page)
    add_phone(bob, phone, "after 10 seconds").close()
    alices = alice.open()
    say(alices, "@Bob look")

    bobs = bob.open()
    expect(message(bobs, "@Bob look")).to_be_visible()
    bobs.close()
    code = "from rooms.outside.models import Burst; print(Burst.objects.exclude(due_at=None).count())"
    wait_until(lambda: server.shell(code).strip() == "0", "something waits still", 25)

    assert phone.posts == []


def test_a_server_killed_while_it_sends_has_sent_once(
    start_server: StartServer, phone: Ntfy, open_page: OpenPage
) -> None:
    server, alice, bob = start(start_server, phone, open_page)
    add_phone(bob, phone).close()
    alices = alice.open()
    with phone.holding():
        say(alices, "@Bob are you there?")
        phone.wait_for(1)
        alices.close()
        server.kill()
    server.start()
    wait_for_looks()

    assert phone.texts == ["Alice: @Bob are you there?"]


def test_a_server_killed_while_it_waits_sends_once_afterwards(
    start_server: StartServer, phone: Ntfy, open_page: OpenPage
) -> None:
    server, alice, bob = start(start_server, phone, open_page)
    add_phone(bob, phone, "after 10 seconds").close()
    alices = alice.open()
    say(alices, "@Bob are you there?")
    expect(message(alices, "are you there?")).to_be_visible()
    alices.close()
    server.kill()
    assert phone.posts == []
    server.start()
    phone.wait_for(1)
    wait_for_looks()

    assert phone.texts == ["Alice: @Bob are you there?"]


def wait_for_looks() -> None:
    """Nothing is to be seen of a worker that finds nothing: let it look three times."""
    time.sleep(3.5)


def test_a_worker_of_its_own_sends_and_ends(
    start_server: StartServer, phone: Ntfy, open_page: OpenPage, database_url: str
) -> None:
    server, alice, bob = start(start_server, phone, open_page, WORKER="separate", DATABASE_URL=database_url)
    add_phone(bob, phone).close()
    alices = alice.open()
    say(alices, "@Bob are you there?")
    wait_for_looks()
    assert phone.posts == []

    with working(server), working(server) as second:
        phone.wait_for(1)
        wait_for_looks()
        assert second.process is not None
        began = time.monotonic()
        second.process.send_signal(signal.SIGTERM)
        assert second.process.wait(10) == 0
        assert time.monotonic() - began < 4
    assert phone.texts == ["Alice: @Bob are you there?"]


def test_a_worker_killed_between_writing_down_and_sending_sends_nothing_twice(
    start_server: StartServer, phone: Ntfy, open_page: OpenPage, tmp_path: Path
) -> None:
    """What was written down as sent is not sent again: none is better than two, and the next one tells."""
    server, alice, bob = start(start_server, phone, open_page, WORKER="separate", FAILPOINTS=str(tmp_path))
    add_phone(bob, phone).close()
    alices = alice.open()
    with working(server) as worker:
        (tmp_path / "outside.claimed").write_text("kill")
        say(alices, "@Bob one")
        wait_until(worker.dead, "the worker lives")
    with working(server):
        wait_for_looks()
        assert phone.posts == []


def test_the_server_ends_soon_though_something_is_being_sent(
    start_server: StartServer, phone: Ntfy, open_page: OpenPage
) -> None:
    server, alice, bob = start(start_server, phone, open_page)
    add_phone(bob, phone).close()
    alices = alice.open()
    with phone.holding():
        say(alices, "@Bob are you there?")
        phone.wait_for(1)
        alices.close()
        assert server.process is not None
        began = time.monotonic()
        os.kill(server.process.pid, signal.SIGTERM)
        server.process.wait(10)
        assert time.monotonic() - began < 4.5  # The phone takes ten.


# aiosmtpd ends without closing what it had open.
@pytest.mark.filterwarnings("ignore:unclosed <StreamWriter", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_email_leads_to_its_message_and_out_of_it(start_server: StartServer, open_page: OpenPage) -> None:
    with postbox() as box:
        server = start_server(EMAIL_URL=box.url)
        alice, bob = found_team(server, open_page, Alice={}, Bob={})
        add_email(bob, box)
        say(alice.open(), "@Bob are you there?")
        mail = box.take()
    assert mail["Subject"] == "Alice mentioned you in Lobby"
    paths = re.findall(rf"http://localhost:{server.port}(/messages/\d+/)", read(mail))

    bobs = bob.open(*paths)
    expect(message(bobs, "are you there?")).to_be_visible()
    way_out = mail["List-Unsubscribe"].strip("<>")
    asked = open_page(base_url=server.url)
    asked.goto(way_out.replace("localhost", "127.0.0.1"))
    expect(asked.get_by_role("button", name="Send no more")).to_be_visible()
    request = urllib.request.Request(way_out, b"List-Unsubscribe=One-Click", method="POST")
    assert urllib.request.urlopen(request).status == 200
    bobs.goto("/accounts/profile/")
    expect(bobs.get_by_role("button", name="Send me e-mail")).to_be_visible()
