"""Models that pages follow: rows with a clock, and rows that are shown as a part of one.

Import it from here and not from `rooms.live`, which Django reads before it knows models.
"""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.db import models, router, transaction
from django.db.models import F

from rooms.live.attendance import Attendance  # noqa: F401 (here Django looks for models)
from rooms.live.bell import ring
from rooms.live.feed import Position


def make_epoch() -> str:
    """A new epoch: clocks that were read before do not compare with those that come."""
    return secrets.token_hex(4)


class LiveModel(models.Model):
    """A model that a `ModelFeed` can follow. `save` and `delete` take a tick; so does whatever calls `tick`.

    What goes past `save` is not noticed: `QuerySet.update`, bulk operations, many-to-many relations, other tables.
    Call `tick` in the transaction of such a change, or make the other table's model a `LivePart`.
    """

    epoch = models.CharField(max_length=16, default=make_epoch, editable=False)
    clock = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        abstract = True

    def save(self, **options: Any) -> None:
        """As Django's, with a tick where the row exists."""
        using = options.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using, savepoint=False):
            self._tick_if_there(using)
            super().save(**options)

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """As Django's; open pages are told that there is nothing to follow any more."""
        using = using or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using, savepoint=False):
            self._tick_if_there(using)
            return super().delete(using=using, keep_parents=keep_parents)

    @classmethod
    def live_name(cls) -> str:
        """The name of the feeds of this model: `polls-poll` for the model `Poll` of the app `polls`."""
        options = cls._meta.get_field("clock").model._meta
        return f"{options.app_label}-{options.model_name}"

    @property
    def live_topic(self) -> str:
        """The topic that a tick rings, for `revoke` and for tests."""
        return f"{self.live_name()}.{self.pk}"

    @property
    def live_position(self) -> Position:
        """Where the row was when it was read."""
        return Position(self.epoch, self.clock)

    def tick(self, using: str | None = None) -> int:
        """Take the row's next tick, ring once the transaction commits, and return the tick.

        Call it inside the transaction that makes the change, before the change where that can be. Raises
        TransactionManagementError outside of a transaction, and the model's DoesNotExist when the row is gone.
        `using` is the alias of the database.

        The UPDATE holds the row's lock until commit, so ticks become visible in their own order: a reader that sees
        tick N sees every tick before it, and all that was changed with them.
        """
        using = using or router.db_for_write(type(self), instance=self)
        if not transaction.get_connection(using).in_atomic_block:
            raise transaction.TransactionManagementError("tick() belongs in the transaction that makes the change.")
        row = type(self)._base_manager.using(using).filter(pk=self.pk)
        row.update(clock=F("clock") + 1)
        self.clock = row.values_list("clock", flat=True).get()
        ring(self.live_topic, self.clock, using)
        return self.clock

    def _tick_if_there(self, using: str) -> None:
        if not self._state.adding and self.pk is not None:
            try:
                self.tick(using)
            except type(self).DoesNotExist:
                pass


class LivePart(models.Model):
    """A row that is shown as a part of a live one: `save` and `delete` take a tick of the whole.

    `part_of` names the foreign key to the whole, a LiveModel or another LivePart. A row that moves from one whole to
    another is a change of both.
    """

    part_of: ClassVar[str]

    class Meta:
        abstract = True

    def save(self, **options: Any) -> None:
        """As Django's, with a tick of the whole."""
        using = options.get("using") or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using, savepoint=False):
            self.tick_whole(using)
            super().save(**options)

    def delete(self, using: str | None = None, keep_parents: bool = False) -> tuple[int, dict[str, int]]:
        """As Django's, with a tick of the whole."""
        using = using or router.db_for_write(type(self), instance=self)
        with transaction.atomic(using=using, savepoint=False):
            self.tick_whole(using)
            return super().delete(using=using, keep_parents=keep_parents)

    def tick_whole(self, using: str | None = None) -> None:
        """Take a tick of the whole, in the transaction that makes a change which goes past `save`."""
        using = using or router.db_for_write(type(self), instance=self)
        ticked: set[Any] = set()
        pending = _by_key(self._find_whole(using), getattr(self, self.part_of))
        # The row is asked again under the lock of what it was in: somebody else may have moved it meanwhile.
        while pending.keys() - ticked:
            for key in sorted(pending):  # In one order, or two moves in opposite directions wait for each other.
                _tick(pending[key], using)
            ticked |= pending.keys()
            pending = _by_key(self._find_whole(using))

    def _find_whole(self, using: str) -> Any:
        """What the stored row is a part of."""
        key: Any = self._meta.get_field(self.part_of)
        row = type(self)._base_manager.using(using).filter(pk=self.pk)
        wholes = key.related_model._base_manager.using(using)
        return wholes.filter(**{f"{key.target_field.name}__in": row.values(key.attname)}).first()


def _by_key(*wholes: Any) -> dict[Any, Any]:
    return {whole.pk: whole for whole in wholes if whole is not None and whole.pk is not None}


def _tick(whole: Any, using: str) -> None:
    if isinstance(whole, LiveModel):
        whole.tick(using)
    if isinstance(whole, LivePart):
        whole.tick_whole(using)
