"""What a message shows of the pages that it links to: when, for how long, and to whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from rooms.files.models import Blob
from rooms.links import reading, showing
from rooms.links.models import Card, Preview
from rooms.models import Message, Room, User
from rooms.tests.conftest import SignIn
from rooms.tests.files.pictures import picture
from rooms.tests.links.conftest import HTML, PAGE, Write, allow, look, previews
from rooms.tests.outside.zoo import Server, says, serving


def test_a_preview_comes_as_a_later_change_in_the_place_that_was_kept(page: Server, write: Write) -> None:
    message = write(f"See {page.url} there")
    assert previews(message) == [{"id": message.links.get().pk, "host": f"127.0.0.1:{page.port}"}]
    posted = message.clock

    assert look() == 1
    (card,) = previews(message)
    assert (card["title"], card["description"], card["url"]) == ("Tide tables & more", "When to go out", page.url)
    assert message.clock > posted == message.position
    assert look() == 0


def test_a_page_that_says_nothing_leaves_nothing(settings: Any, write: Write) -> None:
    with serving(says(404, HTML, body=PAGE)) as server:
        allow(settings, server)
        message = write(server.url)
        look()

    assert previews(message) == []


@pytest.mark.parametrize(
    "body",
    ["`{url}`", "```\n{url}\n```", "    {url}", "> {url}", "{url}.png", "{url}/x.ZIP?a=1", "mailto:a@example.org"],
)
def test_code_quotes_and_files_are_not_read(page: Server, write: Write, body: str) -> None:
    message = write(body.format(url=page.url))

    assert (previews(message), look(), page.requests) == ([], 0, [])


def test_ourselves_are_not_asked(settings: Any, page: Server, write: Write) -> None:
    settings.BASE_URL = f"http://127.0.0.1:{page.port}"
    settings.ALLOWED_HOSTS = ["chat.example.org"]
    message = write(f"{page.url} https://chat.example.org/messages/1/ http://CHAT.example.org./x")

    assert (previews(message), look(), page.requests) == ([], 0, [])


def test_no_more_than_three(page: Server, write: Write) -> None:
    message = write(" ".join(f"{page.url}/{number}" for number in range(5)))
    look()

    assert [card["url"] for card in previews(message)] == [f"{page.url}/{number}" for number in range(3)]


def test_a_thousand_links_to_a_page_are_one_question(page: Server, write: Write, alice: User) -> None:
    first = [write(page.url, author) for author in (alice, None) if author] + [
        write(f"{page.url}#part") for _ in "12345"
    ]
    assert look() == 1
    later = [write(f"again {page.url}") for _ in "12345"]

    assert len(page.requests) == 1
    assert {previews(message)[0]["title"] for message in first + later} == {"Tide tables & more"}
    assert all(message.clock == message.position for message in later), "what is known is shown at once"


def test_after_a_day_a_page_is_read_again_and_what_was_shown_stays(page: Server, write: Write) -> None:
    message = write(page.url)
    look()
    Card.objects.update(read_at=timezone.now() - timedelta(days=2))
    before = previews(message)
    write(f"{page.url} today")
    look()

    assert (len(page.requests), previews(message)) == (2, before)


def test_a_message_that_comes_while_the_page_is_read_is_told_too(settings: Any, write: Write) -> None:
    late: list[Message] = []

    def answer(line: Any) -> None:
        says(200, HTML, body=PAGE)(line)

    with serving(answer) as server:
        allow(settings, server)
        first = write(server.url)
        ((pk, lease),) = reading.lease_due(5)
        card = Card.objects.get(pk=pk)
        late.append(write(f"me too {server.url}"))
        reading.unfurl(pk, lease)

    assert card.read_at is None
    assert [len(server.requests), *(previews(message)[0].get("title") for message in (first, *late))] == [
        1, "Tide tables & more", "Tide tables & more"
    ]  # fmt: skip
    assert look() <= 1 and look() == 0


def test_who_died_after_reading_is_gone_on_for(page: Server, write: Write) -> None:
    message = write(page.url)
    ((pk, _),) = reading.lease_due(5)
    card = Card.objects.get(pk=pk)
    reading.keep(card, reading.read(card.url))
    assert look() == 0, "the lease is somebody's"
    Card.objects.update(busy_until=timezone.now() - timedelta(seconds=1))
    look()

    assert previews(message)[0]["title"] == "Tide tables & more"
    assert len(page.requests) == 1


def fail(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if sql.startswith("UPDATE") and '"previews"' in sql:
        raise ValueError("a fault")
    return execute(sql, params, many, context)


def test_what_fails_is_tried_again_later_and_only_a_few_times(page: Server, write: Write) -> None:
    message = write(page.url)
    delays = []
    with connection.execute_wrapper(fail):
        for _ in range(reading.TRIES):
            ((pk, lease),) = reading.lease_due(5)
            now = timezone.now()
            with pytest.raises(ValueError, match="a fault"):
                reading.unfurl(pk, lease)
            assert reading.lease_due(5) == [], "not again at once"
            card = Card.objects.get(pk=pk)
            assert card.busy_until is None
            if card.due_at:
                delays.append(round((card.due_at - now) / reading.PAUSE))
                Card.objects.update(due_at=now)

    assert delays == [*range(1, reading.TRIES)]
    assert (look(), Card.objects.get().due_at) == (0, None)
    assert "title" not in previews(message)[0]


def test_what_has_failed_is_made_good(page: Server, write: Write) -> None:
    message = write(page.url)
    with connection.execute_wrapper(fail), pytest.raises(ValueError, match="a fault"):
        look()
    Card.objects.update(due_at=timezone.now())
    look()

    assert previews(message)[0]["title"] == "Tide tables & more"


@pytest.mark.parametrize(("moment", "told"), [('UPDATE "links_card" SET "read_at"', False), ('"previews" = ', True)])
def test_who_is_too_late_leaves_it_to_whoever_has_the_lease(
    page: Server, write: Write, moment: str, told: bool
) -> None:
    message = write(page.url)
    others = timezone.now() + timedelta(minutes=7)

    def pass_on(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if moment in sql:
            context["connection"].cursor().execute('UPDATE "links_card" SET busy_until = %s', [others])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(pass_on):
        assert look() == 1
    card = Card.objects.get()
    assert (card.busy_until, card.read_at is not None) == (others, told)
    assert card.due_at is not None
    assert ("title" in previews(message)[0]) == told


def test_one_person_has_so_many_pages_read(page: Server, write: Write, alice: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(showing, "PACE", 2)
    messages = [write(f"{page.url}/{number}") for number in range(4)]
    others = write(f"{page.url}/9", alice)
    look()

    assert [len(previews(message)) for message in [*messages, others]] == [1, 1, 0, 0, 1]
    assert len(page.requests) == 3


def test_switched_off_nothing_is_read(settings: Any, page: Server, write: Write) -> None:
    waiting = write(page.url)
    settings.LINK_PREVIEWS = False
    message = write(f"{page.url}/2")
    look()

    assert (previews(message), previews(waiting), page.requests) == ([], [], [])


def test_an_edit_is_followed(page: Server, write: Write) -> None:
    message = write(f"{page.url}/1 {page.url}/2")
    look()
    message.edit(f"{page.url}/3 {page.url}/2")
    look()

    assert [card["url"] for card in previews(message)] == [f"{page.url}/3", f"{page.url}/2"]
    message.edit("nothing any more")
    assert (previews(message), message.links.count()) == ([], 0)


def test_what_was_removed_stays_away(page: Server, write: Write, bob: User, sign_in: SignIn) -> None:
    message = write(f"{page.url}/1 {page.url}/2")
    look()
    first, second = previews(message)
    browser = sign_in(bob)
    assert browser.get(f"/previews/{first['id']}/removal/").status_code == 200
    frame = browser.post(f"/previews/{first['id']}/removal/", headers={"HX-Request": "true"})

    assert f"message-{message.pk}" in frame.content.decode()
    assert previews(message) == [second]
    message.edit(f"{page.url}/2")
    message.edit(f"again {page.url}/1 {page.url}/2")
    look()
    assert [card["url"] for card in previews(message)] == [f"{page.url}/2"]
    assert browser.post(f"/previews/{first['id']}/removal/").status_code == 404


def test_only_who_may_change_the_message_removes_its_previews(
    page: Server, write: Write, bob: User, charlie: User, alice: User, sign_in: SignIn
) -> None:
    message = write(page.url)
    look()
    url = f"/previews/{previews(message)[0]['id']}/removal/"

    assert [sign_in(user).post(url).status_code for user in (charlie, bob)] == [404, 302]


def test_erased_is_erased(page: Server, write: Write, bob: User) -> None:
    message = write(page.url)
    waiting = write(f"{page.url}/2")
    message.erase(bob)
    waiting.erase(bob)
    look()

    assert (previews(message), previews(waiting), Preview.objects.count()) == ([], [], 0)


def test_an_archived_room_gets_what_was_under_way(page: Server, write: Write, alice: User, den: Room) -> None:
    message = write(page.url, alice, den)
    den.archive()
    look()

    assert previews(message)[0]["title"] == "Tide tables & more"


PICTURED = b'<title>Harbour</title><meta property="og:image" content="/harbour.png">'


def test_its_image_is_ours_and_for_those_who_may_read_the_message(
    settings: Any, write: Write, sign_in: SignIn, alice: User, bob: User, charlie: User, den: Room
) -> None:
    image = picture()

    def answer(line: Any) -> None:
        shown = b"harbour.png" in server.requests[-1]
        (says(200, "Content-Type: image/png", body=image) if shown else says(200, HTML, body=PICTURED))(line)

    with serving(answer) as server:
        allow(settings, server)
        message = write(server.url, bob, den)
        look()
    (card,) = previews(message)
    url = f"/previews/{card['id']}/image/"
    response = sign_in(alice).get(url)

    assert card["image"] is True
    assert (response.status_code, response["Content-Type"]) == (200, "image/webp")
    assert response.getvalue() != image
    assert "private" in response["Cache-Control"] and response["X-Content-Type-Options"] == "nosniff"
    assert sign_in(charlie).get(url).status_code == 404
    den.dismiss([alice])
    assert sign_in(alice).get(url).status_code == 404
    html = sign_in(bob).get(den.get_absolute_url()).content.decode()
    assert url in html and "harbour.png" not in html


def test_what_nobody_shows_any_more_is_swept(settings: Any, page: Server, write: Write, bob: User) -> None:
    message = write(page.url)
    look()
    blob = Blob.store(b"image")
    Card.objects.update(image=blob, read_at=timezone.now() - timedelta(days=9))
    reading.sweep()
    assert Card.objects.count() == 1, "it is shown"
    message.erase(bob)
    reading.sweep()

    assert Card.objects.count() == 0
    assert not Blob.objects.get(pk=blob.pk).kept
