from django.apps import AppConfig


class ReplyingConfig(AppConfig):
    name = "rooms.replying"
    label = "replying"
    default_auto_field = "django.db.models.BigAutoField"
