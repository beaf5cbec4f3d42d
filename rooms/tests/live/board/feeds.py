"""The feeds of this app. Django finds them when it starts."""

from django.db.models import QuerySet

from rooms.live import SIGNED_IN, ModelFeed, register
from rooms.tests.live.board.models import Board, Poster


@register
class BoardFeed(ModelFeed):
    model = Board
    template = "board/_board.html"
    followers = "seats__user_id"


@register
class PosterFeed(ModelFeed):
    model = Poster
    template = "board/_poster.html"
    followers = SIGNED_IN

    @classmethod
    def get_queryset(cls) -> QuerySet[Poster]:
        return Poster.objects.filter(draft=False)
