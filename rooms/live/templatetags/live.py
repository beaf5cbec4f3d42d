from typing import Any

from django import template

from rooms.live.feed import Feed, Position

register = template.Library()


@register.inclusion_tag("live/socket.html")
def live_socket(feed: Feed, position: Position) -> dict[str, Any]:
    """The element that keeps a page live. `position` is what the page was rendered from: read it before the data."""
    return {"feed": feed, "position": position}
