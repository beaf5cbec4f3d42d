"""Reacting to messages: by a tap, from the page that needs no script, and who did."""

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import translation

from rooms.emojis import GROUPS, QUICK, find_emojis
from rooms.models import Message, Room, User
from rooms.models.reacting import normalize_reaction
from rooms.templatetags.messages import show_message
from rooms.tests.conftest import SignIn

HTMX = {"HX-Request": "true"}


@pytest.fixture
def message(den: Room, alice: User) -> Message:
    return den.post(alice, "Tea is ready", "tea")


@pytest.fixture
def browser(sign_in: SignIn, bob: User) -> Client:
    return sign_in(bob)


def url(message: Message, query: str = "") -> str:
    return f"/messages/{message.pk}/reactions/{query}"


def reactions(message: Message) -> list[list[object]]:
    return list(Message.objects.get(pk=message.pk).reactions)


def test_a_tap_toggles(browser: Client, message: Message, bob: User) -> None:
    answer = browser.post(url(message, "?content=%F0%9F%91%8D"), headers=HTMX)
    assert reactions(message) == [["👍", [bob.pk]]]
    assert f'hx-target="#message-{message.pk}"' in answer.content.decode()
    assert f'data-reactors="{bob.pk}"' in answer.content.decode()

    browser.post(url(message, "?content=%F0%9F%91%8D"), headers=HTMX)
    assert reactions(message) == []


def test_without_a_script_one_comes_back_to_the_message(browser: Client, message: Message, bob: User) -> None:
    page = BeautifulSoup(browser.get(url(message)).content, "html.parser")
    offered = [button["value"] for button in page.select("button[name=content]")]
    assert offered == list(QUICK)

    answer = browser.post(url(message), {"content": offered[0]})

    assert answer["Location"] == message.get_absolute_url()
    assert reactions(message) == [["👍", [bob.pk]]]


def test_the_button_wins_over_the_field(browser: Client, message: Message) -> None:
    """Both stand on the page, each in a form of its own."""
    page = BeautifulSoup(browser.get(url(message)).content, "html.parser")
    assert not [form for form in page.select("form") if form.select("input#reaction") and form.select("button[name]")]


@pytest.mark.parametrize("content", ["", "x" * 17, "a\u202eb"])
def test_what_is_no_reaction_is_refused(browser: Client, message: Message, content: str) -> None:
    fragment = browser.post(url(message), {"content": content}, headers=HTMX)
    page = browser.post(url(message), {"content": content})
    assert fragment.status_code == page.status_code == 422
    assert "toast--error" in fragment.content.decode()
    assert "form__errors" in page.content.decode()
    assert reactions(message) == []


def test_nobody_outside_learns_that_it_is_there(sign_in: SignIn, charlie: User, message: Message) -> None:
    message.react(message.author, "👍")
    outside = sign_in(charlie)
    assert outside.get(url(message)).status_code == 404
    assert outside.get(url(message, "?of=👍"), headers=HTMX).status_code == 404
    assert outside.post(url(message), {"content": "👍"}).status_code == 404


def test_nothing_is_said_of_what_is_erased(browser: Client, message: Message, alice: User) -> None:
    message.erase(alice)
    assert browser.get(url(message)).status_code == 404
    assert browser.post(url(message), {"content": "👍"}).status_code == 404


def test_an_archived_room_only_tells(browser: Client, message: Message, alice: User) -> None:
    message.react(alice, "👍")
    message.room.archive()
    page = browser.get(url(message), headers=HTMX).content.decode()
    assert "Alice Moreau" in page
    assert "<form" not in page
    assert browser.post(url(message), {"content": "👍"}, headers=HTMX).status_code == 422
    assert reactions(message) == [["👍", [alice.pk]]]


def test_too_many_at_once_have_to_wait(browser: Client, message: Message) -> None:
    answers = [browser.post(url(message), {"content": f"no {number}"}, headers=HTMX) for number in range(41)]
    late = [answer for answer in answers if answer.status_code == 429]
    assert late
    assert 1 <= int(late[0]["Retry-After"]) <= 10


def test_who_reacted_is_told_by_the_names_they_have_now(
    browser: Client, message: Message, alice: User, bob: User
) -> None:
    message.react(alice, "👍")
    message.react(bob, "👍")
    message.react(alice, "🎉")
    alice.introduce(name="<Alice> Martin", language="en", time_zone="UTC")

    said = browser.get(url(message, "?of=%F0%9F%91%8D"), headers=HTMX).content.decode()
    assert said == "<bdi>You</bdi>, <bdi>&lt;Alice&gt; Martin</bdi>"
    assert browser.get(url(message, "?of=nothing"), headers=HTMX).content == b""


def test_those_who_left_are_still_named(browser: Client, message: Message, alice: User, charlie: User) -> None:
    message.room.admit([charlie])
    message.react(charlie, "👍")
    message.room.dismiss([charlie])
    assert "Charlie" in browser.get(url(message), headers=HTMX).content.decode()


def test_a_word_finds_emoji_in_the_readers_language(browser: Client, message: Message) -> None:
    assert "🎉".encode() in browser.get(url(message, "?content=tada"), headers=HTMX).content
    assert "called so" in browser.get(url(message, "?content=qqqq"), headers=HTMX).content.decode()
    assert find_emojis("thumbs up")[0] == "👍"
    assert "❤️" in find_emojis("HEART")
    with translation.override("ja"):
        assert "👍" in find_emojis("サムズアップ")
        assert "🎉" in find_emojis("tada")


def test_every_emoji_offered_is_a_reaction_as_it_is(browser: Client, message: Message) -> None:
    offered = [*QUICK, *(letter for _name, letters in GROUPS.values() for letter in letters)]
    assert [normalize_reaction(letter).removesuffix("\ufe0f") for letter in offered] == [
        letter.removesuffix("\ufe0f") for letter in offered
    ]
    assert len(set(offered)) == len(offered)
    for name, (_label, letters) in GROUPS.items():
        assert letters[-1].encode() in browser.get(url(message, f"?group={name}"), headers=HTMX).content


def test_the_fragment_is_the_same_for_everybody(message: Message, alice: User, bob: User) -> None:
    message.react(bob, "</a><img src=x onerror=alert(1)>"[:16])
    message.react(alice, "👍")
    fragment = BeautifulSoup(show_message(Message.objects.for_display().get(pk=message.pk)), "html.parser")
    chips = fragment.select(".reaction")
    assert [chip["data-reactors"] for chip in chips] == [str(bob.pk), str(alice.pk)]
    assert chips[0].select_one("bdi").text == "</a><img src=x o"
    assert "csrf" not in str(fragment)
    assert fragment.select("img[src=x]") == []


def test_the_viewers_own_are_marked_by_their_stylesheet(browser: Client, bob: User) -> None:
    assert f'.reaction[data-reactors~="{bob.pk}"]' in browser.get("/me.css").content.decode()


def test_a_reaction_takes_an_earlier_complaint_away(sign_in: SignIn, bob: User, den: Room) -> None:
    path, browser = f"/messages/{den.post(bob, 'Tea', 'k-9').pk}/reactions/", sign_in(bob)
    refused, done = (browser.post(path, {"content": text}, headers={"HX-Request": "true"}) for text in ("x" * 17, "ok"))

    assert (refused.status_code, done.status_code) == (422, 200)
    assert '"#toasts .toast--error" hx-swap="delete"' in done.content.decode()
