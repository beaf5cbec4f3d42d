"""Films as people send them, and as people send them who mean harm. Made by the libraries that also read them."""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import av
from PIL import Image

SIZE = (320, 180)
RED, BLACK = (200, 30, 30), (0, 0, 0)
HALVES = ((30, 30, 200), (30, 160, 30))
"""Blue above, green below: by which one sees what was turned."""

CODECS = {
    "h264": ("mp4", "libx264", {"preset": "ultrafast"}),
    "hevc": ("mp4", "libx265", {"preset": "ultrafast", "x265-params": "log-level=none"}),
    "av1": ("mp4", "libsvtav1", {"preset": "12"}),
    "mpeg4": ("mp4", "mpeg4", {}),
    "prores": ("mov", "prores_ks", {}),
    "quicktime": ("mov", "libx264", {"preset": "ultrafast"}),
    "vp8": ("webm", "libvpx", {"deadline": "realtime", "cpu-used": "8"}),
    "vp9": ("webm", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}),
    "matroska": ("matroska", "libvpx", {"deadline": "realtime", "cpu-used": "8"}),
}
"""By name the container, the encoder and its options."""


MATRICES = {"bt709": "ITU709", "smpte170m": "ITU601"}
PLAYED = [name for name in CODECS if name != "prores"]


def plain(colour: tuple[int, int, int], size: tuple[int, int] = SIZE) -> Image.Image:
    return Image.new("RGB", size, colour)


def halves(size: tuple[int, int] = SIZE) -> Image.Image:
    image = plain(HALVES[1], size)
    image.paste(HALVES[0], (0, 0, size[0], size[1] // 2))
    return image


def film(
    codec: str = "h264",
    pictures: Iterable[Image.Image] | None = None,
    rate: int = 10,
    prepare: Callable[[Any], object] = lambda stream: None,
    matrix: str = "smpte170m",
    metadata: dict[str, str] | None = None,
    **options: str,
) -> bytes:
    """Two red seconds, or these pictures. `prepare` is given the stream; `options` go to the encoder.

    `matrix`: by which colours are made numbers. The film itself does not say it.
    """
    container, encoder, usual = CODECS[codec]
    pictures = list([plain(RED)] * 20 if pictures is None else pictures)
    written = io.BytesIO()
    with av.open(written, "w", format=container) as output:
        stream = output.add_stream(encoder, rate=rate, options=usual | options)
        stream.width, stream.height = pictures[0].size
        stream.pix_fmt = "yuv422p10le" if codec == "prores" else "yuv420p"
        output.metadata.update(metadata or {})
        prepare(stream)
        for picture in pictures:
            frame = av.VideoFrame.from_image(picture)
            frame = frame.reformat(format=stream.pix_fmt, dst_colorspace=MATRICES[matrix])
            frame.colorspace = 2
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return written.getvalue()


def turned(degrees: int, hflip: bool = False) -> bytes:
    """Taken with the camera on its side. `degrees`: by how much it is to be turned to the left."""
    return film(pictures=[halves()] * 5, prepare=lambda stream: stream.set_display_rotation(degrees, hflip=hflip))


def stretched(ratio: Fraction) -> bytes:
    """Of pixels that are so many times as wide as they are high."""

    def stretch(stream: Any) -> None:
        stream.codec_context.sample_aspect_ratio = ratio

    return film(pictures=[halves()] * 5, prepare=stretch)


def sound(container: str = "mp4", encoder: str = "aac", cover: bool = False) -> bytes:
    """A second of silence, and what it may have on its cover."""
    written = io.BytesIO()
    with av.open(written, "w", format=container) as output:
        stream = output.add_stream(encoder, rate=48_000)
        assert isinstance(stream, av.AudioStream)
        picture = output.add_stream("mjpeg", rate=1) if cover else None
        if picture:
            picture.disposition = av.stream.Disposition.attached_pic
            picture.width, picture.height, picture.pix_fmt = 64, 64, "yuvj420p"
            output.mux(picture.encode(av.VideoFrame.from_image(plain(RED, (64, 64)))))
            output.mux(picture.encode(None))
        for number in range(48):
            frame = av.AudioFrame(format="fltp", layout="mono", samples=1000)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.rate, frame.pts = 48_000, number * 1000
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return written.getvalue()


def replace_box(content: bytes, kind: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """An MP4 in which the first box of this kind holds something else, of the same length."""
    at = content.index(kind) - 4
    length = int.from_bytes(content[at : at + 4])
    changed = change(content[at : at + length])
    assert len(changed) == length
    return content[:at] + changed + content[at + length :]


def refer_elsewhere(entry: bytes) -> bytes:
    """An MP4 whose pictures are not in it but, as it says, somewhere else: `entry` says where."""
    whole = replace_box(film(), b"mdat", lambda box: box[:8] + bytes(len(box) - 8))
    at = whole.index(b"dref") - 4
    length = int.from_bytes(whole[at : at + 4])
    references = box(b"dref", bytes(4) + struct.pack(">I", 1) + entry)
    whole = whole[:at] + references + whole[at + length :]
    for outer in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
        start = whole.index(outer) - 4
        grown = int.from_bytes(whole[start : start + 4]) + len(references) - length
        whole = whole[:start] + struct.pack(">I", grown) + whole[start + 4 :]
    return whole


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + kind + content


def address(url: str) -> bytes:
    """As the standard has it."""
    return box(b"url ", bytes(4) + url.encode() + b"\0")


def alias(path: str) -> bytes:
    """As QuickTime has it, and FFmpeg follows it where it is let."""
    name = path.encode() + b"\0" * (len(path) % 2)
    record = bytes(10) + bytes(28) + bytes(12) + bytes(64) + bytes(16) + struct.pack(">HH", 1, 1) + bytes(16)
    return box(b"alis", bytes(4) + record + struct.pack(">HH", 2, len(name)) + name + struct.pack(">hH", -1, 0))


def endless(seconds: float) -> bytes:
    """It says that it lasts so long."""
    before, _, after = film("vp8").partition(b"\x44\x89\x88")
    return before + b"\x44\x89\x88" + struct.pack(">d", seconds * 1000) + after[8:]


def huge() -> bytes:
    """A few kilobytes that want 1.3 GB for each picture: a VP8 keyframe of 16,383 pixels each way."""
    written = film("vp8")
    start = written.index(b"\x9d\x01\x2a")
    side = struct.pack("<H", 16_383)
    return written[: start + 3] + side + side + written[start + 7 :]


def many_films(tracks: int = 3000) -> bytes:
    """One box of a film, once for each of thousands."""
    whole = film()
    at = whole.index(b"trak") - 4
    length = int.from_bytes(whole[at : at + 4])
    start = whole.index(b"moov") - 4
    added = whole[at : at + length] * tracks
    grown = int.from_bytes(whole[start : start + 4]) + len(added)
    return whole[:start] + struct.pack(">I", grown) + whole[start + 4 : at] + added + whole[at:]


@functools.cache
def whole() -> bytes:
    return film()


PLAYLIST = b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:2,\n%s\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile '%s'\n"
