"""One page of settings: each form by itself, and what it says holds at once in every other tab."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.elsewhere import SOON, open_at
from e2e.looks import LOOKS, SCREENS, Look, sticks_out
from e2e.server import Server
from e2e.steps import connected, found_team, message, open_room, post

SETTINGS = "/accounts/profile/"


def section(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name)


def toasts(page: Page) -> Locator:
    return page.locator("#toasts .toast")


EDGES = "all => all.map(element => element.getBoundingClientRect().right)"


@LOOKS
def test_it_fits(server: Server, open_page: OpenPage, look: Look) -> None:
    _, bob = found_team(server, open_page, Alice={}, Bob=look.preferences)
    page = bob.open(SETTINGS, **look.options)
    expect(page.get_by_role("heading", level=1)).to_have_text("設定" if look.language == "ja" else "Your settings")
    expect(page.get_by_role("main").get_by_role("heading", level=2)).to_have_count(6)
    # The player has a width of its own.
    head, *others = page.locator(".page__head, .page__section, .page__section :is(audio, select)").evaluate_all(EDGES)
    assert max(others) <= head
    page.emulate_media(reduced_motion="reduce")
    look.show(page, "settings")
    page.locator("#settings-toasts").scroll_into_view_if_needed()
    page.locator("#settings-privacy button").scroll_into_view_if_needed()
    look.show(page, "settings-more")


def test_by_keys_alone(server: Server, open_page: OpenPage) -> None:
    _, bob = found_team(server, open_page, Alice={}, Bob={})
    page = bob.open(SETTINGS)
    while_here = section(page, "While you are here")
    chosen = while_here.get_by_role("radio", checked=True)
    expect(chosen).to_have_value("notifications")
    chosen.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(while_here.get_by_role("checkbox", name="Play a sound, too")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")  # Sends the form that one is in.
    expect(toasts(page)).to_contain_text("Your notifications are saved.")
    expect(page.get_by_role("status").filter(has_text="Your notifications are saved.")).to_be_visible()
    assert page.url.endswith("#settings-toasts")
    expect(while_here.get_by_role("checkbox", name="Play a sound, too")).to_be_checked()
    expect(chosen).to_have_value("everything")


def test_toasts_are_stopped_in_other_tabs_at_once(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    open_room("open", "Kitchen", alice)
    page, alices = bob.open(), alice.open("/rooms/kitchen/")
    connected(page)
    other = page.context.new_page()
    other.goto(SETTINGS)
    post(alices, "first @Bob", "/rooms/kitchen/")
    expect(toasts(page)).to_contain_text("first")

    section(other, "While you are here").get_by_role("radio", name="Nothing").check()
    section(other, "While you are here").get_by_role("button", name="Save").click()
    expect(other.get_by_role("status").filter(has_text="saved")).to_be_visible()
    post(alices, "second @Bob", "/rooms/kitchen/")

    kitchen = page.get_by_role("navigation", name="Rooms", exact=True).locator(".room-link", has_text="Kitchen")
    expect(kitchen.locator(".room-link__badge [aria-hidden]")).to_have_text("@2", timeout=SOON)
    expect(toasts(page).filter(has_text="second")).to_have_count(0)


def test_open_pages_come_back_in_another_language(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    alice.has_said("soup", 2)
    page, alices = bob.open(), alice.open()
    connected(page)
    connected(alices)
    other = page.context.new_page()
    other.goto(SETTINGS)
    profile = section(other, "Profile")
    profile.get_by_label("Language").select_option("ja")
    profile.get_by_label("Your time zone").select_option("Asia/Tokyo")
    profile.get_by_role("button", name="Save").click()

    expect(other.get_by_role("heading", level=1)).to_have_text("設定")
    expect(page.get_by_role("heading", name="ルーム")).to_be_visible()
    expect(page.get_by_role("link", name="返信", exact=True)).to_have_count(2)
    time = page.locator("time").first
    assert (time.get_attribute("datetime") or "").endswith("+0900")
    post(alices, "and bread")
    there = page.locator(".message", has_text="and bread")
    expect(there.get_by_role("link", name="返信", exact=True)).to_have_count(1)
    expect(message(alices, "and bread").get_by_role("link", name="Reply")).to_have_count(1)
    screenshot(page, "settings-language-elsewhere")


def test_being_invisible_takes_effect_for_others(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    page, alices = bob.open(), alice.open()
    connected(page)
    connected(alices)
    here = alices.locator("#room-header")
    expect(here).to_contain_text("2")
    other = page.context.new_page()
    other.goto(SETTINGS)
    section(other, "What others see").get_by_role("checkbox", name="Be invisible").check()
    section(other, "What others see").get_by_role("button", name="Save").click()
    expect(here).to_contain_text("1")
    expect(here).not_to_contain_text("2")


def test_without_a_script_what_is_wrong_stands_beside_its_field(
    server: Server, open_page: OpenPage, console: Console
) -> None:
    console.expect("422")
    _, bob = found_team(server, open_page, Alice={}, Bob={})
    page = bob.open(SETTINGS, java_script_enabled=False)
    profile = section(page, "Profile")
    profile.get_by_label("Your name").fill("\u202e")
    profile.get_by_role("button", name="Save").click()
    expect(profile.locator(".errorlist")).to_be_visible()
    expect(profile.get_by_label("Your name")).to_have_attribute("aria-invalid", "true")
    screenshot(page, "settings-refused")
    page.goto(SETTINGS)
    section(page, "What others see").get_by_role("checkbox", name="Show what I have read").uncheck()
    section(page, "What others see").get_by_role("button", name="Save").click()
    expect(toasts(page)).to_contain_text("What others see of you is saved.")
    expect(section(page, "What others see").get_by_role("checkbox", name="Show what I have read")).not_to_be_checked()


def test_the_sound_can_be_tried(server: Server, open_page: OpenPage) -> None:
    _, bob = found_team(server, open_page, Alice={}, Bob={})
    page = bob.open(SETTINGS)
    sample = section(page, "While you are here").locator("audio")
    expect(sample).to_have_js_property("paused", True)
    ended = (
        "audio => new Promise(done => { audio.addEventListener('ended', () => done(audio.duration)); audio.play() })"
    )
    assert 0 < sample.evaluate(ended) < 3


@pytest.mark.parametrize(
    ("screen", "language", "level"),
    [
        ("desk", "en", "hide the room"),
        ("small-phone", "ja", "ルームを一覧から隠す"),
        ("phone-dark", "en", "hide the room"),
    ],
)
def test_what_a_room_may_say_holds_in_other_tabs_at_once(
    server: Server, open_page: OpenPage, screen: str, language: str, level: str
) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={"language": language})
    open_room("open", "Kitchen, and all that is cooked in it on long evenings", alice)
    page = open_at(bob, "/people/", **SCREENS[screen], locale=language)
    other = open_at(bob, SETTINGS, page)
    names = page.locator("#rooms .room-link__name")
    expect(names).to_have_count(2)

    row = other.locator("#settings-rooms .row", has_text="Kitchen")
    label = row.get_by_role("option").filter(has_text=level).inner_text()
    row.get_by_role("combobox", name="Kitchen").select_option(label=label)

    expect(row.get_by_role("status")).not_to_be_empty(timeout=SOON)
    expect(names).to_have_text(["Lobby"])
    row.scroll_into_view_if_needed()
    assert sticks_out(other) == 0
    screenshot(other, f"settings-rooms-{screen}-{language}")


def test_without_a_script_what_a_room_may_say_is_saved(server: Server, open_page: OpenPage) -> None:
    _, bob = found_team(server, open_page, Alice={}, Bob={})
    page = bob.open(SETTINGS, java_script_enabled=False)
    row = section(page, "Room by room").get_by_role("listitem")
    row.get_by_role("combobox", name="Lobby").select_option(label="Mentions only")
    row.get_by_role("button", name="Save").click()
    expect(toasts(page)).to_contain_text("What Lobby may say is saved.")
    assert page.url.endswith("#settings-rooms")
    expect(row.get_by_role("combobox", name="Lobby")).to_have_value("mentions")
