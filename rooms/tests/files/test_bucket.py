"""Files in an S3-compatible bucket: a real server, asked over HTTP."""

from collections.abc import Iterator

import pytest
from django.core.files.storage import storages
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from e2e import services
from project.settings import files
from rooms.models import Room, User
from rooms.tests.conftest import SignIn
from rooms.tests.files.films import whole
from rooms.tests.files.pictures import picture
from rooms.tests.views.test_files import put, read, sent

SOUND = b"ID3" + bytes(range(256)) * 4000


@pytest.fixture(scope="module")
def server() -> Iterator[services.Bucket]:
    with services.bucket() as bucket:
        yield bucket


@pytest.fixture
def bucket(server: services.Bucket, settings: Settings) -> Iterator[services.Bucket]:
    settings.STORAGES = settings.STORAGES | {"files": files(server.url)}
    yield server
    storages["files"].connection.meta.client.close()  # type: ignore[attr-defined]


def test_files_are_kept_in_a_bucket(
    bucket: services.Bucket,
    sign_in: SignIn,
    bob: User,
    den: Room,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    browser = sign_in(bob)
    image = sent(browser, den, "Plan.png", picture(), key="k-1")
    sound = sent(browser, den, "song.mp3", SOUND, key="k-2")
    film = sent(browser, den, "boat.mp4", whole(), key="k-3")
    assert len(bucket.list_keys()) == 5

    assert read(browser.get(f"/files/{film.pk}/thumbnail/"))[8:12] == b"WEBP"
    assert read(browser.get(f"/files/{image.pk}/thumbnail/"))[8:12] == b"WEBP"
    assert read(browser.get(f"/files/{sound.pk}/")) == SOUND
    part = browser.get(f"/files/{sound.pk}/", headers={"Range": "bytes=1000-600999"})
    assert (part.status_code, read(part)) == (206, SOUND[1000:601_000])

    with django_capture_on_commit_callbacks(execute=True):
        image.message.erase(by=bob)
        sound.message.erase(by=bob)
        film.message.erase(by=bob)

    assert bucket.list_keys() == []


def test_what_is_gone_from_the_bucket_is_not_there(
    bucket: services.Bucket, sign_in: SignIn, bob: User, den: Room
) -> None:
    browser = sign_in(bob)
    file = sent(browser, den, "song.mp3", SOUND)
    storages["files"].delete(file.blob.name)

    assert browser.get(f"/files/{file.pk}/").status_code == 404


def test_a_bucket_that_is_not_there_is_said(
    bucket: services.Bucket, sign_in: SignIn, bob: User, den: Room, settings: Settings
) -> None:
    url = bucket.url.replace("/rooms?", "/elsewhere?")
    settings.STORAGES = settings.STORAGES | {"files": files(url)}

    html = put(sign_in(bob), den, ("plan.txt", b"plan"))

    assert "cannot keep it just now" in html.find(class_="chip--failed").text
    assert not den.attachments.exists()
    storages["files"].connection.meta.client.close()  # type: ignore[attr-defined]
