"""What people write, as it looks: on a phone and a desk, light and dark, and never wider than the page."""

from __future__ import annotations

from playwright.sync_api import expect

from e2e.browsers import OpenPage, screenshot
from e2e.languages import in_japanese
from e2e.looks import SCREENS
from e2e.server import Server
from e2e.steps import assert_live_equals_reload, composer, connected, found_team, log, message, say
from e2e.test_keyboard import walk

SAY = """
from rooms.models import Room, User
room, author = Room.objects.get(slug="lobby"), User.objects.order_by("pk")[1]
for number, text in enumerate([
    "# Trip to Nara\\n\\nWe **leave** at *8:10* from [platform 4](https://example.org/4), ~~not 5~~. See `README.md`.",
    "1. tickets\\n2. lunch\\n   - rice\\n   - tea\\n\\n> Who brings the map?\\n\\nI do, said @Alice.",
    "| Train | From | Fare |\\n|---|:-:|--:|\\n| Yamatoji Rapid Service, every fifteen minutes | Osaka | 820 |",
    "```python\\ndef fare(stops: int) -> int:\\n    # A line that is longer than a phone is wide, on purpose\\n"
    "    return 820 if stops > 'x' else 0\\n```\\n\\n```diff\\n- tea\\n+ coffee\\n```",
    "https://example.org/" + "long" * 60 + " and " + "w" * 300,
    "مرحبا **بالعالم** https://example.org/ في 8:10\\n\\nand `code \u202e here`, then 日本語の文章です。",
    "z" + "\u0301" * 200 + "algo",
    "2026. Best year\\n\\nand\\n\\n100. a hundred\\n\\nand\\n\\n123456789. hello there\\n\\nand\\n\\n99. a\\n100. b",
    ":tada: 🎉",
]):
    room.post(author, text, f"rich-{number}")
"""

OVERFLOWING = "document.documentElement.scrollWidth > innerWidth"
SIZE = "element => parseFloat(getComputedStyle(element).fontSize)"


NUMBERS = """element => [...element.querySelectorAll('ol')].map(list => {
    const digits = Number(list.getAttribute('start') ?? 1) + list.children.length - 1
    const text = document.createElement('span')
    text.textContent = `${digits}. `
    text.style.whiteSpace = 'pre'
    list.append(text)
    const room = list.firstElementChild.getBoundingClientRect().left - element.getBoundingClientRect().left
    const width = text.getBoundingClientRect().width
    text.remove()
    return room - width
})"""
"""How much room the numbers of ordered lists leave before them in a message's text, in pixels."""


def test_text_has_its_form(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={"language": "ja"})
    desk, phone = alice.open(), bob.open(**SCREENS["small-phone-dark"])
    connected(desk)
    connected(phone)
    server.shell(SAY)
    for page in (desk, phone):
        expect(log(page).get_by_role("article")).to_have_count(9)
        assert not page.evaluate(OVERFLOWING)
        # What is too wide scrolls in itself, and by keys.
        table = message(page, "Yamatoji").get_by_role("table")
        expect(table.get_by_role("row")).to_have_count(2)
        code = message(page, "def fare").locator("pre").first
        assert phone is not page or code.evaluate("element => element.scrollWidth > element.clientWidth")
        colours = {
            code.evaluate(f"element => getComputedStyle(element.querySelector('.{name}')).color") for name in "kcs"
        }
        assert len(colours) == 3
        emoji, word = message(page, "🎉").locator(".emoji"), message(page, "Nara").locator("p")
        assert emoji.evaluate(SIZE) > 1.8 * word.evaluate(SIZE)
        for room in message(page, "Best year").locator(".message__body").evaluate(NUMBERS):
            assert 0 <= room < 48
        arabic, english = message(page, "and code").locator("p").all()
        assert arabic.evaluate("element => getComputedStyle(element).unicodeBidi") == "plaintext"
        expect(english.locator("code")).to_have_text("code [U+202E] here")
        assert_live_equals_reload(page)
    screenshot(desk, "markdown")
    screenshot(phone, "markdown-phone-dark")
    for page in (desk, phone):
        message(page, "Nara").scroll_into_view_if_needed()
    screenshot(desk, "markdown-above")
    screenshot(phone, "markdown-phone-dark-above")
    code = message(phone, "def fare").locator("pre").first
    walk(phone, "Shift+Tab", to=code.inner_text().strip())
    phone.keyboard.press("ArrowRight")
    expect(code).not_to_have_js_property("scrollLeft", 0)
    screenshot(phone, "markdown-code-by-keys")

    say(desk, "just **said**")
    expect(message(phone, "just said").locator("strong")).to_have_text("said")
    phone.get_by_role("button", name=in_japanese("Longer message")).tap()
    expect(composer(phone)).to_have_js_property("tagName", "TEXTAREA")
    composer(phone).press_sequentially("**料金**です\n```\nfare(3)\n```")
    phone.get_by_role("button", name=in_japanese("Send"), exact=True).tap()
    for page in (desk, phone):
        expect(message(page, "料金").locator("strong")).to_have_text("料金")
        expect(message(page, "料金").locator("pre")).to_have_text("fare(3)\n")
        assert_live_equals_reload(page)
    screenshot(phone, "markdown-written-phone-dark-ja")
    assert not phone.evaluate(OVERFLOWING)
