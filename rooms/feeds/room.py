"""A room, as its page follows it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.urls import reverse

from rooms import broadcasts
from rooms.feeds.typing import draw_typing, tell_of_typing
from rooms.live import Changes, Feed, Position, Refusal
from rooms.models import Membership, Message, Room, User
from rooms.models.history import ENTRY_COLUMNS, Cut, Entry, Page, find_cut
from rooms.models.membership import read_together
from rooms.models.message import find_reworded
from rooms.models.presence import show_some
from rooms.posting import TooFast, post
from rooms.templatetags.messages import draw


class RoomFeed(Feed):
    """What a room shows: its messages and its header. Every change takes a tick of the room's clock."""

    name = "room"
    pauses_in_background: ClassVar[bool] = True
    sync_include: ClassVar[str] = "#log-mark"
    shows_presence: ClassVar[bool] = True
    momentary: ClassVar[Collection[str]] = ("typing",)
    helpers: ClassVar[str] = "rooms/_signals.html"

    @classmethod
    def for_user(cls, user: Any, **url: Any) -> RoomFeed:
        return cls(int(url["room_id"]))

    @property
    def topic(self) -> str:
        return broadcasts.room_topic(int(self.id))

    def socket_url(self) -> str:
        return f"/live/rooms/{self.id}/"

    def changes_url(self) -> str:
        return reverse("changes", args=[self.id])

    def allowed(self, user_ids: Collection[int]) -> set[int]:
        members = Membership.objects.filter(room=int(self.id), user__in=user_ids, user__is_active=True)
        return set(members.values_list("user_id", flat=True))

    def position(self) -> Position:
        return Position(*Room.objects.values_list("epoch", "clock").get(pk=self.id))

    @classmethod
    def positions(cls, feeds: Sequence[Feed]) -> dict[str, Position]:
        rows = Room.objects.filter(pk__in=[feed.id for feed in feeds]).values_list("pk", "epoch", "clock")
        return {broadcasts.room_topic(pk): Position(epoch, clock) for pk, epoch, clock in rows}

    def changes(self, since: int, now: Position) -> Changes | None:
        changed = Message.objects.filter(room=int(self.id), clock__gt=since).order_by("clock")
        columns = (*(f"room__{name}" for name in ("clock", "header_clock", "access_clock")), *ENTRY_COLUMNS)
        rows = list(changed.values_list(*columns)[: self.limit + 1])
        if len(rows) > self.limit:
            return None
        entries = [Entry(*row[3:]) for row in rows]
        if not rows:
            room = Room.objects.get(pk=self.id)
            return Changes(since, now, self._read_header(room.header_clock, since), access=room.access_clock > since)
        # The room's clocks come with the messages, in their snapshot; read on its own it could be ahead of them.
        clock, header_clock, access_clock = rows[0][:3]
        position = Position(entries[0].epoch, clock)
        cut = find_cut(int(self.id), since, position.clock)
        items = [*self._read_header(header_clock, since), *([cut] if cut else []), *entries]
        return Changes(since, position, items, access=access_clock > since)

    def _read_header(self, header_clock: int, since: int) -> list[Room]:
        return [Room.objects.get(pk=self.id)] if header_clock > since else []

    def snapshot(self) -> Changes:
        room = Room.objects.get(pk=self.id)
        items = [room, Page.newest(room.messages.all())]
        # Somebody may have lost their access in what it leaves out.
        return Changes(room.clock, Position(room.epoch, room.clock), items, reset=True, access=True)

    def render(self, changes: Changes) -> str:
        if changes.reset:
            room, page = changes.items
            context = {"feed": self, "position": changes.position, "room": room, "page": page}
            return render_to_string("live/room_reset.html", context)
        entries = [item for item in changes.items if isinstance(item, Entry | Message)]
        messages = sorted(entries, key=attrgetter("position"))
        fragments = draw(messages)
        shown = [message for message in messages if message.pk in fragments]
        new = [message for message in shown if message.position > changes.since]
        changed = [(message.pk, fragments[message.pk]) for message in shown if message.position <= changes.since]
        context = {
            "feed": self,
            "since": changes.since,
            "position": changes.position,
            "header": next((item for item in changes.items if isinstance(item, Room)), None),
            "new": [fragments[message.pk] for message in new],
            # What is older than the cursor may stand above what the page has loaded: replaced where it is, not added.
            "changed": changed,
            # Somebody may be replying to them just now.
            "originals": find_reworded([pk for pk, _fragment in changed]),
        }
        if cut := next((item for item in changes.items if isinstance(item, Cut)), None):
            context |= {"edge": cut.edge, "room": cut.room, "full": cut.full(len(new))}
            context["arrived"] = [message.pk for message in new]
            context["edge_is_new"] = cut.edge.position > changes.since
            context["new"] = [fragments[message.pk] for message in new if message.position >= cut.edge.position]
        return render_to_string("live/room_changes.html", context)

    def farewell(self, refusal: Refusal) -> str:
        return super().farewell(refusal) + render_to_string("live/room_farewell.html", {"refusal": refusal})

    def draw_presence(self, people: Mapping[int, str]) -> str:
        return render_to_string("live/room_presence.html", show_some(people))

    def overheard(self, kind: str, subjects: Mapping[int | str, float]) -> str:
        return draw_typing(int(self.id), subjects)

    def silenced(self, changes: Changes) -> Iterable[tuple[str, int | str]]:
        """Who has sent what they were typing."""
        new = (item for item in changes.items if isinstance(item, Entry) and item.position > changes.since)
        return [("typing", entry.author_id) for entry in new]

    def shows_present(self, page: Mapping[str, str]) -> bool:
        return "history" not in page

    def seen(self, user_ids: Collection[int], clock: int) -> None:
        read_together(int(self.id), user_ids, clock)

    def signal(self, user: User, kind: str, values: dict[str, Any]) -> str | None:
        """`{"type": "message", "body": …, "key": …}` posts, for clients that are not pages; `typing` is passed on."""
        if kind == "typing":
            tell_of_typing(user.pk, int(self.id))
        if kind != "message":
            return None
        try:
            post(user, user.get_rooms().get(pk=self.id), values)
        except (ValidationError, TooFast, Room.DoesNotExist) as error:
            messages = (
                error.messages
                if isinstance(error, ValidationError)
                else [str(error)]
                if isinstance(error, TooFast)
                else []
            )
            return render_to_string("live/not_posted.html", {"errors": messages})
        return None
