"""The screens at which a story is told, and the languages in which it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page

from e2e.browsers import screenshot
from e2e.languages import in_language

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SMALL_PHONE = PHONE | {"viewport": {"width": 320, "height": 568}}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
DARK = {"color_scheme": "dark"}

SCREENS: dict[str, dict[str, Any]] = {
    "phone": PHONE,
    "phone-dark": PHONE | DARK,
    "small-phone": SMALL_PHONE,
    "small-phone-dark": SMALL_PHONE | DARK,
    "desk": DESK,
    "desk-dark": DESK | DARK,
    "wide": {"viewport": {"width": 1600, "height": 1000}},
}


@dataclass(frozen=True)
class Look:
    """A screen, and the language of whoever sits before it."""

    screen: str
    language: str

    def __str__(self) -> str:
        return f"{self.screen}-{self.language}"

    @property
    def preferences(self) -> dict[str, str]:
        """Those of the person."""
        return {"language": self.language}

    @property
    def options(self) -> dict[str, Any]:
        """Those of the browser."""
        return SCREENS[self.screen] | {"locale": self.language}

    @property
    def by_hand(self) -> bool:
        return "has_touch" in self.options

    def says(self, english: str, context: str | None = None, **values: str) -> str:
        return in_language(self.language, english, context, **values)

    def press(self, target: Locator) -> None:
        """With the mouse, or with a finger."""
        if self.by_hand:
            target.tap()
        else:
            target.click()

    def point_at(self, message: Locator) -> None:
        """So that it shows what can be done with it."""
        if self.by_hand:
            message.locator(".message__body").tap()
        else:
            message.hover()

    def show(self, page: Page, name: str) -> None:
        """Nothing may stick out of the page; keep what it looks like."""
        assert sticks_out(page) == 0
        screenshot(page, f"{name}-{self}")


LOOKS = pytest.mark.parametrize(
    "look",
    [Look("desk", "en"), Look("desk-dark", "ja"), Look("small-phone", "en"), Look("small-phone-dark", "ja")],
    ids=str,
)
"""Each screen and each language, light and dark, by a mouse and by hand."""


def sticks_out(page: Page) -> int:
    """By how many pixels the page can be scrolled sideways."""
    distance: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return distance
