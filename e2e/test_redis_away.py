"""Redis only rings: while it is away, people talk."""

from __future__ import annotations

from playwright.sync_api import expect

from e2e.browsers import OpenPage
from e2e.conftest import StartServer
from e2e.elsewhere import SOON
from e2e.services import Redis
from e2e.steps import assert_live_equals_reload, connected, found_team, message, said, say


def test_messages_arrive_without_redis(start_server: StartServer, redis: Redis, open_page: OpenPage) -> None:
    server = start_server(REDIS_URL=redis.url)
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, bobs = alice.open(), bob.open()
    for page in (alices, bobs):
        connected(page)

    redis.kill()
    say(alices, "from this process")
    expect(message(bobs, "from this process")).to_be_visible(timeout=SOON)
    bob.has_said("from another process", 1)
    for page in (alices, bobs):
        expect(message(page, "from another process 1")).to_be_visible()

    redis.start()
    bob.has_said("with Redis back", 1)
    for page in (alices, bobs):
        expect(message(page, "with Redis back 1")).to_be_visible()
        assert_live_equals_reload(page)
    assert said(alices) == said(bobs)


def test_rooms_starts_without_redis(start_server: StartServer, redis: Redis, open_page: OpenPage) -> None:
    redis.kill()
    server = start_server(REDIS_URL=redis.url)
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open()
    connected(page)

    say(page, "alone in the dark")
    expect(message(page, "alone in the dark")).to_be_visible(timeout=SOON)
