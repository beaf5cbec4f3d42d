"""What pytest needs before Django reads its settings: an environment of its own, and the database asked for.

The uppermost conftest.py files call `prepare` when they are read: those below them import models.

    pytest                            SQLite, in a real file: threads and other processes see committed rows
    TEST_DATABASE=postgres pytest     a PostgreSQL started for this run
"""

import atexit
import contextlib
import os
from pathlib import Path

import django

from e2e import services

INHERITED = (
    *("DATABASE_URL", "REDIS_URL", "WEB_CONCURRENCY", "ALLOWED_ORIGINS", "STATIC_ROOT", "METRICS_TOKEN"),
    *("LOG_LEVEL", "DEBUG", "DYNO", "PORT", "HOST"),
    *("SOCKETS_PER_PROCESS", "SOCKETS_PER_USER", "SOCKETS_PER_ADDRESS", "DRAIN_SECONDS"),
    *("BASE_URL", "EMAIL_URL", "DEFAULT_FROM_EMAIL", "WORKER", "TARGETS_ALLOWED"),
    *("REPLY_ADDRESS", "REPLY_HOOK_TOKEN"),
    *("FILES_URL", "FILE_MEGABYTES", "FILE_QUOTA_MEGABYTES"),
)

stack = contextlib.ExitStack()
atexit.register(stack.close)


def prepare() -> None:
    """Set the environment, once; the workers of pytest-xdist inherit it from the process that starts them."""
    if "ROOMS_TESTING" not in os.environ:
        inherit_nothing()
        data = stack.enter_context(services.temporary_folder())
        os.environ.update(environment_of_tests(data), ROOMS_TESTING="1")
        if os.environ.get("TEST_DATABASE", "sqlite") == "postgres":
            os.environ["DATABASE_URL"] = stack.enter_context(services.postgresql()).url
    django.setup()


def inherit_nothing() -> None:
    """Forget what the developer's shell has set: a test must not reach a real database."""
    for name in INHERITED:
        os.environ.pop(name, None)


def environment_of_tests(data: Path) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "project.settings",
        "DATA_DIR": str(data),
        "SECRET_KEY": "a key for the tests, which sign nothing that outlives them",
        "HTTPS": "off",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
    }
