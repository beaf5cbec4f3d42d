"""A message as HTML: what people write is text, whatever it is made of."""

import re

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import assume, given
from hypothesis import strategies as st

from rooms.markup import render
from rooms.models import Message, Room, User
from rooms.templatetags.messages import show_message

WICKED = """<img src=x onerror="alert(1)"> & 'so' {{ on }}"""


@pytest.fixture
def lobby(alice: User, bob: User) -> Room:
    return Room.objects.get(name="Lobby")


def draw(message: Message) -> BeautifulSoup:
    return BeautifulSoup(show_message(Message.objects.for_display().get(pk=message.pk)), "html.parser")


def test_names_and_links_are_marked(lobby: Room, alice: User, bob: User) -> None:
    html = draw(lobby.post(alice, "Hi @Bob Okafor, see https://example.org/@Bob and @room!", "k"))

    assert [mark.text for mark in html.find_all(class_="mention")] == ["@Bob Okafor", "@room"]
    assert html.article["data-mentions"] == f"{bob.pk} room"
    assert [link["href"] for link in html.select(".message__body a")] == ["https://example.org/@Bob"]


def test_it_says_whom_here_meant(lobby: Room, alice: User, bob: User) -> None:
    message = lobby.post(alice, "@here, tea!", "k")
    assert draw(message).article["data-mentions"] == "here"

    Message.objects.update(called=None, clock=message.clock + 1)  # As of a time when nobody took note of it.

    assert draw(message).article["data-mentions"] == "here room"


def test_only_what_was_named_is_marked(lobby: Room, alice: User, bob: User) -> None:
    message = lobby.post(alice, "@Bob Okafor @Charlie", "k")
    User.objects.sign_up(email="charlie@example.org", name="Charlie", password="x")

    assert [mark.text for mark in draw(message).find_all(class_="mention")] == ["@Bob Okafor"]


def test_a_name_given_up_stays_marked(lobby: Room, alice: User, bob: User) -> None:
    message = lobby.post(alice, "@Bob Okafor", "k")
    before = show_message(message)
    bob.introduce(name="Robert", language="en", time_zone="UTC")
    Message.objects.update(clock=message.clock + 1)  # Drawn anew, as after an edit of something else.

    assert "@Bob Okafor</span>" in before
    assert draw(message).find(class_="mention").text == "@Bob Okafor"


def test_nothing_named_nothing_said(lobby: Room, alice: User) -> None:
    assert "data-mentions" not in show_message(lobby.post(alice, "Hi @Bob", "k"))


def test_a_wicked_name_is_text(lobby: Room, alice: User, bob: User) -> None:
    bob.introduce(name=WICKED, language="en", time_zone="UTC")
    html = draw(lobby.post(alice, f"@{WICKED} <b>and</b>", "k"))

    assert html.find(class_="mention").text == f"@{WICKED}"
    assert html.find(class_="message__body").text == f"@{WICKED} <b>and</b>"
    assert html.find(onerror=True) is None


def test_a_reply_to_a_wicked_name_is_text(lobby: Room, alice: User, bob: User) -> None:
    bob.introduce(name=WICKED, language="en", time_zone="UTC")
    original = lobby.post(User.objects.get(pk=bob.pk), "original", "k-1")
    html = draw(lobby.post(alice, "reply", "k-2", original))

    assert html.select_one(".message__reply bdi").text == WICKED
    assert html.select_one(".message__reply a")["href"] == f"/messages/{original.pk}/"


def test_a_reply_follows_the_name_of_whom_it_answers(lobby: Room, alice: User, bob: User) -> None:
    reply = lobby.post(alice, "reply", "k-2", lobby.post(bob, "original", "k-1"))
    show_message(reply)
    bob.introduce(name="Robert", language="en", time_zone="UTC")

    assert "In reply to <bdi>Robert</bdi>" in str(draw(reply))
    assert draw(reply).article["data-answers"] == str(bob.pk)


def test_an_erased_reply_says_no_more(lobby: Room, alice: User, bob: User) -> None:
    reply = lobby.post(alice, "reply @room", "k-2", lobby.post(bob, "original", "k-1"))
    reply.erase(by=alice)

    assert "In reply" not in str(draw(reply))
    assert "data-mentions" not in str(draw(reply))
    assert "data-answers" not in str(draw(reply))


def test_drawing_what_names_and_answers_asks_the_database_nothing(lobby: Room, alice: User, bob: User) -> None:
    pk = lobby.post(alice, "@Bob Okafor", "k-2", lobby.post(bob, "original", "k-1")).pk
    message = Message.objects.for_display().get(pk=pk)
    with CaptureQueriesContext(connection) as queries:
        assert "In reply" in show_message(message)
    assert len(queries) == 0


@given(st.text(st.sampled_from("@Bob <&'\"\n.:/h"), max_size=60), st.data())
def test_marks_change_no_letter(text: str, data: st.DataObject) -> None:
    ends = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    pairs = list(zip(ends[::2], ends[1::2], strict=False))
    # Lines that begin with many spaces are code: nothing in it is marked.
    said = "\n".join(line.lstrip(" ").rjust(len(line), ".") for line in text.split("\n"))
    assume(not re.search(":[bBho]+:", said))  # These are emoji.
    spans = [(start, end) for start, end in pairs if said[start:end].strip() and "\n" not in said[start:end]]
    html = BeautifulSoup(render(said, spans), "html.parser")

    assert [mark.text for mark in html.find_all(class_="mention")] == [said[start:end] for start, end in spans]
    assert "".join(html.text.split()) == "".join(said.split())
    assert {tag.name for tag in html.find_all(True)} <= {"p", "br", "a", "span"}
