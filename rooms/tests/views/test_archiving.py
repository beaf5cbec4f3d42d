import pytest
from django.template.loader import render_to_string

from rooms.feeds import InboxFeed
from rooms.models import Room, User
from rooms.tests.conftest import SignIn

FRAGMENT = {"HX-Request": "true"}
WHY = "This room is archived: it can be read, and nothing in it changes."


def test_it_asks_first(sign_in: SignIn, alice: User, den: Room) -> None:
    page = sign_in(alice).get("/rooms/den/archiving/").content.decode()

    assert "Archive Den?" in page
    den.refresh_from_db()
    assert den.archived_at is None


def test_it_archives_and_restores(sign_in: SignIn, alice: User, den: Room) -> None:
    browser = sign_in(alice)

    page = browser.post("/rooms/den/archiving/", follow=True).content.decode()
    assert "Den is archived." in page
    assert WHY in page
    assert "Restore room" in browser.get("/rooms/den/settings/").content.decode()

    page = browser.post("/rooms/den/restoring/", follow=True).content.decode()
    assert "Den is back." in page
    assert WHY not in page
    assert "Archive room" in browser.get("/rooms/den/settings/").content.decode()


def test_its_creator_may_but_no_other_member(sign_in: SignIn, alice: User, bob: User, charlie: User) -> None:
    shed = Room.objects.open_up(Room.Kind.CLOSED, name="Shed", creator=bob, people=[charlie])

    assert sign_in(charlie).post("/rooms/shed/archiving/").status_code == 404
    shed.refresh_from_db()
    assert shed.archived_at is None

    assert sign_in(bob).post("/rooms/shed/archiving/").status_code == 302
    assert sign_in(charlie).post("/rooms/shed/restoring/").status_code == 404
    shed.refresh_from_db()
    assert shed.archived_at is not None


def test_a_direct_room_has_no_such_page(sign_in: SignIn, alice: User, bob: User) -> None:
    direct = Room.objects.direct_between([alice, bob])

    assert sign_in(alice).post(f"{direct.get_absolute_url()}archiving/").status_code == 404
    direct.refresh_from_db()
    assert direct.archived_at is None


@pytest.mark.parametrize("headers", [FRAGMENT, {}])
def test_what_somebody_was_writing_is_given_back(
    sign_in: SignIn, bob: User, den: Room, headers: dict[str, str]
) -> None:
    den.archive()

    response = sign_in(bob).post("/rooms/den/messages/", {"key": "k-1", "body": "too late"}, headers=headers)

    assert response.status_code == 422
    assert WHY in response.content.decode()
    assert 'value="too late"' in response.content.decode()
    assert den.messages.count() == 0


@pytest.mark.parametrize("headers", [FRAGMENT, {}])
def test_an_edit_is_given_back(sign_in: SignIn, bob: User, den: Room, headers: dict[str, str]) -> None:
    message = den.post(bob, "before", "k-1")
    den.archive()

    response = sign_in(bob).post(f"/messages/{message.pk}/editing/", {"body": "changed"}, headers=headers)

    assert response.status_code == 422
    assert WHY in response.content.decode()
    assert "changed</textarea>" in response.content.decode()


@pytest.mark.parametrize("headers", [FRAGMENT, {}])
def test_an_erasure_is_refused_and_said_why(sign_in: SignIn, bob: User, den: Room, headers: dict[str, str]) -> None:
    message = den.post(bob, "before", "k-1")
    den.archive()

    response = sign_in(bob).post(f"/messages/{message.pk}/erasure/", headers=headers)

    assert response.status_code == 409
    assert WHY in response.content.decode()
    message.refresh_from_db()
    assert message.body == "before"


def test_its_history_is_read(sign_in: SignIn, bob: User, den: Room) -> None:
    message = den.post(bob, "before", "k-1")
    den.archive()
    browser = sign_in(bob)

    assert "before" in browser.get("/rooms/den/").content.decode()
    assert "before" in browser.get(f"/rooms/den/?around={message.pk}").content.decode()


def test_home_is_a_room_that_lives(sign_in: SignIn, alice: User, bob: User, lobby: Room) -> None:
    kitchen = Room.objects.open_up(Room.Kind.OPEN, name="Kitchen", creator=alice)
    lobby.archive()

    assert sign_in(bob).get("/").url == kitchen.get_absolute_url()


def test_it_leaves_the_list_for_the_archive(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    assert "Archived rooms" not in browser.get("/rooms/").content.decode()

    den.archive()
    page = browser.get("/rooms/").content.decode()
    rooms, archive = page[: page.index("</nav>")], page[page.index('id="archived"') :]

    assert "Den" not in rooms
    assert 'href="/rooms/#archived"' in rooms
    assert 'href="/rooms/den/"' in archive


def test_open_pages_learn_of_it(bob: User, den: Room) -> None:
    def frame() -> str:
        state = InboxFeed.read_states([bob.pk])[bob.pk]
        return render_to_string("live/inbox.html", {"inbox": state, "user": state})

    assert 'hx-target="#archived" hx-swap="innerMorph"></hx-partial>' in frame()
    den.archive()
    assert 'hx-target="#archived" hx-swap="innerMorph"><a' in frame()
    assert f'id="room-{den.pk}-link"' not in frame()
