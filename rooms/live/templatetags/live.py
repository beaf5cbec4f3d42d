from typing import Any

from django import template

from rooms.live.feed import Feed, Position
from rooms.live.model_feed import ModelFeed

register = template.Library()


@register.inclusion_tag("live/socket.html")
def live_socket(feed: Feed, position: Position, **page: Any) -> dict[str, Any]:
    """The element that keeps a page live. `position` is what the page was rendered from: read it before the data.

    What else is given the page says of itself when it syncs: the feed of a person draws for the page in hand.
    """
    return {"feed": feed, "position": position, "page": page}


@register.inclusion_tag("live/page.html")
def live(feed: ModelFeed) -> dict[str, Any]:
    """What a ModelFeed shows, and the element that keeps it live. Who may see it is for the view to ask."""
    changes = feed.snapshot()
    return {"feed": feed, "position": changes.position, "content": feed.draw(changes)}
