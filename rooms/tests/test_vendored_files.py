import hashlib
from pathlib import Path

import pytest

# From the npm package htmx.org 4.0.1: dist/htmx.min.js, dist/ext/hx-ws.min.js, dist/ext/hx-upsert.min.js.
CHECKSUMS = {
    "htmx-4.0.1.min.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    "hx-ws-4.0.1.min.js": "a7c11e4eca05417d6299bb40aaacca01572e44605389fc4d5ef12be408a4d03b",
    "hx-upsert-4.0.1.min.js": "9e516c6608f765b568559a4caed3c3121eff2702fb7ce012f21775639d2699c3",
}


@pytest.mark.parametrize(("name", "checksum"), CHECKSUMS.items())
def test_a_vendored_file_is_what_was_published(repository: Path, name: str, checksum: str) -> None:
    content = (repository / "static" / "vendor" / name).read_bytes()

    assert hashlib.sha256(content).hexdigest() == checksum


def test_nothing_else_is_vendored(repository: Path) -> None:
    assert {path.name for path in (repository / "static" / "vendor").iterdir()} == set(CHECKSUMS)
