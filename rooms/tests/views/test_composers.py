"""A composer and its text, in whatever shape: nothing typed is lost on the way."""

import pytest
from bs4 import BeautifulSoup, Tag
from django.test import Client

from rooms.feeds import RoomFeed
from rooms.live import Position
from rooms.models import Message, Room, User
from rooms.tests.conftest import SignIn

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def original(den: Room, alice: User) -> Message:
    return den.post(alice, "Where is <it>?", "k-1")


def ask(browser: Client, path: str, **values: str) -> BeautifulSoup:
    response = browser.post(path, values, headers=FRAGMENT)
    assert response.status_code == 200
    return BeautifulSoup(response.content.decode(), "html.parser")


def filled(html: BeautifulSoup) -> Tag:
    """What stands in the composer in the end: the text comes after the composer."""
    partial = html.find("hx-partial")
    return partial if isinstance(partial, Tag) else html


def test_reply_keeps_key_and_text(sign_in: SignIn, bob: User, original: Message) -> None:
    html = ask(sign_in(bob), f"/messages/{original.pk}/reply/", key="abc-3", body="On the\r\nhook", long="1")
    composer = filled(html)

    assert composer.find("input", {"name": "key"})["value"] == "abc-3"
    assert composer.find("input", {"name": "reply_to"})["value"] == str(original.pk)
    assert composer.find("textarea").text.split() == ["On", "the", "hook"]
    assert composer.find(class_="composer__reply").text.split() == [
        "Replying",
        "to",
        "Alice",
        "Moreau:",
        "Where",
        "is",
        "<it>?",
        "Cancel",
        "reply",
    ]


def test_reply_with_a_key_that_is_none_gets_another(sign_in: SignIn, bob: User, original: Message) -> None:
    html = ask(sign_in(bob), f"/messages/{original.pk}/reply/", key="no key/", body="")

    assert html.find("input", {"name": "key"})["value"].endswith("-1")


def test_nobody_replies_to_what_is_gone(sign_in: SignIn, alice: User, bob: User, original: Message) -> None:
    original.erase(by=alice)

    assert sign_in(bob).post(f"/messages/{original.pk}/reply/").status_code == 404


def test_another_shape_keeps_text_and_original(sign_in: SignIn, bob: User, den: Room, original: Message) -> None:
    path = f"/rooms/{den.slug}/composer/abc-3/"
    longer = filled(ask(sign_in(bob), path, body="There", long="1", reply_to=str(original.pk)))
    assert longer.find("textarea").text.strip() == "There"
    assert longer.find("input", {"name": "reply_to"})

    response = sign_in(bob).post(path, {"body": "There", "reply_to": [str(original.pk), ""]}, headers=FRAGMENT)
    cancelled = filled(BeautifulSoup(response.content.decode(), "html.parser"))
    assert cancelled.find("input", {"name": "body"})["value"] == "There"
    assert cancelled.find("input", {"name": "reply_to"}) is None


def test_a_reply_is_posted(sign_in: SignIn, bob: User, den: Room, original: Message) -> None:
    browser, path = sign_in(bob), f"/rooms/{den.slug}/messages/"
    values = {"body": "There", "key": "k-2", "reply_to": str(original.pk)}
    for _ in range(2):
        ask(browser, path, **values)

    assert den.messages.get(key="k-2").reply_to == original


@pytest.mark.parametrize("nonsense", ["", "0", "-1", "x", "9" * 30, "٣", "1; DROP"])
def test_a_reply_to_nonsense_is_a_message(sign_in: SignIn, bob: User, den: Room, nonsense: str) -> None:
    ask(sign_in(bob), f"/rooms/{den.slug}/messages/", body="There", key="k-2", reply_to=nonsense)

    assert den.messages.get(key="k-2").reply_to is None


def test_a_reply_across_rooms_is_a_message(sign_in: SignIn, charlie: User, lobby: Room, original: Message) -> None:
    response = ask(sign_in(charlie), f"/rooms/{lobby.slug}/messages/", body="?", key="k-2", reply_to=str(original.pk))

    assert lobby.messages.get(key="k-2").reply_to is None
    assert "Where is" not in str(response)
    page = sign_in(charlie).get(f"/rooms/{lobby.slug}/?reply_to={original.pk}").content.decode()
    assert "Replying to" not in page


def test_a_reply_to_what_was_erased_meanwhile_is_still_one(
    sign_in: SignIn, alice: User, bob: User, den: Room, original: Message
) -> None:
    original.erase(by=alice)
    path, reply_to = f"/rooms/{den.slug}", str(original.pk)
    chip = ask(sign_in(bob), f"{path}/composer/abc-1/", body="There", reply_to=reply_to).find(class_="composer__reply")
    assert "Message erased" in chip.text
    assert "Where is" not in chip.text

    html = ask(sign_in(bob), f"{path}/messages/", body="There", key="k-2", reply_to=reply_to)
    assert den.messages.get(key="k-2").reply_to == original
    assert html.find(class_="message__original").text == "Message erased"


def test_what_composers_show_of_an_original_changes_with_it(alice: User, bob: User, den: Room) -> None:
    """Nobody goes on seeing, where they reply to it, what was erased."""
    original, other = (den.post(alice, body, key) for body, key in (("Plums <3", "k-1"), ("Pears", "k-2")))
    feed = RoomFeed(den.pk)

    def frame(since: int) -> list[Tag]:
        den.refresh_from_db()
        changes = feed.changes(since, Position(den.epoch, den.clock))
        assert changes
        html = BeautifulSoup(feed.render(changes), "html.parser")
        return html.select(f"hx-partial[hx-target=\"#composers [data-original='{original.pk}']\"]")

    other.react(bob, "👍")
    assert frame(other.position) == []
    original.edit("Prunes <3")
    assert [partial.text for partial in frame(other.clock)] == ["Prunes <3"]
    original.erase(by=alice)
    assert [partial.text for partial in frame(other.clock)] == ["Message erased"]


def test_a_refused_reply_is_still_one(sign_in: SignIn, bob: User, den: Room, original: Message) -> None:
    values = {"body": "x" * 10_001, "key": "k-2", "reply_to": str(original.pk)}
    response = sign_in(bob).post(f"/rooms/{den.slug}/messages/", values, headers=FRAGMENT)

    assert response.status_code == 422
    assert BeautifulSoup(response.content.decode(), "html.parser").find("input", {"name": "reply_to"})


def test_without_scripts_the_page_has_a_composer_that_replies(sign_in: SignIn, bob: User, original: Message) -> None:
    page = sign_in(bob).get(f"{original.room.get_absolute_url()}?reply_to={original.pk}").content.decode()

    assert f'name="reply_to" value="{original.pk}"' in page


def test_the_composers_that_a_browser_keeps_are_bare(sign_in: SignIn, bob: User, den: Room, original: Message) -> None:
    response = sign_in(bob).get(f"/rooms/{den.slug}/composer/abc-2/?reply_to={original.pk}", headers=FRAGMENT)

    assert "max-age=3600" in response["Cache-Control"]
    assert "Replying" not in response.content.decode()


def test_names_are_listed_beside_the_text(sign_in: SignIn, bob: User, den: Room) -> None:
    html = ask(sign_in(bob), f"/rooms/{den.slug}/composer/abc-2/mentions/", body='"Hi" @al', key="abc-2")

    assert html.find("input", {"name": "seen"})["value"] == '"Hi" @al'
    assert [button.text.strip() for button in html.find_all("button")] == ["Alice Moreau"]
    assert html.find("textarea") is None
    assert html.find(class_="composer__field") is None


def test_a_chosen_name_is_put_into_the_text(sign_in: SignIn, alice: User, bob: User, den: Room) -> None:
    path = f"/rooms/{den.slug}/composer/abc-2/mentions/"
    html = ask(sign_in(bob), path, body='"Hi" @al', mention=str(alice.pk))

    emptied, completed = html.find_all("input", {"id": "body-abc-2"})
    assert (emptied["value"], completed["value"]) == ("", '"Hi" @Alice Moreau ')
    assert (emptied.has_attr("autofocus"), completed.has_attr("autofocus")) == (False, True)


def test_who_sends_no_text_loses_none(sign_in: SignIn, alice: User, bob: User, den: Room, original: Message) -> None:
    """A field is disabled while a name is put into it, and what else is pressed then goes without its text."""
    composer, browser = f"/rooms/{den.slug}/composer/abc-2/", sign_in(bob)
    for path in (composer, f"{composer}mentions/", f"/messages/{original.pk}/reply/"):
        response = browser.post(path, {"key": "abc-2", "mention": str(alice.pk), "long": "1"}, headers=FRAGMENT)
        assert (response.status_code, response.content) == (204, b"")


def test_a_field_stays_what_it_is(sign_in: SignIn, alice: User, bob: User, den: Room) -> None:
    """What the answer would leave out, the field would lose."""
    browser, path = sign_in(bob), f"/rooms/{den.slug}/composer/abc-2/"
    for long, tag in (("", "input"), ("1", "textarea")):
        before = ask(browser, path, body="", long=long).find(id="body-abc-2")
        after = ask(browser, f"{path}mentions/", body="@al", long=long, mention=str(alice.pk)).find_all(id="body-abc-2")
        attributes = {name: value for name, value in before.attrs.items() if name != "value"}
        assert before.name == after[-1].name == tag
        assert {name: value for name, value in after[-1].attrs.items() if name != "value"} == attributes


@pytest.mark.parametrize("chosen", ["0", "x", "9" * 30, "room;", ""])
def test_who_cannot_be_chosen_changes_nothing(sign_in: SignIn, bob: User, den: Room, chosen: str) -> None:
    html = ask(sign_in(bob), f"/rooms/{den.slug}/composer/abc-2/mentions/", body="Hi @al", mention=chosen)

    assert html.find_all("input", {"id": "body-abc-2"})[-1]["value"] == "Hi @al"


def test_a_wicked_name_is_text_in_the_list(sign_in: SignIn, alice: User, bob: User, den: Room) -> None:
    alice.introduce(name="""<b onclick="x">'""", language="en", time_zone="UTC")
    path = f"/rooms/{den.slug}/composer/abc-2/mentions/"
    html = ask(sign_in(bob), path, body="@<b")
    assert [button.text.strip() for button in html.find_all("button")] == ["""<b onclick="x">'"""]
    assert html.find(onclick=True) is None

    completed = ask(sign_in(bob), path, body="@<b", mention=str(alice.pk))
    assert completed.find_all("input", {"id": "body-abc-2"})[-1]["value"] == """@<b onclick="x">' """


def test_the_editor_completes_its_own_field(sign_in: SignIn, alice: User, bob: User, den: Room) -> None:
    message = den.post(bob, "Hello", "k-1")
    browser, path = sign_in(bob), f"/messages/{message.pk}/editing/mentions/"
    assert ask(browser, path, body="@al Hello", seen="Hello").find("button") is None  # The space was typed, too.

    html = ask(browser, path, body="@al Hello", seen=" Hello", mention=str(alice.pk))
    assert html.find_all("textarea")[-1].text.strip() == "@Alice Moreau Hello"
    message.refresh_from_db()
    assert message.body == "Hello"


def test_emoji_are_offered_by_their_names(sign_in: SignIn, bob: User, den: Room) -> None:
    browser, path = sign_in(bob), f"/rooms/{den.slug}/composer/abc-2/mentions/"
    html = ask(browser, path, body="Well done :thumbs now", seen="Well done  now", key="abc-2")
    offered = [button.text for button in html.find_all("button")]
    assert offered[0] == "👍"
    assert len(offered) <= 8

    caret = html.find("input", {"name": "caret"})["value"]
    text = {"body": "Well done :thumbs now", "seen": "Well done :thumbs now", "caret": caret}
    html = ask(browser, path, **text, mention="👍")
    assert html.find_all("input", {"id": "body-abc-2"})[-1]["value"] == "Well done 👍 now"
    html = ask(browser, path, **text, mention="<b>")
    assert html.find_all("input", {"id": "body-abc-2"})[-1]["value"] == "Well done :thumbs now"
