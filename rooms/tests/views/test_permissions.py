"""Who gets what: every URL there is, asked by everybody there is.

The table is complete, or the first test fails: whoever adds a URL says here for whom it is.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from rooms.files.uploading import upload
from rooms.links.models import Card, Preview
from rooms.models import Message, Room, User
from rooms.outside.confirming import make_path
from rooms.outside.mail import SIGNER
from rooms.outside.models import Subscription, Target
from rooms.tests.conftest import SignIn
from rooms.tests.files.pictures import picture


class Row(NamedTuple):
    """The statuses of GET, then of POST (with nothing in it), for each who asks."""

    anonymous: tuple[int, int]
    outsider: tuple[int, int]
    member: tuple[int, int]
    administrator: tuple[int, int]


HIDDEN, READ_ONLY, REFUSED, NO_GET = 404, 405, 422, 405
ASKED, AWAY = 302, 302
"""Sent to sign in; sent on to where the answer is."""

EVERYONE = Row((200, READ_ONLY), (200, READ_ONLY), (200, READ_ONLY), (200, READ_ONLY))
MEMBERS_READ = Row((ASKED, READ_ONLY), (200, READ_ONLY), (200, READ_ONLY), (200, READ_ONLY))
MEMBERS_FILL_IN = Row((ASKED, ASKED), (200, REFUSED), (200, REFUSED), (200, REFUSED))
MEMBERS_DO = Row((NO_GET, ASKED), (NO_GET, AWAY), (NO_GET, AWAY), (NO_GET, AWAY))
ADMINISTRATORS_DO = Row((NO_GET, ASKED), (NO_GET, HIDDEN), (NO_GET, HIDDEN), (NO_GET, AWAY))
INSIDERS_READ = Row((ASKED, READ_ONLY), (HIDDEN, READ_ONLY), (200, READ_ONLY), (200, READ_ONLY))
INSIDERS_FILL_IN = Row((ASKED, ASKED), (HIDDEN, HIDDEN), (200, REFUSED), (200, REFUSED))
INSIDERS_DO = Row((ASKED, ASKED), (HIDDEN, HIDDEN), (200, 302), (200, 302))
INSIDERS_ACT = Row((NO_GET, ASKED), (NO_GET, HIDDEN), (NO_GET, AWAY), (NO_GET, AWAY))

# Everything about a room is asked of the den, where Charlie is not; everything about a message of one by Alice.
TABLE: dict[str, Row] = {
    "up": EVERYONE,
    "checkup": Row((HIDDEN, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, HIDDEN)),  # nobody has a permit
    "metrics": Row((HIDDEN, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, HIDDEN)),  # no token is set
    "favicon": Row((AWAY, READ_ONLY), (AWAY, READ_ONLY), (AWAY, READ_ONLY), (AWAY, READ_ONLY)),
    "viewer_stylesheet": EVERYONE,
    "live_reconnecting": EVERYONE,
    "live_changes": Row((401, READ_ONLY), (HIDDEN, READ_ONLY), (HIDDEN, READ_ONLY), (HIDDEN, READ_ONLY)),  # of nothing
    "setup": Row((AWAY, AWAY), (AWAY, AWAY), (AWAY, AWAY), (AWAY, AWAY)),
    "join": Row((200, REFUSED), (AWAY, AWAY), (AWAY, AWAY), (AWAY, AWAY)),
    "sign_in": Row((200, REFUSED), (AWAY, AWAY), (AWAY, AWAY), (AWAY, AWAY)),
    "sign_out": Row((NO_GET, AWAY), (NO_GET, AWAY), (NO_GET, AWAY), (NO_GET, AWAY)),
    "home": Row((ASKED, READ_ONLY), (AWAY, READ_ONLY), (AWAY, READ_ONLY), (AWAY, READ_ONLY)),
    "profile": MEMBERS_FILL_IN,
    "password": MEMBERS_FILL_IN,
    "toasts": Row((ASKED, ASKED), (AWAY, REFUSED), (AWAY, REFUSED), (AWAY, REFUSED)),
    "privacy": Row((ASKED, ASKED), (AWAY, AWAY), (AWAY, AWAY), (AWAY, AWAY)),
    "outside": Row((ASKED, ASKED), (AWAY, REFUSED), (AWAY, REFUSED), (AWAY, REFUSED)),
    "outside_email": MEMBERS_DO,
    "quiet": MEMBERS_DO,
    "snooze": MEMBERS_DO,
    "feed_address": MEMBERS_DO,
    # These are Bob's, too.
    "target": Row((ASKED, ASKED), (HIDDEN, HIDDEN), (200, REFUSED), (HIDDEN, HIDDEN)),
    "target_test": Row((NO_GET, ASKED), (NO_GET, HIDDEN), (NO_GET, AWAY), (NO_GET, HIDDEN)),
    "target_question": Row((NO_GET, ASKED), (NO_GET, HIDDEN), (NO_GET, AWAY), (NO_GET, HIDDEN)),
    "target_removal": Row((NO_GET, ASKED), (NO_GET, HIDDEN), (NO_GET, AWAY), (NO_GET, HIDDEN)),
    # Whoever knows the address has the right.
    "confirmation": Row((200, 200), (200, 200), (200, 200), (200, 200)),
    "unsubscribe": Row((200, 200), (200, 200), (200, 200), (200, 200)),
    "notification_feed": EVERYONE,
    "reply_hook": Row((HIDDEN, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, HIDDEN), (HIDDEN, HIDDEN)),  # no token is set
    "people": MEMBERS_READ,
    "person": MEMBERS_READ,
    "join_code": ADMINISTRATORS_DO,
    "crowd_mentions": Row((NO_GET, ASKED), (NO_GET, HIDDEN), (NO_GET, HIDDEN), (NO_GET, REFUSED)),
    "role": Row((NO_GET, ASKED), (NO_GET, HIDDEN), (NO_GET, HIDDEN), (NO_GET, REFUSED)),
    "deactivation": ADMINISTRATORS_DO,
    "reactivation": ADMINISTRATORS_DO,
    "operations": Row((ASKED, READ_ONLY), (HIDDEN, READ_ONLY), (HIDDEN, READ_ONLY), (200, READ_ONLY)),
    "operations_changes": Row((401, READ_ONLY), (HIDDEN, READ_ONLY), (HIDDEN, READ_ONLY), (200, READ_ONLY)),
    "avatar": Row((HIDDEN, READ_ONLY), (200, READ_ONLY), (200, READ_ONLY), (200, READ_ONLY)),
    "reading_of_everything": Row((NO_GET, ASKED), (NO_GET, AWAY), (NO_GET, AWAY), (NO_GET, AWAY)),
    "search": MEMBERS_READ,
    "recent_searches": MEMBERS_DO,
    "recent_searches_clearing": MEMBERS_DO,
    "hidden_rooms": MEMBERS_READ,
    "bookmarks": MEMBERS_READ,
    "notifications": MEMBERS_READ,
    "latest_notifications": MEMBERS_READ,
    "notification_readings": Row((NO_GET, ASKED), (NO_GET, AWAY), (NO_GET, AWAY), (NO_GET, AWAY)),
    # It is Bob's, and nobody else's.
    "notification": Row((ASKED, READ_ONLY), (HIDDEN, READ_ONLY), (AWAY, READ_ONLY), (HIDDEN, READ_ONLY)),
    "notification_reading": Row((NO_GET, ASKED), (NO_GET, HIDDEN), (NO_GET, AWAY), (NO_GET, HIDDEN)),
    "place": MEMBERS_READ,
    "directs": MEMBERS_FILL_IN,
    "rooms": MEMBERS_FILL_IN,
    "new_room": MEMBERS_READ,
    "room": INSIDERS_READ,
    "room_settings": Row((ASKED, ASKED), (HIDDEN, HIDDEN), (HIDDEN, HIDDEN), (200, REFUSED)),
    "involvement": INSIDERS_FILL_IN,
    "reading": Row((NO_GET, ASKED), (NO_GET, HIDDEN), (NO_GET, AWAY), (NO_GET, AWAY)),
    "archiving": Row((ASKED, ASKED), (HIDDEN, HIDDEN), (HIDDEN, HIDDEN), (200, AWAY)),
    "restoring": ADMINISTRATORS_DO,
    "leaving": INSIDERS_DO,
    "presence": INSIDERS_READ,
    "messages": INSIDERS_FILL_IN,
    "files": Row((NO_GET, ASKED), (NO_GET, HIDDEN), (NO_GET, 200), (NO_GET, 200)),
    "upload_progress": INSIDERS_READ,
    "file": Row((HIDDEN, READ_ONLY), (HIDDEN, READ_ONLY), (200, READ_ONLY), (200, READ_ONLY)),
    "file_look": Row((ASKED, READ_ONLY), (HIDDEN, READ_ONLY), (200, READ_ONLY), (200, READ_ONLY)),
    "file_thumbnail": Row((HIDDEN, READ_ONLY), (HIDDEN, READ_ONLY), (200, READ_ONLY), (200, READ_ONLY)),
    # Bob has not sent it yet.
    "preview_image": INSIDERS_READ,
    # Of a message of Alice's.
    "preview_removal": Row((ASKED, ASKED), (HIDDEN, HIDDEN), (HIDDEN, HIDDEN), (200, AWAY)),
    "file_removal": Row((NO_GET, ASKED), (NO_GET, HIDDEN), (NO_GET, 200), (NO_GET, HIDDEN)),
    "pins": INSIDERS_READ,
    "editing_last": Row((ASKED, READ_ONLY), (HIDDEN, READ_ONLY), (AWAY, READ_ONLY), (AWAY, READ_ONLY)),
    "composer": Row((ASKED, ASKED), (HIDDEN, HIDDEN), (200, 200), (200, 200)),
    "discarding": Row((NO_GET, ASKED), (NO_GET, HIDDEN), (NO_GET, AWAY), (NO_GET, AWAY)),
    "composer_mentions": Row((NO_GET, ASKED), (NO_GET, HIDDEN), (NO_GET, 200), (NO_GET, 200)),
    "reply": Row((NO_GET, ASKED), (NO_GET, HIDDEN), (NO_GET, 200), (NO_GET, 200)),
    "editing_mentions": Row((NO_GET, ASKED), (NO_GET, HIDDEN), (NO_GET, HIDDEN), (NO_GET, 200)),
    "message": Row((ASKED, READ_ONLY), (HIDDEN, READ_ONLY), (AWAY, READ_ONLY), (AWAY, READ_ONLY)),
    "editing": Row((ASKED, ASKED), (HIDDEN, HIDDEN), (HIDDEN, HIDDEN), (200, REFUSED)),
    "menu": INSIDERS_READ,
    "quote": Row((NO_GET, ASKED), (NO_GET, HIDDEN), (NO_GET, 200), (NO_GET, 200)),
    "wordings": INSIDERS_READ,
    "erasure_record": Row((ASKED, READ_ONLY), (HIDDEN, READ_ONLY), (HIDDEN, READ_ONLY), (200, READ_ONLY)),
    "pinning": INSIDERS_ACT,
    "unpinning": INSIDERS_ACT,
    "bookmarking": INSIDERS_ACT,
    "unbookmarking": INSIDERS_ACT,
    "reactions": INSIDERS_FILL_IN,
    "readers": Row((ASKED, READ_ONLY), (HIDDEN, READ_ONLY), (HIDDEN, READ_ONLY), (200, READ_ONLY)),
    "unreading": INSIDERS_DO,
    "erasure": Row((ASKED, ASKED), (HIDDEN, HIDDEN), (HIDDEN, HIDDEN), (200, AWAY)),
    # Open pages ask, wherever they are: answered with a fragment that says why they get nothing.
    "inbox_changes": Row((401, READ_ONLY), (200, READ_ONLY), (200, READ_ONLY), (200, READ_ONLY)),
    "changes": Row((401, READ_ONLY), (HIDDEN, READ_ONLY), (200, READ_ONLY), (200, READ_ONLY)),
}

SENT_ELSEWHERE = {"setup", "sign_out", "favicon"}
FOR_MEMBERS = [name for name, row in TABLE.items() if ASKED in row.anonymous and name not in SENT_ELSEWHERE]
HIDDEN_FROM_OUTSIDERS = [name for name, row in TABLE.items() if row.outsider[0] == HIDDEN]


def list_patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from list_patterns(pattern)
        else:
            yield pattern


def test_the_table_is_complete() -> None:
    names = [pattern.name for pattern in list_patterns(get_resolver())]

    assert sorted(names) == sorted(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_every_page_of_a_member_has_one_inbox(
    name: str, browsers: dict[str, Client], addresses: dict[str, str]
) -> None:
    """Badges, title, icon, toasts and sounds come by its socket, wherever one is: no page is left out.

    Those that are not there are pages, too. What stands under no address is with the errors (test_errors).
    """
    for who in ("outsider", "member", "administrator"):
        response = browsers[who].get(addresses[name])
        if "text/html" not in response.get("Content-Type", "") or response.status_code in {ASKED, READ_ONLY}:
            continue
        page = BeautifulSoup(response.content.decode(), "html.parser")
        if page.html:
            sockets = page.find_all(attrs={"hx-ws:connect": "/live/inbox/"})
            assert len(sockets) == 1, f"{who} sees {len(sockets)}"


def without_token(response: HttpResponse) -> str:
    """A page, but for what differs with every answer."""
    return re.sub(r'(X-CSRFToken": "|csrfmiddlewaretoken" value=")\w+', "", response.content.decode())


@pytest.fixture
def message(den: Room, alice: User) -> Message:
    return den.post(alice, "For the den only", "k")


@pytest.fixture
def browsers(sign_in: SignIn, alice: User, bob: User, charlie: User) -> dict[str, Client]:
    return {
        "anonymous": Client(),
        "outsider": sign_in(charlie),
        "member": sign_in(bob),
        "administrator": sign_in(alice),
    }


@pytest.fixture
def addresses(den: Room, message: Message, alice: User, charlie: User, bob: User) -> dict[str, str]:
    """An address for each name, of something that is there."""
    from rooms.models import Workspace

    gone = User.objects.sign_up(email="gone@example.org", name="Gone", password="x")
    gone.deactivate()
    invitation = bob.notifications.get(kind="invitation")
    target = Target.objects.add(bob, Target.Kind.PUSH, url="http://127.0.0.1:80/")
    mail = Target.objects.add(bob, Target.Kind.EMAIL)
    edited, erased = (den.post(bob, "Anything", key) for key in ("k-2", "k-3"))
    edited.edit("Something")
    erased.erase(bob)
    shown = upload(alice, den, "k-1", SimpleUploadedFile("plan.png", picture()))
    unsent = upload(bob, den, "k-2", SimpleUploadedFile("notes.txt", b"notes"))
    den.post(alice, "", "k-1", attachments=[shown.pk])
    card = Card.objects.create(url="https://example.org/", image=shown.thumbnail, image_type=shown.media)
    preview = Preview.objects.create(message=message, card=card, place=0)
    arguments = {
        "join": [Workspace.objects.get().join_code],
        "person": [bob.pk],
        "role": [bob.pk],
        "deactivation": [bob.pk],
        "reactivation": [gone.pk],
        "target": [target.pk],
        "target_test": [target.pk],
        "target_removal": [target.pk],
        "target_question": [mail.pk],
        "confirmation": [make_path(mail).split("/")[-2]],
        "unsubscribe": [SIGNER.sign(str(mail.pk))],
        "notification_feed": [Subscription.renew(bob).token],
        "avatar": [bob.pk],
        "place": ["away"],
        "room": [den.slug],
        "room_settings": [den.slug],
        "involvement": [den.slug],
        "reading": [den.slug],
        "archiving": [den.slug],
        "restoring": [den.slug],
        "leaving": [den.slug],
        "presence": [den.slug],
        "pins": [den.slug],
        "editing_last": [den.slug],
        "messages": [den.slug],
        "files": [den.slug],
        "upload_progress": [den.slug, "key-1"],
        "file": [shown.pk],
        "file_look": [shown.pk],
        "file_thumbnail": [shown.pk],
        "file_removal": [unsent.pk],
        "preview_image": [preview.pk],
        "preview_removal": [preview.pk],
        "composer": [den.slug, "key-1"],
        "discarding": [den.slug, "key-1"],
        "composer_mentions": [den.slug, "key-1"],
        "reply": [message.pk],
        "editing_mentions": [message.pk],
        "notification": [invitation.pk],
        "notification_reading": [invitation.pk],
        "message": [message.pk],
        "editing": [message.pk],
        "unreading": [message.pk],
        "menu": [message.pk],
        "quote": [message.pk],
        "wordings": [edited.pk],
        "erasure_record": [erased.pk],
        "pinning": [message.pk],
        "unpinning": [message.pk],
        "bookmarking": [message.pk],
        "unbookmarking": [message.pk],
        "reactions": [message.pk],
        "readers": [message.pk],
        "erasure": [message.pk],
        "changes": [den.pk],
        "live_changes": ["nothing", den.pk],
    }
    return {name: reverse(name, args=arguments.get(name)) for name in TABLE}


@pytest.mark.parametrize("name", TABLE)
def test_everybody_gets_what_the_table_says(name: str, browsers: dict[str, Client], addresses: dict[str, str]) -> None:
    path = addresses[name]
    # In the order of their power: nobody's request takes away what the next one asks for.
    statuses = {
        who: (browser.get(path).status_code, browser.post(path).status_code) for who, browser in browsers.items()
    }

    assert statuses == TABLE[name]._asdict()


@pytest.mark.parametrize("name", FOR_MEMBERS)
def test_strangers_are_sent_to_the_sign_in_page(name: str, client: Client, addresses: dict[str, str]) -> None:
    page, form = client.get(addresses[name]), client.post(addresses[name])

    assert page.status_code == READ_ONLY or page.url.startswith("/accounts/sign-in/?next=%2F")
    assert form.status_code == READ_ONLY or form.url == "/accounts/sign-in/"


@pytest.mark.parametrize("name", FOR_MEMBERS)
def test_fragments_are_never_sent_anywhere(name: str, client: Client, addresses: dict[str, str]) -> None:
    headers = {"HX-Request": "true"}

    for response in (client.get(addresses[name], headers=headers), client.post(addresses[name], headers=headers)):
        assert response.status_code in {401, READ_ONLY}
        assert response.status_code == READ_ONLY or response.content.startswith(b"<p ")


@pytest.mark.parametrize("name", HIDDEN_FROM_OUTSIDERS)
def test_what_is_hidden_looks_like_what_is_not_there(
    name: str, browsers: dict[str, Client], addresses: dict[str, str], den: Room, message: Message
) -> None:
    there = browsers["outsider"].get(addresses[name])
    den.delete()
    gone = browsers["outsider"].get(addresses[name])

    assert there.status_code == gone.status_code == 404
    assert without_token(there) == without_token(gone)


def test_nobody_who_left_gets_at_their_own_messages(sign_in: SignIn, den: Room, bob: User) -> None:
    message = den.post(bob, "Mine", "mine")
    browser = sign_in(bob)
    path = reverse("editing", args=[message.pk])
    assert browser.get(path).status_code == 200

    den.dismiss([bob])

    assert browser.get(path).status_code == 404
    assert browser.post(reverse("erasure", args=[message.pk])).status_code == 404
    assert browser.get(reverse("message", args=[message.pk])).status_code == 404
