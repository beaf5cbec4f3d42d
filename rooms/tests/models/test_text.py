import pytest
from django.core.exceptions import ValidationError

from rooms.text import normalize_line, validate_name


@pytest.mark.parametrize("name", ["Den", "雑談", "مرحبا", "हिन्दी", "🌱", "👩🏽‍🌾", "a\u200db", "x\u00ad", "∑", "-"])
def test_any_script_will_do(name: str) -> None:
    validate_name(name)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a\x00b", "control"),
        ("a\nb", "control"),
        ("a\x85b", "control"),
        ("a\u2028b", "control"),
        ("a\ud800b", "control"),
        ("a\u202eb", "bidi"),
        ("a\u2066b", "bidi"),
        ("\u200b", "invisible"),
        ("\u2060\ufeff", "invisible"),
    ],
)
def test_it_says_why_not(name: str, code: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        validate_name(name)

    assert refusal.value.code == code


def test_one_name_is_kept_in_one_way() -> None:
    assert normalize_line("  Zoe\u0308\u3000") == "Zoë"
