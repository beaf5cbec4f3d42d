"""What is shown of a film before it is played was drawn by the decoder; no film is refused, whatever it is."""

import errno
import io
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from rooms.files.decoding import AT_ONCE, ENVIRONMENT, Unreadable, decode
from rooms.files.films import Film, look_at
from rooms.files.sniffing import sniff
from rooms.tests.files import films
from rooms.tests.files.films import BLACK, CODECS, CONCAT, HALVES, PLAYED, PLAYLIST, RED, film, halves, plain, sound

MP4, WEBM, OGG = "video/mp4", "video/webm", "video/ogg"


def see(content: bytes) -> tuple[Film, Image.Image]:
    """A film and its poster."""
    seen = look_at(content, sniff(content))
    poster = Image.open(io.BytesIO(seen.poster))
    assert poster.format == "WEBP"
    return seen, poster.convert("RGB")


def alike(one: object, other: object) -> bool:
    return one == pytest.approx(other, abs=12)


@pytest.mark.parametrize("codec", PLAYED)
def test_of_every_film_that_browsers_play_there_is_a_poster(codec: str) -> None:
    seen, poster = see(film(codec))

    assert (seen.width, seen.height, seen.seconds) == (320, 180, 2)
    assert seen.media == (MP4 if CODECS[codec][0] in {"mp4", "mov"} else WEBM)
    assert poster.size == (320, 180)
    assert alike(poster.getpixel((160, 90)), RED)


@pytest.mark.parametrize(
    ("size", "poster_size"), [((320, 180), (320, 180)), ((1280, 720), (720, 405)), ((360, 1280), (152, 540))]
)
def test_colours_are_those_that_browsers_show(size: tuple[int, int], poster_size: tuple[int, int]) -> None:
    """What the numbers mean, where no film says it, depends on its size."""
    matrix = "bt709" if size[1] >= 720 else "smpte170m"
    seen, poster = see(film(pictures=[halves(size)] * 3, matrix=matrix))

    assert (seen.width, seen.height) == size
    assert poster.size == poster_size
    assert_halves(poster)


def assert_halves(poster: Image.Image, above: int = 0) -> None:
    width, height = poster.size
    assert alike(poster.getpixel((width // 2, height // 4)), HALVES[above])
    assert alike(poster.getpixel((width // 2, height * 3 // 4)), HALVES[1 - above])


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("degrees", [0, 90, 180, -90])
def test_a_film_is_upright(degrees: int, mirrored: bool) -> None:
    seen, poster = see(films.turned(degrees, mirrored))

    if degrees in (0, 180):
        assert (seen.width, seen.height) == poster.size == (320, 180)
        return assert_halves(poster, above=1 if degrees else 0)
    assert (seen.width, seen.height) == poster.size == (180, 320)
    left, right = poster.getpixel((45, 160)), poster.getpixel((135, 160))
    turned_left = (degrees == 90) != mirrored
    assert alike(left, HALVES[0 if turned_left else 1]) and alike(right, HALVES[1 if turned_left else 0])


@pytest.mark.parametrize(
    ("ratio", "size"),
    [
        (Fraction(4, 3), (427, 180)),
        (Fraction(1, 2), (320, 360)),
        (Fraction(1, 1), (320, 180)),
        (Fraction(40, 1), (320, 180)),  # Who says that does not mean it.
    ],
)
def test_pixels_need_not_be_square(ratio: Fraction, size: tuple[int, int]) -> None:
    seen, poster = see(films.stretched(ratio))

    assert (seen.width, seen.height) == poster.size == size
    assert_halves(poster)


BLUE = HALVES[0]


@pytest.mark.parametrize(
    ("pictures", "options", "colour"),
    [
        ([plain(BLUE)] * 10 + [plain(RED)] * 20, {"g": "10"}, RED),  # After a second.
        ([plain(RED)] * 3, {}, RED),  # It has no second.
        ([plain(BLACK)] * 20 + [plain(RED)] * 10, {"g": "10"}, RED),  # It begins in the dark …
        ([plain(BLACK)] * 12 + [plain(RED)] * 18, {"g": "250"}, RED),  # … and nothing else stands by itself.
        ([plain(BLACK)] * 20, {}, BLACK),  # It is dark.
    ],
)
def test_something_is_to_be_seen_on_it(
    pictures: list[Image.Image], options: dict[str, str], colour: tuple[int, int, int]
) -> None:
    _, poster = see(film(pictures=pictures, **options))

    assert alike(poster.getpixel((160, 90)), colour)


def test_a_poster_says_no_more_than_it_shows() -> None:
    secret = film(metadata={"title": "Secret", "location": "+35.0116+135.7681/"})
    assert b"Secret" in secret

    seen, poster = see(secret)

    assert b"Secret" not in seen.poster and b"EXIF" not in seen.poster and dict(poster.getexif()) == {}


@pytest.mark.parametrize(
    ("content", "media"),
    [(sound(), "audio/mp4"), (sound(cover=True), "audio/mp4"), (sound("webm", "libopus"), "audio/webm")],
)
def test_where_nothing_is_to_be_seen_it_is_a_sound(content: bytes, media: str) -> None:
    """Also with a picture on its cover."""
    assert sniff(content).startswith("video/")

    assert look_at(content, sniff(content)) == Film(media, seconds=1)


TAKEN_OVER = """
import socket
from rooms.files.decoder import __main__, films

def decode(content, media):
    outcomes = []
    for opens in (lambda: open(__file__), lambda: socket.create_connection(("127.0.0.1", 9))):
        try:
            opens()
        except OSError as error:
            outcomes.append(error.errno)
    return {"outcomes": outcomes}, b""

films.decode = decode
__main__.main("film", "video/mp4")
"""


def test_whoever_takes_the_decoder_over_opens_nothing() -> None:
    program = TAKEN_OVER.replace("__file__", repr(__file__))
    done = subprocess.run([sys.executable, "-P", "-c", program], input=b"", capture_output=True, env=ENVIRONMENT)

    assert json.loads(done.stdout) == {"outcomes": [errno.EMFILE, errno.EMFILE]}, done.stderr


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """A server, by its address, and what it was asked for."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(film())

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/film.mp4", asked
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def elsewhere(tmp_path: Path) -> str:
    path = tmp_path / "elsewhere.mp4"
    path.write_bytes(film())
    return str(path)


@pytest.mark.parametrize("media", [MP4, WEBM, OGG])
@pytest.mark.parametrize("playlist", [PLAYLIST, CONCAT])
def test_a_playlist_is_not_read(playlist: bytes, media: str, elsewhere: str) -> None:
    """FFmpeg finds out what text it is, and plays what it names, where it is let."""
    with listening() as (address, asked):
        for named in (address, elsewhere):
            content = playlist % named.encode()
            assert sniff(content) == "application/octet-stream"
            with pytest.raises(Unreadable):
                decode(content, "film", media, patience=9)
            # Nor where it begins like a film.
            film_and_playlist = b"\0\0\0\x18ftypmp42" + bytes(12) + content
            assert look_at(film_and_playlist, MP4) == Film(MP4)

    assert asked == []


def test_a_film_refers_to_nothing_elsewhere(elsewhere: str) -> None:
    with listening() as (address, asked):
        for entry in (films.address(address), films.address(f"file://{elsewhere}"), films.alias(elsewhere)):
            assert look_at(films.refer_elsewhere(entry), MP4) == Film(MP4)

    assert asked == []


HARMFUL = {
    "truncated": films.whole()[:900],
    "nothing behind its head": films.whole()[:40] + bytes(5000),
    "pixels by the billion": films.huge(),
    "thousands of films in one": films.many_films(),
    "noise": b"\0\0\0\x18ftypisom" + bytes(range(256)) * 400,
    "another codec": film("prores"),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_what_means_harm_has_no_poster(name: str) -> None:
    content = HARMFUL[name]
    media = sniff(content)
    assert media.startswith("video/")

    assert look_at(content, media) == Film(media)


def test_what_breaks_off_shows_what_there_is() -> None:
    """Of a film that was not copied to its end the beginning is there."""
    whole = film("vp8", [halves()] * 40)

    _, poster = see(whole[: len(whole) // 2])

    assert_halves(poster)


@pytest.mark.parametrize(
    ("said", "believed"), [(7200, 7200), (0.01, 1), (1e6, 0), (1e30, 0), (float("inf"), 0), (float("nan"), 0), (-5, 0)]
)
def test_who_says_they_last_for_ever_does_not_know(said: float, believed: int) -> None:
    seen, _ = see(films.endless(said))

    assert seen.seconds == believed


def test_a_film_that_takes_too_long_has_no_poster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooms.files.decoding.SECONDS", 0.01)

    assert look_at(films.whole(), MP4) == Film(MP4)


def test_while_all_decoders_are_at_work_a_film_waits_for_its_poster() -> None:
    with AT_ONCE, AT_ONCE:
        assert look_at(films.whole(), MP4, patience=0.01) == Film(MP4, seconds=None)
