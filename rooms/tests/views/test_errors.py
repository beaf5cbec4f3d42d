import pytest
from django.test import Client, override_settings
from django.urls import include, path

from rooms.models import Room, User
from rooms.tests.conftest import PASSWORD, SignIn

FRAGMENT = {"HX-Request": "true"}


def break_down(request):
    raise RuntimeError("on purpose")


urlpatterns = [path("broken/", break_down), path("", include("project.urls"))]
handler400 = "rooms.views.errors.bad_request"
handler404 = "rooms.views.errors.not_found"
handler500 = "rooms.views.errors.server_error"


def test_a_page_that_is_not_there(sign_in: SignIn, client: Client, bob: User) -> None:
    for browser, inboxes in ((client, 0), (sign_in(bob), 1)):
        response = browser.get("/nowhere/")
        assert response.status_code == 404
        assert "Nothing behind this door" in response.content.decode()
        assert response.content.decode().count('id="inbox"') == inboxes


def test_it_speaks_the_language_of_the_reader(sign_in: SignIn, bob: User) -> None:
    bob.introduce(name="Bob", language="ja", time_zone="UTC")

    assert '<html lang="ja"' in sign_in(bob).get("/nowhere/").content.decode()


def test_a_fragment_that_is_not_there_is_a_line(sign_in: SignIn, bob: User) -> None:
    response = sign_in(bob).get("/rooms/nowhere/", headers=FRAGMENT)

    assert response.status_code == 404
    assert response.content.decode().strip().startswith('<p class="form__errors" role="alert">')
    assert "<html" not in response.content.decode()


@override_settings(ROOT_URLCONF="rooms.tests.views.test_errors")
def test_something_broke(sign_in: SignIn, bob: User) -> None:
    browser = sign_in(bob)
    browser.raise_request_exception = False

    response = browser.get("/broken/")

    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()
    assert "on purpose" not in response.content.decode()
    assert 'id="inbox"' not in response.content.decode()  # Whatever broke, it must not be asked again.
    assert "<html" not in browser.get("/broken/", headers=FRAGMENT).content.decode()


@override_settings(ROOT_URLCONF="rooms.tests.views.test_errors")
@pytest.mark.django_db
def test_something_broke_needs_no_query(client: Client, django_assert_num_queries) -> None:
    client.raise_request_exception = False

    with django_assert_num_queries(0):
        assert client.get("/broken/").status_code == 500


@pytest.mark.django_db
def test_an_unknown_host(client: Client) -> None:
    response = client.get("/", headers={"Host": "evil.example"})

    assert response.status_code == 400
    assert "evil.example" not in response.content.decode()


def strict(user: User | None = None) -> Client:
    browser = Client(enforce_csrf_checks=True)
    if user:
        browser.force_login(user)
    return browser


def test_a_form_of_another_site_is_refused(bob: User, lobby: Room) -> None:
    response = strict(bob).post("/rooms/", {"name": "Forged", "kind": "open"})

    assert response.status_code == 403
    assert "This page is too old" in response.content.decode()
    assert not Room.objects.filter(name="Forged").exists()


def test_an_old_form_gives_back_what_was_typed(bob: User, lobby: Room) -> None:
    response = strict(bob).post(f"{lobby.get_absolute_url()}messages/", {"body": "A long <story>", "key": "k"})

    assert response.status_code == 403
    assert "A long &lt;story&gt;</textarea>" in response.content.decode()


@pytest.mark.parametrize(("signed_in", "status"), [(True, 403), (False, 401)])
def test_an_old_fragment_is_told_in_a_line(bob: User, lobby: Room, signed_in: bool, status: int) -> None:
    browser = strict(bob if signed_in else None)

    response = browser.post(f"{lobby.get_absolute_url()}messages/", {"body": "x", "key": "k"}, headers=FRAGMENT)

    assert response.status_code == status
    assert response.content.decode().strip().startswith("<p")


def test_with_its_token_a_form_works(alice: User) -> None:
    browser = strict()
    token = browser.get("/accounts/sign-in/").context["csrf_token"]

    form = {"email": "alice@example.org", "password": PASSWORD, "csrfmiddlewaretoken": str(token)}

    assert browser.post("/accounts/sign-in/", form).status_code == 302
