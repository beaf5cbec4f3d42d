import pytest

from rooms.files.sniffing import sniff


@pytest.mark.parametrize(
    ("head", "media"),
    [
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"RIFF\0\0\0\0AVI LIST", "application/octet-stream"),
        (b"OggS\0\2" + bytes(22) + b"\x01vorbis", "audio/ogg"),
        (b"OggS\0\2" + bytes(22) + b"\x80theora", "video/ogg"),
        (b"fLaC\0", "audio/flac"),
        (b"\0\0\0\x20ftypisom", "video/mp4"),
        (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
        (b"\0\0\0\x20ftypheic", "application/octet-stream"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm", "video/webm"),
        (b"%PDF-1.7", "application/octet-stream"),
        (b"<svg xmlns=", "application/octet-stream"),
        (b"<!doctype html>", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_the_first_bytes_say_what_it_is(head: bytes, media: str) -> None:
    assert sniff(head) == media
