"""Pages of history follow each other without gap or double, also where everything was said in the same moment."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rooms.models import Message, Room, User
from rooms.models.dates import find_first
from rooms.models.history import PAGE_SIZE, Page


@pytest.fixture(params=[1, PAGE_SIZE, PAGE_SIZE + 1, 3 * PAGE_SIZE + 7])
def positions(request: pytest.FixtureRequest, lobby: Room, bob: User) -> list[int]:
    """Of messages that were said at once."""
    count = request.param
    for number in range(count):
        lobby.post(bob, f"line {number}", f"k-{number}")
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


def test_a_day_begins_with_the_first_of_them(lobby: Room, positions: list[int]) -> None:
    yesterday, *today = positions
    moment = Message.objects.get(position=yesterday).created_at
    Message.objects.filter(position=yesterday).update(created_at=moment - timedelta(days=1))

    assert find_first(lobby.messages.all(), "position", moment) == min(today, default=yesterday + 1)
