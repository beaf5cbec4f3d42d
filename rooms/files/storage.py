"""Where the bytes are: in a folder of this machine, or in a bucket. Written once, read in pieces, never changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.core.files.storage import storages

if TYPE_CHECKING:
    from django.core.files.storage import Storage

PIECE = 256 * 1024
"""Bytes that are in memory at once for each reader."""


def get_storage() -> Storage:
    return storages["files"]


def write(name: str, content: bytes) -> None:
    """Raises OSError where it cannot be written."""
    with as_os_error(f"{name} cannot be written"):
        get_storage().save(name, ContentFile(content))


def delete(name: str) -> None:
    """What is not there is deleted already. Raises OSError where it cannot be."""
    with as_os_error(f"{name} cannot be deleted"):
        get_storage().delete(name)


def read(name: str, start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes from `start` up to, not including, `end`. Raises OSError where they cannot be had."""
    storage: Any = get_storage()
    with as_os_error(f"{name} cannot be read"):
        yield from (read_object if hasattr(storage, "bucket") else read_file)(storage, name, start, end)


def read_file(storage: Storage, name: str, start: int, end: int) -> Iterator[bytes]:
    with storage.open(name) as file:
        file.seek(start)
        while start < end and (piece := file.read(min(PIECE, end - start))):
            start += len(piece)
            yield piece


def read_object(storage: Any, name: str, start: int, end: int) -> Iterator[bytes]:
    """Ask the bucket for no more than that: the storage's own file fetches the whole object first."""
    if start < end:
        body = storage.bucket.Object(name).get(Range=f"bytes={start}-{end - 1}")["Body"]
        yield from body.iter_chunks(PIECE)


@contextmanager
def as_os_error(problem: str) -> Iterator[None]:
    """Buckets have errors of their own, which nobody knows where there is no bucket."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        if not type(error).__module__.startswith(("botocore.", "boto3.", "s3transfer.", "urllib3.")):
            raise
        raise OSError(f"{problem}: {error}") from error
