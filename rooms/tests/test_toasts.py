import re

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import translation

from rooms.models import Message, Notification, Room, User
from rooms.toasts import Toast, keep_latest

pytestmark = pytest.mark.django_db


def draw(*toasts: Toast) -> str:
    return render_to_string("live/toasts.html", {"toasts": toasts})


def words(*toasts: Toast) -> str:
    """What a toast says, without the elements it says it with."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", draw(*toasts))).strip()


@pytest.fixture
def said(den: Room, bob: User) -> Message:
    return den.post(bob, "Is <b>anybody</b> here?", "k-1")


@pytest.fixture
def mention(said: Message, alice: User) -> Notification:
    Notification.objects.filter(message=said).delete()
    return Notification(pk=7, kind="mention", recipient=alice, actor=said.author, room=said.room, message=said)


def test_a_mention_says_who_where_and_what(mention: Notification, said: Message) -> None:
    toast = Toast(notification=mention)

    assert words(toast) == "Bob Okafor mentioned you in Den Is &lt;b&gt;anybody&lt;/b&gt; here? Dismiss"
    assert f'href="/messages/{said.pk}/"' in draw(toast)


def test_what_closes_it_has_a_name(mention: Notification) -> None:
    (dialog,) = re.findall(r"<dialog[^>]*>", draw(Toast(notification=mention)))

    assert 'aria-label="Notice"' in dialog


@pytest.mark.parametrize(
    ("kind", "begins"),
    [
        ("reply", "Bob Okafor replied to you in Den"),
        ("direct", "Bob Okafor wrote to you"),
        ("invitation", "Bob Okafor"),
    ],
)
def test_each_kind_has_its_sentence(mention: Notification, kind: str, begins: str) -> None:
    mention.kind = kind

    assert words(Toast(notification=mention)).startswith(begins)


def test_a_room_is_called_what_its_reader_calls_it(mention: Notification) -> None:
    assert words(Toast(notification=mention, room_title="Bob, Charlie")).startswith(
        "Bob Okafor mentioned you in Bob, Charlie"
    )


def test_many_messages_are_one_toast(den: Room) -> None:
    toast = Toast(room_id=den.pk, room_title="Den", room_url=den.get_absolute_url(), count=100)

    assert words(toast) == "100 new in Den Dismiss"
    assert 'href="/rooms/den/"' in draw(toast)


def test_one_message_shows_itself(said: Message) -> None:
    toast = Toast(room_id=said.room_id, room_title="Den", count=1, message=said)

    assert words(toast).startswith("Bob Okafor in Den Is &lt;b&gt;anybody")


def test_several_rooms_are_summed_up() -> None:
    assert words(Toast(rooms=5, count=250)) == "250 new messages in 5 rooms Dismiss"
    assert 'href="/rooms/"' in draw(Toast(rooms=5, count=250))


def test_what_comes_from_one_room_shares_a_place(mention: Notification, den: Room) -> None:
    many = Toast(room_id=den.pk, room_title="Den", count=3)

    assert Toast(notification=mention).id == many.id == f"toast-room-{den.pk}"
    frame = draw(many)
    assert frame.index(f'hx-target="#{many.id}:not(:focus-within)" hx-swap="delete"') < frame.index(f'id="{many.id}"')


def test_notifications_of_no_room_have_places_of_their_own(alice: User) -> None:
    first, second = (Notification(pk=pk, kind="mention", recipient=alice, actor=alice) for pk in (1, 2))

    assert Toast(notification=first).id != Toast(notification=second).id
    assert words(Toast(notification=first)).startswith("Alice Moreau mentioned you Dismiss")


def test_it_goes_where_the_notification_says(mention: Notification) -> None:
    mention.url = "/people/"

    assert 'href="/notifications/7/"' in draw(Toast(notification=mention))


def test_it_speaks_the_language_of_its_reader(mention: Notification) -> None:
    with translation.override("ja"):
        japanese = words(Toast(notification=mention))

    assert "Bob Okafor" in japanese
    assert "Dismiss" not in japanese
    assert "mentioned you" not in japanese


def test_a_frame_begins_with_an_element_and_names_no_viewer(mention: Notification) -> None:
    frame = draw(Toast(notification=mention))

    assert frame.startswith("<hx-partial")
    assert "csrf" not in frame


def test_the_region_is_there_before_anything_is_in_it(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.get("/rooms/").content.decode()

    assert re.search(r'<div id="toasts" class="toasts" role="status" aria-atomic="false">\s*</div>', page)
    assert '<div id="sound" hidden></div>' in page
    assert "<audio" not in page


def test_the_sound_is_ours_and_small(client: Client, alice: User) -> None:
    source = re.search(r'<audio src="([^"]+)" autoplay>', render_to_string("live/sound.html"))
    assert source
    response = client.get(source[1])

    assert response.status_code == 200
    assert response["Content-Type"] == "audio/wav"
    assert 1_000 < len(response.content) < 32_000


def test_one_frame_has_one_toast_a_source_and_that_is_the_latest(mention: Notification, den: Room) -> None:
    invitation = Notification(pk=6, kind="invitation", recipient=mention.recipient, actor=mention.actor, room=den)
    others = [Toast(notification=Notification(pk=pk, kind="test")) for pk in (4, 5)]
    toasts = [others[0], Toast(notification=invitation), others[1], Toast(notification=mention)]

    assert keep_latest(toasts) == [*others, toasts[3]]
