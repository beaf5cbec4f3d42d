"""The style sheets of every page come as one, and in their order."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.template import Context, Template
from pytest_django import Settings

from rooms.sheets import SHEETS, SheetStorage

LINKS = Template('{% load pages %}{% sheets "inside" %}')


@pytest.fixture
def collected(tmp_path: Path, settings: Settings) -> Path:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "rooms.sheets.SheetStorage"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    return tmp_path


def test_a_merged_sheet_is_all_of_its_parts(collected: Path) -> None:
    name = SheetStorage(location=collected, base_url="/static/").stored_name("css/all-inside.css")
    text = (collected / name).read_text()
    beginnings = [text.index((collected / f"css/{part}.css").read_text()[:40]) for part in SHEETS["inside"]]

    assert name != "css/all-inside.css"
    assert beginnings == sorted(beginnings)
    assert re.search(r'url\("?\.\./icons/[\w-]+\.[0-9a-f]{12}\.', text), "what a sheet refers to has another name now"
    assert (collected / f"{name}.br").exists() or (collected / f"{name}.gz").exists()


def test_a_page_links_one_sheet_where_they_are_merged(collected: Path) -> None:
    html = LINKS.render(Context())

    assert html.count("<link") == 1
    assert "/static/css/all-inside." in html


def test_a_page_links_the_parts_where_one_is_at_work_on_them() -> None:
    html = LINKS.render(Context())

    assert html.count("<link") == len(SHEETS["inside"])
    assert html.index("css/tokens.css") < html.index("css/messages.css")


def test_every_sheet_is_linked_somewhere(settings: Settings) -> None:
    files = {path.stem for path in (settings.BASE_DIR / "static" / "css").glob("*.css")}
    templates = "".join(path.read_text() for path in (settings.BASE_DIR / "templates").rglob("*.html"))
    linked = {name for name in files if f"css/{name}.css" in templates}

    assert files == linked | {part for parts in SHEETS.values() for part in parts}
    assert linked.isdisjoint(SHEETS["inside"])
