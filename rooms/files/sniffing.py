"""What a file is, by its own first bytes: neither its name nor what the browser says of it is believed."""

from __future__ import annotations

HEAD = 4096
"""Bytes that are looked at."""

PLAIN = "application/octet-stream"
"""What is not played or shown. Nobody guesses further: it is only ever downloaded."""

IMAGES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
SOUNDS = {b"ID3": "audio/mpeg", b"fLaC": "audio/flac"}
MPEG_SOUNDS = {b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa"}
VIDEO_BRANDS = {
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"M4V ",
    b"qt  ",
    b"MSNV",
    b"dash",
}
SOUND_BRANDS = {b"M4A ", b"M4B ", b"F4A "}


def sniff(head: bytes) -> str:
    """The media type of what begins with these bytes: an image, sound or film that browsers show, or PLAIN."""
    for start, media in {**IMAGES, **SOUNDS}.items():
        if head.startswith(start):
            return media
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12], PLAIN)
    if head[:4] == b"OggS":
        return "video/ogg" if b"\x80theora" in head else "audio/ogg"
    if head[:4] == b"\x1a\x45\xdf\xa3" and (b"webm" in head[:64] or b"matroska" in head[:64]):
        return "video/webm"
    if head[4:8] == b"ftyp" and head[8:12] in SOUND_BRANDS | VIDEO_BRANDS:
        return "audio/mp4" if head[8:12] in SOUND_BRANDS else "video/mp4"
    return "audio/mpeg" if head[:2] in MPEG_SOUNDS else PLAIN
