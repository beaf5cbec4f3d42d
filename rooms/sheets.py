"""Style sheets that every page wants, one file a component: where pages are served to many, they come as one.

A file of its own costs a page half a kilobyte of headers, and what it has in common with the others once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage

EVERYWHERE = ("tokens", "base", "layout", "icons", "forms", "empty", "toasts")
INSIDE = ("inbox", "notifications", "room", "messages", "markdown", "composer", "mentions", "files", "previews")
ROOM = ("reading", "presence", "acts", "reactions")

SHEETS = {"outside": (*EVERYWHERE, "sheet"), "inside": (*EVERYWHERE, *INSIDE, *ROOM)}
"""Of what each is made, in their order: for those who are signed out, and for those who are signed in."""


def merged(name: str) -> str:
    return f"css/all-{name}.css"


class SheetStorage(CompressedManifestStaticFilesStorage):
    """Merges the sheets when static files are collected, before their names get a digest."""

    merges_sheets = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        for name, parts in {} if dry_run else SHEETS.items():
            texts = [Path(self.path(f"css/{part}.css")).read_text() for part in parts]
            Path(self.path(merged(name))).write_text("\n".join(texts))
            paths[merged(name)] = (self, merged(name))
        yield from super().post_process(paths, dry_run, **options)
