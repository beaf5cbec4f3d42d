"""Live pages: any fragment, to any page, never lost, in order, rendered once.

The short way: make the model a `rooms.live.models.LiveModel`, describe it in a registered `ModelFeed`, put
`{% live feed %}` in the page. The long way, for what has a shape of its own: subclass `Feed`, call `ring` in the
transaction that changes what the feed shows, put `{% live_socket feed position %}` in the page. The README has both.

`rooms.live.actions` says what a frame can do to a page, `rooms.live.testing` has helpers for tests.
"""

from rooms.live.bell import reconsider, revoke, ring, without_bells
from rooms.live.feed import Changes, Cohort, Feed, Position, Refusal
from rooms.live.model_feed import SIGNED_IN, ModelFeed
from rooms.live.personal import News, PersonalFeed
from rooms.live.registry import register
from rooms.live.whispers import whisper

__all__ = [
    "SIGNED_IN",
    "Changes",
    "Cohort",
    "Feed",
    "ModelFeed",
    "News",
    "PersonalFeed",
    "Position",
    "Refusal",
    "reconsider",
    "register",
    "revoke",
    "ring",
    "whisper",
    "without_bells",
]
