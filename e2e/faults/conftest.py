"""Fixtures of the fault tests, besides those of the stories."""

from pathlib import Path

import pytest

from e2e.faults.orders import Orders


@pytest.fixture(params=["sqlite", "postgresql"])
def any_database(request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings of an installation on one database, and on the other."""
    return {} if request.param == "sqlite" else {"DATABASE_URL": request.getfixturevalue("database_url")}


@pytest.fixture
def orders(tmp_path: Path) -> Orders:
    return Orders(tmp_path)
