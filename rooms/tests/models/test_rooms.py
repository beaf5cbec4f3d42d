import pytest

from rooms.live.testing import captured_bells
from rooms.models import Room, User


def people_of(room: Room) -> set[User]:
    return {membership.user for membership in room.memberships.select_related("user")}


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Launch week", "launch-week"),
        ("雑談", "雑談"),
        ("ＦＵＬＬ　width", "full-width"),
        ("🌱", "room"),
        ("new", "new-2"),
        ("Lobby", "lobby-2"),
        ("x" * 80, "x" * 60),
    ],
)
def test_the_slug_comes_from_the_name(alice: User, name: str, slug: str) -> None:
    assert Room.objects.open_up(Room.Kind.OPEN, name=name, creator=alice).slug == slug


def test_every_room_has_a_slug_of_its_own(alice: User) -> None:
    slugs = [Room.objects.open_up(Room.Kind.OPEN, name="🌱", creator=alice).slug for _ in range(4)]

    assert slugs == ["room", "room-2", "room-3", "room-4"]


def test_an_open_room_has_everyone_who_is_here(alice: User, bob: User, charlie: User) -> None:
    charlie.deactivate()

    assert people_of(Room.objects.open_up(Room.Kind.OPEN, name="Garden", creator=bob)) == {alice, bob}


def test_a_closed_room_has_its_creator_and_the_chosen(bob: User, charlie: User) -> None:
    room = Room.objects.open_up(Room.Kind.CLOSED, name="Shed", creator=bob, people=[bob, charlie])

    assert people_of(room) == {bob, charlie}


@pytest.mark.django_db(transaction=True)
def test_converting_tells_those_it_concerns(alice: User, bob: User, charlie: User, lobby: Room) -> None:
    with captured_bells() as bells:
        lobby.convert(Room.Kind.CLOSED, [alice, bob])

    assert people_of(lobby) == {alice, bob}
    assert [bell["user"] for bell in bells if bell["type"] == "revoke"] == [charlie.pk]
    assert f"inbox.{bob.pk}" in {bell.get("topic") for bell in bells}  # The list shows that it is closed now.


@pytest.mark.parametrize("kind", list(Room.Kind))
def test_a_direct_room_stays_one(alice: User, bob: User, kind: str) -> None:
    direct = Room.objects.direct_between([alice, bob])

    with pytest.raises(ValueError, match="direct"):
        direct.convert(kind, [alice])

    direct.refresh_from_db()
    assert direct.kind == Room.Kind.DIRECT
    assert people_of(direct) == {alice, bob}


def test_no_room_becomes_direct(alice: User, den: Room) -> None:
    with pytest.raises(ValueError, match="direct"):
        den.convert(Room.Kind.DIRECT, [alice])


def test_a_direct_room_is_one_for_each_set(alice: User, bob: User, charlie: User) -> None:
    rooms = [
        Room.objects.direct_between(people)
        for people in ([alice, bob], [bob, alice], [alice, bob, bob], [alice, bob, charlie], [alice])
    ]

    assert rooms[0] == rooms[1] == rooms[2]
    assert len(set(rooms)) == 3


def test_newcomers_begin_at_the_present(alice: User, charlie: User, den: Room) -> None:
    den.post(alice, "Before", "1")

    den.admit([charlie])
    den.post(alice, "After", "2")

    assert {membership.title: membership.unread for membership in charlie.memberships.for_list()}["Den"] == 1


def test_a_room_without_its_creator_has_somebody_to_look_after_it(bob: User, charlie: User) -> None:
    room = Room.objects.open_up(Room.Kind.CLOSED, name="Shed", creator=bob, people=[charlie])

    bob.deactivate()

    assert charlie.get_administered_rooms().get() == room


def test_a_name_that_stays_takes_no_tick(den: Room) -> None:
    clock = Room.objects.get(pk=den.pk).clock

    den.change(name="Den", topic="")

    assert Room.objects.get(pk=den.pk).clock == clock


@pytest.mark.parametrize("kind", [Room.Kind.OPEN, Room.Kind.CLOSED, Room.Kind.DIRECT])
def test_one_rule_says_who_administers_a_room(kind: str, alice: User, bob: User, charlie: User) -> None:
    people = [alice, bob, charlie]
    if kind == Room.Kind.DIRECT:
        room = Room.objects.direct_between(people)
    else:
        room = Room.objects.open_up(kind, name="Shed", creator=bob, people=people)

    for person in people:
        assert person.administers(room) == person.get_administered_rooms().filter(pk=room.pk).exists()
    assert bob.administers(room) == (kind != Room.Kind.DIRECT)
