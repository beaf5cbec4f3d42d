"""Where the bytes are: in a folder of this machine, or in a bucket. Written once, read in pieces, never changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.core.files.storage import storages

if TYPE_CHECKING:
    from django.core.files.storage import Storage

PIECE = 256 * 1024
"""Bytes that are in memory at once for each reader."""


def get_storage() -> Storage:
    return storages["files"]


def read(name: str, start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes from `start` up to, not including, `end`. Raises OSError where they cannot be had."""
    storage: Any = get_storage()
    if hasattr(storage, "bucket"):
        yield from read_from_bucket(storage, name, start, end)
        return
    with storage.open(name) as file:
        file.seek(start)
        while start < end and (piece := file.read(min(PIECE, end - start))):
            start += len(piece)
            yield piece


def read_from_bucket(storage: Any, name: str, start: int, end: int) -> Iterator[bytes]:
    """Ask for no more than that: the storage's own file fetches the whole object first."""
    from botocore.exceptions import BotoCoreError, ClientError

    if start == end:
        return
    try:
        body = storage.bucket.Object(name).get(Range=f"bytes={start}-{end - 1}")["Body"]
        yield from body.iter_chunks(PIECE)
    except (BotoCoreError, ClientError) as error:
        raise OSError(f"the bucket does not give {name}: {error}") from error
