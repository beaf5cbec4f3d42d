"""What goes when a message is erased: all but its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rooms.models.pins import unpin
from rooms.models.reacting import forget_reactions
from rooms.search import index

if TYPE_CHECKING:
    from rooms.models.message import Message

ERASED_FIELDS = (
    *("body", "html", "mentions", "mention_spans", "called", "files", "previews", "reactions"),
    *("pinned_at", "pinned_by"),
)


def clear(message: Message) -> None:
    """Let a message whose room is locked say and hold nothing; the caller saves ERASED_FIELDS."""
    index.remove(message)
    message.body, message.html = "", ""
    message.mentions, message.mention_spans, message.called = [], [], None
    message.files, message.previews = [], []
    unpin(message)
    message.attachments.all().drop()
    forget_reactions(message)
    for rows in (message.notifications, message.wordings, message.bookmarks, message.links):
        rows.all().delete()
