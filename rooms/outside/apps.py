from django.apps import AppConfig


class OutsideConfig(AppConfig):
    name = "rooms.outside"
    label = "outside"
    default_auto_field = "django.db.models.BigAutoField"
