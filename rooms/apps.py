import atexit

from django.apps import AppConfig
from django.db import connections


class RoomsConfig(AppConfig):
    name = "rooms"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        atexit.register(close_pools)


def close_pools() -> None:
    """Close PostgreSQL's pool while its threads still run: afterwards each is waited for in vain, 20 s in all."""
    for connection in connections.all():
        if close := getattr(connection, "close_pool", None):
            close()
