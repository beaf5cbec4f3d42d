"""Django's side of the test set-up; the cast of people stands in rooms/tests/conftest.py."""

from pathlib import Path

import pytest

from e2e import environment

environment.prepare()


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
