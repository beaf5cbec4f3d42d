"""What comes out of the decoder was written by it, whatever went in."""

import io
import resource

import pytest
from PIL import Image

from rooms.files.decoder import images as decoder
from rooms.files.decoder.__main__ import LIMITS
from rooms.files.decoding import Unreadable
from rooms.files.images import make_sizes
from rooms.files.sniffing import sniff
from rooms.tests.files.pictures import (
    HARMFUL,
    animated_gif,
    animated_png,
    fine_greys,
    motion_photo,
    photograph_with_place,
    picture,
    two_pictures,
)


def test_an_image_comes_in_two_sizes() -> None:
    sizes = make_sizes(picture("PNG", (3000, 1500)))

    full, thumbnail = Image.open(io.BytesIO(sizes.full)), Image.open(io.BytesIO(sizes.thumbnail))
    assert full.size == (sizes.width, sizes.height) == (2560, 1280)
    assert thumbnail.size == (sizes.thumbnail_width, sizes.thumbnail_height) == (720, 360)
    assert (sizes.full_type, sizes.thumbnail_type) == ("image/webp", "image/webp")


def test_small_ones_stay_small() -> None:
    sizes = make_sizes(picture("GIF", (20, 10)))

    assert (sizes.width, sizes.height, sizes.thumbnail_width) == (20, 10, 20)


@pytest.mark.parametrize(("kind", "media"), [("JPEG", "image/jpeg"), ("PNG", "image/webp"), ("WEBP", "image/webp")])
def test_a_photograph_is_upright_and_says_no_more_than_it_shows(kind: str, media: str) -> None:
    given = photograph_with_place(kind)
    assert b"Secret" in given

    sizes = make_sizes(given)

    assert (sizes.full_type, sizes.width, sizes.height) == (media, 200, 400)
    for content in (sizes.full, sizes.thumbnail):
        image = Image.open(io.BytesIO(content))
        assert dict(image.getexif()) == {} and "comment" not in image.info
        assert b"Secret" not in content and b"Exif" not in content


def test_of_several_pictures_in_a_photograph_the_first_is_shown() -> None:
    sizes = make_sizes(two_pictures())

    first, full = Image.open(io.BytesIO(picture("JPEG"))), Image.open(io.BytesIO(sizes.full))
    assert sizes.full_type == "image/jpeg" and getattr(full, "n_frames", 1) == 1
    assert full.getpixel((5, 5)) == pytest.approx(first.getpixel((5, 5)), abs=9)
    assert full.getpixel((5, 5)) != pytest.approx(first.getpixel((634, 394)), abs=9)


def test_a_photograph_is_one_also_with_a_film_behind_it() -> None:
    sizes = make_sizes(motion_photo())

    assert (sizes.full_type, sizes.width, sizes.height) == ("image/jpeg", 200, 400)
    assert b"Secret" not in sizes.full and b"ftyp" not in sizes.full


CUT_OFF = b"II*\0\x08\0\0\0\x02\0" + b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0" + b"\x0f\x01\x02\0"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(("exif", "size"), [(b"nonsense", (400, 200)), (CUT_OFF, (200, 400))])
def test_a_photograph_is_one_also_with_broken_metadata(kind: str, exif: bytes, size: tuple[int, int]) -> None:
    sizes = make_sizes(picture(kind, (400, 200), exif=b"Exif\0\0" + exif))

    assert (sizes.width, sizes.height) == size


def test_an_animation_moves_and_its_thumbnail_does_not() -> None:
    sizes = make_sizes(animated_gif(3))

    assert getattr(Image.open(io.BytesIO(sizes.full)), "n_frames", 1) == 3
    assert getattr(Image.open(io.BytesIO(sizes.thumbnail)), "n_frames", 1) == 1


@pytest.mark.parametrize("content", [animated_png(10_000), animated_gif(decoder.MOST_FRAMES + 1)])
def test_too_long_an_animation_stands_still(content: bytes) -> None:
    sizes = make_sizes(content)

    assert getattr(Image.open(io.BytesIO(sizes.full)), "n_frames", 1) == 1


def test_what_stands_still_shows_how_it_begins() -> None:
    sizes = make_sizes(animated_gif(decoder.MOST_FRAMES + 1))

    for content in (sizes.full, sizes.thumbnail):
        red, *_ = Image.open(io.BytesIO(content)).convert("RGB").getpixel((30, 20))
        assert red < 10  # Each frame after it is 40 more.


@pytest.mark.parametrize("name", [name for name, (_, content) in HARMFUL.items() if sniff(content).startswith("image")])
def test_what_only_begins_like_an_image_is_none(name: str) -> None:
    with pytest.raises(Unreadable):
        make_sizes(HARMFUL[name][1])


def test_transparency_stays() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (30, 30), (200, 0, 0, 0)).save(written, "PNG")

    assert Image.open(io.BytesIO(make_sizes(written.getvalue()).full)).getpixel((5, 5))[3] == 0


@pytest.mark.parametrize("options", [{}, {"transparency": 257 * 200}])
def test_greys_of_sixteen_bits_are_greys(options: dict[str, object]) -> None:
    sizes = make_sizes(fine_greys(**options))

    for content in (sizes.full, sizes.thumbnail):
        shown = Image.open(io.BytesIO(content)).convert("L")
        greys = [shown.getpixel((x, 20)) for x in (0, 64, 128, 192, 255)]
        assert greys == pytest.approx([0, 64, 128, 192, 255], abs=4)


def test_a_decoder_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooms.files.decoding.SECONDS", 0.01)

    with pytest.raises(Unreadable, match="too long"):
        make_sizes(picture())


def test_the_decoder_has_limits_of_its_own() -> None:
    """A byte that says "150 megapixels" would need half of its memory; nothing is left to it to write elsewhere."""
    assert LIMITS[resource.RLIMIT_FSIZE] == 0
    assert LIMITS[resource.RLIMIT_AS] > 4 * decoder.MOST_PIXELS * 3
