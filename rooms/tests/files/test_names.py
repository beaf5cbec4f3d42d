import pytest

from rooms.files.names import LONGEST, name_for, normalize_name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Plan.png", "Plan.png"),
        ("../../x", "x"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/passwd", "passwd"),
        ("a\r\nSet-Cookie: b=c.txt", "aSet-Cookie b=c.txt"),
        ("gpj.\u202egnp.exe", "gpj.gnp.exe"),
        ("nul\0byte.txt", "nulbyte.txt"),
        ("  spaced   out .txt ", "spaced out.txt"),
        ("会議の記録.pdf", "会議の記録.pdf"),
        ("cafe\u0301.txt", "caf\u00e9.txt"),
        ("👩\u200d👧.png", "👩👧.png"),
        ('"><img src=x onerror=alert(1)>.png', "img src=x onerror=alert(1).png"),
        (".htaccess", "htaccess"),
        ("...", "file"),
        ("", "file"),
        ("\u202e", "file"),
        ("no ending", "no ending"),
        ("x" * 500 + ".jpeg", "x" * (LONGEST - 5) + ".jpeg"),
        ("x." + "y" * 500, ("x." + "y" * 500)[:LONGEST]),
        ("a\udcff.txt", "a.txt"),
    ],
)
def test_names_are_names(given: str, kept: str) -> None:
    assert normalize_name(given) == kept


@pytest.mark.parametrize(
    ("name", "media", "ends"),
    [
        ("a.png", "image/webp", "a.webp"),
        ("a.webp", "image/webp", "a.webp"),
        ("a.JPEG", "image/jpeg", "a.JPEG"),
        ("a", "image/jpeg", "a.jpg"),
        ("a.html", "application/octet-stream", "a.html"),
    ],
)
def test_what_was_made_anew_ends_as_what_it_is(name: str, media: str, ends: str) -> None:
    assert name_for(name, media) == ends
