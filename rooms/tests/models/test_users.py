import pytest
from django.db import IntegrityError

from rooms.live.access import authenticate
from rooms.live.testing import captured_bells
from rooms.models import EmailTaken, LastAdministrator, Room, User
from rooms.tests.conftest import PASSWORD, SignIn


@pytest.fixture
def bells(transactional_db: None):
    with captured_bells() as bells:
        yield bells


def test_newcomers_are_in_every_open_room(den: Room, alice: User) -> None:
    Room.objects.open_up(Room.Kind.OPEN, name="Garden", creator=alice)

    dana = User.objects.sign_up(email="Dana@Example.org", name="Dana", password=PASSWORD)

    assert {room.name for room in dana.get_rooms()} == {"Lobby", "Garden"}
    assert dana.email == "dana@example.org"


def test_an_address_is_for_one(alice: User) -> None:
    with pytest.raises(IntegrityError):
        User.objects.sign_up(email="ALICE@example.org", name="Other", password=PASSWORD)


def test_the_password_is_kept_by_argon2(settings, alice: User) -> None:
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:]

    alice.change_password(PASSWORD)

    assert alice.password.startswith("argon2$argon2id$")
    assert alice.check_password(PASSWORD)


def test_old_passwords_can_still_be_read(settings, alice: User) -> None:
    alice.set_password(PASSWORD)
    assert alice.password.startswith("md5$")
    settings.PASSWORD_HASHERS = [*settings.PASSWORD_HASHERS[1:], settings.PASSWORD_HASHERS[0]]

    assert alice.check_password(PASSWORD)
    assert alice.password.startswith("argon2$argon2id$")  # Kept better from now on.


def test_deactivation_takes_all_but_direct_rooms(alice: User, bob: User, den: Room) -> None:
    direct = Room.objects.direct_between([alice, bob])

    bob.deactivate()

    assert list(bob.get_rooms()) == [direct]


def test_deactivation_ends_sessions_for_good(sign_in: SignIn, alice: User, bob: User) -> None:
    sessions = [sign_in(person).cookies["session"].value for person in (alice, bob)]
    assert [authenticate(key) for key in sessions] == [alice, bob]

    bob.deactivate()
    bob.reactivate()

    assert [authenticate(key) for key in sessions] == [alice, None]


def test_deactivation_closes_live_pages(bells, bob: User, den: Room) -> None:
    bells.clear()

    bob.deactivate()

    assert {"type": "revoke", "user": bob.pk, "topic": None} in bells
    assert {"type": "revoke", "user": bob.pk, "topic": f"room.{den.pk}"} in bells


def test_deactivation_frees_the_address(bob: User) -> None:
    bob.deactivate()

    newcomer = User.objects.sign_up(email="bob@example.org", name="Bob the Second", password=PASSWORD)

    assert newcomer.email == "bob@example.org"
    with pytest.raises(EmailTaken):
        bob.reactivate()
    newcomer.deactivate()
    bob.reactivate()
    assert User.objects.get(email="bob@example.org") == bob


def test_the_last_administrator_stays(alice: User, bob: User) -> None:
    for leave in (alice.deactivate, lambda: alice.change_role("member")):
        with pytest.raises(LastAdministrator):
            leave()
        assert User.objects.get(pk=alice.pk).is_administrator

    bob.change_role("administrator")
    alice.change_role("member")
    assert not User.objects.get(pk=alice.pk).is_administrator


def test_a_deactivated_administrator_does_not_count(alice: User, bob: User) -> None:
    bob.change_role("administrator")
    bob.deactivate()

    with pytest.raises(LastAdministrator):
        alice.change_role("member")


def test_a_new_name_reaches_those_who_talk_to_one(bells, alice: User, bob: User, charlie: User) -> None:
    Room.objects.direct_between([alice, bob])
    bells.clear()

    bob.introduce(name="Bobby", language="en", time_zone="UTC")

    assert {bell["topic"] for bell in bells} == {f"inbox.{alice.pk}", f"inbox.{bob.pk}"}


def test_a_password_change_has_live_pages_checked(bells, bob: User) -> None:
    bells.clear()

    bob.change_password("battery staple horse")

    assert bells == [{"type": "revoke", "user": bob.pk, "topic": None}]
