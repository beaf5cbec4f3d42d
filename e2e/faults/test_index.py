"""The list of faults says where each is injected, and leaves no test out."""

import re
from pathlib import Path

from e2e import faults
from e2e.server import REPOSITORY

OF_THE_HARNESS = {"test_checker.py", "test_index.py", "test_toxics.py", "test_witnesses.py"}


def test_the_index_is_whole() -> None:
    named = set(re.findall(r"\S+/test_\w+\.py", faults.__doc__ or ""))

    assert [path for path in sorted(named) if not (REPOSITORY / path).is_file()] == []
    here = {path.name for path in Path(faults.__file__).parent.glob("test_*.py")} - OF_THE_HARNESS
    assert here <= {Path(path).name for path in named}
