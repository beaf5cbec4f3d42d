"""Boards of cards, and posters.

The tables have no keys to those of the chat: what empties those between tests would stumble over them.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from rooms.live.models import LiveModel, LivePart


class Board(LiveModel):
    name = models.CharField(max_length=80)

    class Meta:
        app_label = "board"

    def __str__(self) -> str:
        return self.name


class Seat(models.Model):
    board = models.ForeignKey(Board, models.CASCADE, related_name="seats")
    user_id = models.PositiveBigIntegerField()

    class Meta:
        app_label = "board"

    def __str__(self) -> str:
        return f"{self.user_id} at {self.board_id}"


class Card(LivePart):
    part_of = "board"
    board = models.ForeignKey(Board, models.CASCADE, related_name="cards")
    text = models.CharField(max_length=80, unique=True)

    class Meta:
        app_label = "board"
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.text


class Note(LivePart):
    """A part of a part, or of nothing yet."""

    part_of = "card"
    card = models.ForeignKey(Card, models.CASCADE, related_name="notes", null=True)
    text = models.CharField(max_length=80)

    class Meta:
        app_label = "board"

    def __str__(self) -> str:
        return self.text


class Poster(LiveModel):
    """For whoever is signed in, unless it is a draft."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    text = models.TextField()
    draft = models.BooleanField(default=False)

    class Meta:
        app_label = "board"

    def __str__(self) -> str:
        return self.text


MODELS = (Board, Seat, Card, Note, Poster)
