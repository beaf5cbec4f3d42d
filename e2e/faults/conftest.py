"""Fixtures of the fault tests, besides those of the stories."""

from pathlib import Path

import pytest

from e2e.faults.orders import Orders


@pytest.fixture
def orders(tmp_path: Path) -> Orders:
    return Orders(tmp_path)
