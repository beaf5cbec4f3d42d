"""What a screen reader reads out: exactly the messages that are new, each of them once."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.line import Line
from e2e.server import Server
from e2e.steps import OUTAGE, act, assert_live_equals_reload, composer, connected, found_team, log, message, say, status

LISTEN = """
window.announced = [];
const live = element => {
  for (; element; element = element.parentElement) {
    if (element.hasAttribute("aria-live")) return element.getAttribute("aria-live") !== "off";
    if (["log", "status", "alert"].includes(element.getAttribute("role"))) return true;
  }
  return false;
};
new MutationObserver(records => {
  for (const node of records.flatMap(record => [...record.addedNodes])) {
    if (node.nodeType !== Node.ELEMENT_NODE) continue;
    for (const article of [node, ...node.querySelectorAll("*")].filter(element => element.matches("article"))) {
      if (live(article)) announced.push(article.querySelector(".message__body").innerText.trim());
    }
  }
}).observe(document.querySelector("main"), {childList: true, subtree: true});
"""


def announced(page: Page) -> list[str]:
    """The messages that were read out, in the order in which they were."""
    texts: list[str] = page.evaluate("announced")
    return texts


def test_only_new_messages_are_read_out(server: Server, open_page: OpenPage) -> None:
    alice, bob, chiyo = found_team(server, open_page, Alice={}, Bob={}, Chiyo={})
    chiyo.has_said("line", 120)
    page, bobs = alice.open(), bob.open()
    connected(page)
    connected(bobs)
    page.evaluate(LISTEN)

    say(bobs, "new from Bob")
    expect(message(page, "new from Bob")).to_be_visible()
    say(page, "new from me")
    expect(message(bobs, "new from me")).to_be_visible()
    expect(page.locator(".composer")).to_have_count(1)

    page.on("dialog", lambda dialog: dialog.accept())
    message(page, "new from me").hover()
    message(page, "new from me").get_by_role("link", name="Edit").click()
    page.get_by_role("textbox", name="Edit message").fill("edited by me")
    page.get_by_role("button", name="Save").click()
    expect(message(bobs, "edited by me")).to_be_visible()
    message(page, "new from Bob").hover()
    act(page, "new from Bob", "Erase")
    expect(message(bobs, "Message erased")).to_be_visible()
    expect(message(page, "Message erased")).to_be_visible()

    page.get_by_role("link", name="Older messages").scroll_into_view_if_needed()
    expect(log(page).get_by_role("article")).to_have_count(82)
    say(bobs, "the last word")
    expect(message(page, "the last word")).to_have_count(1)
    assert_live_equals_reload(page)
    assert announced(page) == ["new from Bob", "new from me", "the last word"]
    screenshot(page, "read-out")


def test_after_an_outage_only_what_is_new_is_read_out(
    server: Server, open_page: OpenPage, line: Line, console: Console
) -> None:
    console.expect(OUTAGE)
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    bob.has_said("before", 3)
    page = alice.open(url=line.url)
    connected(page)
    page.evaluate(LISTEN)
    composer(page).fill("unsent")

    line.cut()
    expect(status(page)).to_contain_text("Reconnecting")
    bob.has_said("meanwhile", 2)
    server.shell("from rooms.models import Message; Message.objects.get(body='before 2').edit('changed')")
    line.mend()
    expect(message(page, "changed")).to_be_visible()
    expect(message(page, "meanwhile 2")).to_be_visible()
    expect(status(page)).to_be_empty()
    connected(page)

    line.cut()
    expect(status(page)).to_contain_text("Reconnecting")
    bob.has_said("far too many", 350)
    line.mend()
    expect(message(page, "far too many 350")).to_be_visible()
    assert_live_equals_reload(page)
    assert announced(page) == ["meanwhile 1", "meanwhile 2"]
