import atexit
from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.db import connections


class RoomsConfig(AppConfig):
    name = "rooms"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        atexit.register(close_pools)
        if settings.REDIS_URLS:
            # Whole, while there is one thread: its parts import each other, and where the cache brings in one and the
            # channel layer another at the same moment, Python gives one of them a _DeadlockError.
            import_module("redis")


def close_pools() -> None:
    """Close PostgreSQL's pool while its threads still run: afterwards each is waited for in vain, 20 s in all."""
    for connection in connections.all():
        if close := getattr(connection, "close_pool", None):
            close()
