import pytest
from django.test import Client

from rooms.models import Room, User, Workspace
from rooms.tests.conftest import PASSWORD

FORM = {
    "team": "北風スタジオ",
    "room": "雑談 🌱",
    "name": "田中 美咲",
    "email": "Misaki@Example.org",
    "password": PASSWORD,
    "time_zone": "Asia/Tokyo",
}


@pytest.mark.django_db
def test_the_first_visit_leads_here(client: Client) -> None:
    response = client.get("/", follow=True)

    assert response.redirect_chain == [("/setup/", 302)]
    assert response.templates[0].name == "accounts/setup.html"


@pytest.mark.django_db
def test_it_makes_team_room_and_administrator_and_signs_in(client: Client) -> None:
    response = client.post("/setup/", FORM, follow=True)

    misaki = User.objects.get()
    assert (misaki.name, misaki.email, misaki.time_zone) == ("田中 美咲", "misaki@example.org", "Asia/Tokyo")
    assert misaki.is_administrator
    assert Workspace.objects.get().name == "北風スタジオ"
    assert response.context["user"] == misaki
    assert response.context["room"] == Room.objects.get(kind=Room.Kind.OPEN)
    assert "雑談 🌱" in response.content.decode()


@pytest.mark.django_db
def test_it_remembers_the_language_of_the_browser(client: Client) -> None:
    client.post("/setup/", FORM, headers={"Accept-Language": "ja"})

    assert User.objects.get().language == "ja"


@pytest.mark.django_db
def test_it_guesses_the_time_zone_from_the_language(client: Client) -> None:
    page = client.get("/setup/", headers={"Accept-Language": "ja"}).content.decode()

    assert '<option value="Asia/Tokyo" selected>' in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "Misaki\u202eikasiM"),
        ("team", "\u200b"),
        ("room", "line\nbreak"),
        ("email", "misaki"),
        ("email", "nul\x00@example.org"),
        ("password", "short"),
        ("password", "misaki@example.org"),
        ("time_zone", "Mars/Olympus"),
    ],
)
def test_it_says_what_is_wrong(client: Client, field: str, value: str) -> None:
    response = client.post("/setup/", {**FORM, field: value})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not User.objects.exists()


def test_it_is_over_once_there_is_a_team(client: Client, alice: User) -> None:
    assert client.get("/setup/").url == "/"
    assert client.post("/setup/", FORM).url == "/"
    assert User.objects.get() == alice
