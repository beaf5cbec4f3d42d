"""The README names what there is. That its example works is a story of its own: e2e/test_readme.py."""

import re
from pathlib import Path

import pytest

LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)\)")
ANCHOR = re.compile(r"\]\(#([^)]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
VARIABLE = re.compile(r'\b(?:text|texts|flag|number)\("([A-Z_]+)"')
# What a platform says of itself, and what settings.py cannot read since the server does.
NOT_CONFIGURED, READ_BY_THE_SERVER = {"DYNO"}, {"FORWARDED_ALLOW_IPS"}
MADE_LATER = {"e2e/screenshots/room.png"}


@pytest.fixture
def readme(repository: Path) -> str:
    return (repository / "README.md").read_text()


@pytest.fixture
def variables(repository: Path) -> set[str]:
    """The variables that the code reads."""
    sources = [path.read_text() for path in (repository / "project").glob("*.py")]
    return {name for source in sources for name in VARIABLE.findall(source)} - NOT_CONFIGURED | READ_BY_THE_SERVER


def test_every_link_leads_somewhere(repository: Path, readme: str) -> None:
    missing = {path for path in LINK.findall(readme) if not (repository / path).exists()}

    assert missing <= MADE_LATER
    assert {"LICENSE", "rooms/live/feed.py"} <= set(LINK.findall(readme))


def test_every_anchor_is_a_heading(readme: str) -> None:
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in HEADING.findall(readme)}

    assert set(ANCHOR.findall(readme)) <= anchors


def test_every_variable_has_its_line(readme: str, variables: set[str]) -> None:
    table = readme.partition("## Configuration")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]

    assert {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)} == variables


def test_every_variable_can_be_copied_from_the_example(repository: Path, variables: set[str]) -> None:
    example = (repository / ".env.example").read_text()

    # The folder that .env lies in cannot be named by it.
    assert set(re.findall(r"^#?([A-Z_]+)=", example, re.MULTILINE)) == variables - {"DATA_DIR"}
