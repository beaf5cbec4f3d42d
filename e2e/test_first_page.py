"""What a newcomer's browser fetches before it shows a room, and what its policy lets happen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Page

from e2e.browsers import OpenPage, screenshot
from e2e.server import Server
from e2e.steps import connected, found_team, log, post

LIMIT = 60_000
"""Bytes over the wire for the first visit to a room: 40 messages, styles, scripts, pictures, headers."""

CONVERSATION = """
import itertools
from rooms.models import Room, User
room, people = Room.objects.get(slug="lobby"), itertools.cycle(User.objects.order_by("pk"))
lines = [line for line in open("rooms/demo/lobby.txt").read().split("\\n") if len(line) > 20]
for number, line in enumerate(itertools.islice(itertools.cycle(lines), 60)):
    room.post(next(people), line, f"conversation-{number}")
"""

LONG_CONVERSATION = """
import pathlib
from rooms.models import Room, User
room, people = Room.objects.get(slug="lobby"), list(User.objects.order_by("pk"))
prose = pathlib.Path("README.md").read_text().replace("`", "")
code = "".join(path.read_text() for path in sorted(pathlib.Path("rooms/models").glob("*.py"))).replace("`", "")
talk = "".join(path.read_text() for path in sorted(pathlib.Path("rooms/demo").glob("*.txt")))
for number in range(48):
    source, start = (prose, code, talk)[number % 3], number * 601 % 8_000
    text = source[start : start + LENGTH]
    body = "```python\\n" + text + "\\n```" if source is code else text
    room.post(people[number % len(people)], body, f"long-{number}")
"""
"""Everybody says only this much at a time, and never the same."""

RICH_CONVERSATION = """
import io, pathlib
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image
from rooms.files.models import Blob
from rooms.files.uploading import upload
from rooms.links.models import Card
from rooms.models import Message, Room, User
settings.LINK_PREVIEWS = True  # Of pages that are never asked: here is what they said.
room, people = Room.objects.get(slug="lobby"), list(User.objects.order_by("pk"))
texts = [path.read_text().split("\\n") for path in sorted(pathlib.Path("rooms/demo").glob("*.txt"))]
lines = [line.partition(": ")[2] for text in texts for line in text if len(line) > 40 and ": " in line]
sources = [path.read_text().split("\\n\\n\\n") for path in sorted(pathlib.Path("rooms/models").glob("*.py"))]
code = [each for source in sources for each in source if each.startswith(("def ", "class ")) and each.count("\\n") > 5]
image = io.BytesIO()
Image.effect_mandelbrot((640, 480), (-2, -1, 1, 1), 50).save(image, "JPEG")
blob = Blob.store(image.getvalue())
Blob.keep([blob])
said = []
for number in range(48):
    person, (one, two, three) = people[number * 7 // 3 % len(people)], lines[number * 3 : number * 3 + 3]
    files, body = [], one
    if number % 8 == 1:
        body = f"**{one}**\\n\\n- {two}\\n- _{three}_ :tada:\\n\\n> {lines[-number]}"
    elif number % 8 == 3:
        body = f"{one}\\n\\n```python\\n" + "\\n".join(code[number // 8].split("\\n")[:12]) + "\\n```"
    elif number % 8 == 5:
        url = f"https://example.org/{number}"
        card = {"title": two[:80], "description": three, "image": blob, "image_type": "image/jpeg"}
        Card.objects.create(url=url, address=url, read_at=timezone.now(), **card)
        body = f"{one} {url}"
    elif number % 8 == 7:
        photograph = SimpleUploadedFile(f"photograph-{number}.jpg", image.getvalue())
        files = [upload(person, room, f"page-{number}", photograph).pk]
    said.append(room.post(person, body, f"rich-{number}", said[-2] if number % 6 == 5 else None, files))
    for other in people[: number % 4]:
        Message.objects.get(pk=said[-1].pk).react(other, "👍🎉❤️"[number % 2])
    if number % 10 == 9:
        Message.objects.get(pk=said[-1].pk).edit(body + " " + two)
"""


CONVERSATIONS = {
    "plain": (CONVERSATION, range(40, 41)),
    "rich": (RICH_CONVERSATION, range(35, 41)),
    "wordy": (LONG_CONVERSATION.replace("LENGTH", "500"), range(22, 36)),
    "long": (LONG_CONVERSATION.replace("LENGTH", "9_000"), range(1, 5)),
}
"""What was said, and how many messages of it are a page."""


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize(("conversation", "shown"), CONVERSATIONS.values(), ids=CONVERSATIONS.keys())
def test_a_room_weighs_little(
    server: Server, open_page: OpenPage, conversation: str, shown: range, language: str, request: pytest.FixtureRequest
) -> None:
    """Without its images: the rich one's are each what somebody has sent."""
    alice, *_ = found_team(server, open_page, Alice={"language": language}, Bob={}, Chiyo={}, Daiki={})
    server.shell(conversation)
    page = alice.start()
    weights = weigh(page)
    page.goto("/rooms/lobby/")
    connected(page)
    page.wait_for_load_state("networkidle")
    assert log(page).get_by_role("article").count() in shown
    screenshot(page, f"first-page-{request.node.callspec.id}")
    listing = "\n".join(f"{weight:6} {encoding:4} {url}" for url, (weight, encoding) in weights.items())
    total = sum(weight for url, (weight, _) in weights.items() if "/files/" not in url and "/previews/" not in url)
    print(f"{listing}\n{total:6} in all")
    assert 10_000 < total <= LIMIT, f"{total} bytes:\n{listing}"


def weigh(page: Page) -> dict[str, tuple[int, str]]:
    """What every response costs on the wire, headers included, and how it is encoded; by URL, as they come."""
    weights: dict[str, tuple[int, str]] = {}
    responses: dict[str, dict[str, Any]] = {}

    def finished(event: dict[str, Any]) -> None:
        response = responses.get(event["requestId"])
        if response:
            encoding = {name.lower(): value for name, value in response["headers"].items()}.get("content-encoding", "-")
            before = weights.get(response["url"], (0, ""))[0]
            weights[response["url"]] = (before + int(event["encodedDataLength"]), encoding)

    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")
    session.on("Network.responseReceived", lambda event: responses.update({event["requestId"]: event["response"]}))
    session.on("Network.loadingFinished", finished)
    return weights


FRAGMENT = {"HX-Request": "true"}


def test_every_answer_has_a_policy(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    bob.has_said("line", 60)
    page, stranger = alice.open(), open_page(base_url=server.url)
    connected(page)
    answers = [*answers_to(page), *answers_to_a_stranger(stranger)]
    assert {answer.status for answer in answers} == {200, 302, 304, 400, 401, 403, 404, 405, 422, 429}
    for answer in answers:
        policy = answer.headers.get("content-security-policy", "")
        assert policy.startswith("default-src 'none'"), f"{answer.status} {answer.url}"
        assert "unsafe" not in policy, f"{answer.status} {answer.url}"
        assert answer.headers["x-content-type-options"] == "nosniff", f"{answer.status} {answer.url}"


def answers_to(page: Page) -> Iterator[APIResponse]:
    """Answers of every kind that somebody gets who is signed in."""
    request, token = page.request, page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    for path in (
        "/rooms/lobby/",
        "/people/",
        "/accounts/profile/",
        "/rooms/lobby/messages/?before=20",
        "/no-such-page/",
    ):
        yield request.get(path)
        yield request.get(path, headers=FRAGMENT)
    for path in ("/me.css", "/avatars/1/", "/live/reconnecting/", "/up", "/favicon.ico", "/static/nothing.css"):
        yield request.get(path)
    for path in page.evaluate(
        "[...document.querySelectorAll('link[rel=stylesheet], script')].map(e => e.href || e.src)"
    ):
        yield request.get(path)
    unchanged = {"If-None-Match": request.get("/me.css").headers["etag"]}
    yield request.get("/me.css", headers=unchanged)
    yield request.get("/", max_redirects=0)
    yield request.get("/accounts/sign-out/")
    yield request.get("/up", headers={"Host": "elsewhere.example"})
    yield request.post("/rooms/lobby/messages/", form={"body": "forged"})
    yield request.post("/rooms/lobby/messages/", form={"csrfmiddlewaretoken": token, "key": "k", "body": " "})
    for _ in range(11):
        yield post(page, "again and again")


def answers_to_a_stranger(page: Page) -> Iterator[APIResponse]:
    yield page.request.get("/accounts/sign-in/")
    yield page.request.get("/join/no-such-link/")
    yield page.request.get("/rooms/lobby/", max_redirects=0)
    yield page.request.get("/rooms/lobby/", headers=FRAGMENT)
