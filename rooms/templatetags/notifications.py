from django import template
from django.utils.safestring import SafeString

from rooms.models import Notification
from rooms.notifications import draw

register = template.Library()


@register.simple_tag
def show_notification(notification: Notification) -> SafeString:
    """What a notification says that came by `notify`, in the active language and time zone."""
    return draw(notification)
