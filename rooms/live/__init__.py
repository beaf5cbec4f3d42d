"""Live pages: any fragment, to any page, never lost, in order, rendered once.

What an application needs is here: subclass `Feed`, call `ring` in the transaction that changes what the feed shows,
route a `LiveConsumer` to it, put `{% live_socket feed position %}` in the page, answer `changes_url` with
`catch_up_response`. The README has a complete example.
"""

from rooms.live.bell import revoke, ring, without_bells
from rooms.live.feed import Changes, Cohort, Feed, Position, Refusal

__all__ = ["Changes", "Cohort", "Feed", "Position", "Refusal", "revoke", "ring", "without_bells"]
