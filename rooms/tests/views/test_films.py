"""Films: shown by a poster in a place that is kept for them, and asked for when they are played."""

from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from bs4 import BeautifulSoup, Tag
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from rooms.files.decoding import AT_ONCE
from rooms.files.films import look_at
from rooms.files.models import Attachment, Blob
from rooms.files.posters import make_missing, show
from rooms.files.storage import get_storage
from rooms.files.sweeping import sweep
from rooms.models import Message, Room, User
from rooms.templatetags.messages import duration, show_message
from rooms.tests.conftest import SignIn
from rooms.tests.files.films import film, halves, sound, whole
from rooms.tests.files.pictures import picture
from rooms.tests.views.test_files import put, read, send, sent


def shown(message: Message) -> Tag:
    return BeautifulSoup(show_message(message), "html.parser").find(class_="files__file")


def test_a_film_is_shown_by_its_poster(sign_in: SignIn, bob: User, den: Room) -> None:
    """Its place is kept, and no browser loads it before it is to be played."""
    browser = sign_in(bob)
    given = film(pictures=[halves((1920, 1080))] * 3)
    file = sent(browser, den, "boat.mp4", given)

    html = shown(file.message)

    assert html.video["src"] == f"/files/{file.pk}/"
    assert html.video["poster"] == f"/files/{file.pk}/thumbnail/"
    assert (html.video["width"], html.video["height"], html.video["preload"]) == ("360", "202", "none")
    assert html.video["aria-label"] == "boat.mp4"
    assert html.small.text.replace("\xa0", " ").startswith("0:01 · ")
    assert (file.width, file.height, file.media) == (1920, 1080, "video/mp4")
    assert read(browser.get(html.video["src"])) == given
    poster = browser.get(html.video["poster"])
    assert poster["Content-Type"] == "image/webp" and read(poster)[8:12] == b"WEBP"
    assert poster["Content-Disposition"] == 'inline; filename="boat.webp"'


def test_a_film_without_a_poster_is_shown_all_the_same(sign_in: SignIn, bob: User, den: Room) -> None:
    """Also one that breaks the decoder is taken, and played where a browser can."""
    file = sent(sign_in(bob), den, "boat.mp4", whole()[:900])

    html = shown(file.message)

    assert html.video["src"] == f"/files/{file.pk}/#t=0.001"
    assert html.video["preload"] == "metadata"
    assert not html.video.has_attr("poster") and not html.video.has_attr("width")
    assert file.thumbnail is None and file.seconds == 0


def test_what_only_sounds_is_no_film(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    file = sent(browser, den, "voice.mp4", sound(cover=True))

    html = shown(file.message)

    assert html.video is None and html.audio["src"] == f"/files/{file.pk}/"
    assert file.message.files[0]["kind"] == "audio"
    assert browser.get(f"/files/{file.pk}/")["Content-Type"] == "audio/mp4"
    assert browser.get(f"/files/{file.pk}/thumbnail/").status_code == 404


def test_only_those_in_the_room_have_its_poster(sign_in: SignIn, bob: User, charlie: User, den: Room) -> None:
    file = sent(sign_in(bob), den, "boat.mp4", whole())
    path = f"/files/{file.pk}/thumbnail/"

    response = sign_in(bob).get(path)

    assert response.status_code == 200
    assert response["Cache-Control"] == "private, no-cache"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert sign_in(charlie).get(path).status_code == Client().get(path).status_code == 404
    etag = response["ETag"]
    den.dismiss([bob])
    assert sign_in(bob).get(path, headers={"If-None-Match": etag}).status_code == 404


def test_a_film_has_no_page_of_pictures(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    boat, plan = sent(browser, den, "boat.mp4", whole()), sent(browser, den, "Plan.png", picture(), key="abc-2")

    assert browser.get(f"/files/{boat.pk}/look/").status_code == 404
    assert browser.get(f"/files/{plan.pk}/look/").status_code == 200


def test_in_the_composer_it_shows_its_poster(sign_in: SignIn, bob: User, den: Room) -> None:
    html = put(sign_in(bob), den, ("boat.mp4", whole()))

    assert html.find(class_="chip__image")["src"] == f"/files/{den.attachments.get().pk}/thumbnail/"


def test_its_poster_counts_and_goes_with_it(
    sign_in: SignIn, bob: User, den: Room, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    file = sent(sign_in(bob), den, "boat.mp4", whole())
    names = list(Blob.objects.values_list("name", flat=True))
    assert file.thumbnail and file.size == len(whole()) + file.thumbnail.size
    assert len(names) == 2 and all(get_storage().exists(name) for name in names)

    with django_capture_on_commit_callbacks(execute=True):
        file.message.erase(by=bob)

    assert not any(get_storage().exists(name) for name in names)
    assert not Blob.objects.exists()


def test_has_image_finds_pictures_and_not_films(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    sent(browser, den, "boat.mp4", whole())

    assert "boat.mp4" in browser.get("/search/?q=has:file").content.decode()
    assert "boat.mp4" not in browser.get("/search/?q=has:image").content.decode()


@pytest.mark.parametrize(("seconds", "text"), [(7, "0:07"), (750, "12:30"), (3723, "1:02:03")])
def test_how_long_it_lasts_is_written_as_players_do(seconds: int, text: str) -> None:
    assert duration(seconds) == text


def make_older(*files: Attachment) -> None:
    """As the version before this one has left them."""
    for file in files:
        posters = Blob.objects.filter(pk=file.thumbnail_id)
        file.thumbnail, file.width, file.height, file.seconds = None, 0, 0, None
        file.media, file.size = file.media.replace("audio/", "video/"), file.blob.size
        file.save()
        posters.delete()
        if file.message:
            file.message.files = [{"id": file.pk, "kind": "video", "name": file.name, "size": file.blob.size}]
            file.message._stamp("files")


def test_films_from_before_get_their_posters(sign_in: SignIn, bob: User, den: Room) -> None:
    """Also those of a room that was archived since then; nothing else that is there changes."""
    browser = sign_in(bob)
    boat = sent(browser, den, "boat.mp4", whole(), key="k-1")
    voice = sent(browser, den, "voice.mp4", sound(), key="k-2")
    broken = sent(browser, den, "broken.mp4", whole()[:900], key="k-3")
    plan = sent(browser, den, "Plan.png", picture(), key="k-4")
    make_older(boat, voice, broken)
    Attachment.objects.filter(pk=plan.pk).update(seconds=None)
    before, unplayable = (Message.objects.get(pk=file.message_id) for file in (boat, broken))
    assert "#t=0.001" in show_message(before)
    den.archive()

    make_missing(Event())

    after = Message.objects.get(pk=boat.message_id)
    assert after.clock > before.clock  # Open pages are told.
    assert shown(after).video["poster"] == f"/files/{boat.pk}/thumbnail/"
    assert read(browser.get(f"/files/{boat.pk}/thumbnail/"))[8:12] == b"WEBP"
    assert shown(Message.objects.get(pk=voice.message_id)).audio
    assert "#t=0.001" in show_message(unplayable)
    assert Message.objects.get(pk=broken.message_id).clock == unplayable.clock  # Nobody is told of nothing.
    boat.refresh_from_db()
    assert boat.thumbnail and boat.size == boat.blob.size + boat.thumbnail.size
    assert Message.objects.get(pk=plan.message_id).clock == plan.message.clock
    assert not Attachment.objects.filter(seconds=None).exists()


def test_what_is_not_sent_yet_is_sent_with_its_poster(sign_in: SignIn, bob: User, den: Room) -> None:
    browser = sign_in(bob)
    html = put(browser, den, ("boat.mp4", whole()))
    make_older(den.attachments.get())

    make_missing(Event())

    assert shown(send(browser, den, html)).video["width"] == "320"


def test_while_decoders_are_busy_a_film_is_taken_and_gets_its_poster_later(
    sign_in: SignIn, bob: User, den: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rooms.files.uploading.PATIENCE", 0.01)
    with AT_ONCE, AT_ONCE:
        file = sent(sign_in(bob), den, "boat.mp4", whole())
    assert "#t=0.001" in show_message(file.message)

    make_missing(Event())

    assert shown(Message.objects.get(pk=file.message_id)).video["preload"] == "none"


def test_storage_that_is_away_is_asked_again_later(
    sign_in: SignIn, bob: User, den: Room, settings: Settings, tmp_path: Any
) -> None:
    file = sent(sign_in(bob), den, "boat.mp4", whole())
    make_older(file)
    there = settings.STORAGES
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    settings.STORAGES = there | {"files": backend}
    make_missing(Event())
    file.refresh_from_db()
    assert file.seconds is None

    settings.STORAGES = there
    make_missing(Event())

    file.refresh_from_db()
    assert file.thumbnail


def test_who_is_to_stop_begins_nothing(sign_in: SignIn, bob: User, den: Room) -> None:
    file = sent(sign_in(bob), den, "boat.mp4", whole())
    make_older(file)
    stopping = Event()
    stopping.set()

    make_missing(stopping)

    file.refresh_from_db()
    assert file.seconds is None and file.thumbnail is None


def test_of_what_is_erased_meanwhile_nothing_is_left(
    sign_in: SignIn, bob: User, den: Room, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    file = sent(sign_in(bob), den, "boat.mp4", whole())
    make_older(file)
    found = look_at(whole(), "video/mp4")
    poster = Blob.store(found.poster)
    with django_capture_on_commit_callbacks(execute=True):
        file.message.erase(by=bob)

    show(file, found, poster)

    assert Message.objects.get(pk=file.message_id).files == []
    Blob.objects.filter(kept=False).update(created_at=timezone.now() - timedelta(days=1))
    sweep()
    assert not Blob.objects.exists() and not get_storage().exists(poster.name)
