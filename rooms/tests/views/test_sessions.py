import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from rooms.models import Attempt, User
from rooms.tests.conftest import PASSWORD, SignIn

URL = "/accounts/sign-in/"
MISMATCH = "This e-mail address and password do not belong together."


def knock(client: Client, email: str = "bob@example.org", password: str = "wrong", **more: str) -> HttpResponse:
    return client.post(URL, {"email": email, "password": password, "next": more.pop("next", "")}, **more)


def let_time_pass(**time: float) -> None:
    Attempt.objects.update(made_at=F("made_at") - timedelta(**time))


def without_token(response: HttpResponse) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", response.content.decode())


def test_it_signs_in(client: Client, bob: User) -> None:
    response = knock(client, password=PASSWORD)

    assert (response.status_code, response.url) == (302, "/")
    assert client.get("/rooms/").context["user"] == bob


def test_it_does_not_care_about_the_case_of_the_address(client: Client, bob: User) -> None:
    assert knock(client, "BOB@Example.ORG", PASSWORD).status_code == 302


def test_it_goes_back_to_where_one_wanted_to_go(client: Client, bob: User) -> None:
    asked = client.get("/people/")
    assert asked.url == f"{URL}?next=%2Fpeople%2F"
    assert 'name="next" value="/people/"' in client.get(asked.url).content.decode()

    assert knock(client, password=PASSWORD, next="/people/").url == "/people/"


@pytest.mark.parametrize("next", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"])
def test_it_sends_nobody_elsewhere(client: Client, bob: User, next: str) -> None:
    assert knock(client, password=PASSWORD, next=next).url == "/"


def test_known_and_unknown_addresses_read_the_same(client: Client, bob: User) -> None:
    known, unknown = (knock(client, email) for email in ("bob@example.org", "nobody@example.org"))

    assert known.status_code == unknown.status_code == 422
    assert MISMATCH in known.content.decode()
    assert without_token(known) == without_token(unknown).replace("nobody@", "bob@")


def test_known_and_unknown_addresses_cost_one_hash(client: Client, bob: User, monkeypatch) -> None:
    hashes: list[str] = []
    hasher = "django.contrib.auth.hashers.MD5PasswordHasher.encode"
    monkeypatch.setattr(hasher, lambda self, password, salt: hashes.append(password) or f"md5${salt}$0")

    costs = []
    for email in ("bob@example.org", "nobody@example.org"):
        hashes.clear()
        knock(client, email)
        costs.append(len(hashes))

    assert costs == [1, 1]


def test_a_deactivated_person_cannot_sign_in(client: Client, bob: User) -> None:
    bob.deactivate()

    assert MISMATCH in knock(client, password=PASSWORD).content.decode()


def test_the_eleventh_try_waits(client: Client, bob: User) -> None:
    assert [knock(client).status_code for _ in range(10)] == [422] * 10

    response = knock(client, password=PASSWORD)

    assert response.status_code == 429
    assert "Wait 3 minutes, then try again." in response.content.decode()
    assert 170 < int(response["Retry-After"]) <= 180
    assert 'value="bob@example.org"' in response.content.decode()


def test_waiting_is_enough(client: Client, bob: User) -> None:
    for _ in range(10):
        knock(client)
    let_time_pass(minutes=2, seconds=30)
    assert "Wait 1 minute, then try again." in knock(client).content.decode()

    let_time_pass(seconds=31)

    assert knock(client, password=PASSWORD).status_code == 302


def test_an_account_is_guarded_whatever_the_address(bob: User) -> None:
    for number in range(10):
        knock(Client(REMOTE_ADDR=f"192.0.2.{number}"))

    assert knock(Client(REMOTE_ADDR="192.0.2.99")).status_code == 429
    assert knock(Client(REMOTE_ADDR="192.0.2.99"), "alice@example.org").status_code == 422


@pytest.mark.parametrize(
    ("address", "neighbour", "stranger"),
    [
        ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ("2001:db8::1", "2001:db8::ffff", "2001:db8:0:1::1"),
        ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"),
    ],
)
def test_an_address_is_guarded_whatever_the_account(bob: User, address: str, neighbour: str, stranger: str) -> None:
    for number in range(10):
        knock(Client(REMOTE_ADDR=address), f"{number}@example.org")

    assert knock(Client(REMOTE_ADDR=neighbour), password=PASSWORD).status_code == 429
    assert knock(Client(REMOTE_ADDR=stranger), password=PASSWORD).status_code == 302


def test_those_who_get_in_do_not_count(bob: User) -> None:
    for _ in range(11):
        assert knock(Client(), password=PASSWORD).status_code == 302


def test_a_refused_try_does_not_prolong_the_wait(client: Client, bob: User) -> None:
    for _ in range(15):
        knock(client)

    assert Attempt.objects.count() == 20  # Ten for the account, ten for the address.


def test_it_keeps_no_addresses_of_people(client: Client, bob: User) -> None:
    knock(client)

    assert not Attempt.objects.filter(key__contains="bob").exists()
    assert Attempt.objects.exists()


def test_a_stranger_is_remembered_for_a_day_and_a_member_for_weeks(client: Client, bob: User) -> None:
    client.get(URL)
    assert Session.objects.get().expire_date < timezone.now() + timedelta(days=1)
    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now() - timedelta(seconds=1))

    knock(client, password=PASSWORD)

    assert Session.objects.get().expire_date > timezone.now() + timedelta(days=59)


def test_nobody_signs_in_twice(sign_in: SignIn, bob: User) -> None:
    assert sign_in(bob).get(URL).url == "/"


def test_it_signs_out(sign_in: SignIn, bob: User) -> None:
    client = sign_in(bob)
    assert Session.objects.count() == 1

    response = client.post("/accounts/sign-out/", follow=True)

    assert response.redirect_chain == [(URL, 302)]
    assert client.get("/people/").status_code == 302
    assert bob.pk not in [int(session.get_decoded().get("_auth_user_id", 0)) for session in Session.objects.all()]


def test_signing_out_rejects_get(sign_in: SignIn, bob: User) -> None:
    client = sign_in(bob)

    assert client.get("/accounts/sign-out/").status_code == 405
    assert client.get("/people/").status_code == 200


def test_a_fragment_is_told_and_not_sent_away(client: Client, alice: User) -> None:
    response = client.get("/people/", headers={"HX-Request": "true"})

    assert response.status_code == 401
    assert response.content.decode().startswith('<p class="form__errors" role="alert">')
