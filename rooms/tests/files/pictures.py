"""Files as people send them, and as people send them who mean harm."""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image

SCRIPT = b"<script>document.title = 'taken'</script>"


def picture(kind: str = "PNG", size: tuple[int, int] = (640, 400), **options: object) -> bytes:
    written = io.BytesIO()
    gradient = Image.linear_gradient("L").resize(size)
    Image.merge("RGB", (gradient, gradient.rotate(90), gradient.rotate(180))).save(written, kind, **options)
    return written.getvalue()


def fine_greys(**options: object) -> bytes:
    """From black to white in 256 steps, each written in sixteen bits, as scanners and instruments do."""
    written, image = io.BytesIO(), Image.new("I;16", (256, 40))
    image.putdata([257 * grey for grey in range(256)] * 40)
    image.save(written, "PNG", **options)
    return written.getvalue()


def photograph_with_place(kind: str = "JPEG") -> bytes:
    """An image, lying on its side, that says where it was taken and with what."""
    exif = Image.Exif()
    exif[0x0112] = 6  # Turn it to the right.
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825)[2] = (35.0, 0.0, 41.0)
    return picture(kind, (400, 200), exif=exif, comment=b"Secret comment", xmp=b"<x:xmpmeta>Secret</x:xmpmeta>")


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def huge_png(side: int = 50_000) -> bytes:
    """A few kilobytes that want 7.5 GB."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
        + chunk(b"IEND", b"")
    )


def animated_png(frames: int = 10_000) -> bytes:
    still = picture("PNG", (8, 8))
    control = chunk(b"acTL", struct.pack(">II", frames, 0))
    frame = struct.pack(">IIIIIHHBB", 0, 8, 8, 0, 0, 1, 10, 0, 0)
    end = 8 + 25
    return still[:end] + control + chunk(b"fcTL", frame) + still[end:-12] + chunk(b"fcTL", frame) * frames + still[-12:]


def animated_gif(frames: int = 3) -> bytes:
    pictures = [Image.new("RGB", (60, 40), (40 * number % 255, 90, 200)) for number in range(frames)]
    written = io.BytesIO()
    pictures[0].save(written, "GIF", save_all=True, append_images=pictures[1:], duration=80)
    return written.getvalue()


def many_scans(scans: int = 5_000) -> bytes:
    """A JPEG that has its decoder go through all of the image for every few bytes of it."""
    whole = picture("JPEG", (640, 400), progressive=True)
    last = whole.rindex(b"\xff\xda")
    return whole[:last] + whole[last:-2] * scans + b"\xff\xd9"


def two_pictures() -> bytes:
    """A JPEG with another one behind it, as telephones take them."""
    written, whole = io.BytesIO(), Image.open(io.BytesIO(picture("JPEG")))
    whole.save(written, "MPO", save_all=True, append_images=[whole.rotate(180)])
    return written.getvalue()


def many_scans_of_two_pictures() -> bytes:
    """The same behind a list of pictures, by which a JPEG is one of another kind."""
    first, harmful = two_pictures(), many_scans()
    start = first.index(b"\xff\xe2")
    listed = first[start : start + 2 + int.from_bytes(first[start + 2 : start + 4])]
    return harmful[:2] + listed + harmful[2:]


def motion_photo() -> bytes:
    """A photograph with a film behind its end, in which anything may stand."""
    return photograph_with_place() + b"\0\0\0\x18ftypmp42" + b"\xff\xda\0\x02" * 500


def many_scans_behind_an_end() -> bytes:
    """The scans come after what only looks like the end of the image, in a comment."""
    harmful, comment = many_scans(), b"A thumbnail\xff\xd9"
    return harmful[:2] + b"\xff\xfe" + (2 + len(comment)).to_bytes(2) + comment + harmful[2:]


def zip_bomb() -> bytes:
    """A PNG whose pixels are a few kilobytes of zeros, deflated, and its comment a hundred megabytes of them."""
    bomb = zlib.compress(bytes(100_000_000), 9)
    still = picture("PNG", (8, 8))
    return still[:33] + chunk(b"zTXt", b"Comment\0\0" + bomb) + still[33:]


HARMFUL = {
    "svg with a script": ("plan.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    "html named png": ("plan.png", b"<!doctype html>" + SCRIPT),
    "html named jpg after its first bytes": ("plan.jpg", b"\xff\xd8\xff" + SCRIPT),
    "gif and script at once": ("plan.gif", b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)"),
    "pdf and html at once": ("plan.pdf", b"%PDF-1.7\n" + SCRIPT),
    "huge png": ("plan.png", huge_png()),
    "zip bomb": ("plan.png", zip_bomb()),
    "truncated jpeg": ("plan.jpg", picture("JPEG")[:2000]),
    "jpeg of many scans": ("plan.jpg", many_scans()),
    "jpeg of many scans and two pictures": ("plan.jpg", many_scans_of_two_pictures()),
    "jpeg of many scans behind an end": ("plan.jpg", many_scans_behind_an_end()),
    "bmp": ("plan.bmp", picture("BMP")),
    "tiff": ("plan.tiff", picture("TIFF")),
    "ico": ("plan.ico", picture("ICO", (64, 64))),
    "postscript": ("plan.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
    "xml": ("plan.xhtml", b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">' + SCRIPT + b"</html>"),
}
"""What nobody's browser is to show: each is a file to be downloaded, and nothing else."""
