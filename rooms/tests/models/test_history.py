"""Pages of history follow each other without gap or double, also where everything was said in the same moment."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rooms.models import Message, Room, User
from rooms.models.dates import find_first
from rooms.models.history import BARE_WEIGHT, PAGE_SIZE, PAGE_WEIGHT, Page


@pytest.fixture(
    params=[*((count, "short") for count in (1, PAGE_SIZE, PAGE_SIZE + 1, 3 * PAGE_SIZE + 7)), (7, "long " * 1_900)],
    ids=lambda param: f"{param[0]}-{param[1][:5].strip()}",
)
def positions(request: pytest.FixtureRequest, lobby: Room, bob: User) -> list[int]:
    """Of messages that were said at once."""
    count, words = request.param
    for number in range(count):
        lobby.post(bob, f"{words} {number}", f"k-{number}")
    assert Message.objects.update(created_at=timezone.now()) == count
    return list(lobby.messages.order_by("position").values_list("position", flat=True))


def test_upwards_from_the_newest(lobby: Room, positions: list[int]) -> None:
    page = Page.newest(lobby.messages.all())
    found = [page]
    while page.older is not None:
        found.insert(0, page := Page.before(lobby.messages.all(), page.older))

    assert [entry.position for page in found for entry in page.messages] == positions


def test_downwards_from_the_oldest(lobby: Room, positions: list[int]) -> None:
    page = Page.after(lobby.messages.all(), 0)
    found = [page]
    while page.newer is not None:
        found.append(page := Page.after(lobby.messages.all(), page.newer))

    assert [entry.position for page in found for entry in page.messages] == positions


def test_both_ways_from_the_middle(lobby: Room, positions: list[int]) -> None:
    middle = positions[len(positions) // 2]
    page = Page.around(lobby.messages.all(), middle)
    up, down = [page], [page]
    while up[0].older is not None:
        up.insert(0, Page.before(lobby.messages.all(), up[0].older))
    while down[-1].newer is not None:
        down.append(Page.after(lobby.messages.all(), down[-1].newer))

    assert [entry.position for page in up + down[1:] for entry in page.messages] == positions


@pytest.mark.parametrize(("words", "shown"), [("word " * 1_900, 2), ("言葉" * 1_600, 2), ("word " * 20, PAGE_SIZE)])
def test_of_long_messages_fewer_are_a_page(lobby: Room, alice: User, words: str, shown: int) -> None:
    posted = [lobby.post(alice, words, f"k-{number}") for number in range(PAGE_SIZE + 2)]
    page = Page.newest(lobby.messages.all())

    assert len(page.messages) == shown
    assert sum(len(words.encode()) + BARE_WEIGHT for _ in page.messages) <= PAGE_WEIGHT
    assert [entry.pk for entry in page.messages] == [message.pk for message in posted[-shown:]]


def test_what_is_too_long_for_a_page_is_one_by_itself(lobby: Room, alice: User) -> None:
    for number in range(3):
        lobby.post(alice, "言葉" * 5_000, f"k-{number}")

    assert [
        len(page.messages) for page in (Page.newest(lobby.messages.all()), Page.after(lobby.messages.all(), 0))
    ] == [1, 1]
    assert len(Page.around(lobby.messages.all(), lobby.clock).messages) == 2


def test_around_a_message_is_not_more_than_a_page_weighs(lobby: Room, alice: User) -> None:
    posted = [lobby.post(alice, "word " * 200, f"k-{number}") for number in range(50)]
    page = Page.around(lobby.messages.all(), posted[25].position)

    assert posted[25].pk in {entry.pk for entry in page.messages}
    assert PAGE_WEIGHT - 1_500 < sum(entry.size + BARE_WEIGHT for entry in page.messages) <= PAGE_WEIGHT


def test_what_is_shown_of_links_weighs_as_well(lobby: Room, alice: User) -> None:
    preview = [{"title": "Title", "description": "描写" * 100}]
    for number in range(PAGE_SIZE):
        lobby.post(alice, "short", f"k-{number}")
    lobby.messages.update(previews=preview)

    assert 10 < len(Page.newest(lobby.messages.all()).messages) < PAGE_SIZE


def test_a_day_begins_with_the_first_of_them(lobby: Room, positions: list[int]) -> None:
    yesterday, *today = positions
    moment = Message.objects.get(position=yesterday).created_at
    Message.objects.filter(position=yesterday).update(created_at=moment - timedelta(days=1))

    assert find_first(lobby.messages.all(), "position", moment) == min(today, default=yesterday + 1)
