"""Everybody who is in a room just now, and when people were last seen."""

from django.db.models.functions import Now

from rooms.live.attendance import Attendance
from rooms.models import Room, User
from rooms.tests.conftest import SignIn


def be_here(room: Room, *people: User) -> None:
    ids = [person.pk for person in people]
    Attendance.objects.create(process="one", seen_at=Now(), follows={"online": ids, f"room.{room.pk}": ids})


def test_it_lists_who_is_here(sign_in: SignIn, den: Room, alice: User, bob: User) -> None:
    be_here(den, bob)
    page = sign_in(alice).get(f"{den.get_absolute_url()}presence/").content.decode()
    assert "Bob Okafor</span>" in page.partition("<main")[2]
    assert "Alice Moreau" not in page.partition("<main")[2]


def test_nobody_invisible_or_gone_from_the_room_is_in_it(
    sign_in: SignIn, den: Room, alice: User, bob: User, charlie: User
) -> None:
    be_here(den, alice, bob, charlie)
    User.objects.filter(pk=bob.pk).update(invisible=True)
    page = sign_in(alice).get(f"{den.get_absolute_url()}presence/").content.decode().partition("<main")[2]
    assert "Alice Moreau" in page
    assert "Bob" not in page
    assert "Charlie" not in page


def test_who_is_not_in_the_room_learns_nothing(sign_in: SignIn, den: Room, charlie: User, bob: User) -> None:
    be_here(den, bob)
    assert sign_in(charlie).get(f"{den.get_absolute_url()}presence/").status_code == 404
