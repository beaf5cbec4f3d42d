"""Commands: what they say, what they change, and for whom; once for a key, however often it is sent."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test import Client
from django.utils import timezone

from rooms.feeds import RoomFeed
from rooms.models import Command, Draft, Room, User
from rooms.tests.conftest import SignIn

FRAGMENT = {"HX-Request": "true"}


def send(browser: Client, room: Room, body: str, key: str = "abc-1", **more: str) -> tuple[int, str]:
    response = browser.post(f"/rooms/{room.slug}/messages/", {"key": key, "body": body, **more}, headers=FRAGMENT)
    return response.status_code, BeautifulSoup(response.content.decode(), "html.parser").get_text(" ", strip=True)


def refusal(browser: Client, room: Room, body: str) -> str:
    """What is wrong with a command that comes back, with its text and without anything done."""
    response = browser.post(f"/rooms/{room.slug}/messages/", {"key": "abc-9", "body": body}, headers=FRAGMENT)
    html = BeautifulSoup(response.content.decode(), "html.parser")
    field = html.find(class_="composer__field")
    assert response.status_code == 422
    assert (field.get("value") or field.text.lstrip("\n")) == body
    assert not Command.objects.exists()
    assert not room.messages.exists()
    return html.find(role="alert").text


def said(room: Room) -> list[str]:
    return [message.body for message in room.messages.order_by("position")]


@pytest.mark.parametrize(
    ("typed", "body"),
    [
        ("/me waves", "/me waves"),
        ("/ME   waves\ntwice", "/me waves\ntwice"),
        ("／ｍｅ 手を振る", "/me 手を振る"),
        ("/shrug", r"¯\\\_(ツ)_/¯"),
        ("/shrug no idea", r"no idea ¯\\\_(ツ)_/¯"),
        ("//me waves", r"\/me waves"),
        ("//topic is what one types", "/topic is what one types"),
        ("//nonsense", "/nonsense"),
        ("//foo0 is none", "/foo0 is none"),
        ("/usr/bin/env", "/usr/bin/env"),
        ("// a comment", "// a comment"),
        ("//example.org/x", "//example.org/x"),
        ("/", "/"),
        ("/ me", "/ me"),
        ("/5", "/5"),
        ("/(^o^)/", "/(^o^)/"),
        ("／トピック", "／トピック"),
        (" /me waves", " /me waves"),
        ("see /me", "see /me"),
    ],
)
def test_what_a_text_says(sign_in: SignIn, bob: User, lobby: Room, typed: str, body: str) -> None:
    assert send(sign_in(bob), lobby, typed)[0] == 200
    message = lobby.messages.get()
    assert message.body == body
    assert message.is_action == typed.lower().startswith(("/me ", "／ｍｅ "))


def test_what_there_is_not_is_refused(sign_in: SignIn, bob: User, lobby: Room) -> None:
    browser = sign_in(bob)
    assert "Write //dance to say it" in refusal(browser, lobby, "/dance")
    assert "Write //dänce to say it" in refusal(browser, lobby, "/dänce with me")
    assert "Write //foo0 to say it" in refusal(browser, lobby, "/foo0")
    assert "Write //top_ic to say it" in refusal(browser, lobby, "/top_ic x")
    assert "behind /me" in refusal(browser, lobby, "/me")
    assert "behind /topic" in refusal(browser, lobby, "/topic   ")
    assert "/invite @name" in refusal(browser, lobby, "/invite")


def test_help_is_for_who_asks(sign_in: SignIn, alice: User, bob: User, den: Room) -> None:
    status, text = send(sign_in(bob), den, "/help")
    assert status == 200
    assert "/me" in text
    assert "/shrug" in text
    assert "/topic" not in text
    assert said(den) == []
    assert "/topic" in send(sign_in(alice), den, "/help")[1]


def test_a_topic_is_set_once(sign_in: SignIn, alice: User, den: Room) -> None:
    browser = sign_in(alice)
    assert send(browser, den, "/topic Hooks, eyes & <buttons>") == (
        200,
        "The topic of this room is now: Hooks, eyes & <buttons> Dismiss",
    )
    den.refresh_from_db()
    assert den.topic == "Hooks, eyes & <buttons>"
    assert said(den) == []

    den.change(name=den.name, topic="Another's")
    assert send(browser, den, "/topic Hooks, eyes & <buttons>")[0] == 200  # The first answer was lost.
    assert send(browser, den, "/topic Hooks, eyes & <buttons>", "def-1", begun="abc-1")[0] == 200  # And a reload.
    den.refresh_from_db()
    assert den.topic == "Another's"

    assert send(browser, den, "/topic Corrected before it was sent again")[0] == 200
    den.refresh_from_db()
    assert den.topic == "Corrected before it was sent again"


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_are_one_change(sign_in: SignIn, alice: User, den: Room) -> None:
    browsers = [sign_in(alice) for _ in range(20)]
    before = Room.objects.get(pk=den.pk).clock

    def run(browser: Client) -> tuple[int, str]:
        try:
            return send(browser, den, "/topic Once")
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as threads:
        assert set(threads.map(run, browsers)) == {(200, "The topic of this room is now: Once Dismiss")}
    assert Room.objects.get(pk=den.pk).clock == before + 1
    assert Command.objects.count() == 1


def test_who_may_not_is_told_whom_to_ask(sign_in: SignIn, alice: User, bob: User, lobby: Room, den: Room) -> None:
    browser = sign_in(bob)
    assert refusal(browser, den, "/topic Mine").startswith("Only Alice Moreau and administrators change the topic")
    assert refusal(browser, den, "/invite @Charlie").startswith("Only Alice Moreau and administrators let people")
    assert refusal(sign_in(alice), lobby, "/invite @Charlie") == "This room is open: everyone is in it already."
    direct = Room.objects.direct_between([alice, bob])
    assert refusal(browser, direct, "/topic Us") == "Direct messages have no topic."
    assert refusal(browser, direct, "/invite @Charlie").startswith("Nobody is added to direct messages.")
    assert not den.memberships.filter(user__name="Charlie").exists()


@pytest.mark.parametrize("topic", ["x" * 251, "two\nlines", "back \u202e wards"])
def test_a_topic_that_does_not_fit_comes_back(sign_in: SignIn, alice: User, den: Room, topic: str) -> None:
    body = f"/topic {topic}"
    response = sign_in(alice).post(f"/rooms/{den.slug}/messages/", {"key": "abc-1", "body": body}, headers=FRAGMENT)
    assert response.status_code == 422
    den.refresh_from_db()
    assert den.topic == ""
    assert not Command.objects.exists()


def test_people_are_let_in(sign_in: SignIn, alice: User, bob: User, charlie: User, den: Room) -> None:
    dana = User.objects.sign_up(email="dana@example.org", name="Dana 山田", password="x")
    browser = sign_in(alice)
    assert "Now in this room: Charlie." in send(browser, den, "/invite charlie", "k-1")[1]
    text = send(browser, den, "/invite @Bob Okafor, @ｄａｎａ 山田", "k-2")[1]
    assert "Now in this room: Dana 山田. Already in this room: Bob Okafor." in text
    assert {*den.memberships.values_list("user", flat=True)} == {alice.pk, bob.pk, charlie.pk, dana.pk}
    assert charlie.notifications.get().kind == "invitation"

    den.dismiss([charlie])
    send(browser, den, "/invite charlie", "k-1")
    assert not den.memberships.filter(user=charlie).exists()


def test_names_stand_in_a_sentence_of_the_readers_language(sign_in: SignIn, alice: User, den: Room) -> None:
    alice.introduce(name=alice.name, language="ja", time_zone="Asia/Tokyo")
    for name in ("Dana", "Eve"):
        User.objects.sign_up(email=f"{name}@example.org", name=name, password="x")
    browser = sign_in(alice)
    assert "このルームに参加しました：Charlie、Dana。" in send(browser, den, "/invite @Charlie @Dana", "k-1")[1]
    text = send(browser, den, "/invite @Charlie @Bob Okafor @Eve", "k-2")[1]
    assert "このルームに参加しました：Eve。すでにこのルームにいます：Bob Okafor、Charlie。" in text


def test_nobody_is_let_in_by_mistake(sign_in: SignIn, alice: User, charlie: User, den: Room) -> None:
    browser = sign_in(alice)
    assert "called “Charly”" in refusal(browser, den, "/invite @Charlie @Charly")
    assert "called “Charliex”" in refusal(browser, den, "/invite Charliex")
    assert "called “@”" in refusal(browser, den, "/invite @@")
    User.objects.sign_up(email="other@example.org", name="CHARLIE", password="x")
    assert "Several people are called “Charlie”" in refusal(browser, den, "/invite @Charlie")
    charlie.deactivate()
    assert "Now in this room: CHARLIE." in send(browser, den, "/invite @Charlie")[1]
    assert not den.memberships.filter(user=charlie).exists()


def test_an_archived_room_does_not_change(sign_in: SignIn, alice: User, den: Room) -> None:
    browser = sign_in(alice)
    send(browser, den, "/topic Before", "k-1")
    den.archive()
    assert send(browser, den, "/topic After", "k-2")[0] == 422
    assert send(browser, den, "/topic Before", "k-1")[0] == 200
    den.refresh_from_db()
    assert den.topic == "Before"


def test_outsiders_find_no_room(sign_in: SignIn, charlie: User, den: Room) -> None:
    assert send(sign_in(charlie), den, "/help")[0] == 404


def test_a_command_is_no_draft_any_more(sign_in: SignIn, alice: User, den: Room) -> None:
    browser, path = sign_in(alice), f"/rooms/{den.slug}/composer/abc-1/mentions/"
    browser.post(path, {"body": "/topic Hooks"}, headers=FRAGMENT)
    assert Draft.objects.exists()
    send(browser, den, "/topic Hooks")
    browser.post(path, {"body": "/topic Hooks"}, headers=FRAGMENT)
    assert not Draft.objects.exists()

    browser.post(path.replace("abc-1", "abc-2"), {"body": "/dance"}, headers=FRAGMENT)
    assert Draft.objects.exists()
    assert send(browser, den, "/dance", "abc-2")[0] == 422
    assert not Draft.objects.exists()  # It is given back, and does not come again with every page.


def test_commands_have_their_pace_and_their_end(sign_in: SignIn, alice: User, den: Room) -> None:
    browser = sign_in(alice)
    send(browser, den, "/help", "old")
    Command.objects.update(created_at=timezone.now() - timedelta(days=31))
    for number in range(10):
        assert send(browser, den, f"/topic {number}", f"k-{number}")[0] == 200
    assert send(browser, den, "/topic 10", "k-10")[0] == 429
    assert send(browser, den, "/topic 9", "k-9")[0] == 200
    assert not Command.objects.filter(key="old").exists()


def test_files_do_not_go_with_a_change_of_topic(sign_in: SignIn, alice: User, den: Room) -> None:
    status, text = send(sign_in(alice), den, "/topic Hooks", file="1")
    assert (status, "Files do not go with this command" in text) == (422, True)
    den.refresh_from_db()
    assert den.topic == ""


def test_without_scripts_the_page_answers(sign_in: SignIn, alice: User, den: Room) -> None:
    response = sign_in(alice).post(f"/rooms/{den.slug}/messages/", {"key": "abc-1", "body": "/topic Hooks"})
    html = BeautifulSoup(response.content.decode(), "html.parser")
    assert html.find(id="answer").find("p").text == "The topic of this room is now: Hooks"
    assert html.find(class_="composer__field")["value"] == ""


def test_clients_that_are_no_pages_give_commands(alice: User, bob: User, den: Room) -> None:
    feed = RoomFeed(den.pk)
    assert feed.signal(alice, "message", {"body": "/topic Hooks", "key": "k-1"}) is None
    assert feed.signal(bob, "message", {"body": "/me waves", "key": "k-2"}) is None
    refused = feed.signal(bob, "message", {"body": "/topic Eyes", "key": "k-3"})
    assert "Only Alice Moreau" in str(refused)
    den.refresh_from_db()
    assert (den.topic, said(den)) == ("Hooks", ["/me waves"])


def type_in(browser: Client, room: Room, body: str, **more: str) -> BeautifulSoup:
    path = f"/rooms/{room.slug}/composer/abc-1/mentions/"
    return BeautifulSoup(
        browser.post(path, {"key": "abc-1", "body": body, **more}, headers=FRAGMENT).content.decode(), "html.parser"
    )


def offered(html: BeautifulSoup) -> list[str]:
    return [button.text.split()[0] for button in html.find_all("button")]


def test_commands_are_offered_as_one_types_a_slash(sign_in: SignIn, alice: User, bob: User, den: Room) -> None:
    html = type_in(sign_in(alice), den, "/")
    assert offered(html) == ["/me", "/shrug", "/topic", "/invite", "/help"]
    assert "Change the topic of this room" in html.text
    assert offered(type_in(sign_in(alice), den, "／ｔ")) == ["/topic"]
    assert offered(type_in(sign_in(bob), den, "/")) == ["/me", "/shrug", "/help"]
    for text in ("/x", "a /", "//", "/usr/", "/ "):
        assert offered(type_in(sign_in(alice), den, text)) == []


def test_what_a_command_takes_is_told_behind_it(sign_in: SignIn, alice: User, bob: User, den: Room) -> None:
    assert "Change the topic" in type_in(sign_in(alice), den, "/topic Hoo").find(class_="mentions__hint").text
    assert "Only Alice" in type_in(sign_in(bob), den, "/topic Hoo").find(class_="mentions__hint").text
    assert type_in(sign_in(bob), den, "/dance Hoo").find(class_="mentions__hint") is None


@pytest.mark.parametrize(
    ("typed", "chosen", "body"),
    [
        ("/t", "/topic", "/topic "),
        ("／ｔ", "/topic", "/topic "),
        ("/", "/help", "/help"),
        ("/to Hooks", "/topic", "/topic Hooks"),
        ("/t", "/dance", "/t"),
        ("/t", "/", "/t"),
    ],
)
def test_a_chosen_command_is_put_into_the_text(
    sign_in: SignIn, alice: User, den: Room, typed: str, chosen: str, body: str
) -> None:
    html = type_in(sign_in(alice), den, typed, mention=chosen)
    assert html.find_all("input", {"id": "body-abc-1"})[-1]["value"] == body
    assert Draft.objects.get().body == body


def test_invitations_offer_who_is_not_there(sign_in: SignIn, alice: User, charlie: User, den: Room) -> None:
    browser = sign_in(alice)
    assert offered(type_in(browser, den, "/invite @")) == ["Charlie"]
    assert offered(type_in(browser, den, "@")) == ["Bob", "@room", "@here"]
    html = type_in(browser, den, "/invite @cha", mention=str(charlie.pk))
    assert html.find_all("input", {"id": "body-abc-1"})[-1]["value"] == "/invite @Charlie "


def test_an_edited_message_is_no_command(sign_in: SignIn, alice: User, den: Room) -> None:
    message = den.post(alice, "Hello", "k-1")
    browser = sign_in(alice)
    offered_there = browser.post(f"/messages/{message.pk}/editing/mentions/", {"body": "/"}, headers=FRAGMENT)
    assert "/topic" not in offered_there.content.decode()
    browser.post(f"/messages/{message.pk}/editing/", {"body": "/topic Eyes"}, headers=FRAGMENT)
    den.refresh_from_db()
    assert (den.topic, said(den)) == ("", ["/topic Eyes"])
