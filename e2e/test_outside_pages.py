"""The pages on which one says how to be reached outside of the browser: in two languages, on a desk and on a phone."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from gettext import NullTranslations, translation
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.browsers import Console, OpenPage, screenshot
from e2e.conftest import StartServer
from e2e.looks import sticks_out
from e2e.ntfy import ntfy
from e2e.postbox import postbox, read
from e2e.server import REPOSITORY
from e2e.services import free_port, wait_until
from e2e.steps import Person, found_team

SETTINGS = "/accounts/profile/"
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SCREENS: dict[str, tuple[str, dict[str, Any]]] = {
    "desk": ("en", {}),
    "desk-ja": ("ja", {"color_scheme": "dark"}),
    "phone": ("en", PHONE | {"color_scheme": "dark"}),
    "phone-ja": ("ja", PHONE),
}

pytestmark = pytest.mark.parametrize("screen", SCREENS)


@dataclass
class Reader:
    """Somebody before a screen, and what their pages say in their language."""

    screen: str
    language: str
    options: dict[str, Any]

    @classmethod
    def before(cls, screen: str) -> Reader:
        return cls(screen, *SCREENS[screen])

    def says(self, english: str) -> str:
        catalogue = translation("django", REPOSITORY / "rooms/locale", ["ja"])
        return (catalogue if self.language == "ja" else NullTranslations()).gettext(english)

    def press(self, place: Page | Locator, button: str) -> None:
        place.get_by_role("button", name=self.says(button), exact=True).click()

    def take(self, page: Page, name: str, beginning: Locator | None = None) -> None:
        """A picture of what fits the screen, from the beginning of an element on."""
        assert sticks_out(page) == 0
        if beginning:
            beginning.evaluate("element => element.scrollIntoView({block: 'start'})")
        screenshot(page, f"outside-{name}-{self.screen}")


def open_settings(reader: Reader, person: Person) -> tuple[Page, Locator]:
    page = person.open(SETTINGS, reduced_motion="reduce", **reader.options)
    section = page.get_by_role("region", name=reader.says("Outside the browser"))
    expect(section).to_be_visible()
    return page, section


def add(reader: Reader, section: Locator, url: str, kind: str = "push") -> Locator:
    """Add an address that is told at once; return its row."""
    section.get_by_label(reader.says("How"), exact=True).select_option(kind)
    section.get_by_label(reader.says("Address"), exact=True).fill(url)
    section.locator("[name=delay]").select_option("0")
    reader.press(section, "Add")
    row = section.get_by_role("listitem").filter(has_text=url)
    expect(row).to_contain_text(reader.says("Nothing sent yet"))
    return row


def shows(page: Page, row: Locator, text: str) -> bool:
    """Whether it does by now, as the page is loaded again."""
    page.reload()
    return row.get_by_text(text).count() == 1


def test_targets(start_server: StartServer, open_page: OpenPage, screen: str) -> None:
    reader = Reader.before(screen)
    with ntfy() as phone:
        gone = f"127.0.0.1:{free_port()}"
        server = start_server(TARGETS_ALLOWED=f"{phone.address},{gone}")
        alice, bob = found_team(server, open_page, Alice={}, Bob={"language": reader.language})
        page, section = open_settings(reader, bob)
        expect(section.get_by_role("listitem")).to_have_count(0)
        reader.take(page, "none", section)

        working = add(reader, section, f"http://{phone.address}/a-topic-that-nobody-guesses-b7c1f2")
        reader.press(working, "Send me a test")
        accepted = page.locator(".toast").filter(has_text=reader.says("The test is sent, and was accepted there."))
        expect(accepted).to_be_visible()
        assert phone.texts == [reader.says("This is a test: what is new in Rooms reaches you here")]
        reader.take(page, "tested", section)

        missing = add(reader, section, f"http://{gone}/topic")
        alice.has_said("@Bob are you there", 1)
        phone.wait_for(2)
        wait_until(lambda: shows(page, missing, reader.says("Not reached")), "It was reached")
        expect(working).to_contain_text(reader.says("Working"))
        expect(missing).to_contain_text(reader.says("it refused the connection"))
        reader.take(page, "targets", section)

        working.get_by_role("link", name=reader.says("Change"), exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(reader.says("ntfy or UnifiedPush"))
        page.locator("[name=content_free]").check()
        reader.take(page, "target")
        reader.press(page, "Save")
        expect(working).to_contain_text(reader.says("without the text"))
        reader.press(missing, "Remove")
        expect(section.get_by_role("listitem")).to_have_count(1)


def test_the_key_of_a_webhook_is_shown_once(start_server: StartServer, open_page: OpenPage, screen: str) -> None:
    reader = Reader.before(screen)
    with ntfy() as hook:
        server = start_server(TARGETS_ALLOWED=hook.address)
        _, bob = found_team(server, open_page, Alice={}, Bob={"language": reader.language})
        page, section = open_settings(reader, bob)
        row = add(reader, section, f"http://{hook.address}/hook", "webhook")
        key = section.get_by_label(reader.says("Key of the signature"))
        expect(key).to_have_value(re.compile("whsec_.{44}"))
        expect(key).to_be_in_viewport()
        reader.take(page, "key", section)

        page.reload()
        expect(row).to_be_visible()
        expect(key).to_have_count(0)


def test_quiet_hours_and_snooze(start_server: StartServer, open_page: OpenPage, screen: str, console: Console) -> None:
    console.expect("422")
    reader = Reader.before(screen)
    server = start_server()
    _, bob = found_team(server, open_page, Alice={}, Bob={"language": reader.language, "time_zone": "Asia/Tokyo"})
    page, section = open_settings(reader, bob)
    heading = section.get_by_role("heading", name=reader.says("When not"))
    held = section.get_by_text(re.compile(r"nothing is sent\.|まで何も送りません"))
    expect(held).to_have_count(0)

    reader.press(section, "Nothing for an hour")
    expect(held).to_be_visible()
    reader.take(page, "snoozed", heading)
    reader.press(section, "Tell me again")
    expect(held).to_have_count(0)

    section.get_by_label(reader.says("From")).fill("22:00")
    reader.press(section, "Save quiet hours")
    missing = section.get_by_text(reader.says("Write both times, or neither."))
    expect(missing).to_be_visible()
    reader.take(page, "quiet-refused", heading)
    section.get_by_label(reader.says("Until")).fill("07:30")
    reader.press(section, "Save quiet hours")
    expect(missing).to_have_count(0)
    expect(section.get_by_label(reader.says("From"))).to_have_value("22:00")
    expect(section.get_by_label(reader.says("Until"))).to_have_value("07:30")
    reader.take(page, "quiet", heading)


def test_the_address_of_a_feed(start_server: StartServer, open_page: OpenPage, screen: str) -> None:
    reader = Reader.before(screen)
    server = start_server()
    alice, bob = found_team(server, open_page, Alice={}, Bob={"language": reader.language})
    alice.has_said("@Bob <b>look</b>", 1)
    page, section = open_settings(reader, bob)
    address = section.get_by_label(reader.says("Address of your feed"))
    expect(address).to_have_count(0)
    reader.press(section, "Make a feed")
    expect(address).to_have_value(re.compile("/outside/feed/"))
    reader.take(page, "feed", section.get_by_role("heading", name=reader.says("In a feed reader")))

    first = address.input_value()
    program = open_page(base_url=server.url)  # Which is not signed in.
    document = ElementTree.fromstring(program.request.get(first).text())
    atom = "{http://www.w3.org/2005/Atom}"
    (entry,) = document.iter(f"{atom}entry")
    assert entry.findtext(f"{atom}summary") == "@Bob &lt;b&gt;look&lt;/b&gt; 1"

    reader.press(section, "Make a new address")
    expect(address).not_to_have_value(first)
    assert program.request.get(first).status == 404
    reader.press(section, "Remove the feed")
    expect(address).to_have_count(0)


# aiosmtpd ends without closing what it had open.
@pytest.mark.filterwarnings("ignore:unclosed <StreamWriter", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_into_emails_and_out_of_them(start_server: StartServer, open_page: OpenPage, screen: str) -> None:
    reader = Reader.before(screen)
    with postbox() as box:
        server = start_server(EMAIL_URL=box.url)
        alice, bob = found_team(server, open_page, Alice={}, Bob={"language": reader.language})
        page, section = open_settings(reader, bob)
        reader.press(section, "Send me e-mail")
        expect(section.get_by_role("listitem")).to_contain_text(reader.says("Not confirmed yet"))
        reader.take(page, "unconfirmed", section)

        mail = box.take()
        (link,) = re.findall(r"http://localhost:\d+(/outside/confirmation/\S+)", read(mail))
        assert reader.says("If that is you, confirm it here:") in read(mail)
        # Mail is read where nobody is signed in, in a browser of any language.
        reading = open_page(base_url=server.url, **reader.options)
        reading.goto(link)
        expect(reading.get_by_role("heading", level=1)).to_have_text(reader.says("Do you want e-mail?"))
        reader.take(reading, "confirmation")
        reader.press(reading, "Yes, send me e-mail")
        expect(reading.get_by_role("heading", level=1)).to_have_text(reader.says("Confirmed"))
        reader.take(reading, "confirmed")

        section.get_by_role("link", name=reader.says("Change"), exact=True).click()
        page.locator("[name=delay]").select_option("0")
        reader.press(page, "Save")
        expect(section.get_by_role("listitem")).to_contain_text(reader.says("at once"))
        alice.has_said("@Bob are you there", 1)
        mail = box.take()
    assert reader.says("No more e-mail:") in read(mail)
    way_out = mail["List-Unsubscribe"].strip("<>").partition(f":{server.port}")[2]
    reading.goto(way_out)
    expect(reading.get_by_role("heading", level=1)).to_have_text(reader.says("No more e-mail?"))
    reader.take(reading, "unsubscribe")
    reader.press(reading, "Send no more")
    expect(reading.get_by_role("heading", level=1)).to_have_text(reader.says("E-mail is switched off"))
    reader.take(reading, "unsubscribed")
    page.reload()
    expect(section.get_by_role("listitem")).to_have_count(0)


def test_a_link_that_is_used_up(start_server: StartServer, open_page: OpenPage, screen: str, console: Console) -> None:
    console.expect("410")
    reader = Reader.before(screen)
    server = start_server()
    _, bob = found_team(server, open_page, Alice={}, Bob={"language": reader.language})
    code = f"""
from rooms.outside.confirming import make_path
from rooms.outside.models import Target
target = Target.objects.add(Target._meta.get_field("user").remote_field.model.objects.get(pk={bob.id}), "email")
print(make_path(target))
target.delete()
"""
    reading = open_page(base_url=server.url, locale={"en": "en-GB", "ja": "ja-JP"}[reader.language], **reader.options)
    reading.goto(server.shell(code).strip().splitlines()[-1])
    expect(reading.get_by_role("heading", level=1)).to_have_text(reader.says("This link is used up"))
    reader.take(reading, "used-up")
