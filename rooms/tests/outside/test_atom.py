"""The feed of one's notifications: valid, private, and nothing but what one may see."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from rooms.models import Message, Room, User, Workspace
from rooms.notifications import notify
from rooms.outside.models import Subscription

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def path(bob: User) -> str:
    return f"/outside/feed/{Subscription.renew(bob).token}/"


def read(path: str) -> Any:
    answer = Client().get(path)
    assert answer.status_code == 200
    return ElementTree.fromstring(answer.content)


def titles(path: str) -> list[str]:
    return [entry.findtext(f"{ATOM}title") for entry in read(path).iter(f"{ATOM}entry")]


def test_it_is_valid_atom(path: str, bob: User, alice: User, lobby: Room, say: Any) -> None:
    said = say(alice, lobby, "@Bob Okafor <b>look</b> & see\ntwice")
    feed = read(path)

    assert feed.tag == f"{ATOM}feed"
    required = {child.tag.removeprefix(ATOM) for child in feed}
    assert {"title", "id", "updated", "link", "entry"} <= required
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {"alternate": "http://testserver/notifications/", "self": f"http://testserver{path}"}
    (entry,) = feed.iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Alice Moreau mentioned you · Lobby"
    assert entry.find(f"{ATOM}summary").get("type") == "html"
    assert entry.findtext(f"{ATOM}summary") == "@Bob Okafor &lt;b&gt;look&lt;/b&gt; &amp; see<br>twice"
    assert entry.find(f"{ATOM}link").get("href") == f"http://testserver/messages/{said.pk}/"
    assert entry.findtext(f"{ATOM}id") == f"tag:testserver,2026:notification-{bob.notifications.get().pk}"
    assert datetime.fromisoformat(entry.findtext(f"{ATOM}updated")).tzinfo


def test_what_is_nothing_but_files_tells_their_names(path: str, bob: User, alice: User, lobby: Room, say: Any) -> None:
    said = say(alice, lobby, "", reply_to=say(bob, lobby, "Where is it?"))
    Message.objects.filter(pk=said.pk).update(files=[{"name": "plan.png"}, {"name": "notes.pdf"}])

    (entry,) = read(path).iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}summary") == "📎 plan.png, 📎 notes.pdf"


def test_it_is_private_and_begins_no_session(path: str) -> None:
    client = Client()
    answer = client.get(path)

    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert answer["Cache-Control"].startswith("private")
    assert answer["X-Robots-Tag"] == "noindex"
    assert client.cookies == {}


def test_it_holds_what_its_owner_may_see(path: str, bob: User, alice: User, den: Room, lobby: Room, say: Any) -> None:
    said = say(alice, lobby, "@Bob Okafor one")
    say(alice, den, "@Bob Okafor two")
    say(alice, lobby, "@Charlie three")
    assert titles(path) == [
        "Alice Moreau mentioned you · Den",
        "Alice Moreau mentioned you · Lobby",
        "Alice Moreau let you into Den · Den",
    ]

    den.dismiss([bob])
    said.erase(alice)
    assert titles(path) == []


def test_it_is_in_the_owners_language(path: str, bob: User, alice: User, lobby: Room, say: Any) -> None:
    User.objects.filter(pk=bob.pk).update(language="ja")
    say(alice, lobby, "@Bob Okafor one")

    assert read(path).get("{http://www.w3.org/XML/1998/namespace}lang") == "ja"


def test_no_character_breaks_it(path: str, bob: User, alice: User, lobby: Room, say: Any) -> None:
    """Names could hold them before they were looked at; what is said may."""
    odd = "".join(map(chr, range(1, 32))) + "\x7f\x85\ufffe\uffff"
    say(alice, lobby, f"@Bob Okafor {odd}hello 👋")
    Room.objects.filter(pk=lobby.pk).update(name=f"Lob{odd}by")
    User.objects.filter(pk=alice.pk).update(name=f"Al{odd}ice")
    Workspace.objects.update(name=f"Te{odd}am")
    context = {"kind": "push", "url": f"x{odd}y", "trouble": "z"}
    notify(bob, "disabled", "one", template="outside/_disabled.html", context=context)

    feed = read(path)
    newest, entry = feed.iter(f"{ATOM}entry")
    text = "".join(feed.itertext())
    assert not set(text) & {"\x01", "\x0c", "\x1f", "\ufffe", "\uffff"}
    assert entry.findtext(f"{ATOM}summary").startswith("@Bob Okafor")
    assert entry.findtext(f"{ATOM}summary").endswith("hello 👋")
    assert entry.findtext(f"{ATOM}author/{ATOM}name").startswith("Al")
    assert "cannot be reached" in newest.findtext(f"{ATOM}title")


def test_an_empty_one_stays_the_same(path: str) -> None:
    assert Client().get(path).content == Client().get(path).content


def test_who_has_it_already_is_told_so(path: str, alice: User, lobby: Room, say: Any) -> None:
    tag = Client().get(path)["ETag"]
    assert Client().get(path, headers={"If-None-Match": tag}).status_code == 304

    say(alice, lobby, "@Bob Okafor hello")
    assert Client().get(path, headers={"If-None-Match": tag}).status_code == 200


def test_nobody_guesses_it(path: str, bob: User) -> None:
    assert Client().get("/outside/feed/guess/").status_code == 404
    bob.deactivate()
    assert Client().get(path).status_code == 404
