from datetime import timedelta

import pytest
from django.db.models import F

from rooms.models import Attempt, TooManyAttempts
from rooms.models.attempt import account_key, address_keys

pytestmark = pytest.mark.django_db


def test_ten_are_allowed() -> None:
    for _ in range(10):
        Attempt.objects.begin(["a"])

    with pytest.raises(TooManyAttempts) as refusal:
        Attempt.objects.begin(["a", "b"])

    assert 170 <= refusal.value.wait <= 180
    assert not Attempt.objects.filter(key="b").exists()
    Attempt.objects.begin(["b"])


def test_the_window_slides() -> None:
    for _ in range(5):
        Attempt.objects.begin(["a"])
    Attempt.objects.update(made_at=F("made_at") - timedelta(minutes=2))
    for _ in range(5):
        Attempt.objects.begin(["a"])

    with pytest.raises(TooManyAttempts) as refusal:
        Attempt.objects.begin(["a"])
    assert 50 <= refusal.value.wait <= 60

    Attempt.objects.update(made_at=F("made_at") - timedelta(minutes=1))
    for _ in range(5):
        Attempt.objects.begin(["a"])
    with pytest.raises(TooManyAttempts):
        Attempt.objects.begin(["a"])


def test_old_ones_are_swept_away() -> None:
    Attempt.objects.begin(["a", "b"])
    Attempt.objects.update(made_at=F("made_at") - timedelta(minutes=3))

    Attempt.objects.begin(["c"])

    assert Attempt.objects.get().key == "c"


def test_the_forgiven_do_not_count() -> None:
    for _ in range(20):
        Attempt.objects.forgive(Attempt.objects.begin(["a"]))

    assert not Attempt.objects.exists()


def test_keys_of_accounts_do_not_tell_the_address() -> None:
    assert account_key("Bob@example.org") == account_key("bob@EXAMPLE.org")
    assert "bob" not in account_key("bob@example.org")


@pytest.mark.parametrize(
    ("address", "keys"),
    [
        ("192.0.2.7", ["address.192.0.2.7"]),
        ("::ffff:192.0.2.7", ["address.192.0.2.7"]),
        ("2001:db8:1:2:3:4:5:6", ["address.2001:db8:1:2::"]),
        ("", []),
        (None, []),
        ("unix:", []),
    ],
)
def test_keys_of_addresses(address: str | None, keys: list[str]) -> None:
    assert address_keys(address) == keys
