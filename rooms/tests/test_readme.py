"""The README names what there is. That its example works is a story of its own: e2e/test_readme.py."""

import re
from pathlib import Path

import pytest

LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)\)")
ANCHOR = re.compile(r"\]\(#([^)]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@pytest.fixture
def readme(repository: Path) -> str:
    return (repository / "README.md").read_text()


def test_every_link_leads_somewhere(repository: Path, readme: str) -> None:
    links = set(LINK.findall(readme))

    assert {path for path in links if not (repository / path).exists()} == set()
    assert {"LICENSE", "rooms/live/feed.py"} <= links


def test_every_anchor_is_a_heading(readme: str) -> None:
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in HEADING.findall(readme)}

    assert set(ANCHOR.findall(readme)) <= anchors


def test_every_variable_has_its_line(repository: Path, readme: str) -> None:
    table = readme.partition("## Configuration")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    example = (repository / ".env.example").read_text()

    # The folder that .env lies in cannot be named by it.
    explained = {"DATA_DIR", *re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)}
    assert {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)} == explained
