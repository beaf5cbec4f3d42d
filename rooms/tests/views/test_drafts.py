"""Drafts: what was begun in a room is there again, on each device; what was sent is not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup, Tag
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms.models import Draft, Message, Room, User
from rooms.tests.conftest import SignIn

FRAGMENT = {"HX-Request": "true"}


def pause(browser: Client, room: Room, key: str, body: str, **more: str) -> None:
    """What the page says at each pause in typing."""
    path = f"/rooms/{room.slug}/composer/{key}/mentions/"
    assert browser.post(path, {"key": key, "body": body, **more}, headers=FRAGMENT).status_code == 200


def send(browser: Client, room: Room, key: str, body: str, **more: str) -> int:
    path = f"/rooms/{room.slug}/messages/"
    return browser.post(path, {"key": key, "body": body, **more}, headers=FRAGMENT).status_code


def open_composers(browser: Client, room: Room) -> list[Tag]:
    page = BeautifulSoup(browser.get(f"/rooms/{room.slug}/").content.decode(), "html.parser")
    return list(page.select("#composers form"))


def text_of(form: Tag) -> str:
    field = form.find(class_="composer__field")
    return field.text.lstrip("\n") if field.name == "textarea" else field.get("value", "")


def texts(browser: Client, room: Room) -> list[str]:
    return [text_of(form) for form in open_composers(browser, room)]


def value(form: Tag, name: str) -> str | None:
    field = form.find("input", {"name": name})
    return field["value"] if field else None


def test_what_was_begun_is_there_on_another_device(sign_in: SignIn, bob: User, den: Room, lobby: Room) -> None:
    original = den.post(bob, "Where is it?", "k-0")
    pause(sign_in(bob), den, "abc-3", "On the", reply_to=str(original.pk))
    pause(sign_in(bob), den, "abc-3", "On the\r\nhook", reply_to=str(original.pk), long="1")

    (form,) = open_composers(sign_in(bob), den)
    assert text_of(form) == "On the\nhook"
    assert form.find("textarea")
    assert value(form, "reply_to") == str(original.pk)
    assert value(form, "begun") == "abc-3" != value(form, "key")
    assert texts(sign_in(bob), lobby) == [""]


def test_nobody_else_sees_it(sign_in: SignIn, alice: User, bob: User, den: Room) -> None:
    pause(sign_in(bob), den, "abc-1", "Between me and myself")

    assert "Between me" not in sign_in(alice).get(f"/rooms/{den.slug}/").content.decode()


def test_the_composers_that_a_browser_keeps_hold_no_draft(sign_in: SignIn, bob: User, den: Room) -> None:
    pause(sign_in(bob), den, "abc-1", "Half a thought")

    response = sign_in(bob).get(f"/rooms/{den.slug}/composer/abc-2/", headers=FRAGMENT)
    assert "Half a thought" not in response.content.decode()


def test_what_was_sent_is_no_draft(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    pause(browser, den, "abc-1", "Hello")
    assert send(browser, den, "abc-1", "Hello") == 200
    assert not Draft.objects.exists()

    pause(browser, den, "abc-1", "Hello")  # It was on its way when the message overtook it.
    assert not Draft.objects.exists()
    assert texts(browser, den) == [""]


@pytest.mark.django_db(transaction=True)
def test_a_save_amid_the_post_brings_nothing_back(sign_in: SignIn, bob: User, den: Room) -> None:
    browsers = [sign_in(bob) for _ in range(2)]

    def run(number: int) -> None:
        try:
            if number:
                send(browsers[number], den, "abc-1", "Hello")
            else:
                pause(browsers[number], den, "abc-1", "Hello")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(run, range(2)))
    # Written down after all, as where one transaction does not see the other yet:
    Draft.objects.get_or_create(user=bob, room=den, key="abc-1", defaults={"body": "Hello"})

    assert texts(sign_in(bob), den) == [""]
    pause(sign_in(bob), den, "abc-2", "Next")
    assert [draft.key for draft in Draft.objects.all()] == ["abc-2"]


def test_a_draft_is_sent_from_another_device(sign_in: SignIn, bob: User, den: Room) -> None:
    pause(sign_in(bob), den, "abc-1", "Hello")
    phone = sign_in(bob)
    (form,) = open_composers(phone, den)
    send(phone, den, str(value(form, "key")), "Hello", begun="abc-1")

    assert texts(phone, den) == [""]
    assert den.messages.count() == 1


def test_a_reload_amid_the_post_sends_nothing_twice(sign_in: SignIn, bob: User, den: Room) -> None:
    """The page came back before the message was there, with its text, and that is sent again."""
    browser = sign_in(bob)
    pause(browser, den, "abc-1", "Hello")
    (form,) = open_composers(browser, den)
    send(browser, den, "abc-1", "Hello")
    assert send(browser, den, str(value(form, "key")), "Hello", begun="abc-1") == 200
    assert [message.body for message in den.messages.all()] == ["Hello"]

    assert send(browser, den, "def-1", "Hello again", begun="abc-1") == 200
    assert [message.body for message in den.messages.all()] == ["Hello", "Hello again"]


def test_what_could_not_be_sent_stands_above_what_was_typed_after_it(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    pause(browser, den, "abc-1", "Not delivered")
    pause(browser, den, "abc-2", "Typed meanwhile")

    failed, current = open_composers(browser, den)
    assert (text_of(failed), text_of(current)) == ("Not delivered", "Typed meanwhile")
    assert failed.find(class_="composer__field").has_attr("autofocus") is False
    send(browser, den, str(value(failed, "key")), "Not delivered", begun="abc-1")
    assert texts(browser, den) == ["Typed meanwhile"]


def test_what_is_saved_late_stays_in_its_order(sign_in: SignIn, bob: User, den: Room) -> None:
    """The line comes back, and the composers of a page save what they hold in whatever order."""
    browser = sign_in(bob)
    for number in (10, 11, 9):
        pause(browser, den, f"abc-{number}", f"text {number}")
    pause(browser, den, "other", "in another tab")

    assert texts(browser, den) == ["text 9", "text 10", "text 11", "in another tab"]
    pause(browser, den, "abc-9", "text 9, again")
    assert texts(browser, den) == ["in another tab", "text 9, again", "text 10", "text 11"]


def test_two_tabs_lose_neither_text(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    pause(browser, den, "one-1", "From the first")
    pause(browser, den, "two-1", "From the second")
    pause(browser, den, "one-1", "From the first, later")

    assert texts(browser, den) == ["From the second", "From the first, later"]


def test_a_draft_that_goes_on_elsewhere_is_one_draft(sign_in: SignIn, bob: User, den: Room) -> None:
    pause(sign_in(bob), den, "desk-1", "Dear")
    pause(sign_in(bob), den, "phone-1", "Dear all", begun="desk-1")
    assert texts(sign_in(bob), den) == ["Dear all"]

    pause(sign_in(bob), den, "phone-1", "Dear", begun="desk-1")
    pause(sign_in(bob), den, "phone-1", " ", begun="desk-1")
    assert not Draft.objects.exists()


def test_a_save_that_was_held_up_overwrites_nothing(sign_in: SignIn, bob: User, den: Room) -> None:
    pause(sign_in(bob), den, "abc-1", "Later")
    Draft.objects.update(updated_at=timezone.now() + timedelta(seconds=1))
    pause(sign_in(bob), den, "abc-1", "Lat")

    assert texts(sign_in(bob), den) == ["Later"]


def test_five_are_kept_and_the_oldest_go(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    for number in range(7):
        pause(browser, den, f"abc-{number}", f"text {number}")

    assert texts(browser, den) == [f"text {number}" for number in range(2, 7)]
    assert Draft.objects.count() == 5


def test_a_text_is_discarded(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    pause(browser, den, "abc-1", "Never mind")
    pause(browser, den, "abc-2", "Keep me")
    form = open_composers(browser, den)[0]
    path = f"/rooms/{den.slug}/composer/{value(form, 'key')}/discarding/"
    response = browser.post(path, {"body": "Never mind", "begun": "abc-1"}, headers=FRAGMENT)

    assert (response.status_code, response.content) == (200, b"")
    assert texts(browser, den) == ["Keep me"]


def test_what_was_refused_is_kept(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    assert send(browser, den, "abc-1", "x" * 10_001) == 422

    assert texts(browser, den) == ["x" * 10_001]


def test_an_archived_room_keeps_drafts(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    pause(browser, den, "abc-1", "Just one")
    den.archive()
    pause(browser, den, "abc-1", "Just one more thing")
    assert send(browser, den, "abc-1", "Just one more thing") == 422
    assert texts(browser, den) == ["Just one more thing"]

    den.unarchive()
    assert send(browser, den, "abc-1", "Just one more thing") == 200
    assert texts(browser, den) == [""]


def test_who_is_taken_out_finds_the_draft_when_let_in_again(sign_in: SignIn, alice: User, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    original = den.post(alice, "A secret of the den", "k-0")
    pause(browser, den, "abc-1", "About that secret", reply_to=str(original.pk))
    den.dismiss([bob])
    for path in (f"/rooms/{den.slug}/", f"/rooms/{den.slug}/composer/abc-1/", "/"):
        assert "secret" not in browser.get(path, follow=True).content.decode()
    lost = browser.post(f"/rooms/{den.slug}/composer/abc-1/mentions/", {"body": "x"}, headers=FRAGMENT)
    assert lost.status_code == 404

    den.admit([bob])
    (form,) = open_composers(browser, den)
    assert (text_of(form), value(form, "reply_to")) == ("About that secret", str(original.pk))


def test_a_reply_to_what_was_erased_meanwhile_is_still_one(sign_in: SignIn, alice: User, bob: User, den: Room) -> None:
    original = den.post(alice, "Oops", "k-0")
    pause(sign_in(bob), den, "abc-1", "What?", reply_to=str(original.pk))
    Message.objects.get(pk=original.pk).erase(by=alice)

    (form,) = open_composers(sign_in(bob), den)
    assert (text_of(form), value(form, "reply_to")) == ("What?", str(original.pk))
    assert "Message erased" in form.find(class_="composer__reply").text
    assert "Oops" not in form.text


@pytest.mark.parametrize("key", ["k" * 81, "a" * 500])
def test_a_key_that_is_none_keeps_nothing(sign_in: SignIn, bob: User, den: Room, key: str) -> None:
    pause(sign_in(bob), den, key, "Hello", begun="'; --")

    assert not Draft.objects.exists()


def test_a_null_character_is_left_out(sign_in: SignIn, bob: User, den: Room) -> None:
    pause(sign_in(bob), den, "abc-1", "a\0b", begun="\0")

    assert texts(sign_in(bob), den) == ["ab"]


def test_another_shape_and_a_reply_are_kept_without_a_pause(sign_in: SignIn, bob: User, den: Room) -> None:
    browser, original = sign_in(bob), den.post(bob, "First", "k-0")
    browser.post(f"/messages/{original.pk}/reply/", {"key": "abc-1", "body": "Second"}, headers=FRAGMENT)
    assert value(open_composers(browser, den)[0], "reply_to") == str(original.pk)

    browser.post(f"/rooms/{den.slug}/composer/abc-1/", {"body": "Second", "long": "1"}, headers=FRAGMENT)
    form = open_composers(browser, den)[0]
    assert (form.find("textarea") is not None, value(form, "reply_to")) == (True, None)


def test_a_pause_costs_one_statement_more(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    pause(browser, den, "abc-1", "He")
    with CaptureQueriesContext(connection) as queries:
        pause(browser, den, "abc-1", "Hello")

    assert [query["sql"].split()[0] for query in queries if "draft" in query["sql"]] == ["UPDATE"]
