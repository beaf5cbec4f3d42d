"""There are ten connections to PostgreSQL: what takes long does not hold one, nor many threads."""

from itertools import count
from threading import Event
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from pytest_django import Settings

from rooms.files import uploading
from rooms.files.models import Attachment
from rooms.links import reading
from rooms.models import Room, User
from rooms.tests.files.pictures import picture
from rooms.tests.models.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def holds(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether a connection was held each time an image was decoded or a page was asked for."""
    seen: list[bool] = []

    def watch(module: Any, name: str) -> None:
        function = getattr(module, name)

        def note(*args: Any) -> Any:
            seen.append(connection.connection is not None)
            return function(*args)

        monkeypatch.setattr(module, name, note)

    watch(uploading, "make")
    watch(reading, "fetch")
    return seen


def test_none_is_held_while_an_image_is_decoded(bob: User, den: Room, holds: list[bool]) -> None:
    uploading.upload(bob, den, "k-1", SimpleUploadedFile("Plan.png", picture()))

    assert holds == [connection.vendor == "sqlite"]


def test_none_is_held_while_a_page_is_read(bob: User, den: Room, holds: list[bool], settings: Settings) -> None:
    settings.LINK_PREVIEWS = True
    den.post(bob, "https://nowhere.invalid/", "k-1")
    ((pk, lease),) = reading.lease_due(5)

    reading.unfurl(pk, lease)

    assert holds == [connection.vendor == "sqlite"]


def test_one_person_uploads_two_at_once(bob: User, den: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    refused, both_are, make = count(1), Event(), uploading.make

    def make_slowly(content: bytes) -> uploading.Made:
        both_are.wait(5)
        return make(content)

    def upload(number: int) -> Any:
        try:
            return uploading.upload(bob, den, f"k-{number}", SimpleUploadedFile("plan.txt", b"%d" % number))
        except ValidationError:
            if next(refused) == 2:
                both_are.set()
            raise

    monkeypatch.setattr(uploading, "make", make_slowly)

    results = at_once(*[lambda number=number: upload(number) for number in range(4)])

    errors = [result for result in results if not isinstance(result, Attachment)]
    assert [error.code for error in errors] == ["pace", "pace"]
    assert isinstance(uploading.upload(bob, den, "k-5", SimpleUploadedFile("plan.txt", b"5")), Attachment)
