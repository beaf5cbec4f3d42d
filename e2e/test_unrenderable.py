"""A message that cannot be drawn takes nothing with it: neither the page, nor the others."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.languages import called
from e2e.looks import SCREENS
from e2e.server import Server
from e2e.steps import assert_live_equals_reload, connected, found_team, log, message, say

BREAK = """
from rooms.models import Message
Message.objects.filter(body__startswith="soup").update(mention_spans=["broken"], html="", html_version=0)
"""


def test_a_message_that_cannot_be_shown_says_so_among_the_others(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={"language": "ja"})
    alice.has_said("before", 1)
    alice.has_said("soup", 1)
    alice.has_said("after", 1)
    server.shell(BREAK)
    server.fails_on_purpose = True
    alices, bobs = alice.open(), bob.open(**SCREENS["small-phone-dark"])
    connected(alices)
    connected(bobs)
    broken = log(alices).get_by_role("article").nth(1)
    expect(log(alices).get_by_role("article")).to_have_count(3)
    expect(broken).to_have_text("This message cannot be shown.")
    expect(bobs.locator("#message-2")).to_have_text(called(bobs, "This message cannot be shown."))
    for page in (alices, bobs):
        said, told = page.locator("#message-1 .message__body"), page.locator("#message-2 .message__body")
        assert left(told) == left(said)
        assert day(page, 1) == day(page, 2)
    screenshot(alices, "unrenderable")
    screenshot(bobs, "unrenderable-phone-ja")

    say(alices, "and more")
    expect(bobs.locator("article", has_text="and more")).to_be_visible()
    assert_live_equals_reload(alices)
    assert_live_equals_reload(bobs)
    assert "Message 2 cannot be drawn" in server.log
    server.shell(BREAK.replace('["broken"]', "[]"))
    alices.reload()
    expect(message(alices, "soup 1")).to_be_visible()


def day(page: Page, pk: int) -> str | None:
    return page.locator(f"#message-{pk}").get_attribute("data-day")


def left(element: Locator) -> float:
    found: float = element.evaluate("element => element.getBoundingClientRect().left")
    return found
