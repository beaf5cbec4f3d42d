"""The same message sent again, from everywhere at once, is one message (F28)."""

from __future__ import annotations

import re
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from e2e.browsers import OpenPage
from e2e.conftest import StartServer
from e2e.server import Server
from e2e.sockets import LOBBY, Caller, call_up, no_redirects
from e2e.steps import assert_live_equals_reload, composer, connected, found_team, message, said, say

POSTED = re.compile(r'<article[^>]*id="message-(\d+)"')


@pytest.fixture(params=["one worker", "two workers"])
def any_server(request: pytest.FixtureRequest, start_server: StartServer) -> Server:
    if request.param == "one worker":
        return start_server()
    redis, database_url = request.getfixturevalue("redis"), request.getfixturevalue("database_url")
    return start_server(WEB_CONCURRENCY="2", REDIS_URL=redis.url, DATABASE_URL=database_url)


def test_twenty_at_once_are_one_row_and_one_answer(any_server: Server) -> None:
    alice, bob = call_up(any_server, "Alice", "Bob")
    listener = bob.open()
    alice.get_token()
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(send, [alice] * 20))

    assert len(set(answers)) == 1
    bob.say("and now?")
    listener.socket.until("and now?", 3)
    seen = {posted for frame in listener.socket.frames for posted in POSTED.findall(frame)}
    assert len(seen) == 2 and seen > set(answers[0])
    listener.assert_equals_reload()


def send(person: Caller) -> tuple[str, ...]:
    """The ids of the messages in the answer."""
    data = urlencode({"csrfmiddlewaretoken": person.token, "body": "once and for all", "key": "the-same"}).encode()
    headers = {"Cookie": f"session={person.session}", "Origin": person.server.url, "HX-Request": "true"}
    request = urllib.request.Request(f"{person.server.url}{LOBBY}messages/", data, headers)
    with no_redirects.open(request, timeout=20) as answer:
        return tuple(POSTED.findall(answer.read().decode()))


def test_an_impatient_hand_sends_once(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    page, bobs = alice.open(), bob.open()
    connected(page)
    connected(bobs)
    composer(page).fill("by two clicks")
    page.get_by_role("button", name="Send").last.dblclick()
    expect(message(bobs, "by two clicks")).to_be_visible()
    expect(composer(page)).to_have_value("")
    composer(page).fill("by two keys")
    composer(page).evaluate("field => { field.form.requestSubmit(); field.form.requestSubmit() }")
    expect(message(bobs, "by two keys")).to_be_visible()
    say(page, "and on")
    expect(message(bobs, "and on")).to_be_visible()
    assert said(bobs) == said(page) == ["by two clicks", "by two keys", "and on"]
    assert_live_equals_reload(page)
