"""What pages of the chat follow: a room, and one's own list of rooms."""

from rooms.feeds.inbox import InboxFeed
from rooms.feeds.room import RoomFeed

__all__ = ["InboxFeed", "RoomFeed"]
