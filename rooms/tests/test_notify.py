"""The door through which any code tells people something: `from rooms.notifications import notify`."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone, translation

from rooms.live.testing import assert_no_bells, assert_rings, captured_bells
from rooms.models import Notification, Room, User
from rooms.models.notification import count_unread
from rooms.notifications import complain, draw, notify, withdraw
from rooms.outside.digest import tell_of_notification
from rooms.outside.models import Subscription
from rooms.tests.conftest import SignIn
from rooms.toasts import Toast

TEMPLATES = {
    "done.html": "{% load i18n %}<b>{{ service }}</b> {{ version }}, {% translate 'People' %}",
    "broken.html": "{% if %}",
    "moved.html": "{% url 'no-such-page' %}",
    "failing.html": "{{ 4|divisibleby:service }}",
}
CONTEXT = {"service": "api", "version": "4.2"}


@pytest.fixture(autouse=True)
def templates(tmp_path: Path, settings: Any) -> None:
    for name, text in TEMPLATES.items():
        (tmp_path / name).write_text(text)
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], tmp_path]}]


def tell(person: User, source: Any = "api 4.2", **options: Any) -> Notification:
    return notify(person, "deploy", source, **{"template": "done.html", "context": CONTEXT, **options})


def test_somebody_is_told_and_nobody_else(bob: User, charlie: User) -> None:
    with assert_rings(f"inbox.{bob.pk}"):
        notification = tell(bob)

    assert count_unread([bob.pk, charlie.pk]) == {bob.pk: 1, charlie.pk: 0}
    assert draw(notification) == "<b>api</b> 4.2, People"


def test_it_is_drawn_in_the_language_of_whoever_reads(bob: User) -> None:
    notification = tell(bob)

    with translation.override("ja"):
        assert draw(notification) == "<b>api</b> 4.2, メンバー"


def test_a_toast_says_the_same_and_leads_by_way_of_it(bob: User) -> None:
    notification = tell(bob, url="/people/")

    toast = render_to_string("live/toasts.html", {"toasts": [Toast(notification=notification)]})

    assert "<b>api</b> 4.2, People" in toast
    assert f'href="/notifications/{notification.pk}/"' in toast


def test_the_same_source_is_told_once(bob: User, charlie: User) -> None:
    first = tell(bob)
    first.read()

    with assert_no_bells():
        assert tell(bob, context={**CONTEXT, "version": "another"}) == first

    assert count_unread([bob.pk]) == {bob.pk: 0}
    assert bob.notifications.get().context == CONTEXT
    assert tell(bob, "api 4.3") != first
    assert tell(charlie) != first
    assert notify(bob, "rollback", "api 4.2", template="done.html") != first


def test_a_source_may_be_a_row_or_a_long_text(bob: User, lobby: Room, den: Room) -> None:
    assert tell(bob, lobby) == tell(bob, lobby) != tell(bob, den)
    assert tell(bob, "x" * 5_000) == tell(bob, "x" * 5_000) != tell(bob, "x" * 5_001)


def test_a_transaction_that_fails_tells_nothing(bob: User) -> None:
    with assert_no_bells(), pytest.raises(ZeroDivisionError), transaction.atomic():
        tell(bob)
        1 / 0  # noqa: B018

    assert not bob.notifications.exists()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"template": "nowhere.html"}, TemplateDoesNotExist, "nowhere.html"),
        ({"template": "broken.html"}, TemplateSyntaxError, "if"),
        ({"context": {"at": datetime(2026, 1, 1, tzinfo=UTC)}}, TypeError, "JSON"),
        ({"context": {"ratio": float("nan")}}, TypeError, "JSON"),
        ({"context": {"text": "\ud800"}}, TypeError, "JSON"),
        ({"context": {"text": "\0"}}, TypeError, "null"),
        ({"context": {1: "one"}}, TypeError, "strings"),
        ({"context": {"notification": "mine"}}, TypeError, "notification"),
        ({"url": "javascript:alert(1)"}, ValueError, "no address"),
        ({"url": "//elsewhere.example"}, ValueError, "no address"),
        ({"url": "/\\elsewhere.example"}, ValueError, "no address"),
        ({"url": "/" * 501}, ValueError, "no address"),
        ({"source": Room()}, ValueError, "saved"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    bob: User, change: dict[str, Any], error: type[Exception], message: str
) -> None:
    with assert_no_bells(), pytest.raises(error, match=message):
        tell(bob, **change)

    assert not bob.notifications.exists()


@pytest.mark.parametrize("kind", ["", "Deploy", "x" * 41, "mention", "invitation", "de ploy"])
def test_kinds_are_words_of_ones_own(bob: User, kind: str) -> None:
    with pytest.raises(ValueError, match="kind"):
        notify(bob, kind, "1", template="done.html")


def test_whoever_is_gone_is_told_nothing(bob: User, charlie: User) -> None:
    User.objects.get(pk=bob.pk).deactivate()

    for person in (bob, User(name="Nobody yet")):
        with pytest.raises(ValueError, match="not active"):
            tell(person)


def test_what_belongs_to_a_room_is_for_those_who_are_in_it(den: Room, bob: User, charlie: User) -> None:
    Notification.objects.all().delete()
    tell(bob, room=den)
    tell(charlie, room=den)

    assert count_unread([bob.pk, charlie.pk]) == {bob.pk: 1, charlie.pk: 0}

    den.dismiss([bob])
    assert count_unread([bob.pk]) == {bob.pk: 0}


def draw_centre(bob: User, sign_in: SignIn) -> str:
    return sign_in(bob).get("/notifications/").content.decode()


def draw_popover(bob: User, sign_in: SignIn) -> str:
    return sign_in(bob).get("/notifications/latest/").content.decode()


def draw_toast(bob: User, sign_in: SignIn) -> str:
    return render_to_string("live/toasts.html", {"toasts": [Toast(notification=bob.notifications.get())]})


def draw_atom(bob: User, sign_in: SignIn) -> str:
    return Client().get(f"/outside/feed/{Subscription.renew(bob).token}/").content.decode()


def draw_line(bob: User, sign_in: SignIn) -> str:
    return tell_of_notification(bob.notifications.get()).words


@pytest.mark.parametrize("place", [draw_centre, draw_popover, draw_toast, draw_atom, draw_line])
@pytest.mark.parametrize("template", ["nowhere.html", "broken.html", "moved.html", "failing.html"])
def test_what_cannot_be_drawn_says_its_kind_and_takes_nothing_along(
    bob: User, sign_in: SignIn, caplog: Any, template: str, place: Any
) -> None:
    complain.cache_clear()
    tell(bob)
    Notification.objects.update(template=template)

    for _ in range(2):
        assert "deploy" in re.sub(r'class="[^"]*"|href="[^"]*"', "", place(bob, sign_in))
    (complaint,) = (record for record in caplog.records if record.name == "rooms.notifications")
    assert template in complaint.getMessage()
    assert complaint.exc_info


@pytest.mark.parametrize(
    ("url", "destination"), [("", "/notifications/"), ("https://ci.example/7", "https://ci.example/7"), ("/up", "/up")]
)
def test_who_follows_it_has_read_it(bob: User, sign_in: SignIn, url: str, destination: str) -> None:
    notification = tell(bob, url=url)

    response = sign_in(bob).get(notification.get_absolute_url())

    assert response.url == destination
    notification.refresh_from_db()
    assert notification.read_at is not None


def test_it_is_tried_out_in_the_language_and_zone_of_its_reader(bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(language="ja", time_zone="Asia/Tokyo")

    tell(User.objects.get(pk=bob.pk))

    assert translation.get_language() == "en"
    assert timezone.get_current_timezone_name() == "UTC"


# Taken back


def test_what_is_withdrawn_is_gone_for_all_who_were_told_of_it(bob: User, charlie: User, alice: User) -> None:
    tell(bob).read()
    tell(charlie)
    others = [tell(charlie, "api 4.3"), notify(charlie, "rollback", "api 4.2", template="done.html")]

    with captured_bells() as bells:
        assert withdraw("deploy", "api 4.2") == 2
    assert {bell["topic"] for bell in bells} == {f"inbox.{bob.pk}", f"inbox.{charlie.pk}"}

    assert [*Notification.objects.order_by("pk")] == others
    assert count_unread([charlie.pk]) == {charlie.pk: 2}
    with assert_no_bells():
        assert withdraw("deploy", "api 4.2") == 0


def test_it_may_be_withdrawn_from_one_person(bob: User, charlie: User, lobby: Room) -> None:
    tell(bob, lobby)
    kept = tell(charlie, lobby)

    with assert_rings(f"inbox.{bob.pk}"):
        assert withdraw("deploy", lobby, bob) == 1

    assert Notification.objects.get() == kept


def test_what_was_withdrawn_is_told_anew(bob: User) -> None:
    first = tell(bob)
    withdraw("deploy", "api 4.2")

    with assert_rings(f"inbox.{bob.pk}"):
        assert tell(bob).pk != first.pk


def test_withdrawing_is_part_of_a_transaction(bob: User) -> None:
    told = tell(bob)
    with assert_no_bells(), pytest.raises(ZeroDivisionError), transaction.atomic():
        withdraw("deploy", "api 4.2")
        1 / 0  # noqa: B018

    assert Notification.objects.get() == told


def test_the_chats_own_are_not_withdrawn_here(den: Room, bob: User) -> None:
    assert Notification.objects.filter(recipient=bob, kind="invitation").exists()

    with pytest.raises(ValueError, match="own"):
        withdraw("invitation", den)
    with pytest.raises(ValueError, match="saved"):
        withdraw("deploy", Room())


def test_what_is_withdrawn_is_found_by_its_key(bob: User) -> None:
    """However much people have been told of other things."""
    found = Notification.objects.filter(key=tell(bob).key)
    plan = found.explain()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            plan = found.explain()

    assert "notification_key " in f"{plan} "
