"""What pages call things in the language of those who read them; the stories name everything in English."""

from __future__ import annotations

import re

from django.utils import translation
from playwright.sync_api import Page

ENGLISH = {"language": "en", "time_zone": "America/New_York"}
JAPANESE = {"language": "ja", "time_zone": "Asia/Tokyo"}


def called(page: Page, english: str, context: str | None = None, **values: str) -> str:
    """What this page calls it."""
    language = page.locator("html").get_attribute("lang")
    return in_language(language or "en", english, context, **values)


def in_language(language: str, english: str, context: str | None = None, **values: str) -> str:
    """As a reader sees it; `context` is the translators'."""
    with translation.override(language):
        text = translation.pgettext(context, english) if context else translation.gettext(english)
    return re.sub("</?bdi>", "", text % values if values else text)


def in_japanese(english: str) -> str:
    return in_language("ja", english)
