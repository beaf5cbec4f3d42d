"""Django's side of the test set-up; the cast of people stands in rooms/tests/conftest.py."""

from pathlib import Path

import pytest
from hypothesis import settings as hypothesis

from e2e import environment

environment.prepare()
# How long something takes is for the bench to say: here it depends on who else is at work.
# The gate tries the same each time: what it says is of the change. `--hypothesis-profile=others` looks for what nobody
# has found yet.
hypothesis.register_profile("others", deadline=None)
hypothesis.register_profile("rooms", deadline=None, derandomize=True)
hypothesis.load_profile("rooms")


@pytest.fixture(scope="session", autouse=True)
def static_files_without_collecting() -> None:
    """Serve static files from where they are written, under their plain names: nothing is collected first."""
    from django.conf import settings

    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STATIC_ROOT = None
    settings.WHITENOISE_USE_FINDERS = True


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).resolve().parent.parent
