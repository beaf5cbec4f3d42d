import pytest

from rooms.live.testing import captured_bells
from rooms.models import Room, User
from rooms.tests.conftest import SignIn

pytestmark = pytest.mark.django_db(transaction=True)


def url(room: Room) -> str:
    return f"{room.get_absolute_url()}settings/"


def form(room: Room, **changes: object) -> dict[str, object]:
    people = list(room.memberships.values_list("user_id", flat=True))
    return {"name": room.name, "topic": room.topic, "kind": room.kind, "people": people} | changes


def people_of(room: Room) -> set[str]:
    return set(room.memberships.values_list("user__name", flat=True))


def test_it_renames_without_moving(sign_in: SignIn, alice: User, bob: User, den: Room) -> None:
    with captured_bells() as bells:
        response = sign_in(alice).post(url(den), form(den, name="洞穴", topic="暗い"))

    assert response.url == "/rooms/den/"
    den.refresh_from_db()
    assert (den.name, den.topic) == ("洞穴", "暗い")
    assert {bell["topic"] for bell in bells} == {f"room.{den.pk}", f"inbox.{alice.pk}", f"inbox.{bob.pk}"}


def test_saving_the_same_disturbs_nobody(sign_in: SignIn, alice: User, den: Room) -> None:
    with captured_bells() as bells:
        assert sign_in(alice).post(url(den), form(den)).status_code == 302

    assert bells == []
    assert people_of(den) == {"Alice Moreau", "Bob Okafor"}


def test_it_grants_and_revokes_in_one_go(sign_in: SignIn, alice: User, bob: User, charlie: User, den: Room) -> None:
    with captured_bells() as bells:
        sign_in(alice).post(url(den), form(den, people=[charlie.pk]))

    assert people_of(den) == {"Alice Moreau", "Charlie"}
    assert [bell for bell in bells if bell["type"] == "revoke"] == [
        {"type": "revoke", "user": bob.pk, "topic": f"room.{den.pk}"}
    ]
    assert f"inbox.{charlie.pk}" in {bell.get("topic") for bell in bells}


def test_nobody_shuts_themselves_out(sign_in: SignIn, alice: User, den: Room) -> None:
    sign_in(alice).post(url(den), form(den, people=[]))

    assert people_of(den) == {"Alice Moreau"}


def test_open_rooms_close_and_closed_rooms_open(sign_in: SignIn, alice: User, lobby: Room) -> None:
    browser = sign_in(alice)

    browser.post(url(lobby), form(lobby, kind="closed", people=[]))
    assert people_of(lobby) == {"Alice Moreau"}

    browser.post(url(lobby), form(lobby, kind="open"))
    assert people_of(lobby) == {"Alice Moreau", "Bob Okafor", "Charlie"}


def test_a_direct_room_has_none(sign_in: SignIn, alice: User, bob: User) -> None:
    direct = Room.objects.direct_between([alice, bob])
    browser = sign_in(alice)

    assert browser.get(url(direct)).status_code == 404
    assert browser.post(url(direct), form(direct, name="Ours", kind="open")).status_code == 404
    direct.refresh_from_db()
    assert direct.kind == Room.Kind.DIRECT


def test_no_room_becomes_direct(sign_in: SignIn, alice: User, den: Room) -> None:
    assert sign_in(alice).post(url(den), form(den, kind="direct")).status_code == 422


def test_the_form_shows_how_it_is(sign_in: SignIn, alice: User, bob: User, charlie: User, den: Room) -> None:
    page = sign_in(alice).get(url(den)).content.decode()

    assert 'value="Den"' in page
    assert f'value="{bob.pk}" id="id_people_0" checked' in page
    assert f'value="{charlie.pk}" id="id_people_1">' in page


def test_it_says_what_is_wrong_and_changes_nothing(sign_in: SignIn, alice: User, den: Room) -> None:
    response = sign_in(alice).post(url(den), form(den, name="\u202eneD", people=[]))

    assert response.status_code == 422
    assert "Leave out characters that change the direction" in response.content.decode()
    den.refresh_from_db()
    assert den.name == "Den"
    assert people_of(den) == {"Alice Moreau", "Bob Okafor"}


def test_members_cannot_change_the_rooms_of_others(sign_in: SignIn, bob: User, den: Room, lobby: Room) -> None:
    for room in (den, lobby):
        assert sign_in(bob).get(url(room)).status_code == 404
        assert sign_in(bob).post(url(room), form(room, name="Mine")).status_code == 404


def test_members_change_their_own(sign_in: SignIn, bob: User, alice: User) -> None:
    room = Room.objects.open_up(Room.Kind.CLOSED, name="Garden", creator=bob)

    assert sign_in(bob).post(url(room), form(room, name="Shed")).status_code == 302


def test_administrators_do_not_reach_rooms_they_are_not_in(sign_in: SignIn, alice: User, bob: User) -> None:
    room = Room.objects.open_up(Room.Kind.CLOSED, name="Garden", creator=bob)

    assert sign_in(alice).get(url(room)).status_code == 404
