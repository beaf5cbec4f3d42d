"""Takes a picture out of a film: one on which something is to be seen."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

import av
import av.audio.codeccontext
import av.audio.stream
import av.subtitles.codeccontext
import av.subtitles.stream
import av.video.codeccontext
import av.video.stream
from av.container import InputContainer
from av.sidedata.sidedata import Type
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream
from PIL import Image, WebPImagePlugin

from rooms.files.decoder.images import THUMBNAIL, encode

# What both libraries would load only once it is needed: by then nothing can be opened.
LOADED = (av.audio.stream, av.audio.codeccontext, av.subtitles.stream, av.subtitles.codeccontext)
LOADED_TOO = (av.video.stream, av.video.codeccontext, WebPImagePlugin)
Image.preinit()

FORMATS = {
    "video/mp4": ("mov", "mov,mp4,m4a,3gp,3g2,mj2", "h264,hevc,libdav1d,mpeg4,vp9"),
    "video/webm": ("matroska", "matroska,webm", "vp8,vp9,libdav1d,h264"),
    "video/ogg": ("ogg", "ogg", "theora"),
}
"""By media type the one container that is read, what FFmpeg calls it, and which decoders may open what is in it.

FFmpeg knows three hundred, and would guess: a playlist is text, and names other files that it then reads.
"""

MOST_PIXELS = 50_000_000
"""Of a frame: one of 8K has 33 million."""

START = 1_000_000
"""Microseconds after which a picture is looked for: many films begin with a title, or a hand."""

MOST_KEYFRAMES = 6
"""That are looked at. They may be ten seconds apart."""

BEGINNING, STEP = 90, 10
"""Frames of the beginning that are looked through where those are dark, and of how many one is looked at."""

MOST_PACKETS = 50_000
"""That are gone through in all: half an hour."""

LONGEST = 100 * 3600
"""Seconds. Who says more does not know."""

DARK, SEEN = 32, 0.02
"""How bright, of 255, something is to be, and on how much of a picture."""

UNSAID, HIGH = 2, 720
"""What FFmpeg calls colours that are not said to be some; from how many lines on they are those of newer films."""

MOST_STRETCHED = 10
"""How many times as wide or as high a pixel may be as it is the other way."""

TURNS = {
    (-1, 0, 0, 1): Image.Transpose.FLIP_LEFT_RIGHT,
    (-1, 0, 0, -1): Image.Transpose.ROTATE_180,
    (1, 0, 0, -1): Image.Transpose.FLIP_TOP_BOTTOM,
    (0, 1, 1, 0): Image.Transpose.TRANSPOSE,
    (0, 1, -1, 0): Image.Transpose.ROTATE_270,
    (0, -1, -1, 0): Image.Transpose.TRANSVERSE,
    (0, -1, 1, 0): Image.Transpose.ROTATE_90,
}
"""What display matrices want done, by where they move what is at the right and what is below."""

WHOLE = 1 << 16
"""What is 1 there."""

ON_THEIR_SIDE = {
    Image.Transpose.TRANSPOSE,
    Image.Transpose.ROTATE_270,
    Image.Transpose.TRANSVERSE,
    Image.Transpose.ROTATE_90,
}


def decode(content: bytes, media: str) -> tuple[dict[str, Any], bytes]:
    """Return how large and how long a film is, and its poster; or that it is a sound, where there is nothing to see."""
    av.logging.set_level(None)
    name, alike, decoders = FORMATS[media]
    limits = {"codec_whitelist": decoders, "max_pixels": str(MOST_PIXELS), "threads": "1"}
    options = {"format_whitelist": alike, "protocol_whitelist": "", **limits}
    with av.open(io.BytesIO(content), "r", format=name, options=options) as container:
        film = find_film(container)
        if film is None:
            return {"sound": True, "seconds": find_seconds(container)}, b""
        if film.codec_context is None or film.codec_context.codec.name not in decoders.split(","):
            raise ValueError(f"{film.name} is not decoded")
        # Its own: those before were of the one that had a look at the beginning.
        film.codec_context.options = limits
        frame = choose(container, film)
        width, height = find_size(film, frame)
        turn = find_turn(frame)
        poster = draw(frame, width, height, turn)
        if turn in ON_THEIR_SIDE:
            width, height = height, width
        return {"width": width, "height": height, "seconds": find_seconds(container)}, poster


def find_film(container: InputContainer) -> VideoStream | None:
    """What is to be seen; None where there are only sounds: a picture on the cover is none. Raises ValueError."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    if not container.streams.audio:
        raise ValueError("nothing to see or hear")
    return None


def find_seconds(container: InputContainer) -> int:
    """How long it is, 0 where that cannot be known."""
    seconds = (container.duration or 0) / 1_000_000
    return max(round(seconds), 1) if 0 < seconds <= LONGEST else 0


def choose(container: InputContainer, film: VideoStream) -> VideoFrame:
    """The first frame on which something is to be seen, or the very first. Raises ValueError where there is none."""
    first = None
    for frame in look_through(container, film):
        if not is_dark(frame):
            return frame
        first = first or frame
    if first is None:
        raise ValueError("no picture in it")
    return first


def look_through(container: InputContainer, film: VideoStream) -> Iterator[VideoFrame]:
    """Those from the second second on that can be decoded by themselves, and then the beginning, frame by frame."""
    with suppress(av.FFmpegError):  # Not every film can be sought through; it is then read from its beginning.
        container.seek((container.start_time or 0) + START)
    yield from islice(decode_keyframes(container, film), MOST_KEYFRAMES)
    container.seek(container.start_time or 0)
    film.codec_context.flush_buffers()
    yield from islice(decode_frames(container, film), 0, BEGINNING, STEP)


def decode_keyframes(container: InputContainer, film: VideoStream) -> Iterator[VideoFrame]:
    context = film.codec_context
    for packet in islice(container.demux(film), MOST_PACKETS):
        if not packet.is_keyframe or not packet.size:
            continue
        frames: list[VideoFrame] = []
        with suppress(av.FFmpegError):
            frames = [*context.decode(packet), *context.decode(None)]
        context.flush_buffers()
        yield from [frame for frame in frames if not frame.is_corrupt][:1]


def decode_frames(container: InputContainer, film: VideoStream) -> Iterator[VideoFrame]:
    for packet in islice(container.demux(film), MOST_PACKETS):
        with suppress(av.FFmpegError):
            yield from (frame for frame in film.codec_context.decode(packet) if not frame.is_corrupt)


def is_dark(frame: VideoFrame) -> bool:
    greys = frame.reformat(width=64, height=64, format="rgb24", threads=1).to_image().convert("L")
    return sum(greys.histogram()[DARK:]) < SEEN * greys.width * greys.height


def find_size(film: VideoStream, frame: VideoFrame) -> tuple[int, int]:
    """How large it is shown, in pixels: theirs need not be square."""
    stretch = film.sample_aspect_ratio or 1
    if not 1 / MOST_STRETCHED <= stretch <= MOST_STRETCHED:
        stretch = 1
    if stretch > 1:
        return round(frame.width * stretch), frame.height
    return frame.width, round(frame.height / stretch)


def find_turn(frame: VideoFrame) -> Image.Transpose | None:
    """What is to be done with a film that was taken with the camera on its side."""
    matrix = frame.side_data.get(Type.DISPLAYMATRIX)
    if matrix is None:
        return None
    right_x, right_y, _, below_x, below_y, *_ = (round(number / WHOLE) for number in struct.unpack("9i", bytes(matrix)))
    return TURNS.get((right_x, right_y, below_x, below_y))


def draw(frame: VideoFrame, width: int, height: int, turn: Image.Transpose | None) -> bytes:
    """The poster: no larger than a thumbnail once it is turned. Scaled while its colours are made those of screens."""
    most_width, most_height = reversed(THUMBNAIL) if turn in ON_THEIR_SIDE else THUMBNAIL
    scale = min(1, most_width / width, most_height / height)
    small = frame.reformat(
        width=max(round(width * scale), 1),
        height=max(round(height * scale), 1),
        format="rgb24",
        interpolation="AREA",
        src_colorspace=guess_colours(frame),
        threads=1,
    ).to_image()
    content, *_ = encode(small.transpose(turn) if turn is not None else small, False)
    return content


def guess_colours(frame: VideoFrame) -> Colorspace | None:
    """What the numbers of a film mean that does not say so: browsers guess it in the same way."""
    if frame.colorspace != UNSAID:
        return None
    return Colorspace.ITU709 if frame.height >= HIGH else Colorspace.ITU601
