"""What a message's menu offers to whom, and what comes of it."""

from typing import Any

import pytest
from bs4 import BeautifulSoup

from rooms.models import Draft, Message, Room, User
from rooms.models.pins import MOST_PINS
from rooms.models.wording import MOST_WORDINGS
from rooms.search import index
from rooms.tests.conftest import SignIn

HTMX = {"HX-Request": "true"}


@pytest.fixture
def message(den: Room, bob: User) -> Message:
    return den.post(bob, "soup at none\n\nor *one*", "k-1")


def names(html: bytes) -> list[str]:
    return [act.get_text() for act in BeautifulSoup(html, "html.parser").select(".act")]


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_the_menu_offers_what_one_may_do(
    sign_in: SignIn, message: Message, alice: User, bob: User, den: Room, headers: dict[str, str]
) -> None:
    path = f"/messages/{message.pk}/menu/"
    plain = ["Quote", "Pin to this room", "Bookmark", "Mark unread from here"]

    def offered(user: User) -> list[str]:
        return names(sign_in(user).get(path, headers=headers).content)

    erika = User.objects.sign_up(email="erika@example.org", name="Erika", password="a long secret")
    den.admit([erika])
    assert offered(erika) == plain
    assert set(offered(bob)) == {*plain, "Edit", "Erase", "Seen by"}
    assert set(offered(alice)) == {*plain, "Edit", "Erase"}

    message.edit("soup at noon")
    message.pin(alice)
    bob.bookmarks.create(message=message)
    assert {"Unpin", "Remove bookmark", "Earlier wordings"} <= set(offered(bob))
    assert "Bookmark" in offered(alice)

    den.archive()
    assert offered(erika) == ["Bookmark", "Mark unread from here", "Earlier wordings"]
    den.unarchive()
    message.erase(bob)
    assert offered(bob) == []
    assert offered(alice) == ["Who erased this"]


def test_the_menu_closes_itself_and_needs_no_script(sign_in: SignIn, message: Message, bob: User) -> None:
    browser, path = sign_in(bob), f"/messages/{message.pk}/menu/"
    popover = BeautifulSoup(browser.get(path, headers=HTMX).content, "html.parser")
    page = BeautifulSoup(browser.get(path).content, "html.parser")

    assert {act["popovertargetaction"] for act in popover.select(".act")} == {"hide"}
    assert all("hx-get" in act.attrs or "hx-post" in act.attrs for act in popover.select(".act"))
    assert not page.select("[popovertarget=acts]")
    assert len(page.select("main .act[href], main form[method=post][action] .act")) == len(popover.select(".act"))
    assert popover.select("input")[0]["value"] == f"http://testserver/messages/{message.pk}/"


def test_a_quote_joins_what_was_typed(sign_in: SignIn, message: Message, alice: User, den: Room) -> None:
    typed = {"key": "key-1", "body": "really?", "long": ""}

    answer = sign_in(alice).post(f"/messages/{message.pk}/quote/", typed, headers=HTMX).content.decode()

    text = BeautifulSoup(answer, "html.parser").select("textarea")[-1].get_text().strip()
    assert text == "> soup at none\n>\n> or *one*\n\nreally?"
    assert "Replying to" in answer
    draft = Draft.objects.get(user=alice, room=den)
    assert (draft.body.strip(), draft.reply_to) == (text, message)


def test_pressed_twice_a_quote_is_there_once(sign_in: SignIn, message: Message, alice: User, den: Room) -> None:
    browser, path = sign_in(alice), f"/messages/{message.pk}/quote/"
    for typed, quotes in (("", 1), ("> soup at none\r\n>\r\n> or *one*\r\nyes", 1), ("> soup at none\nyes", 2)):
        answer = browser.post(path, {"key": "key-1", "body": typed}, headers=HTMX)
        text = BeautifulSoup(answer.content, "html.parser").select("textarea")[-1].get_text()
        assert text.count("> soup at none") == quotes


@pytest.mark.parametrize(
    ("columns", "quoted"),
    [
        ({"body": "/me *waves*\nand goes"}, "> Bob Okafor *waves*\n> and goes"),
        ({"body": "", "files": [{"name": "plan.png"}, {"name": "list.pdf"}]}, "> 📎 plan.png, 📎 list.pdf"),
        ({"body": "see here", "files": [{"name": "plan.png"}]}, "> see here"),
    ],
)
def test_what_is_no_plain_text_is_quoted_as_one_reads_it(
    sign_in: SignIn, message: Message, alice: User, columns: dict[str, Any], quoted: str
) -> None:
    Message.objects.filter(pk=message.pk).update(**columns)
    answer = sign_in(alice).post(f"/messages/{message.pk}/quote/", {"key": "key-1", "body": ""}, headers=HTMX)
    assert BeautifulSoup(answer.content, "html.parser").select("textarea")[-1].get_text().strip() == quoted


def test_a_long_text_is_quoted_in_part(sign_in: SignIn, den: Room, bob: User) -> None:
    long = den.post(bob, "x" * 10_000, "k-2")

    answer = sign_in(bob).post(f"/messages/{long.pk}/quote/", {"key": "key-1", "body": ""}, headers=HTMX)

    assert (
        BeautifulSoup(answer.content, "html.parser").select("textarea")[-1].get_text().strip()
        == "> " + "x" * 2000 + "…"
    )


def test_a_quote_of_what_was_erased_is_none(sign_in: SignIn, message: Message, alice: User, bob: User) -> None:
    message.erase(bob)
    assert sign_in(alice).post(f"/messages/{message.pk}/quote/", {"body": ""}).status_code == 404


def test_earlier_wordings_are_shown_to_the_room(sign_in: SignIn, message: Message, alice: User, charlie: User) -> None:
    path = f"/messages/{message.pk}/wordings/"
    assert sign_in(alice).get(path).status_code == 404
    message.edit("<b>soup</b> at noon", by=alice)

    page = sign_in(alice).get(path).content.decode()

    assert "soup at none" in page
    assert "&lt;b&gt;soup&lt;/b&gt; at noon" in page
    message.erase(alice)
    assert sign_in(alice).get(path).status_code == 404


def test_of_very_many_wordings_some_are_said_to_be_missing(sign_in: SignIn, message: Message, alice: User) -> None:
    told = []
    for number in range(MOST_WORDINGS):
        message.edit(f"number {number}")
        if number > MOST_WORDINGS - 3:
            page = sign_in(alice).get(f"/messages/{message.pk}/wordings/").content.decode()
            told.append("the first and the latest are kept" in page)
    assert told == [False, True]


def test_administrators_see_who_erased_what(
    sign_in: SignIn, message: Message, alice: User, bob: User, charlie: User
) -> None:
    path = f"/messages/{message.pk}/erasure/record/"
    assert sign_in(alice).get(path).status_code == 404
    message.erase(bob)

    page = sign_in(alice).get(path, headers=HTMX).content.decode()

    assert f"Erased by <bdi>{bob.name}</bdi>" in page
    assert "soup" not in page
    assert sign_in(bob).get(path).status_code == 404
    charlie.change_role("administrator")
    assert sign_in(charlie).get(path).status_code == 404  # Not in the den.


def test_what_is_pinned_is_listed_and_taken_off(sign_in: SignIn, message: Message, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    answer = browser.post(f"/messages/{message.pk}/pinning/", headers=HTMX).content.decode()
    assert "message__pin" in answer
    assert f'hx-target="#message-{message.pk}"' in answer

    page = browser.get(f"/rooms/{den.slug}/pins/").content.decode()
    assert "soup at none" in page
    assert f"Pinned by <bdi>{bob.name}</bdi>" in page

    answer = browser.post(f"/messages/{message.pk}/unpinning/", {"list": "1"})
    assert answer["Location"] == f"/rooms/{den.slug}/pins/"
    assert "Nothing is pinned here" in browser.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_it_is_said_why_nothing_is_pinned(
    sign_in: SignIn, message: Message, bob: User, den: Room, headers: dict[str, str]
) -> None:
    said = [
        Message(
            room=den, author=bob, key=f"b-{n}", body="x", position=100 + n, clock=100 + n, pinned_at=message.created_at
        )
        for n in range(MOST_PINS)
    ]
    Message.objects.bulk_create(said)

    answer = sign_in(bob).post(f"/messages/{message.pk}/pinning/", headers=headers)

    assert answer.status_code == 409
    assert f"This room has {MOST_PINS} pins already" in answer.content.decode()


def test_bookmarks_are_ones_own_and_of_what_one_may_read(
    sign_in: SignIn, message: Message, alice: User, bob: User, den: Room
) -> None:
    browser = sign_in(bob)
    for _ in range(2):
        assert "Bookmarked." in browser.post(f"/messages/{message.pk}/bookmarking/", headers=HTMX).content.decode()
    assert bob.bookmarks.count() == 1
    assert "soup at none" in browser.get("/bookmarks/").content.decode()
    assert "soup at none" not in sign_in(alice).get("/bookmarks/").content.decode()

    den.dismiss([bob])
    assert "soup at none" not in browser.get("/bookmarks/").content.decode()
    den.admit([bob])
    browser.post(f"/messages/{message.pk}/unbookmarking/", {"list": "1"})
    assert "soup at none" not in browser.get("/bookmarks/").content.decode()


def test_bookmarks_come_in_pages_at_a_constant_cost(
    sign_in: SignIn, den: Room, bob: User, alice: User, django_assert_max_num_queries
) -> None:
    direct = Room.objects.direct_between([bob, alice])
    said = [
        Message(
            room=room,
            author=bob,
            key=f"b-{room.pk}-{n}",
            body=f"number {room.pk}.{n}.",
            position=100 + n,
            clock=100 + n,
        )
        for room in (den, direct)
        for n in range(30)
    ]
    for message in Message.objects.bulk_create(said):
        bob.bookmarks.create(message=message)
    browser = sign_in(bob)
    browser.get("/bookmarks/")

    with django_assert_max_num_queries(14):
        page = BeautifulSoup(browser.get("/bookmarks/").content, "html.parser")

    older = page.select(".founds__more a")
    seen = {item.get_text() for item in page.select(".found__text")}
    beyond = BeautifulSoup(browser.get(f"/bookmarks/{older[0]['href']}").content, "html.parser")
    seen |= {item.get_text() for item in beyond.select(".found__text")}
    assert seen == {message.body for message in said}
    assert browser.get("/bookmarks/?before=x").status_code == 404


def test_ones_last_message_is_found_to_be_edited(
    sign_in: SignIn, message: Message, alice: User, bob: User, den: Room
) -> None:
    path = f"/rooms/{den.slug}/messages/last/editing/"
    den.post(bob, "and bread", "k-2").erase(bob)
    den.post(alice, "hers", "k-3")

    assert sign_in(bob).get(path)["Location"] == f"/messages/{message.pk}/editing/"
    assert "soup at none" in sign_in(bob).get(path, headers=HTMX).content.decode()
    message.erase(bob)
    assert "You have not said anything here yet." in sign_in(bob).get(path, headers=HTMX).content.decode()
    assert sign_in(bob).get(path)["Location"] == den.get_absolute_url()


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_what_one_wrote_is_given_back_where_the_message_is_gone(
    sign_in: SignIn, message: Message, alice: User, bob: User, headers: dict[str, str]
) -> None:
    browser, path = sign_in(bob), f"/messages/{message.pk}/editing/"
    message.erase(alice)

    answer = browser.post(path, {"body": "soup at noon"}, headers=headers)

    assert answer.status_code == 422
    assert "This message has been erased." in answer.content.decode()
    assert "soup at noon</textarea>" in answer.content.decode()
    assert Message.objects.get(pk=message.pk).body == ""
    assert browser.get(path, headers=headers).status_code == 404


def test_a_message_of_files_alone_needs_no_text(sign_in: SignIn, message: Message, bob: User) -> None:
    path = f"/messages/{message.pk}/editing/"
    assert sign_in(bob).post(path, {"body": ""}, headers=HTMX).status_code == 422
    index.remove(message)
    Message.objects.filter(pk=message.pk).update(files=[{"id": 1, "name": "plan.pdf", "kind": "other", "size": 3}])

    sign_in(bob).post(path, {"body": ""})

    assert Message.objects.get(pk=message.pk).body == ""


def test_an_administrators_edit_is_theirs_in_the_history(
    sign_in: SignIn, message: Message, alice: User, bob: User
) -> None:
    sign_in(alice).post(f"/messages/{message.pk}/editing/", {"body": "soup at noon"})

    page = sign_in(bob).get(f"/messages/{message.pk}/wordings/").content.decode()

    assert f"<bdi>{alice.name}</bdi>" in page
