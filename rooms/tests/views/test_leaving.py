from rooms.models import Room, User
from rooms.tests.conftest import SignIn


def test_it_asks_first(sign_in: SignIn, bob: User, den: Room) -> None:
    page = sign_in(bob).get("/rooms/den/leaving/").content.decode()

    assert "ask someone who is still in it" in page
    assert den.memberships.filter(user=bob).exists()


def test_it_leaves(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)

    response = browser.post("/rooms/den/leaving/", follow=True)

    assert response.redirect_chain == [("/rooms/", 302)]
    assert "You have left Den." in response.content.decode()
    assert browser.get("/rooms/den/").status_code == 404


def test_the_room_passes_to_the_member_of_longest_standing(
    sign_in: SignIn, alice: User, bob: User, charlie: User
) -> None:
    shed = Room.objects.open_up(Room.Kind.CLOSED, name="Shed", creator=bob, people=[charlie])
    shed.admit([alice])

    sign_in(bob).post("/rooms/shed/leaving/")

    assert charlie.get_administered_rooms().get() == shed


def test_the_last_one_is_told(sign_in: SignIn, bob: User) -> None:
    Room.objects.open_up(Room.Kind.CLOSED, name="Shed", creator=bob)
    browser = sign_in(bob)

    assert "Once you leave, nobody can open it again." in browser.get("/rooms/shed/leaving/").content.decode()
    assert browser.post("/rooms/shed/leaving/").url == "/rooms/"


def test_open_and_direct_rooms_cannot_be_left(sign_in: SignIn, alice: User, bob: User, lobby: Room) -> None:
    direct = Room.objects.direct_between([alice, bob])
    browser = sign_in(bob)

    for room, why in ((lobby, "Everyone is in an open room"), (direct, "belong to the people in them")):
        response = browser.post(f"{room.get_absolute_url()}leaving/")
        assert response.status_code == 422
        assert why in response.content.decode()
        assert room.memberships.filter(user=bob).exists()


def test_outsiders_have_nothing_to_leave(sign_in: SignIn, charlie: User, den: Room) -> None:
    assert sign_in(charlie).post("/rooms/den/leaving/").status_code == 404
