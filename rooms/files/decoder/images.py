"""Makes an image anew in two sizes."""

from __future__ import annotations

import io
import re
import struct
import warnings
from contextlib import suppress
from typing import Any

from PIL import Image, ImageCms, ImageFile

FORMATS = ["JPEG", "PNG", "GIF", "WEBP"]
"""Whose decoders are fuzzed day and night. Pillow knows forty more."""

PHOTOGRAPHS = {"JPEG", "MPO"}
"""The second is what Pillow calls a JPEG that lists further pictures behind the first one."""

MOST_PIXELS = 50_000_000
"""What the largest phone cameras make: 200 MB while it is decoded."""

MOST_SCANS = 100
"""A progressive JPEG has ten or so. Each goes through the whole image, however little the file says in it."""

FULL, THUMBNAIL = (2560, 2560), (720, 540)
"""Pixels at most. In the log a thumbnail is shown at half its size, for screens that are twice as fine."""

MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd8\xff])", re.DOTALL)
SCAN, END = b"\xda", b"\xd9"
"""A JPEG is of parts that say how long they are. What the pattern leaves out stands among the bytes of the image."""

ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What EXIF's orientations want done."""

MOST_FRAMES, MOST_MOVING_PIXELS = 300, 40_000_000
"""Of an animation; a longer one stands still."""

Encoded = tuple[bytes, str, int, int]


def decode(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Return types and sizes of the image and its thumbnail, and the bytes of both."""
    full, thumbnail = make_sizes(content)
    header = {"full": (len(full[0]), *full[1:]), "thumbnail": (len(thumbnail[0]), *thumbnail[1:])}
    return header, full[0] + thumbnail[0]


def make_sizes(content: bytes) -> tuple[Encoded, Encoded]:
    """The image and its thumbnail: what is seen of it, and nothing else that stood in the file."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        # Read from the header: nothing has been decoded yet.
        if image.width * image.height > MOST_PIXELS:
            raise ValueError("too many pixels")
        photograph = image.format in PHOTOGRAPHS
        if photograph and count_scans(content) > MOST_SCANS:
            raise ValueError("too many scans")
        moving = image.format in {"GIF", "WEBP"}
        frames = read_frames(image) if moving else []
        if moving:  # Also where there are too many: it stands still as it begins.
            image.seek(0)
        still = straighten(image)
    full = encode_frames(frames) if len(frames) > 1 else encode(still, photograph)
    still.thumbnail(THUMBNAIL, Image.Resampling.LANCZOS, reducing_gap=2.0)
    return full, encode(still, False)


def count_scans(content: bytes) -> int:
    """How often a JPEG has the decoder go through the image: up to its end, behind which there may be a film.

    Part by part, as the decoder reads it: in its metadata may stand what only looks like a scan, or like its end.
    """
    scans = at = 0
    while (found := MARKER.search(content, at)) and found[1] != END:
        scans += found[1] == SCAN
        at = found.end()
        at += int.from_bytes(content[at : at + 2])
    return scans


def straighten(image: Image.Image) -> Image.Image:
    """The image upright, in the colours of screens, no larger than it is looked at.

    What its metadata said of it is done, and they go. Made small first: each step more on all of its pixels would take
    as much memory again.
    """
    profile = image.info.get("icc_profile")
    image.draft("RGB", FULL)  # A JPEG is decoded no larger than it is needed.
    mode = "RGBA" if image.has_transparency_data else "RGB"
    turn = read_turn(image)
    small = image if image.mode in {"RGB", "RGBA", "L"} else to_eight_bits(image).convert(mode)
    small.thumbnail(FULL, Image.Resampling.LANCZOS, reducing_gap=2.0)
    if turn is not None:
        small = small.transpose(turn)
    return to_screen(small.convert(mode), profile)


def read_turn(image: Image.Image) -> Image.Transpose | None:
    """What its metadata wants done with it. Where they are broken the image may still be whole."""
    with suppress(SyntaxError, ValueError, TypeError, struct.error):
        return TURNS.get(image.getexif().get(ORIENTATION, 1))
    return None


def to_eight_bits(image: Image.Image) -> Image.Image:
    """Finer greys as screens show them: `convert` makes white of each that is larger than 255."""
    if image.mode not in {"I", "I;16"}:
        return image
    image.info.pop("transparency", None)  # One of the finer greys.
    return image.point(lambda grey: grey / 257).convert("L")


def to_screen(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The image in sRGB, if it says which other colours it is in."""
    if not profile:
        return image
    with suppress(ImageCms.PyCMSError, OSError, ValueError):
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB")) or image
    return image


def read_frames(image: Image.Image) -> list[tuple[Image.Image, int]]:
    """The frames of an animation and how long each is shown, in milliseconds; none where there are too many."""
    pixels = image.width * image.height
    frames: list[tuple[Image.Image, int]] = []
    while True:
        try:
            image.seek(len(frames))
        except EOFError:
            return frames
        if len(frames) == MOST_FRAMES or (len(frames) + 1) * pixels > max(MOST_MOVING_PIXELS, pixels):
            return []
        frame = image.convert("RGBA")
        frames.append((frame, int(image.info.get("duration") or 100)))


def encode(image: Image.Image, photograph: bool) -> Encoded:
    written = io.BytesIO()
    image.info = {}
    if photograph and image.mode == "RGB":
        image.save(written, "JPEG", quality=88, progressive=True)
        return written.getvalue(), "image/jpeg", *image.size
    image.save(written, "WEBP", quality=85, method=2)
    return written.getvalue(), "image/webp", *image.size


def encode_frames(frames: list[tuple[Image.Image, int]]) -> Encoded:
    written, (first, *others) = io.BytesIO(), [frame for frame, _ in frames]
    first.info = {}
    durations = [max(milliseconds, 20) for _, milliseconds in frames]
    first.save(written, "WEBP", save_all=True, append_images=others, duration=durations, loop=0, quality=75, method=1)
    return written.getvalue(), "image/webp", *first.size
