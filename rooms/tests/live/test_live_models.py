"""Models that take ticks: what is saved is rung for, once, in the order in which it is seen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import F

from rooms.live.testing import assert_no_bells, assert_rings, captured_bells
from rooms.tests.live.board.models import Board, Card, Note, Poster


def clock(board: Board) -> int:
    return Board.objects.values_list("clock", flat=True).get(pk=board.pk)


def test_saving_takes_a_tick_and_rings(board: Board) -> None:
    with assert_rings(f"board-board.{board.pk}") as bells:
        board.save()
    assert bells[0]["clock"] == board.clock == clock(board) == 1


def test_saving_some_fields_does_too(board: Board) -> None:
    board.name = "Errands"
    with assert_rings(board.live_topic):
        board.save(update_fields=["name"])
    stored = Board.objects.get(pk=board.pk)
    assert (stored.name, stored.clock) == ("Errands", 1)


def test_a_new_row_rings_for_nobody(board: Board) -> None:
    with assert_no_bells():
        Board.objects.create(name="Another")


def test_an_instance_that_is_out_of_date_does_not_turn_the_clock_back(board: Board) -> None:
    early = Board.objects.get(pk=board.pk)
    for _ in range(3):
        board.save()
    early.save()
    assert clock(board) == early.clock == 4


def test_a_row_that_is_written_over_is_of_a_new_epoch(board: Board) -> None:
    board.save()
    Board(pk=board.pk, name="Usurper").save()
    assert Board.objects.get(pk=board.pk).epoch != board.epoch


def test_what_fails_takes_no_tick(board: Board) -> None:
    board.name = None
    with assert_no_bells(), pytest.raises(Exception, match=r"(?i)null"):
        board.save()
    assert clock(board) == 0


def test_a_tick_belongs_in_a_transaction(board: Board) -> None:
    with pytest.raises(transaction.TransactionManagementError, match="tick"):
        board.tick()


def test_a_row_that_is_gone_has_no_ticks(board: Board) -> None:
    stale = Board.objects.get(pk=board.pk)
    board.delete()
    with pytest.raises(Board.DoesNotExist), transaction.atomic():
        stale.tick()


def test_deletion_rings(board: Board) -> None:
    with assert_rings(board.live_topic):
        board.delete()


def test_a_part_rings_for_the_whole(board: Board) -> None:
    with assert_rings(board.live_topic):
        card = board.cards.create(text="Water the plants")
    with assert_rings(board.live_topic):
        card.save()
    with assert_rings(board.live_topic):
        card.delete()
    assert clock(board) == 3


def test_a_part_of_a_part_rings_for_the_whole(board: Board) -> None:
    card = board.cards.create(text="Water the plants")
    with assert_rings(board.live_topic):
        card.notes.create(text="Not the cactus")


def test_a_part_of_nothing_rings_for_nobody(board: Board) -> None:
    with assert_no_bells():
        Note.objects.create(text="Somewhere")


def test_a_part_that_moves_rings_for_both(board: Board) -> None:
    other = Board.objects.create(name="Errands")
    card = board.cards.create(text="Water the plants")
    card.board = other
    with captured_bells() as bells:
        card.save()
    assert {bell["topic"] for bell in bells} == {board.live_topic, other.live_topic}


def test_bulk_changes_ring_when_told_to(board: Board) -> None:
    with assert_no_bells():
        Card.objects.bulk_create([Card(board=board, text="One"), Card(board=board, text="Two")])
    with assert_rings(board.live_topic), transaction.atomic():
        board.tick()
        Card.objects.update(text=F("text"))


def test_a_hundred_saves_in_one_transaction_ring_once(board: Board) -> None:
    with assert_rings(board.live_topic) as bells, transaction.atomic():
        for number in range(100):
            board.cards.create(text=f"Card {number}")
    assert bells[0]["clock"] == 100


def test_other_keys_than_numbers_make_topics(board: Board) -> None:
    poster = Poster.objects.create(text="Welcome")
    with assert_rings(f"board-poster.{poster.pk}"):
        poster.save()


def run_together(*functions: Callable[[], Any]) -> None:
    failures: list[BaseException] = []
    barrier = threading.Barrier(len(functions))

    def run(function: Callable[[], Any]) -> None:
        try:
            barrier.wait()
            function()
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_no_tick_is_taken_twice(board: Board) -> None:
    """Eight at a time, from instances that know nothing of each other: the pool has ten connections."""

    def save_some() -> None:
        for _ in range(5):
            Board.objects.get(pk=board.pk).save()

    with captured_bells() as bells:
        run_together(*[save_some] * 8)
    assert sorted(bell["clock"] for bell in bells) == list(range(1, 41))
    assert clock(board) == 40


def test_parts_that_change_places_do_not_wait_for_each_other(board: Board) -> None:
    other = Board.objects.create(name="Errands")
    cards = [board.cards.create(text="Water the plants"), other.cards.create(text="Buy plants")]

    def move(card: Card) -> None:
        for number in range(20):
            card.board = (other, board)[(number + cards.index(card)) % 2]
            card.save()

    run_together(*[lambda card=card: move(card) for card in cards])
    assert clock(board) == 1 + 40
    assert clock(other) == 1 + 40


def test_a_part_that_two_move_at_once_is_missed_nowhere(board: Board) -> None:
    """Whoever comes second finds the card where the first has put it, and rings there, too."""
    boards = [Board.objects.create(name=name) for name in ("Errands", "Garden")]
    card = board.cards.create(text="Water the plants")

    def move(to: Board) -> None:
        mine = Card.objects.get(pk=card.pk)
        mine.board = to
        mine.save()

    before = [clock(each) for each in (board, *boards)]
    run_together(*[lambda to=to: move(to) for to in boards])
    after = [clock(each) for each in (board, *boards)]
    last = Card.objects.get(pk=card.pk).board_id
    assert after[0] > before[0]
    for each, was, now in zip(boards, before[1:], after[1:], strict=True):
        assert now - was == (1 if each.pk == last else 2)
