"""Who is here, and who is typing, as two people see it of each other."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.server import Server
from e2e.steps import OUTAGE, composer, connected, found_team, message, open_room, say

COME_SECONDS = 5_000
LEAVE_SECONDS = 10_000
"""Milliseconds: who leaves is shown for five seconds more."""

GONE = 6_000
"""Milliseconds: five after the last key are promised, whoever has died."""

PHONE = {"width": 360, "height": 740}


def here(page: Page) -> Locator:
    return page.locator("#room-presence")


def typing(page: Page) -> Locator:
    """The sentences that this person sees."""
    return page.locator("#typing p:visible")


def people_here(page: Page, number: int, timeout: int = COME_SECONDS) -> None:
    expect(here(page).locator(".presence__count")).to_have_text(str(number), timeout=timeout)


def test_people_see_who_is_here(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={"language": "ja"})
    alices = alice.open()
    people_here(alices, 1)
    bobs = bob.open(viewport=PHONE, color_scheme="dark")
    people_here(alices, 2)
    people_here(bobs, 2)
    expect(here(alices)).to_have_accessible_name("2 people here")
    screenshot(alices, "who-is-here")
    screenshot(bobs, "who-is-here-phone-ja")
    here(alices).click()
    expect(alices.get_by_role("listitem").filter(has_text="Alice").get_by_text("You")).to_be_visible()
    screenshot(alices, "everybody-who-is-here")
    bobs.close()


def test_a_tab_of_three_makes_no_difference(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices = alice.open()
    tabs = [bob.open()]
    for _ in range(2):
        tabs.append(tabs[0].context.new_page())
        tabs[-1].goto("/rooms/lobby/")
    for tab in tabs:
        connected(tab)
    people_here(alices, 2)
    tabs[0].close()
    alices.wait_for_timeout(LEAVE_SECONDS - 2_000)  # What must not happen would have happened.
    people_here(alices, 2, timeout=1)
    tabs[1].close()
    tabs[2].close()
    people_here(alices, 1, LEAVE_SECONDS)


def test_who_is_invisible_is_not_here(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, bobs = alice.open(), bob.open()
    people_here(alices, 2)
    hide(bobs)
    people_here(alices, 1)
    composer(bobs).press_sequentially("nobody sees me", delay=60)
    assert "Bob" not in alices.locator("#room-presence, #typing").evaluate_all(
        "all => all.map(e => e.outerHTML).join()"
    )
    here(alices).click()
    expect(alices.get_by_role("main")).not_to_contain_text("Bob")


def hide(page: Page) -> None:
    """As the form on the settings page does."""
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    response = page.request.post("/accounts/privacy/", form={"csrfmiddlewaretoken": token, "invisible": "on"})
    assert response.ok


def test_people_see_who_is_typing(server: Server, open_page: OpenPage) -> None:
    alice, bob, carol = found_team(server, open_page, Alice={}, Bob={"language": "ja"}, Carol={})
    alices, bobs, carols = alice.open(), bob.open(viewport=PHONE, color_scheme="dark"), carol.open()
    for page in (alices, bobs, carols):
        connected(page)
    japanese = bobs.locator(".composer__field").last
    japanese.press_sequentially("Hello", delay=100)
    expect(typing(alices)).to_have_text("Bob is typing")
    screenshot(alices, "typing")
    expect(typing(bobs)).to_have_count(0)
    composer(carols).press_sequentially("I say", delay=100)
    japanese.press_sequentially(" again", delay=100)
    expect(typing(alices)).to_have_text("Bob and Carol are typing")
    expect(typing(carols)).to_have_text("Bob is typing")
    screenshot(bobs, "typing-phone-ja")
    # Nobody is told aloud.
    assert (
        alices.locator("#typing").evaluate("e => e.closest('[aria-live], [role=log], [role=status], [role=alert]')")
        is None
    )


def test_it_ends_with_the_message(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, bobs = alice.open(), bob.open()
    connected(alices)
    connected(bobs)
    composer(bobs).press_sequentially("Hello", delay=60)
    expect(typing(alices)).to_have_text("Bob is typing")
    say(bobs, "Hello")
    expect(message(alices, "Hello")).to_be_visible()
    expect(typing(alices)).to_have_count(0)
    alices.wait_for_timeout(2_000)  # The page sends the last sign of the keys a moment later.
    expect(typing(alices)).to_have_count(0, timeout=1)


def test_a_tab_that_dies_types_no_more(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, bobs = alice.open(), bob.open()
    connected(alices)
    connected(bobs)
    composer(bobs).press_sequentially("Hel", delay=60)
    expect(typing(alices)).to_have_text("Bob is typing")
    bobs.context.close()
    expect(typing(alices)).to_have_count(0, timeout=GONE)


def test_it_ends_though_the_server_dies(server: Server, open_page: OpenPage, console: Console) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alices, bobs = alice.open(), bob.open()
    connected(alices)
    connected(bobs)
    composer(bobs).press_sequentially("Hel", delay=60)
    expect(typing(alices)).to_have_text("Bob is typing")
    console.expect(OUTAGE)
    server.kill()
    expect(typing(alices)).to_have_count(0, timeout=GONE)


def test_the_closed_room_of_others_tells_nothing(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    den = open_room("closed", "Den", alice)
    frames: list[str] = []
    bobs = bob.start()
    bobs.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(str(frame))))
    bobs.goto("/rooms/lobby/")
    connected(bobs)
    alices = alice.open(den)
    people_here(alices, 1)
    composer(alices).press_sequentially("secret", delay=100)
    alices.wait_for_timeout(2_000)
    assert frames
    assert not [frame for frame in frames if "Alice" in frame and ("presence" in frame or "typing" in frame)]
