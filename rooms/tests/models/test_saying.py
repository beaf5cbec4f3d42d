"""The HTML of messages is made when they are said, kept, and made anew when the rules change."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from rooms import markup
from rooms.models import Message, Room, User, Workspace
from rooms.models.history import Page
from rooms.models.mentions import find_mentions, read_candidates
from rooms.models.saying import draw_text, find_version, renew_html
from rooms.templatetags.messages import show_message, show_page


@pytest.fixture
def message(lobby: Room, alice: User) -> Message:
    return lobby.post(alice, "hello *you*", "k-1")


def read(message: Message) -> Message:
    return Message.objects.for_display().get(pk=message.pk)


def test_html_is_kept_with_the_version_of_its_rules(message: Message) -> None:
    assert (read(message).html, read(message).html_version) == (
        "<p>hello <em>you</em></p>",
        find_version("hello *you*"),
    )
    message.edit("**good-bye**")
    assert (read(message).html, read(message).html_version) == (
        "<p><strong>good-bye</strong></p>",
        find_version("**good-bye**"),
    )
    message.erase(by=message.author)
    assert read(message).html == ""


def test_html_of_other_rules_is_made_anew_and_kept(message: Message) -> None:
    Message.objects.update(html="<p>as it was made once</p>", html_version=0)
    assert "<em>you</em>" in show_page(Page.newest(message.room.messages.all()))
    assert (read(message).html, read(message).html_version) == (
        "<p>hello <em>you</em></p>",
        find_version("hello *you*"),
    )


def test_html_of_newer_rules_is_left_to_those_who_have_them(message: Message, monkeypatch: Any) -> None:
    monkeypatch.setattr(markup, "VERSION", markup.VERSION + 1)
    newer = find_version(message.body)
    monkeypatch.undo()
    Message.objects.update(html="<p>newer</p>", html_version=newer)
    assert "<em>you</em>" in show_page(Page.newest(message.room.messages.all()))
    assert (read(message).html, read(message).html_version) == ("<p>newer</p>", newer)


def reword(message: Message, body: str, **columns: Any) -> None:
    """As the version before does, which runs on while a new one takes over: it knows of no HTML."""
    columns |= {"body": body, "mentions": [], "mention_spans": [], "clock": message.room.tick()}
    Message.objects.filter(pk=message.pk).update(**columns)


def test_an_edit_by_the_version_before_is_shown_and_kept(message: Message) -> None:
    show_message(read(message))
    reword(message, "good-bye *you*", edited_at=timezone.now())
    assert "good-bye <em>you</em>" in show_message(read(message))
    assert read(message).html_version != find_version(read(message).body)
    reword(message, "good-bye", edited_at=timezone.now())
    show_page(Page.newest(message.room.messages.all()))
    assert (read(message).html, read(message).html_version) == ("<p>good-bye</p>", find_version("good-bye"))


def test_what_the_version_before_erased_shows_nothing(message: Message, alice: User) -> None:
    message.pin(alice)
    message.react(alice, "👍")
    files = [{"id": 1, "kind": "other", "name": "plan.pdf", "size": 1}]
    previews = [{"id": 1, "host": "example.org"}]
    Message.objects.filter(pk=message.pk).update(files=files, previews=previews)
    message.refresh_from_db()
    message.room.post(alice, "what?", "k-2", message)

    def find(html: str) -> list[str]:
        parts = ("plan.pdf", "example.org", "icon--pin", "reactions", "hello")
        return [part for part in parts if part in html]

    assert len(find(show_page(Page.newest(message.room.messages.all())))) == 5
    reword(message, "", erased_at=timezone.now(), erased_by=alice)
    assert find(show_page(Page.newest(message.room.messages.filter(pk=message.pk)))) == []
    reply = Message.objects.for_display().get(key="k-2")
    assert "plan.pdf" not in reply.reply_to.excerpt


def test_every_version_fits_its_column() -> None:
    field = Message._meta.get_field("html_version")
    lowest, highest = connection.ops.integer_field_range(field.get_internal_type())
    assert all(lowest < find_version(body) <= (highest or 2**31 - 1) for body in map(str, range(1000)))
    assert len({find_version(body) for body in map(str, range(1000))}) > 990


def test_what_was_edited_meanwhile_keeps_its_own(message: Message) -> None:
    Message.objects.update(html_version=0)
    before = read(message)
    message.edit("good-bye")
    renew_html([before])
    assert read(message).html == "<p>good-bye</p>"


@pytest.mark.django_db(transaction=True)
def test_html_is_shown_where_it_cannot_be_kept(message: Message) -> None:
    Message.objects.update(html_version=0)

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("UPDATE"):
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        assert "<em>you</em>" in show_page(Page.newest(message.room.messages.all()))
    assert read(message).html_version == 0


def test_what_was_erased_stays_so(message: Message) -> None:
    message.erase(by=message.author)
    Message.objects.update(html_version=0)
    show_page(Page.newest(message.room.messages.all()))
    assert (read(message).html, read(message).html_version) == ("", 0)


def test_html_is_made_before_the_lock(lobby: Room, alice: User, bob: User) -> None:
    candidates = read_candidates("*hi* @Bob Okafor", lobby, alice)
    assert candidates.draw([(5, 16)]) is candidates.draw([(5, 16)])
    assert 'class="mention"' in candidates.draw([(5, 16)])["html"]
    assert "mention" not in candidates.draw([])["html"]


def test_html_of_a_call_that_is_refused_is_made_before_the_lock(lobby: Room, alice: User, bob: User) -> None:
    Workspace.objects.update(crowd_mentions=Workspace.CrowdMentions.ADMINISTRATORS)
    for body, calls in (("@room, @Bob Okafor!", True), ("@Alice Moreau and @here", True), ("@Alice Moreau", False)):
        candidates = read_candidates(body, lobby, bob)
        spans = find_mentions(candidates, lobby, bob).spans
        assert candidates.draw(spans) is candidates.draw(spans)
        assert len(candidates.drawn) == 1 + calls
        assert "@room</span>" not in candidates.draw(spans)["html"]


def test_a_call_that_may_not_be_is_not_marked(lobby: Room, bob: User) -> None:
    Workspace.objects.update(crowd_mentions=Workspace.CrowdMentions.ADMINISTRATORS)
    assert "mention" not in lobby.post(bob, "@room", "k-2").html


def test_what_somebody_does_is_drawn_without_the_command(lobby: Room, alice: User, bob: User) -> None:
    message = lobby.post(alice, "/me *waves* at @Bob Okafor", "k-2")
    assert message.html == '<p><em>waves</em> at <span class="mention">@Bob Okafor</span></p>'
    assert message.excerpt == "waves at @Bob Okafor"


def test_nobody_is_told_of_code_and_quotes(lobby: Room, alice: User, bob: User) -> None:
    text = "`@Bob Okafor`\n\n```\n@Bob Okafor\n```\n\n> @Bob Okafor"
    message = lobby.post(alice, text, "k-2")
    assert (message.mentions, message.mention_spans) == ([], [])
    message.edit(f"{text}\n\nbut @Bob Okafor")
    assert message.mentions == [bob.pk]
    assert message.html.count('class="mention"') == 1


def test_one_that_cannot_be_drawn_says_so_alone(message: Message, caplog: pytest.LogCaptureFixture) -> None:
    message.room.post(message.author, "and more", "k-2")
    Message.objects.filter(pk=message.pk).update(mention_spans=["broken"], html_version=0)
    page = show_page(Page.newest(message.room.messages.all()))
    assert "This message cannot be shown." in page
    assert "and more" in page
    assert f'id="message-{message.pk}"' in page
    assert f"Message {message.pk} cannot be drawn" in caplog.text
    Message.objects.filter(pk=message.pk).update(mention_spans=[])
    assert "<em>you</em>" in show_message(read(message))


def test_a_text_that_cannot_be_drawn_is_posted_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    assert draw_text("hello", [(0,)]) == {"html": "", "html_version": 0}
    assert "failed to render" in caplog.text
