"""Browsers for the stories: pages whose console is watched, and screenshots."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect, sync_playwright

from e2e import services

SCREENSHOTS = Path(__file__).resolve().parent / "screenshots"
PATIENCE = 10_000
"""Milliseconds that pages are waited for. Nothing is promised by it: a busy machine may need them."""

QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")

expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium() -> Iterator[Browser]:
    executable = services.find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=[*QUIET])
        try:
            yield browser
        finally:
            browser.close()


class Console:
    """What the pages of one test complained of: script errors, console errors, violations of the CSP."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        # Of a page that is left, or a test that ends, while a socket is being opened.
        self.expected = ["closed before the connection is established"]
        self.over = False
        """Whether the test is, and what its pages say while they are closed is nobody's concern."""

    def expect(self, pattern: str) -> None:
        """Let complaints that match pass: a test which stops the server expects ERR_CONNECTION_REFUSED."""
        self.expected.append(pattern)

    def watch(self, page: Page) -> None:
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not self.over:
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def unexpected(self) -> list[str]:
        return [line for line in self.complaints if not any(re.search(p, line) for p in self.expected)]


OpenPage = Callable[..., Page]


class TabbedChromium(services.Service):
    """A browser whose tabs hide one another, as people's do. Those that Playwright starts claim to be seen, always."""

    name = "chromium"

    def __init__(self, folder: Path, executable: str) -> None:
        super().__init__(folder)
        self.executable = executable

    def command(self) -> list[str]:
        ports = f"--remote-debugging-port={self.port}"
        return [self.executable, *QUIET, "--headless=new", "--no-first-run", ports, f"--user-data-dir={self.folder}"]


@contextmanager
def tabs(browser: Browser, console: Console) -> Iterator[BrowserContext]:
    """Yield the one context of a TabbedChromium; `browser` is any other, through which it is spoken to."""
    with services.temporary_folder() as folder:
        chromium = TabbedChromium(folder, services.find_chromium() or browser.browser_type.executable_path)
        try:
            chromium.start()
            endpoint = f"http://127.0.0.1:{chromium.port}"
            with browser.browser_type.connect_over_cdp(endpoint, no_defaults=True) as connected:
                context = connected.contexts[0]
                context.set_default_timeout(PATIENCE)
                context.on("page", console.watch)
                yield context
        finally:
            chromium.stop()


@contextmanager
def pages(browser: Browser, console: Console) -> Iterator[OpenPage]:
    """Yield a function that opens a page in a context of its own: another person, or another browser.

    It takes Playwright's own context options: base_url, locale, timezone_id, viewport, java_script_enabled …
    """
    contexts = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        context.on("page", console.watch)
        contexts.append(context)
        return context.new_page()

    try:
        yield open_page
    finally:
        for page in [page for context in contexts for page in context.pages]:
            with suppress(Error):
                page.evaluate("0")  # So that what was said until now is heard.
        console.over = True
        for context in contexts:
            context.close()


def screenshot(page: Page, name: str) -> None:
    """Save what the page shows as e2e/screenshots/<name>.png."""
    SCREENSHOTS.mkdir(exist_ok=True)
    # Hiding the caret would leave style attributes in the page, which its policy then complains of.
    page.screenshot(path=SCREENSHOTS / f"{name}.png", caret="initial")
