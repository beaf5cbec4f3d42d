"""The pages on which one says how to be reached outside of the browser: in two languages, on a desk and on a phone."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.browsers import Console, OpenPage
from e2e.conftest import StartServer
from e2e.looks import LOOKS, SCREENS, Look
from e2e.ntfy import ntfy
from e2e.postbox import postbox, read
from e2e.services import refusing, wait_until
from e2e.steps import Person, found_team

SETTINGS = "/accounts/profile/"

pytestmark = LOOKS


def press(look: Look, place: Page | Locator, button: str) -> None:
    look.press(place.get_by_role("button", name=look.says(button), exact=True))


def take(look: Look, page: Page, name: str, beginning: Locator | None = None) -> None:
    """A picture of what fits the screen, from the beginning of an element on."""
    if beginning:
        beginning.evaluate("element => element.scrollIntoView({block: 'start'})")
    look.show(page, f"outside-{name}")


def open_settings(look: Look, person: Person) -> tuple[Page, Locator]:
    page = person.open(SETTINGS, reduced_motion="reduce", **look.options)
    section = page.get_by_role("region", name=look.says("Outside the browser"))
    expect(section).to_be_visible()
    return page, section


def add(look: Look, section: Locator, url: str, kind: str = "push") -> Locator:
    """Add an address that is told at once; return its row."""
    section.get_by_label(look.says("How"), exact=True).select_option(kind)
    section.get_by_label(look.says("Address"), exact=True).fill(url)
    section.locator("[name=delay]").select_option("0")
    press(look, section, "Add")
    row = section.get_by_role("listitem").filter(has_text=url)
    expect(row).to_contain_text(look.says("Nothing sent yet"))
    return row


def shows(page: Page, row: Locator, text: str) -> bool:
    """Whether it does by now, as the page is loaded again."""
    page.reload()
    return row.get_by_text(text).count() == 1


def test_targets(start_server: StartServer, open_page: OpenPage, look: Look) -> None:
    with ntfy() as phone, refusing() as port:
        gone = f"127.0.0.1:{port}"
        server = start_server(TARGETS_ALLOWED=f"{phone.address},{gone}")
        alice, bob = found_team(server, open_page, Alice={}, Bob=look.preferences)
        page, section = open_settings(look, bob)
        expect(section.get_by_role("listitem")).to_have_count(0)
        take(look, page, "none", section)

        working = add(look, section, f"http://{phone.address}/a-topic-that-nobody-guesses-b7c1f2")
        press(look, working, "Send me a test")
        accepted = page.locator(".toast").filter(has_text=look.says("The test is sent, and was accepted there."))
        expect(accepted).to_be_visible()
        assert phone.texts == [look.says("This is a test: what is new in Rooms reaches you here")]
        take(look, page, "tested", section)

        missing = add(look, section, f"http://{gone}/topic")
        alice.has_said("@Bob are you there", 1)
        phone.wait_for(2)
        wait_until(lambda: shows(page, missing, look.says("Not reached")), "It was reached")
        expect(working).to_contain_text(look.says("Working"))
        expect(missing).to_contain_text(look.says("it refused the connection"))
        take(look, page, "targets", section)

        look.press(working.get_by_role("link", name=look.says("Change"), exact=True))
        expect(page.get_by_role("heading", level=1)).to_have_text(look.says("ntfy or UnifiedPush"))
        page.locator("[name=content_free]").check()
        take(look, page, "target")
        press(look, page, "Save")
        expect(working).to_contain_text(look.says("without the text"))
        press(look, missing, "Remove")
        expect(section.get_by_role("listitem")).to_have_count(1)


def test_the_key_of_a_webhook_is_shown_once(start_server: StartServer, open_page: OpenPage, look: Look) -> None:
    with ntfy() as hook:
        server = start_server(TARGETS_ALLOWED=hook.address)
        _, bob = found_team(server, open_page, Alice={}, Bob=look.preferences)
        page, section = open_settings(look, bob)
        row = add(look, section, f"http://{hook.address}/hook", "webhook")
        key = section.get_by_label(look.says("Key of the signature"))
        expect(key).to_have_value(re.compile("whsec_.{44}"))
        expect(key).to_be_in_viewport()
        take(look, page, "key", section)

        page.reload()
        expect(row).to_be_visible()
        expect(key).to_have_count(0)


def test_quiet_hours_and_snooze(start_server: StartServer, open_page: OpenPage, look: Look, console: Console) -> None:
    console.expect("422")
    server = start_server()
    _, bob = found_team(server, open_page, Alice={}, Bob=look.preferences | {"time_zone": "Asia/Tokyo"})
    page, section = open_settings(look, bob)
    heading = section.get_by_role("heading", name=look.says("When not"))
    held = section.get_by_text(re.compile(r"nothing is sent\.|まで何も送りません"))
    expect(held).to_have_count(0)

    press(look, section, "Nothing for an hour")
    expect(held).to_be_visible()
    take(look, page, "snoozed", heading)
    press(look, section, "Tell me again")
    expect(held).to_have_count(0)

    section.get_by_label(look.says("From")).fill("22:00")
    press(look, section, "Save quiet hours")
    missing = section.get_by_text(look.says("Write both times, or neither."))
    expect(missing).to_be_visible()
    take(look, page, "quiet-refused", heading)
    section.get_by_label(look.says("Until")).fill("07:30")
    press(look, section, "Save quiet hours")
    expect(missing).to_have_count(0)
    expect(section.get_by_label(look.says("From"))).to_have_value("22:00")
    expect(section.get_by_label(look.says("Until"))).to_have_value("07:30")
    take(look, page, "quiet", heading)


def test_the_address_of_a_feed(start_server: StartServer, open_page: OpenPage, look: Look) -> None:
    server = start_server()
    alice, bob = found_team(server, open_page, Alice={}, Bob=look.preferences)
    alice.has_said("@Bob <b>look</b>", 1)
    page, section = open_settings(look, bob)
    address = section.get_by_label(look.says("Address of your feed"))
    expect(address).to_have_count(0)
    press(look, section, "Make a feed")
    expect(address).to_have_value(re.compile("/outside/feed/"))
    take(look, page, "feed", section.get_by_role("heading", name=look.says("In a feed reader")))

    first = address.input_value()
    program = open_page(base_url=server.url)  # Which is not signed in.
    document = ElementTree.fromstring(program.request.get(first).text())
    atom = "{http://www.w3.org/2005/Atom}"
    (entry,) = document.iter(f"{atom}entry")
    assert entry.findtext(f"{atom}summary") == "@Bob &lt;b&gt;look&lt;/b&gt; 1"

    press(look, section, "Make a new address")
    expect(address).not_to_have_value(first)
    assert program.request.get(first).status == 404
    press(look, section, "Remove the feed")
    expect(address).to_have_count(0)


# aiosmtpd ends without closing what it had open.
@pytest.mark.filterwarnings("ignore:unclosed <StreamWriter", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_into_emails_and_out_of_them(start_server: StartServer, open_page: OpenPage, look: Look) -> None:
    with postbox() as box:
        server = start_server(EMAIL_URL=box.url)
        alice, bob = found_team(server, open_page, Alice={}, Bob=look.preferences)
        page, section = open_settings(look, bob)
        press(look, section, "Send me e-mail")
        expect(section.get_by_role("listitem")).to_contain_text(look.says("Not confirmed yet"))
        take(look, page, "unconfirmed", section)

        mail = box.take()
        (link,) = re.findall(r"http://localhost:\d+(/outside/confirmation/\S+)", read(mail))
        assert look.says("If that is you, confirm it here:") in read(mail)
        # Mail is read where nobody is signed in, in a browser of any language.
        reading = open_page(base_url=server.url, **SCREENS[look.screen])
        reading.goto(link)
        expect(reading.get_by_role("heading", level=1)).to_have_text(look.says("Do you want e-mail?"))
        take(look, reading, "confirmation")
        press(look, reading, "Yes, send me e-mail")
        expect(reading.get_by_role("heading", level=1)).to_have_text(look.says("Confirmed"))
        take(look, reading, "confirmed")

        look.press(section.get_by_role("link", name=look.says("Change"), exact=True))
        page.locator("[name=delay]").select_option("0")
        press(look, page, "Save")
        expect(section.get_by_role("listitem")).to_contain_text(look.says("at once"))
        alice.has_said("@Bob are you there", 1)
        mail = box.take()
    assert look.says("No more e-mail:") in read(mail)
    way_out = mail["List-Unsubscribe"].strip("<>").partition(f":{server.port}")[2]
    reading.goto(way_out)
    expect(reading.get_by_role("heading", level=1)).to_have_text(look.says("No more e-mail?"))
    take(look, reading, "unsubscribe")
    press(look, reading, "Send no more")
    expect(reading.get_by_role("heading", level=1)).to_have_text(look.says("E-mail is switched off"))
    take(look, reading, "unsubscribed")
    page.reload()
    expect(section.get_by_role("listitem")).to_have_count(0)


def test_a_link_that_is_used_up(start_server: StartServer, open_page: OpenPage, look: Look, console: Console) -> None:
    console.expect("410")
    server = start_server()
    _, bob = found_team(server, open_page, Alice={}, Bob=look.preferences)
    code = f"""
from rooms.outside.confirming import make_path
from rooms.outside.models import Target
target = Target.objects.add(Target._meta.get_field("user").remote_field.model.objects.get(pk={bob.id}), "email")
print(make_path(target))
target.delete()
"""
    reading = open_page(
        base_url=server.url, locale={"en": "en-GB", "ja": "ja-JP"}[look.language], **SCREENS[look.screen]
    )
    reading.goto(server.shell(code).strip().splitlines()[-1])
    expect(reading.get_by_role("heading", level=1)).to_have_text(look.says("This link is used up"))
    take(look, reading, "used-up")
