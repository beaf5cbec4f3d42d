"""There is no JavaScript of ours, neither in files nor in attributes, and no inline style."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCES = ("project", "rooms", "static", "templates")
SCRIPTS = {".js", ".mjs", ".cjs", ".ts", ".jsx", ".tsx", ".wasm"}

FORBIDDEN = {
    "a script element with content": r"<script\b[^>]*>(?!</script>)",
    "a script that is not vendored": r"<script\b(?![^>]*\bsrc=\"\{% static 'vendor/)",
    "an event handler": r"\son[a-z]+\s*=",
    "hx-on": r"\b(data-)?hx-on\b",
    "an evaluated value": r"\bjs:|javascript:",
    "a filtered trigger": r"hx-trigger\s*=\s*(\"[^\"]*\[|'[^']*\[)",
    "a style element": r"<style\b",
    "a style attribute": r"\sstyle\s*=",
}


def files(repository: Path, *suffixes: str) -> Iterator[Path]:
    for folder in SOURCES:
        yield from (path for path in sorted((repository / folder).rglob("*")) if path.suffix in suffixes)


def offences(text: str) -> list[str]:
    shown = re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}", "", text, flags=re.DOTALL)
    return [name for name, pattern in FORBIDDEN.items() if re.search(pattern, shown, re.IGNORECASE)]


def test_the_only_scripts_are_vendored(repository: Path) -> None:
    scripts = [path for path in files(repository, *SCRIPTS) if path.parent != repository / "static" / "vendor"]

    assert scripts == []


def test_templates_and_drawings_carry_neither_script_nor_style(repository: Path) -> None:
    checked = list(files(repository, ".html", ".svg"))

    assert {str(path): found for path in checked if (found := offences(path.read_text()))} == {}
    assert checked


def test_stylesheets_load_nothing_from_elsewhere(repository: Path) -> None:
    outward = re.compile(r"url\(\s*[\"']?(?:https?:|data:|//)|@import\s+[\"']?(?:https?:|//)")

    assert [str(path) for path in files(repository, ".css") if outward.search(path.read_text())] == []


@pytest.mark.parametrize(
    "bad",
    [
        "<script>alert(1)</script>",
        "<script src=\"{% static 'vendor/a.js' %}\">alert(1)</script>",
        '<script src="https://cdn.example.org/a.js"></script>',
        '<p onclick="x()">',
        '<p hx-on:click="x()">',
        "<p hx-vals='js:{a: 1}'>",
        "<input hx-trigger=\"keyup[key=='Enter']\">",
        '<p style="color: red">',
    ],
)
def test_the_patterns_find_what_they_are_for(bad: str) -> None:
    assert offences(bad)
