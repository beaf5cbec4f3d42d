"""Which feeds hear of which fact. Called by the models' verbs, inside their transaction."""

from rooms.live import reconsider, revoke, ring

INBOX_GROUP = "inboxes"
"""Where the bells of everybody's inbox ring: a message for many people is one message."""


def room_topic(room_id: int) -> str:
    return f"room.{room_id}"


def inbox_topic(user_id: int) -> str:
    return f"inbox.{user_id}"


def room_changed(room_id: int, clock: int) -> None:
    ring(room_topic(room_id), clock)


def inbox_changed(user_id: int, clock: int, room_id: int | None = None) -> None:
    about = "" if room_id is None else room_topic(room_id)
    ring(inbox_topic(user_id), clock, group=INBOX_GROUP, about=about)


def access_changed(user_id: int, room_id: int | None = None) -> None:
    """Someone lost a room, or (no room named) perhaps everything: their open pages are checked at once."""
    revoke(user_id, None if room_id is None else room_topic(room_id))


def presence_changed(user_id: int) -> None:
    """Somebody wants to be seen, or not to be."""
    reconsider(user_id)
