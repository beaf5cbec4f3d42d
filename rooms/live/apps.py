from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "rooms.live"
    label = "live"
