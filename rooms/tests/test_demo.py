"""The sample team: rows that could have been posted, two people to be, and never among other people unasked."""

import re
from collections.abc import Callable
from datetime import datetime
from io import StringIO
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from rooms.live.testing import captured_bells
from rooms.models import Message, Room, User
from rooms.models.reaction import Reaction
from rooms.tests.conftest import SignIn

SIGN_IN = re.compile(r"^ +(\S+@tabi\.example) +([a-z2-7-]{14}) ", re.MULTILINE)

Demo = Callable[..., str]


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def demo(db: None) -> Demo:
    """Runs the command with few messages and returns what it printed."""

    def demo(*options: str, output: StringIO | None = None) -> str:
        output = output or StringIO()
        call_command("demo", "--messages", "300", *options, stdout=output)
        return output.getvalue()

    return demo


def test_it_fills_rooms_of_every_kind_in_two_languages(demo: Demo) -> None:
    demo()

    assert User.objects.count() == 12
    assert set(User.objects.values_list("language", flat=True)) == {"en", "ja"}
    assert set(Room.objects.values_list("kind", flat=True)) == {"open", "closed", "direct"}
    assert Room.objects.filter(name="雑談").exists()
    assert 300 <= Message.objects.count() < 350
    assert Message.objects.exclude(edited_at=None).exists()
    assert Message.objects.exclude(erased_at=None).filter(body="").exists()


def test_every_tick_of_a_room_belongs_to_a_change(demo: Demo) -> None:
    demo()

    for room in Room.objects.all():
        ticks = {tick for message in room.messages.all() for tick in (message.position, message.clock)}
        assert ticks | {room.access_clock} == {*range(1, room.clock + 1), room.access_clock}


@pytest.mark.parametrize("count", ["0", "300", "20000"])
def test_messages_stand_in_the_order_of_their_times(demo: Demo, count: str) -> None:
    demo("--messages", count)

    for room in Room.objects.all():
        messages = list(room.messages.order_by("position"))
        assert all(before.created_at < after.created_at for before, after in pairwise(messages))
        assert all(before.pk < after.pk for before, after in pairwise(messages))


def test_people_react_to_what_others_say(demo: Demo) -> None:
    demo()

    said = {(reaction.message_id, reaction.content, reaction.user_id) for reaction in Reaction.objects.all()}
    shown = {
        (message.pk, content, pk)
        for message in Message.objects.all()
        for content, people in message.reactions
        for pk in people
    }
    assert said == shown
    assert said
    for reaction in Reaction.objects.select_related("message__room"):
        assert reaction.user_id != reaction.message.author_id
        assert not reaction.message.erased_at
        assert reaction.message.room.memberships.filter(user=reaction.user_id).exists()


def test_words_are_filled_in(demo: Demo) -> None:
    demo("--messages", "3000")

    assert not Message.objects.filter(body__regex=r"[{}]|^[~x] |\v").exists()


def test_two_people_can_sign_in_and_read(demo: Demo) -> None:
    sign_ins = SIGN_IN.findall(demo())

    assert len(sign_ins) == 2
    for email, password in sign_ins:
        client = Client()
        assert client.post("/accounts/sign-in/", {"email": email, "password": password}).status_code == 302
        assert client.get(User.objects.get(email=email).get_rooms()[0].get_absolute_url()).status_code == 200


def test_nobody_else_can(demo: Demo) -> None:
    demo()

    assert sum(user.has_usable_password() for user in User.objects.all()) == 2


def test_every_room_of_a_person_opens(demo: Demo, sign_in: SignIn) -> None:
    demo()
    hina = User.objects.get(email="hina@tabi.example")
    client = sign_in(hina)

    for room in hina.get_rooms():
        page = BeautifulSoup(client.get(room.get_absolute_url()).content, "html.parser")
        newest = room.messages.latest("position")
        assert page.select("#messages article")[-1]["id"] == f"message-{newest.pk}"


@pytest.mark.parametrize("moment", [f"2026-11-30 {hour:02}:00" for hour in range(0, 24, 4)] + ["2026-11-30 02:00"])
def test_something_is_unread(demo: Demo, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """What is said last depends on the day and the hour, and some of it was erased."""
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromisoformat(f"{moment}+00:00"))
    demo()

    page = sign_in(User.objects.get(email="mia@tabi.example")).get("/rooms/").content.decode()
    assert "4 unread messages" in page
    assert "17 unread messages" in page


def test_no_bell_rings(demo: Demo, django_capture_on_commit_callbacks: Callable) -> None:
    with captured_bells() as bells, django_capture_on_commit_callbacks(execute=True):
        demo()

    assert bells == []


def test_a_second_run_changes_nothing_and_says_again_who_one_can_be(demo: Demo) -> None:
    first = demo()
    count = Message.objects.count()

    second = demo()

    assert "was here already" in second
    assert SIGN_IN.findall(second) == SIGN_IN.findall(first)
    assert Message.objects.count() == count


def test_it_does_not_print_a_password_that_was_changed(demo: Demo) -> None:
    demo()
    User.objects.get(email="mia@tabi.example").change_password("something else entirely")

    assert [email for email, _ in SIGN_IN.findall(demo())] == ["hina@tabi.example"]


def test_it_stays_out_of_a_team_that_is_here(demo: Demo, alice: User) -> None:
    with pytest.raises(CommandError, match="--add"):
        demo()

    assert list(User.objects.all()) == [alice]


def test_it_joins_a_team_when_told_but_administers_nothing(demo: Demo, sign_in: SignIn, alice: User) -> None:
    demo("--add")

    assert list(User.objects.filter(role="administrator")) == [alice]
    assert Room.objects.filter(name="Lobby").count() == 2
    assert "unread" not in sign_in(alice).get("/rooms/").content.decode()


def test_on_a_terminal_a_bar_grows_in_one_line(demo: Demo) -> None:
    printed = demo(output=Terminal())

    bar, _, after = printed.partition("\n")
    assert bar.count("\r") > 1
    assert bar.rpartition("\r")[2].startswith("████")
    assert "\r" not in after


def test_elsewhere_lines_are_printed(demo: Demo) -> None:
    printed = demo()

    assert "\r" not in printed
    assert re.search(r"^\d+ of (\d+) messages$", printed, re.MULTILINE)


@pytest.mark.parametrize("count", ["-1", "many", "٣", "1000001"])
def test_it_refuses_a_count_that_is_none(demo: Demo, count: str) -> None:
    with pytest.raises(CommandError, match="whole number"):
        demo("--messages", count)
