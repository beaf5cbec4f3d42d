"""What a frame can do to a page, done by a page that knows htmx's rules; e2e/test_actions.py asks a browser."""

from __future__ import annotations

import pytest
from django.utils.safestring import SafeString, mark_safe

from rooms.live.actions import after, append, before, prepend, remove, replace, update, upsert
from rooms.live.testing import FakePage

LIST = '<ol id="list"><li id="a" data-position="1">A</li><li id="c" data-position="3">C</li></ol>'


def item(name: str, position: int = 0) -> SafeString:
    return mark_safe(f'<li id="{name.lower()}" data-position="{position}">{name}</li>')


CASES = {
    "append": (append("#list", item("B"), id="b"), "A C B"),
    "append again": (append("#list", item("A"), id="a"), "C A"),
    "prepend": (prepend("#list", item("B"), id="b"), "B A C"),
    "before": (before("#c", item("B"), id="b"), "A B C"),
    "after": (after("#a", item("B"), id="b"), "A B C"),
    "replace": (replace("#a", item("B")), "B C"),
    "update": (update("#list", item("B")), "B"),
    "remove": (remove("#a"), "C"),
    "upsert": (upsert("#list", item("B", 2) + item("C", 3), key="data-position"), "A B C"),
    "two in one": (remove("#a") + append("#list", item("B")), "C B"),
    "no target": (append("#nowhere", item("B")), "A C"),
}
REPEATABLE = ["append", "append again", "prepend", "before", "after", "update", "remove", "upsert", "no target"]


@pytest.mark.parametrize("name", CASES)
def test_each_does_what_its_name_says(name: str) -> None:
    frame, expected = CASES[name]
    page = FakePage(LIST)
    page.apply(frame)
    assert page.document.get_text(" ", strip=True) == expected


@pytest.mark.parametrize("name", REPEATABLE)
def test_twice_is_once(name: str) -> None:
    frame, expected = CASES[name]
    page = FakePage(LIST)
    page.apply(frame)
    page.apply(frame)
    assert page.document.get_text(" ", strip=True) == expected


def test_what_is_not_marked_as_safe_is_escaped() -> None:
    assert "&lt;script&gt;" in append("#list", "<script>")
    assert "<script>" not in append('"><script>', item("B"), id='"><script>') + upsert("#list", "", key='"><script>')
