"""Files: who may have them, what becomes of them, and as what they are sent."""

import asyncio
import io
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from rooms.feeds import RoomFeed
from rooms.files.decoding import AT_ONCE
from rooms.files.models import Attachment, Blob, FilesGone
from rooms.files.storage import get_storage
from rooms.files.sweeping import MOST_FAILURES, sweep
from rooms.models import Message, Room, User
from rooms.posting import ARCHIVED
from rooms.templatetags.messages import show_message
from rooms.tests.conftest import SignIn
from rooms.tests.files.pictures import HARMFUL, picture

FRAGMENT = {"HX-Request": "true"}


def put(browser: Client, room: Room, *files: tuple[str, bytes], key: str = "abc-1", **values: Any) -> BeautifulSoup:
    """Put files into a composer; return what it shows then."""
    uploads = [SimpleUploadedFile(name, content, "image/png") for name, content in files]
    path = f"/rooms/{room.slug}/files/"
    response = browser.post(path, {"key": key, "upload": uploads, **values}, headers=FRAGMENT)
    assert response.status_code == 200, response.content
    return BeautifulSoup(response.content.decode(), "html.parser")


def send(browser: Client, room: Room, html: BeautifulSoup, key: str = "abc-1", body: str = "") -> Message:
    """Send what stands in the composer."""
    ids = [field["value"] for field in html.find_all("input", {"name": "file"})]
    values = {"key": key, "body": body, "file": ids}
    response = browser.post(f"/rooms/{room.slug}/messages/", values, headers=FRAGMENT)
    assert response.status_code == 200, response.content
    return room.messages.get(key=key)


def sent(browser: Client, room: Room, name: str, content: bytes, key: str = "abc-1") -> Attachment:
    return send(browser, room, put(browser, room, (name, content), key=key), key).attachments.get()


def read(response: HttpResponse | StreamingHttpResponse) -> bytes:
    """What is sent, as the server reads it."""

    async def collect() -> bytes:
        return b"".join([piece async for piece in response])

    return asyncio.run(collect()) if response.streaming else response.content


def test_files_are_sent_with_a_message_or_alone(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    html = put(browser, den, ("Plan.png", picture()), ("notes.txt", b"hello"))
    assert [chip.text.split()[0] for chip in html.find_all(class_="chip__name")] == ["Plan.png", "notes.txt"]
    assert html.find("button").has_attr("formnovalidate")  # The first one is what Enter presses.

    message = send(browser, den, html)

    assert message.body == ""
    assert [file["name"] for file in message.files] == ["Plan.png", "notes.txt"]
    assert [file["kind"] for file in message.files] == ["image", "other"]
    shown = BeautifulSoup(show_message(message), "html.parser")
    assert (shown.find(class_="files").img["width"], shown.find(class_="files").img["height"]) == ("360", "225")
    assert not Attachment.objects.filter(message=None).exists()


def test_a_retry_makes_one_message_and_one_file(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    first = put(browser, den, ("Plan.png", picture()))
    again = put(browser, den, ("Plan.png", picture()))
    assert len(again.find_all(class_="chip")) == 1

    assert send(browser, den, first) == send(browser, den, first)

    assert den.attachments.count() == den.messages.count() == 1


def test_a_second_upload_keeps_the_first(sign_in: SignIn, bob: User, den: Room) -> None:
    """Its answer may come before the one of the first: what is in the composer, the server knows."""
    browser = sign_in(bob)
    put(browser, den, ("one.txt", b"1"))
    html = put(browser, den, ("two.txt", b"2"))
    assert [chip.bdi.text for chip in html.find_all(class_="chip")] == ["one.txt", "two.txt"]

    first = html.find("input", {"name": "file"})["value"]
    response = browser.post(f"/files/{first}/removal/", {"key": "abc-1"}, headers=FRAGMENT)

    left = BeautifulSoup(response.content.decode(), "html.parser")
    assert [chip.bdi.text for chip in left.find_all(class_="chip")] == ["two.txt"]
    assert not is_emptied(left)  # Another one may be in it, and wait for its Retry.
    assert browser.post(f"/files/{first}/removal/", {"key": "abc-1"}).status_code == 404


def test_without_scripts_files_come_with_the_message(sign_in: SignIn, bob: User, den: Room) -> None:
    values = {"key": "k-1", "body": "", "upload": SimpleUploadedFile("Plan.png", picture())}
    response = sign_in(bob).post(f"/rooms/{den.slug}/messages/", values)

    assert response.status_code == 302
    assert [file["name"] for file in den.messages.get().files] == ["Plan.png"]


def test_without_scripts_what_fails_comes_back_with_the_rest(sign_in: SignIn, bob: User, den: Room) -> None:
    files = [SimpleUploadedFile("Plan.png", picture()), SimpleUploadedFile("nothing.txt", b"")]
    response = sign_in(bob).post(f"/rooms/{den.slug}/messages/", {"key": "k-1", "body": "Look", "upload": files})

    html = BeautifulSoup(response.content.decode(), "html.parser")
    assert response.status_code == 422
    assert "nothing.txt: This file is empty." in html.find(class_="composer--refused").text
    assert html.find(class_="composer--refused").find("input", {"name": "file"})
    assert not den.messages.exists()


def test_what_was_not_sent_is_there_when_the_page_is_opened_again(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    put(browser, den, ("Plan.png", picture()))

    page = BeautifulSoup(browser.get(f"/rooms/{den.slug}/").content.decode(), "html.parser")

    assert [chip.bdi.text for chip in page.find_all(class_="chip")] == ["Plan.png"]
    assert send(browser, den, page, key="another-1").files[0]["name"] == "Plan.png"


def test_nobody_sends_what_is_not_theirs(sign_in: SignIn, alice: User, bob: User, den: Room, lobby: Room) -> None:
    put(sign_in(alice), den, ("Plan.png", picture()))
    put(sign_in(bob), lobby, ("Plan.png", picture()), key="abc-2")
    browser = sign_in(bob)
    for file in Attachment.objects.all():
        values = {"key": f"k-{file.pk}", "body": "Look", "file": file.pk}
        response = browser.post(f"/rooms/{den.slug}/messages/", values, headers=FRAGMENT)
        assert response.status_code == 422
        assert "not there any more" in response.content.decode()
    assert not den.messages.exists()


def test_a_file_is_sent_once(den: Room, bob: User, sign_in: SignIn) -> None:
    file = sent(sign_in(bob), den, "Plan.png", picture())

    with pytest.raises(FilesGone):
        den.post(bob, "Again", "k-2", attachments=[file.pk])


@pytest.mark.parametrize("nonsense", ["x", "-1", "9" * 30, "٣", ""])
def test_nonsense_names_no_file(sign_in: SignIn, bob: User, den: Room, nonsense: str) -> None:
    values = {"key": "k-1", "body": "Hello", "file": nonsense}
    assert sign_in(bob).post(f"/rooms/{den.slug}/messages/", values, headers=FRAGMENT).status_code == 200

    assert den.messages.get().files == []


def test_only_those_in_the_room_have_its_files(
    sign_in: SignIn, alice: User, bob: User, charlie: User, den: Room
) -> None:
    file = sent(sign_in(bob), den, "Plan.png", picture())
    paths = [f"/files/{file.pk}/", f"/files/{file.pk}/thumbnail/"]
    for path in paths:
        assert sign_in(alice).get(path).status_code == sign_in(bob).get(path).status_code == 200
        assert sign_in(charlie).get(path).status_code == Client().get(path).status_code == 404
    etag = sign_in(bob).get(paths[0])["ETag"]
    assert sign_in(bob).get(paths[0], headers={"If-None-Match": etag}).status_code == 304

    den.dismiss([bob])

    browser = sign_in(bob)
    for path in paths:
        assert browser.get(path).status_code == 404
        assert browser.get(path, headers={"If-None-Match": etag}).status_code == 404
    assert sign_in(alice).get(paths[0]).status_code == 200


def test_nobody_else_sees_what_is_not_sent(sign_in: SignIn, alice: User, bob: User, den: Room) -> None:
    put(sign_in(bob), den, ("Plan.png", picture()))
    path = f"/files/{den.attachments.get().pk}/"

    assert sign_in(bob).get(path).status_code == 200
    assert sign_in(alice).get(path).status_code == 404
    assert sign_in(alice).post(f"{path}removal/").status_code == 404


def test_nobody_has_the_files_of_what_the_version_before_erased(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    file = sent(browser, den, "Plan.png", picture())
    assert browser.get(f"/files/{file.pk}/").status_code == 200

    Message.objects.update(body="", erased_at=timezone.now(), erased_by=bob, clock=den.tick())

    assert [browser.get(f"/files/{file.pk}/{of}").status_code for of in ("", "thumbnail/")] == [404, 404]


def test_erasing_a_message_deletes_its_files(
    sign_in: SignIn, bob: User, den: Room, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    browser = sign_in(bob)
    file = sent(browser, den, "Plan.png", picture())
    names = list(Blob.objects.values_list("name", flat=True))
    assert all(get_storage().exists(name) for name in names) and len(names) == 2

    with django_capture_on_commit_callbacks(execute=True):
        file.message.erase(by=bob)

    assert browser.get(f"/files/{file.pk}/").status_code == 404
    assert not any(get_storage().exists(name) for name in names)
    assert not Blob.objects.exists() and not Attachment.objects.exists()
    file.message.refresh_from_db()
    assert file.message.files == []
    assert "files" not in show_message(den.messages.for_display().get())


def test_what_storage_did_not_delete_is_swept(
    sign_in: SignIn,
    bob: User,
    den: Room,
    settings: Settings,
    tmp_path: Any,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    file = sent(sign_in(bob), den, "Plan.png", picture())
    names = list(Blob.objects.order_by("pk").values_list("name", flat=True))
    blocked = get_storage().path(names[0])
    # A folder that is not empty is not deleted as a file is.
    get_storage().delete(names[0])
    get_storage().save(f"{names[0]}/inside", io.BytesIO(b"x"))

    with django_capture_on_commit_callbacks(execute=True):
        file.message.erase(by=bob)
    assert set(Blob.objects.values_list("name", flat=True)) == set(names)  # The second one was not tried any more.

    get_storage().delete(f"{names[0]}/inside")
    get_storage().delete(names[0])
    Blob.objects.update(created_at=timezone.now() - timedelta(days=1))
    sweep()

    assert not Blob.objects.exists()
    assert not get_storage().exists(blocked)


def test_bytes_that_are_in_use_stay(sign_in: SignIn, bob: User, den: Room) -> None:
    """Whatever their row says. As in the first moments of a row that names them, or after a fault of ours."""
    browser = sign_in(bob)
    file = sent(browser, den, "song.mp3", b"ID3" + bytes(1000))
    Blob.objects.update(kept=False, created_at=timezone.now() - timedelta(days=1))

    sweep()

    assert len(read(browser.get(f"/files/{file.pk}/"))) == 1003


def test_bytes_that_are_being_deleted_are_kept_by_nobody(db: None) -> None:
    blob = Blob.store(b"plan")

    given_up = Blob.give_up(blob.pk)

    assert given_up
    with pytest.raises(OSError, match="swept"), transaction.atomic():
        Blob.keep([blob])
    assert Blob.give_up(blob.pk) is None
    Blob.remove(Blob.objects.all())
    assert not get_storage().exists(given_up.name)


def test_storage_that_is_away_is_not_asked_for_each_file(
    bob: User, den: Room, settings: Settings, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    blobs = [Blob.objects.create(name=f"ab/{number}", size=1) for number in range(20)]
    (tmp_path / "ab").mkdir()
    for blob in blobs:
        (tmp_path / blob.name / "not empty").mkdir(parents=True)
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = settings.STORAGES | {"files": {"BACKEND": backend, "OPTIONS": {"location": tmp_path}}}

    Blob.remove(Blob.objects.all())
    assert caplog.text.count("Could not delete") == 1

    Blob.objects.update(created_at=timezone.now() - timedelta(days=1))
    sweep()
    assert caplog.text.count("Could not delete") == 1 + MOST_FAILURES
    assert Blob.objects.count() == 20


def test_what_is_never_sent_is_swept(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    kept = sent(browser, den, "Kept.png", picture())
    put(browser, den, ("Old.png", picture()), key="abc-2")
    put(browser, den, ("New.png", picture()), key="abc-3")
    old = timezone.now() - timedelta(days=3)
    Attachment.objects.exclude(name="New.png").update(created_at=old)
    Blob.objects.update(created_at=old)
    lost = Blob.store(b"Nobody's, since the process was killed")
    Blob.objects.filter(pk=lost.pk).update(created_at=old)

    sweep()

    assert set(Attachment.objects.values_list("name", flat=True)) == {"Kept.png", "New.png"}
    assert Blob.objects.count() == 4
    assert not get_storage().exists(lost.name)
    assert read(browser.get(f"/files/{kept.pk}/"))


@pytest.mark.parametrize("name", HARMFUL)
def test_what_means_harm_is_downloaded_and_nothing_else(sign_in: SignIn, bob: User, den: Room, name: str) -> None:
    browser = sign_in(bob)
    file = sent(browser, den, *HARMFUL[name])

    response = browser.get(f"/files/{file.pk}/")

    assert file.message.files[0]["kind"] == "other"
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment; ")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "private, no-cache"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert browser.get(f"/files/{file.pk}/thumbnail/").status_code == 404
    assert read(response) == HARMFUL[name][1]


def test_an_image_is_shown_as_it_was_made_anew(sign_in: SignIn, bob: User, den: Room) -> None:
    polyglot = picture("GIF", (30, 20)) + b"<script>alert(1)</script>"
    browser = sign_in(bob)
    file = sent(browser, den, "../../etc/passwd<b>.gif", polyglot)

    response = browser.get(f"/files/{file.pk}/")

    assert response["Content-Type"] == "image/webp"
    assert response["Content-Disposition"] == 'inline; filename="passwdb.webp"'
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert b"script" not in read(response)
    assert Image.open(io.BytesIO(read(response))).format == "WEBP"


FILM = b"\0\0\0\x18ftypmp42" + bytes(5000)


def test_a_film_is_shown_as_one(sign_in: SignIn, bob: User, den: Room) -> None:
    file = sent(sign_in(bob), den, "boat.mp4", FILM)

    shown = BeautifulSoup(show_message(file.message), "html.parser").find(class_="files__file")

    assert shown.video["src"] == f"/files/{file.pk}/#t=0.001"
    assert shown.video.has_attr("controls") and shown.video.has_attr("playsinline")
    assert (shown.video["preload"], shown.a["download"], shown.bdi.text) == ("metadata", "boat.mp4", "boat.mp4")
    assert shown.audio is None


INLINE = {
    "image/webp": ("Plan.png", picture()),
    "audio/mpeg": ("song.mp3", b"ID3" + bytes(5000)),
    "video/mp4": ("boat.mp4", FILM),
}


@pytest.mark.parametrize("media", INLINE)
@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-9"}])
def test_what_is_shown_and_played_is_of_no_page(
    sign_in: SignIn, bob: User, den: Room, media: str, headers: dict[str, str]
) -> None:
    """Nothing in it acts should it be opened by itself, and no cache keeps it for who may not see it any more."""
    browser = sign_in(bob)
    file = sent(browser, den, *INLINE[media])

    response = browser.get(f"/files/{file.pk}/", headers=headers)

    assert response.status_code == (206 if headers else 200)
    assert response["Content-Type"] == media
    assert response["Content-Disposition"].startswith("inline; ")
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-cache"
    assert "Cookie" in response["Vary"]


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [("empty.txt", b"", "This file is empty."), ("large.bin", bytes(26 * 1024 * 1024), "This file is larger than 25")],
)
def test_what_is_not_taken_says_why(
    sign_in: SignIn, bob: User, den: Room, name: str, content: bytes, error: str
) -> None:
    html = put(sign_in(bob), den, (name, content), ("fine.txt", b"fine"))

    assert error in html.find(class_="chip--failed").text.replace("\xa0", " ")
    assert is_emptied(html)
    assert [file.name for file in den.attachments.all()] == ["fine.txt"]


def test_everybody_has_so_much_room(sign_in: SignIn, bob: User, den: Room, settings: Settings) -> None:
    settings.FILE_QUOTA_BYTES = 1000
    browser = sign_in(bob)
    put(browser, den, ("one.bin", b"1" * 600))
    html = put(browser, den, ("two.bin", b"2" * 600))

    assert "your files take 600" in html.find(class_="chip--failed").text.replace("\xa0", " ")
    assert den.attachments.count() == Blob.objects.count() == 1

    first = den.attachments.get()
    browser.post(f"/files/{first.pk}/removal/", {"key": "abc-1"}, headers=FRAGMENT)
    assert put(browser, den, ("two.bin", b"2" * 600)).find(class_="chip--failed") is None


def test_too_many_at_once_are_not_taken(sign_in: SignIn, bob: User, den: Room) -> None:
    html = put(sign_in(bob), den, *[(f"{number}.txt", b"x") for number in range(11)])

    assert "At most 10 files" in html.find(class_="chip--failed").text
    assert not den.attachments.exists()


def test_without_scripts_too_many_at_once_are_said_to_be(sign_in: SignIn, bob: User, den: Room) -> None:
    files = [SimpleUploadedFile(f"{number}.txt", b"x") for number in range(11)]
    response = sign_in(bob).post(f"/rooms/{den.slug}/messages/", {"key": "k-1", "body": "Look", "upload": files})

    html = BeautifulSoup(response.content.decode(), "html.parser")
    assert html.find(class_="composer__error").text == "At most 10 files at once."


def test_nothing_is_put_into_an_archived_room(sign_in: SignIn, bob: User, den: Room) -> None:
    den.archive()

    html = put(sign_in(bob), den, ("plan.txt", b"plan"))

    assert html.find(class_="chip--failed").text.strip() == str(ARCHIVED)
    assert not Attachment.objects.exists() and not Blob.objects.exists()


def test_a_burst_of_files_is_held_up(sign_in: SignIn, bob: User, den: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooms.files.uploading.BURST", 2)
    html = put(sign_in(bob), den, *[(f"{number}.txt", b"x%d" % number) for number in range(3)])

    assert "Wait a minute" in html.find(class_="chip--failed").text
    assert not is_emptied(html)


def test_what_is_taken_back_counts_too(sign_in: SignIn, bob: User, den: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooms.files.uploading.BURST", 2)
    browser = sign_in(bob)
    for content in (b"1", b"2"):
        assert put(browser, den, ("plan.txt", content)).find(class_="chip--failed") is None
        den.attachments.all().take_back()

    assert "Wait a minute" in put(browser, den, ("plan.txt", b"3")).find(class_="chip--failed").text


def is_emptied(html: BeautifulSoup) -> bool:
    """Whether the field is made to forget what it has sent: only by that is there no Retry any more."""
    return html.find(class_="attach__field") is not None


def test_busy_decoders_are_not_waited_for_long(
    sign_in: SignIn, bob: User, den: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.files.uploading.PATIENCE", 0.01)
    with AT_ONCE, AT_ONCE:
        html = put(sign_in(bob), den, ("Plan.png", picture()), ("notes.txt", b"hello"))

    assert "Try again in a while" in html.find(class_="chip--failed").text
    assert [file.name for file in den.attachments.all()] == ["notes.txt"]
    assert not is_emptied(html)
    again = put(sign_in(bob), den, ("Plan.png", picture()), ("notes.txt", b"hello"))
    assert [chip.bdi.text for chip in again.find_all(class_="chip")] == ["notes.txt", "Plan.png"]
    assert is_emptied(again)


def test_storage_that_is_away_is_said(sign_in: SignIn, bob: User, den: Room, settings: Settings, tmp_path: Any) -> None:
    (tmp_path / "file").write_text("no folder")
    backend = "django.core.files.storage.FileSystemStorage"
    options = {"location": tmp_path / "file"}
    settings.STORAGES = settings.STORAGES | {"files": {"BACKEND": backend, "OPTIONS": options}}

    html = put(sign_in(bob), den, ("plan.txt", b"plan"))

    assert "cannot keep it just now" in html.find(class_="chip--failed").text
    assert not is_emptied(html)
    assert not den.attachments.exists()


RANGES = {
    "bytes=0-99": (206, 0, 100),
    "bytes=100-": (206, 100, None),
    "bytes=-50": (206, -50, None),
    "bytes=900000-99999999": (206, 900_000, None),
    "bytes=5-2": (200, 0, None),
    "bytes=0-1,5-6": (200, 0, None),
    "lines=0-1": (200, 0, None),
    "bytes=-": (200, 0, None),
    "bytes=9999999-": (416, 0, 0),
    "bytes=-0": (416, 0, 0),
}


@pytest.mark.parametrize("asked", RANGES)
def test_sounds_and_films_come_in_ranges(sign_in: SignIn, bob: User, den: Room, asked: str) -> None:
    sound = b"ID3" + bytes(range(256)) * 4000
    browser = sign_in(bob)
    file = sent(browser, den, "song.mp3", sound)
    status, start, end = RANGES[asked]

    response = browser.get(f"/files/{file.pk}/", headers={"Range": asked, "Accept-Encoding": "gzip"})

    assert response.status_code == status
    assert read(response) == sound[start:end]
    assert response["Accept-Ranges"] == "bytes" and "Content-Encoding" not in response
    if status == 206:
        first = start % len(sound)
        assert response["Content-Range"] == f"bytes {first}-{first + len(sound[start:end]) - 1}/{len(sound)}"
        assert response["Content-Type"] == "audio/mpeg"
    if status == 416:
        assert response["Content-Range"] == f"bytes */{len(sound)}"


def test_a_range_of_another_file_is_all_of_this_one(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    file = sent(browser, den, "song.mp3", b"ID3" + bytes(100))
    headers = {"Range": "bytes=0-9", "If-Range": '"another"'}

    assert browser.get(f"/files/{file.pk}/", headers=headers).status_code == 200
    assert (
        browser.get(
            f"/files/{file.pk}/", headers=headers | {"If-Range": browser.get(f"/files/{file.pk}/")["ETag"]}
        ).status_code
        == 206
    )


def test_head_says_how_much_there_is(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    file = sent(browser, den, "song.mp3", b"ID3" + bytes(1_000_000))

    for headers in ({}, {"Range": "bytes=0-9"}, {"Range": "bytes=9999999-"}):
        response = browser.head(f"/files/{file.pk}/", headers=headers)

        assert (response.status_code, response["Content-Length"], read(response)) == (200, "1000003", b"")
        assert response["Accept-Ranges"] == "bytes" and "Content-Range" not in response


def test_bytes_that_are_gone_are_not_there(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    file = sent(browser, den, "song.mp3", b"ID3")
    get_storage().delete(file.blob.name)

    assert browser.get(f"/files/{file.pk}/").status_code == 404


def test_a_message_that_is_not_posted_leaves_its_files_to_be_sent(sign_in: SignIn, bob: User, den: Room) -> None:
    put(sign_in(bob), den, ("Plan.png", picture()))
    (pk,) = den.attachments.values_list("pk", flat=True)

    with pytest.raises(RuntimeError), transaction.atomic():
        den.post(bob, "Look", "k-1", attachments=[pk])
        raise RuntimeError

    assert den.post(bob, "Look", "k-1", attachments=[pk]).files[0]["name"] == "Plan.png"


def test_where_nothing_is_kept_nobody_is_offered_it(sign_in: SignIn, bob: User, den: Room, settings: Settings) -> None:
    path = f"/rooms/{den.slug}/"
    assert "attach__field" in sign_in(bob).get(path).content.decode()
    settings.TAKES_FILES = False

    assert "attach__field" not in sign_in(bob).get(path).content.decode()
    html = put(sign_in(bob), den, ("plan.txt", b"plan"))
    assert "cannot be kept here" in html.find(class_="chip--failed").text


def test_a_text_that_is_discarded_takes_its_files_along(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    put(browser, den, ("plan.txt", b"plan"))
    path = f"/rooms/{den.slug}/composer/abc-1/discarding/"
    assert browser.post(path, {"key": "abc-1", "body": "Look"}, headers=FRAGMENT).status_code == 200

    assert not den.attachments.exists()


def test_what_is_sent_by_a_socket_has_files_too(sign_in: SignIn, bob: User, den: Room) -> None:
    put(sign_in(bob), den, ("plan.txt", b"plan"))
    (pk,) = den.attachments.values_list("pk", flat=True)

    RoomFeed(den.pk).signal(bob, "message", {"body": "", "key": "k-1", "file": [pk]})

    assert den.messages.get().files[0]["name"] == "plan.txt"


def test_ten_at_most_go_with_a_message(sign_in: SignIn, bob: User, den: Room) -> None:
    values = {"body": "Look", "key": "k-1", "file": list(range(1, 12))}
    response = sign_in(bob).post(f"/rooms/{den.slug}/messages/", values, headers=FRAGMENT)

    assert response.status_code == 422
    assert "At most 10 files" in response.content.decode()
