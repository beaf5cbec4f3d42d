"""What the list of rooms and the tab say of what is waiting."""

import re

import pytest
from django.template.loader import render_to_string

from rooms.feeds import InboxFeed
from rooms.models import Membership, Room, User
from rooms.tests.conftest import SignIn


def badge(unread: int, mentioned: int) -> list[str]:
    """What the badges of a room show, then what they say to those who cannot see them."""
    drawn = render_to_string("rooms/_badge.html", {"unread": unread, "mentioned": mentioned})
    return re.findall(r">([^<>]+)</span>", drawn)


@pytest.mark.parametrize(
    ("unread", "mentioned", "says"),
    [
        (0, 0, []),
        (1, 0, ["1", "1 unread message"]),
        (5, 0, ["5", "5 unread messages"]),
        (2, 2, ["@2", "2 mention you"]),
        (5, 1, ["5", "5 unread messages", "@1", "1 mentions you"]),
    ],
)
def test_a_mention_is_told_from_the_rest(unread: int, mentioned: int, says: list[str]) -> None:
    assert badge(unread, mentioned) == says


@pytest.mark.parametrize(
    ("unread", "mentions", "icon"), [(0, 0, "rooms.svg"), (3, 0, "rooms-unread.svg"), (3, 1, "rooms-mention.svg")]
)
def test_the_icon_says_how_urgent_it_is(unread: int, mentions: int, icon: str) -> None:
    frame = render_to_string("live/icon.html", {"unread": unread, "mentions": mentions})

    assert frame.startswith('<hx-partial hx-target="#icon" hx-swap="outerHTML"><link id="icon"')
    assert f"icons/{icon}" in frame


@pytest.mark.parametrize("path", ["/rooms/", "/rooms/lobby/", "/accounts/profile/", "/people/"])
def test_a_page_comes_with_its_count_and_icon(sign_in: SignIn, alice: User, bob: User, den: Room, path: str) -> None:
    browser = sign_in(bob)
    assert "<link" in (quiet := browser.get(path).content.decode())
    assert 'id="icon" rel="icon" href="/static/icons/rooms.svg"' in quiet

    den.post(alice, "one", "k-1")
    den.post(alice, "two", "k-2")
    page = browser.get(path).content.decode()
    assert '<title id="title">(2) ' in page
    assert "icons/rooms-unread.svg" in page


def test_a_silenced_room_says_so(alice: User, bob: User, den: Room) -> None:
    Membership.objects.filter(user=bob, room=den).update(involvement="nothing")
    den.post(alice, "one", "k-1")
    state = InboxFeed.read_states([bob.pk])[bob.pk]
    frame = render_to_string("live/inbox.html", {"inbox": state, "user": state})

    assert "silenced" in frame
    assert "unread" not in frame.replace("rooms-unread", "")
    assert "icons/rooms.svg" in frame
