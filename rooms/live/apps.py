from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class LiveConfig(AppConfig):
    name = "rooms.live"
    label = "live"

    def ready(self) -> None:
        """Find the feeds: a page may ask for its socket before anything else has read the app that serves it."""
        autodiscover_modules("feeds")
