"""No mouse: everything is reached by keys, what has the focus shows it, and nothing takes it away."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from e2e.browsers import OpenPage, screenshot
from e2e.server import Server
from e2e.steps import assert_live_equals_reload, composer, connected, found_team, log, message, open_room, post, said

FOCUSED = """() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const name = element.getAttribute("aria-label") || element.labels?.[0]?.innerText || element.innerText;
  return name.trim();
}"""

SHOWS_FOCUS = """() => {
  const box = document.activeElement.getBoundingClientRect();
  const seen = box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight;
  const beside = document.activeElement.nextElementSibling;
  // The calendar in a field for a date has a ring of its own, which no script sees.
  if (document.activeElement.type === "date" && !document.activeElement.matches(":focus")) return seen;
  // The field for files is spread out, unseen, to be dropped on: its icon shows the focus.
  if (document.activeElement.type === "file" && beside) return getComputedStyle(beside).outlineStyle !== "none";
  for (let element = document.activeElement; element; element = element.parentElement) {
    const style = getComputedStyle(element);
    if (style.opacity === "0") return false;
    const ring = element === document.activeElement || element.matches(":focus-within") && element.matches("form");
    if (ring && (style.outlineStyle !== "none" || style.boxShadow !== "none")) return seen;
  }
  return false;
}"""


def focused(page: Page) -> str | None:
    """What the focused element is called; None when it is the page as a whole."""
    name: str | None = page.evaluate(FOCUSED)
    return name


def walk(page: Page, key: str, to: str | None = None) -> list[str]:
    """Press a key until the focus is at something (or leaves the page); return what it passed."""
    passed: list[str] = []
    while (not to or to not in passed[-1:]) and len(passed) < 600:
        page.keyboard.press(key)
        name = focused(page)
        if name is None:
            break
        assert page.evaluate(SHOWS_FOCUS), f"{name} has the focus and does not show it"
        passed.append(name)
    assert len(passed) < 600, "The focus is caught."
    return passed


def test_one_gets_everywhere(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alice.has_said("hers", 1)
    bob.has_said("his", 1)
    open_room("open", "Kitchen", alice)
    page = bob.open()
    connected(page)
    expect(composer(page)).to_be_focused()

    upwards = walk(page, "Shift+Tab")
    assert upwards[-1] == "Skip to content"
    assert in_order(upwards, ["More", "Edit", "Conversation", "Sign out", "Lobby", "Kitchen", "People"])
    assert upwards.count("Edit") == 1  # Alice's message is not his to edit.
    downwards = walk(page, "Tab", to="Longer message")
    assert downwards[0] == "Skip to content"
    assert in_order(downwards, ["People", "Kitchen", "Lobby", "Sign out", "Conversation", "Edit", "More", "Message"])

    page.goto("/rooms/kitchen/")
    walk(page, "Shift+Tab", to="Skip to content")
    screenshot(page, "skip-link")
    page.keyboard.press("Enter")
    assert in_order(walk(page, "Tab", to="Message"), ["Conversation", "Message"])


def test_one_talks_edits_and_erases(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    page, alices = bob.open(), alice.open()
    connected(page)
    connected(alices)
    page.keyboard.type("I tpye")
    page.keyboard.press("Enter")
    expect(message(alices, "I tpye")).to_be_visible()
    expect(composer(page)).to_be_focused()
    # The frame has taken the place of the post's answer, which is quiet: or it would take the focus with it.
    expect(message(page, "I tpye")).not_to_have_attribute("aria-live", "off")

    walk(page, "Shift+Tab", to="Edit")
    screenshot(page, "keyboard-tools")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Edit message")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("I type")
    walk(page, "Tab", to="Save")
    page.keyboard.press("Enter")
    expect(message(alices, "I type")).to_contain_text("(edited)")
    expect(page.get_by_role("textbox", name="Edit message")).to_have_count(0)
    assert "Message" in walk(page, "Tab", to="Message")

    page.on("dialog", lambda dialog: dialog.accept())
    walk(page, "Shift+Tab", to="More")
    page.keyboard.press("Enter")
    expect(page.locator("#acts .act").first).to_be_visible()
    walk(page, "Tab", to="Erase")
    page.keyboard.press("Enter")
    expect(message(alices, "Message erased")).to_be_visible()
    expect(message(page, "Message erased")).to_be_visible()
    assert "Message" in walk(page, "Tab", to="Message")
    page.keyboard.type("and on")
    page.keyboard.press("Enter")
    expect(message(alices, "and on")).to_be_visible()
    assert_live_equals_reload(page)

    open_room("open", "Kitchen", alice)
    page.reload()
    walk(page, "Shift+Tab", to="Kitchen")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kitchen")


def test_the_past_is_reached(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alice.has_said("line", 100)
    page = bob.open()
    connected(page)
    walk(page, "Shift+Tab", to="Conversation")
    while len(said(page)) < 100:
        page.keyboard.press("Home")
        page.evaluate("() => new Promise(requestAnimationFrame)")
    page.keyboard.press("Home")
    expect(message(page, "line 1").first).to_be_in_viewport()
    assert focused(page) == "Conversation"
    assert_live_equals_reload(page)


def test_fifty_pushes_leave_focus_and_selection_alone(server: Server, open_page: OpenPage) -> None:
    names = ["Alice", "Bob", "Chiyo", "Daiki", "Emi", "Femi"]
    alice, *others = found_team(server, open_page, **{name: {} for name in names})
    page = alice.open()
    connected(page)
    page.keyboard.type("a sentence of mine")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowLeft")
    element = page.evaluate_handle("document.activeElement")
    browsers = [person.open() for person in others]
    for number in range(10):
        for browser in browsers:
            post(browser, f"push {number}")
    expect(log(page).get_by_role("article")).to_have_count(50)
    assert page.evaluate("element => document.activeElement === element", element)
    assert (
        page.evaluate("element => element.value.slice(element.selectionStart, element.selectionEnd)", element) == "mine"
    )
    page.keyboard.type("ours")
    expect(composer(page)).to_have_value("a sentence of ours")
    assert_live_equals_reload(page)


def in_order(names: list[str], expected: list[str]) -> bool:
    """Whether the expected names appear among the others, in this order."""
    rest = iter(names)
    return all(name in rest for name in expected)
