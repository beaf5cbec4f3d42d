import re
from pathlib import Path

import pytest

ELSEWHERE = {"FORWARDED_ALLOW_IPS"}  # read by uvicorn
NOT_FOR_THE_FILE = {"DATA_DIR", "DYNO"}  # says where the file is; says which platform this is


@pytest.fixture
def explained(repository: Path) -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z_]+)=", (repository / ".env.example").read_text(), re.MULTILINE))


def test_every_variable_is_explained_and_no_other(repository: Path, explained: set[str]) -> None:
    sources = [repository / "project" / name for name in ("settings.py", "serve.py")]
    read = {
        name
        for source in sources
        for name in re.findall(r"\b(?:text|texts|flag|number)\(\"([A-Z_]+)\"", source.read_text())
    }

    assert explained == (read - NOT_FOR_THE_FILE) | ELSEWHERE
