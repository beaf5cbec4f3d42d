"""What goes outside the browser: the Procfile's own worker, beside a server, and a phone that it reaches."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Page, expect

from e2e.ntfy import Ntfy
from e2e.postbox import Postbox, read
from e2e.server import REPOSITORY, Server
from e2e.services import Service, temporary_folder
from e2e.steps import Person


class Worker(Service):
    """Has the data and the settings of the server."""

    name = "worker"

    def __init__(self, folder: Path, server: Server) -> None:
        super().__init__(folder)
        self.server = server

    def command(self) -> Sequence[str]:
        lines = (REPOSITORY / "Procfile").read_text().splitlines()
        line = next(line.removeprefix("worker:").strip() for line in lines if line.startswith("worker:"))
        return ["sh", "-c", f"exec {line}"]

    def environment(self) -> dict[str, str]:
        return self.server.settings

    def working_folder(self) -> Path:
        return REPOSITORY

    def ready(self) -> bool:
        return "Sending what is due" in self.log


@contextlib.contextmanager
def working(server: Server) -> Iterator[Worker]:
    with temporary_folder() as folder:
        worker = Worker(folder, server)
        try:
            worker.start()
            yield worker
        finally:
            worker.stop()
        assert "Traceback" not in worker.log


def add_phone(person: Person, phone: Ntfy, delay: str = "at once") -> Page:
    """Let somebody enter their ntfy topic in the settings."""
    page = person.open("/accounts/profile/")
    section = page.locator("#outside")
    section.get_by_label("Address", exact=True).fill(f"http://{phone.address}/secret-topic")
    section.get_by_label("When").select_option(delay)
    section.get_by_role("button", name="Add", exact=True).click()
    expect(section.get_by_text(f"http://{phone.address}/secret-topic")).to_be_visible()
    return page


def add_email(person: Person, box: Postbox) -> None:
    """Let somebody have e-mail at once: they confirm it by the mail that asks, in a browser where nobody is known."""
    page = person.open("/accounts/profile/")
    page.get_by_role("button", name="Send me e-mail").click()
    expect(page.get_by_text("Not confirmed yet")).to_be_visible()
    (link,) = re.findall(r"http://localhost:\d+(/outside/confirmation/\S+)", read(box.take()))
    reader = person.open_page(base_url=person.server.url)
    reader.goto(link)
    reader.get_by_role("button", name="Yes, send me e-mail").click()
    expect(reader.get_by_role("heading", name="Confirmed")).to_be_visible()
    reader.close()
    page.reload()
    expect(page.get_by_text("Not confirmed yet")).to_be_hidden()
    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_label("When").select_option("at once")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.close()
