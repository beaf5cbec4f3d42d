"""The address that a mail is answered to: for one person and one room, and good for a while."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.models import Room, User
from rooms.outside.gathering import LINES
from rooms.outside.models import Target
from rooms.outside.replies import Answerable, NoSuchReply, make_address, pack, read_address, unpack
from rooms.tests.conftest import PASSWORD
from rooms.tests.outside.conftest import look
from rooms.tests.outside.test_mail import address
from rooms.tests.postbox import UNCLOSED, Postbox, parts

__all__ = ["address"]

pytestmark = UNCLOSED


@pytest.fixture(autouse=True)
def answers(settings: Any) -> None:
    settings.REPLY_ADDRESS = "reply@chat.example.org"


ABOUT = Answerable(7, 12, single=True)


def test_an_address_says_who_where_and_what(bob: User) -> None:
    ticket = read_address(make_address(bob, ABOUT))

    assert (ticket.user, ticket.room_id, ticket.message_id, ticket.single, ticket.expired) == (bob, 7, 12, True, False)


def test_it_is_short_and_means_the_same_in_any_case(bob: User) -> None:
    address = make_address(bob, Answerable(2**40, 2**40))
    local = address.partition("@")[0]

    assert len(local) <= 64
    assert local == local.lower()
    assert read_address(address.upper()).room_id == 2**40
    assert make_address(bob, Answerable(2**61, 2**60)) == ""


@given(st.lists(st.integers(0, 2**62 - 1)))
def test_numbers_come_out_as_they_went_in(numbers: list[int]) -> None:
    assert unpack(pack(*numbers)) == numbers


def test_no_letter_of_it_may_be_another(bob: User) -> None:
    address = make_address(bob, ABOUT)
    local, _, domain = address.partition("@")

    # Some bits of the last letter stand for nothing.
    for at in range(len("reply+"), len(local) - 1):
        other = "b" if local[at] == "a" else "a"
        with pytest.raises(NoSuchReply):
            read_address(f"{local[:at]}{other}{local[at + 1 :]}@{domain}")


@pytest.mark.parametrize(
    "address",
    [
        *("", "reply@chat.example.org", "reply+@chat.example.org", "reply+aaaa@chat.example.org", "reply+ä@x"),
        *(f"reply+{'a' * 48}@chat.example.org", f"reply+{'7' * 48}@chat.example.org", "reply+0189@chat.example.org"),
        f"reply+{'a' * 100_000}@chat.example.org",
    ],
)
def test_what_was_never_given_to_anybody_is_nothing(db: None, address: str) -> None:
    with pytest.raises(NoSuchReply):
        read_address(address)


def test_it_is_of_this_domain_and_this_person(bob: User, alice: User) -> None:
    address = make_address(bob, ABOUT)
    assert make_address(alice, ABOUT) != address

    with pytest.raises(NoSuchReply):
        read_address(address.replace("chat.example.org", "chat.example.com"))


def test_it_expires(bob: User, later: Any) -> None:
    address = make_address(bob, ABOUT)
    later(days=30)
    assert not read_address(address).expired
    later(days=1)
    assert read_address(address).expired


def test_another_password_or_address_and_the_end_of_the_account_end_it(bob: User, alice: User, settings: Any) -> None:
    acts = [
        lambda: bob.change_password(f"{PASSWORD} too"),
        lambda: User.objects.filter(pk=bob.pk).update(email="bob@example.com"),
        lambda: bob.deactivate(),
    ]
    for act in acts:
        bob.refresh_from_db()
        address = make_address(bob, ABOUT)
        assert read_address(address).user == bob
        act()
        with pytest.raises(NoSuchReply):
            read_address(address)
    bob.reactivate()
    with pytest.raises(NoSuchReply):
        read_address(address)


def test_a_former_key_stays_good_while_it_is_named(bob: User, settings: Any) -> None:
    address = make_address(bob, ABOUT)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another key", [settings.SECRET_KEY]
    assert read_address(address).user == bob

    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(NoSuchReply):
        read_address(address)


def told(postbox: Postbox) -> tuple[EmailMessage, str]:
    look()
    mail = postbox.read()
    return mail, " ".join(parts(mail))


def test_a_mail_about_one_message_is_answered_by_a_reply(
    postbox: Postbox, address: Target, alice: User, bob: User, lobby: Room, say: Any
) -> None:
    said = say(alice, lobby, "@Bob Okafor are you there?")
    mail, text = told(postbox)

    ticket = read_address(mail["Reply-To"])
    assert (ticket.user, ticket.room_id, ticket.message_id, ticket.single) == (bob, lobby.pk, said.pk, True)
    assert text.count("Answer this mail to write in Lobby.") == 2
    assert mail["From"] == "Rooms <rooms@chat.example.org>"
    assert mail["Reply-To"].partition("@")[0] not in text


def test_a_burst_in_one_room_is_answered_in_that_room(
    postbox: Postbox, address: Target, alice: User, lobby: Room, say: Any
) -> None:
    _, newest = (say(alice, lobby, f"@Bob Okafor {number}") for number in range(2))
    mail, _ = told(postbox)

    ticket = read_address(mail["Reply-To"])
    assert (ticket.room_id, ticket.message_id, ticket.single) == (lobby.pk, newest.pk, False)


def test_a_mail_that_tells_the_first_ones_is_about_no_more_than_these(
    postbox: Postbox, address: Target, alice: User, lobby: Room, say: Any
) -> None:
    said = [say(alice, lobby, f"@Bob Okafor {number}") for number in range(LINES + 2)]
    mail, text = told(postbox)

    assert "and 2 more" in text
    assert read_address(mail["Reply-To"]).message_id == said[LINES - 1].pk


def test_one_says_to_whom_one_answers_a_direct_message(
    postbox: Postbox, address: Target, alice: User, bob: User, say: Any
) -> None:
    say(alice, Room.objects.direct_between([alice, bob]), "Are you there?")
    mail, text = told(postbox)

    assert "Answer this mail to write to Alice Moreau." in text
    assert read_address(mail["Reply-To"]).single


def test_a_mail_about_several_rooms_does_not_say_that_it_can_be_answered(
    postbox: Postbox, address: Target, alice: User, lobby: Room, den: Room, say: Any
) -> None:
    say(alice, lobby, "@Bob Okafor here")
    say(alice, den, "@Bob Okafor and here")
    mail, text = told(postbox)

    assert mail["Reply-To"] is None
    assert "Answer this mail" not in text


def test_without_an_address_nothing_is_answered(
    settings: Any, postbox: Postbox, address: Target, alice: User, lobby: Room, say: Any
) -> None:
    settings.REPLY_ADDRESS = ""
    say(alice, lobby, "@Bob Okafor are you there?")
    mail, text = told(postbox)

    assert mail["Reply-To"] is None
    assert "Answer this mail" not in text


def test_a_test_is_not_answered(postbox: Postbox, address: Target, sign_in: Any, bob: User) -> None:
    sign_in(bob).post(f"/accounts/outside/{address.pk}/test/")

    assert postbox.read()["Reply-To"] is None
