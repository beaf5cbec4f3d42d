"""Targets that are changed, switched off and written for at the same moment, with real threads."""

from __future__ import annotations

from typing import Any

import pytest

from rooms.models import Notification, Room, User
from rooms.notifications import notify
from rooms.outside.models import LIMIT, Target
from rooms.tests.models.test_races import ROUNDS, at_once

pytestmark = pytest.mark.django_db(transaction=True)

URL = "https://ntfy.sh/topic"


def test_saving_a_target_that_is_being_switched_off_is_no_deadlock(alice: User, bob: User, lobby: Room) -> None:
    """PostgreSQL ends one by failing one of those in it: the owner's Save, or a post."""
    Target.objects.add(bob, Target.Kind.PUSH, url=URL)
    Target.objects.add(bob, Target.Kind.PUSH, url=f"{URL}-2")

    def save() -> None:
        for number in range(ROUNDS):
            Target.objects.add(bob, Target.Kind.PUSH, url=URL, delay=number)

    def switch_off(url: str) -> None:
        for _ in range(ROUNDS):
            target = Target.objects.get(user=bob, url=url)
            target.disable("it answered 404")
            target.repair()

    def tell(name: str) -> None:
        for number in range(ROUNDS):
            template = "outside/_disabled.html"
            notify(bob, "told", f"{name} {number}", template=template, context={"kind": "email", "trouble": "x"})

    def post() -> None:
        for number in range(ROUNDS):
            lobby.post(alice, "@Bob Okafor hello", f"k-{number}")

    jobs = [save, save, lambda: switch_off(URL), lambda: switch_off(f"{URL}-2")]
    results = at_once(*jobs, lambda: tell("one"), lambda: tell("two"), post)

    assert results == [None] * len(results)
    assert Target.objects.count() == 2
    assert Notification.objects.filter(kind="told").count() == 2 * ROUNDS


def test_targets_added_at_once_are_not_too_many(bob: User) -> None:
    def add(number: int) -> Any:
        return Target.objects.add(bob, Target.Kind.PUSH, url=f"{URL}-{number}")

    at_once(*[lambda number=number: add(number) for number in range(LIMIT + 3)])

    assert Target.objects.count() == LIMIT


def test_the_same_target_at_once_is_one(bob: User) -> None:
    results = at_once(*[lambda: Target.objects.add(bob, Target.Kind.WEBHOOK, url=URL)] * 4)

    assert {result.pk for result in results} == {Target.objects.get().pk}
