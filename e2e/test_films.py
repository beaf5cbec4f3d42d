"""Films and sounds: shown in the log, loaded when they are played, from any point."""

from __future__ import annotations

import io
import wave
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from e2e.browsers import OpenPage, screenshot
from e2e.server import Server
from e2e.services import wait_until
from e2e.steps import assert_live_equals_reload, composer, connected, found_team, log, post
from e2e.test_files import attach, file
from e2e.test_screens import SCREENS, sticks_out
from rooms.tests.files.films import RED, film, plain


def song(seconds: int = 60) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(16_000)
        sound.writeframes(bytes(range(256)) * (seconds * 16_000 // 256))
    return written.getvalue()


def test_a_song_is_played_from_where_one_wants(server: Server, open_page: OpenPage) -> None:
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open()
    connected(page)
    statuses: list[int] = []
    attach(page, file("song.wav", song()))
    expect(page.locator(".chip")).to_have_count(1)
    composer(page).press("Enter")
    expect(page.locator("audio")).to_be_visible()
    page.on("response", lambda response: statuses.append(response.status) if "/files/" in response.url else None)
    at = page.locator("audio").evaluate(
        """audio => new Promise((done) => {
            audio.addEventListener("loadedmetadata", () => { audio.currentTime = 45; });
            audio.addEventListener("seeked", () => done(audio.currentTime));
            audio.preload = "auto";
            audio.load();
        })"""
    )
    assert at == pytest.approx(45, abs=1)
    assert set(statuses) == {206}


FILM = """() => new Promise((done) => {
    const canvas = document.createElement("canvas");
    const recorder = new MediaRecorder(canvas.captureStream(25), {mimeType: "video/webm;codecs=vp8"});
    [canvas.width, canvas.height] = [320, 180];
    let painted = 0;
    const paint = () => {
        const context = canvas.getContext("2d");
        context.fillStyle = "#c33";
        context.fillRect(0, 0, 320, 180);
        if (recorder.state === "recording" && ++painted === 15) recorder.stop();
    };
    const painting = setInterval(paint, 40);
    recorder.ondataavailable = async ({data}) => {
        clearInterval(painting);
        done(Array.from(new Uint8Array(await data.arrayBuffer())));
    };
    recorder.start();
})"""
"""A red one, made by the browser itself."""


def colour(film: Locator) -> Any:
    """What is seen on it, above what it is operated by."""
    seen = Image.open(io.BytesIO(film.screenshot())).convert("RGB")
    return seen.getpixel((seen.width // 2, seen.height // 5))


def watch(page: Page) -> list[str]:
    """From now on, what it asks for of files."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/files/" in request.url else None)
    return asked


PLACE = """film => {
  const log = film.closest("[role=log]"), last = [...log.querySelectorAll("article")].at(-1);
  return [film, last].map(element => Object.values(element.getBoundingClientRect().toJSON()).map(Math.round));
}"""


@pytest.mark.parametrize(
    ("screen", "language", "by"),
    [("desk", "en", "pointer"), ("desk-dark", "ja", "keyboard"), ("small-phone", "ja", "finger")],
)
def test_a_film_waits_behind_its_poster_until_it_is_played(
    server: Server, open_page: OpenPage, screen: str, language: str, by: str
) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={"language": language})
    alices, bobs = alice.open(), bob.start(**SCREENS[screen], locale=language)
    held: list[Route] = []
    bobs.route("**/thumbnail/", lambda route: held.append(route))
    asked = watch(bobs)
    bobs.goto("/rooms/lobby/")
    for page in (alices, bobs):
        connected(page)
    attach(alices, file("boat.webm", film("vp8", [plain(RED, (1280, 720))] * 40)))
    expect(alices.locator(".chip__image")).not_to_have_js_property("naturalWidth", 0)
    with bobs.expect_request("**/thumbnail/"):
        composer(alices).press("Enter")
    post(alices, "What a day!")

    # Its place is kept before the poster is there: nothing moves when it comes, nor when it is played.
    shown = bobs.get_by_label("boat.webm")
    expect(bobs.get_by_text("What a day!")).to_be_in_viewport()
    expect(shown).to_be_visible()
    before = shown.evaluate(PLACE)
    assert colour(shown) != pytest.approx(RED, abs=20)
    with bobs.expect_response("**/thumbnail/"):
        held.pop().continue_()
    bobs.unroute("**/thumbnail/")
    expect_colour(shown)
    assert shown.evaluate(PLACE) == before
    assert sticks_out(bobs) == 0
    screenshot(bobs, f"film-{screen}-{language}")
    assert_live_equals_reload(bobs)

    assert [url for url in asked if not url.endswith("/thumbnail/")] == []
    play(shown, by)
    expect(shown).to_have_js_property("ended", True)
    assert [url for url in asked if not url.endswith("/thumbnail/")] != []
    assert shown.evaluate(PLACE) == before


def play(film: Locator, by: str) -> None:
    """By the button among its controls: on the picture of a film that is not loaded Chromium takes no click."""
    if by == "keyboard":
        film.focus()
        return film.press("Space")
    box = film.bounding_box()
    assert box
    press = film.tap if by == "finger" else film.click
    press(position={"x": 24, "y": box["height"] - 48})


def expect_colour(film: Locator) -> None:
    """Until what is loaded is drawn."""
    wait_until(lambda: colour(film) == pytest.approx(RED, abs=20), f"it shows {colour(film)}")


OLDER = """
from django.core.files.uploadedfile import SimpleUploadedFile
from rooms.files.models import Attachment
from rooms.files.uploading import upload
from rooms.models import Room, User
from rooms.tests.files.films import film
room, alice = Room.objects.get(slug="lobby"), User.objects.get(name="Alice")
boat = upload(alice, room, "k-1", SimpleUploadedFile("boat.webm", film("vp8")))
Attachment.objects.update(thumbnail=None, width=0, height=0, seconds={seconds})
room.post(alice, "The boat", "k-1", attachments=[boat.pk])
"""


def test_a_film_without_a_poster_shows_how_it_begins(server: Server, open_page: OpenPage) -> None:
    alice, bob = found_team(server, open_page, Alice={}, Bob={})
    server.shell(OLDER.format(seconds=0))
    for shown in (alice.open(), bob.open(viewport={"width": 360, "height": 740})):
        film = shown.get_by_label("boat.webm")
        expect(film).to_have_js_property("videoWidth", 320)
        expect(film).to_have_js_property("paused", True)
        film.evaluate("film => film.readyState >= 2 || new Promise((done) => { film.onloadeddata = done; })")
        assert film.evaluate("film => film.currentTime") == pytest.approx(0.001)
        assert sticks_out(shown) == 0


LOOK = """
from threading import Event
from rooms.files.posters import make_missing
make_missing(Event())
"""


def test_an_older_film_gets_its_poster_while_one_looks_at_it(server: Server, open_page: OpenPage) -> None:
    (alice,) = found_team(server, open_page, Alice={})
    server.shell(OLDER.format(seconds=None))
    page = alice.open()
    connected(page)
    expect(page.get_by_label("boat.webm")).to_have_attribute("preload", "metadata")

    server.shell(LOOK)

    expect(page.get_by_label("boat.webm")).to_have_attribute("preload", "none")
    expect_colour(page.get_by_label("boat.webm"))
    assert_live_equals_reload(page)


def test_what_a_browser_recorded_has_a_poster(server: Server, open_page: OpenPage) -> None:
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open()
    connected(page)
    attach(page, file("boat.webm", bytes(page.evaluate(FILM))))
    expect(page.locator(".chip__image")).to_be_visible()
    composer(page).press("Enter")

    expect_colour(log(page).get_by_label("boat.webm"))


def test_without_a_script_a_film_has_its_poster_too(server: Server, open_page: OpenPage) -> None:
    (alice,) = found_team(server, open_page, Alice={})
    page = alice.open(java_script_enabled=False)
    composer(page).fill("The boat")
    attach(page, file("boat.mp4", film()))
    page.get_by_role("button", name="Send").click()

    shown = log(page).get_by_label("boat.mp4")
    expect(shown).to_have_attribute("width", "320")
    expect_colour(shown)
