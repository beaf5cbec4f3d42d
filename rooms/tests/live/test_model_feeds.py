"""The short way: what a registered feed of a model shows, and how often it is drawn."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import transaction
from django.template import Context, Template

from rooms.live import Feed, ModelFeed, register, watch, without_bells
from rooms.live.feed import Position
from rooms.live.hub import Hub
from rooms.live.listener import Listener
from rooms.live.model_feed import GONE
from rooms.live.sweep import Sweep
from rooms.live.testing import FakePage, captured_bells
from rooms.models import User
from rooms.tests.live.board.feeds import BoardFeed, PosterFeed
from rooms.tests.live.board.models import Board, Card, Poster
from rooms.tests.live.conftest import Follow, frames_with, until

PAGE = Template("{% load live %}{% live feed %}")


def draw(feed: ModelFeed) -> FakePage:
    return FakePage(PAGE.render(Context({"feed": feed})))


def shown(page: FakePage, feed: ModelFeed) -> str:
    return page.document.find(id=feed.content_id).get_text(" ", strip=True)


def since(listener: Listener, count: int) -> list[str]:
    return listener.transport.frames[count:]


# What is shown


def test_the_page_shows_the_row_and_where_it_was_read(board: Board) -> None:
    board.cards.create(text="Water the plants")
    feed = BoardFeed(board.pk)
    page = draw(feed)
    assert shown(page, feed) == "Chores Water the plants"
    assert page.cursor(feed) == Position(board.epoch, 1)
    assert page.sockets()[f"/live/board-board/{board.pk}/"]["type"] == "sync"
    assert feed.changes_url() == f"/live/board-board/{board.pk}/changes/"


async def test_a_page_that_takes_the_frames_is_the_page_that_a_reload_would_give(
    hub: Hub, follow: Follow, board: Board, people: dict[str, User]
) -> None:
    feed = BoardFeed(board.pk)
    page = await hub.run(draw, feed)
    alice = await follow(feed, people["alice"], str(page.cursor(feed)))
    card = await hub.run(lambda: board.cards.create(text="Water the plants"))
    await hub.run(lambda: card.notes.create(text="<not> the cactus"))
    await until(lambda: frames_with(alice, "cactus"))
    for frame in alice.transport.frames:
        page.apply(frame)
    assert shown(page, feed) == "Chores Water the plants (<not> the cactus)"
    again = await hub.run(draw, feed)
    assert shown(page, feed) == shown(again, feed)
    assert page.cursor(feed) == again.cursor(feed)


@pytest.mark.parametrize("id", ["abc", "", "7.5", "1e3", "1" + 30 * "0"])
def test_an_id_that_cannot_be_one_is_an_error(id: str) -> None:
    with pytest.raises(ValidationError):
        BoardFeed(id)


def test_a_row_has_one_topic_however_its_id_is_written(board: Board) -> None:
    poster = uuid4()
    assert BoardFeed(f"00{board.pk}").topic == BoardFeed(board.pk).topic == board.live_topic
    assert PosterFeed(poster.hex.upper()).topic == PosterFeed(poster).topic


def test_one_query_says_where_many_are(board: Board, django_assert_num_queries: Any) -> None:
    feeds = [BoardFeed(board.pk), BoardFeed(Board.objects.create(name="Errands").pk), BoardFeed(999_999), BoardFeed(0)]
    with django_assert_num_queries(1):
        positions = BoardFeed.positions(feeds)
    assert [positions[feed.topic].clock for feed in feeds] == [0, 0, 0, 0]
    assert [positions[feed.topic] == GONE for feed in feeds] == [False, False, True, True]


class PlainFeed(Feed):
    """The long way: it says where it is, and nothing of what becomes of it when the row is gone."""

    name = "plain"

    def position(self) -> Position:
        return Board.objects.get(pk=self.id).live_position


def test_a_row_that_is_gone_does_not_keep_the_others_from_being_compared(board: Board) -> None:
    gone, there = PlainFeed(0), PlainFeed(board.pk)
    assert PlainFeed.positions([gone, there]) == {there.topic: board.live_position}


# Names


def test_two_feeds_of_one_name_are_not_served() -> None:
    class Impostor(ModelFeed):
        model = Board

    with pytest.raises(ImproperlyConfigured, match=r"board-board.*BoardFeed"):
        register(Impostor)


def test_a_name_that_no_url_can_hold_is_not_served() -> None:
    class Accented(ModelFeed):
        model = Board
        name = "café"

    with pytest.raises(ImproperlyConfigured, match="name"):
        register(Accented)


# How often


async def test_a_hundred_saves_in_one_transaction_are_one_frame(
    no_sweep: None, hub: Hub, follow: Follow, board: Board, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BoardFeed, "settle", 0)

    def save_all() -> None:
        with transaction.atomic():
            for number in range(100):
                board.cards.create(text=f"card {number:02}")

    alice = await follow(BoardFeed(board.pk), people["alice"])
    before = len(alice.transport.frames)
    await hub.run(save_all)
    await until(lambda: frames_with(alice, "card 99"))
    assert len(since(alice, before)) == 1


async def test_a_hundred_saves_in_a_burst_are_one_frame(
    no_sweep: None, hub: Hub, follow: Follow, board: Board, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    # However busy the machine is, no two saves are that far apart, and all of them do not take that long.
    monkeypatch.setattr(BoardFeed, "settle", 2)
    monkeypatch.setattr(watch, "PATIENCE", 60)

    def save_all() -> None:
        for number in range(100):
            board.cards.create(text=f"card {number:02}")

    pages = [await follow(BoardFeed(board.pk), people[name]) for name in ("alice", "bob")]
    before = [len(page.transport.frames) for page in pages]
    with captured_bells() as bells:
        await hub.run(save_all)
    assert len(bells) == 100
    await until(lambda: all(frames_with(page, "card 99") for page in pages))
    assert [len(since(page, count)) for page, count in zip(pages, before, strict=True)] == [1, 1]


async def test_a_stream_that_does_not_end_is_shown_nevertheless(
    no_sweep: None, hub: Hub, follow: Follow, board: Board, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The stream goes on though the machine pauses for a second.
    monkeypatch.setattr(BoardFeed, "settle", 1.5)
    monkeypatch.setattr(watch, "PATIENCE", 2)

    def save_until(moment: float) -> None:
        while time.monotonic() < moment and len(alice.transport.frames) == before:
            board.save()
            time.sleep(0.01)

    alice = await follow(BoardFeed(board.pk), people["alice"])
    before = len(alice.transport.frames)
    began = time.monotonic()
    await hub.run(save_until, began + 10)
    assert 1.4 < time.monotonic() - began < 8
    assert len(since(alice, before)) == 1


async def test_the_chat_does_not_wait(hub: Hub) -> None:
    from rooms.feeds import InboxFeed, RoomFeed

    assert RoomFeed.settle == InboxFeed.settle == 0


async def test_a_bulk_import_is_no_frame_until_it_is_over(
    no_sweep: None, hub: Hub, follow: Follow, board: Board, people: dict[str, User]
) -> None:
    def import_all() -> None:
        with without_bells():
            for number in range(100):
                board.cards.create(text=f"card {number:02}")

    alice = await follow(BoardFeed(board.pk), people["alice"])
    before = len(alice.transport.frames)
    with captured_bells() as bells:
        await hub.run(import_all)
        assert await hub.run(Card.objects.count) == 100
    assert bells == []
    assert since(alice, before) == []

    await Sweep(hub).once()
    await until(lambda: frames_with(alice, "card 99"))
    assert len(since(alice, before)) == 1


async def test_what_a_frame_costs_does_not_depend_on_how_many_look(
    hub: Hub, follow: Follow, board: Board, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Any] = []
    plain = BoardFeed.draw
    monkeypatch.setattr(BoardFeed, "draw", lambda feed, changes: drawn.append(changes) or plain(feed, changes))
    pages = [await follow(BoardFeed(board.pk), people["alice"]) for _ in range(30)]
    drawn.clear()
    await hub.run(lambda: board.cards.create(text="Water the plants"))
    await until(lambda: all(frames_with(page, "plants") for page in pages))
    assert len(drawn) == 1


# Who


async def test_a_row_that_goes_takes_its_pages_with_it(
    no_sweep: None, hub: Hub, follow: Follow, board: Board, people: dict[str, User]
) -> None:
    alice = await follow(BoardFeed(board.pk), people["alice"])
    await hub.run(board.delete)
    await until(lambda: alice.transport.closed)
    assert alice.transport.closed == 4403


async def test_a_row_that_is_hidden_takes_its_pages_with_it(
    no_sweep: None, hub: Hub, follow: Follow, board: Board, people: dict[str, User]
) -> None:
    poster = await hub.run(lambda: Poster.objects.create(text="Welcome"))
    charlie = await follow(PosterFeed(poster.pk), people["charlie"])
    poster.text, poster.draft = "Secret", True
    await hub.run(poster.save)
    await until(lambda: charlie.transport.closed)
    assert charlie.transport.closed == 4403
    assert not frames_with(charlie, "Secret")


async def test_who_has_lost_the_seat_sees_nothing_more(
    no_sweep: None, hub: Hub, follow: Follow, board: Board, people: dict[str, User]
) -> None:
    """Though nobody has thought of revoking anything: the next change is not theirs to see."""
    alice, bob = [await follow(BoardFeed(board.pk), people[name]) for name in ("alice", "bob")]

    def dismiss() -> None:
        board.seats.filter(user_id=people["bob"].pk).delete()
        board.cards.create(text="A present for Bob")

    await hub.run(dismiss)
    await until(lambda: frames_with(alice, "present") and bob.transport.closed)
    assert bob.transport.closed == 4403
    assert not frames_with(bob, "present")


async def test_a_row_that_went_without_a_bell_takes_its_pages_with_it(
    no_sweep: None, hub: Hub, follow: Follow, board: Board, people: dict[str, User]
) -> None:
    alice = await follow(BoardFeed(board.pk), people["alice"])
    await hub.run(Board.objects.filter(pk=board.pk).delete)
    await Sweep(hub).compare()
    await until(lambda: alice.transport.closed)
    assert alice.transport.closed == 4403
