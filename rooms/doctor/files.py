"""Static files: collected, all of them, and the present ones."""

from __future__ import annotations

import filecmp
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage

from rooms.doctor.finding import Finding, away, note, well

REMEDY = "Run: python manage.py collectstatic --noinput, and restart the server"


def look_at_files() -> Iterator[Finding]:
    if not isinstance(staticfiles_storage, ManifestFilesMixin):
        yield note("Static files", "served from where they are written, as DEBUG is on")
        return
    names = staticfiles_storage.hashed_files
    if not names:
        yield away("Static files", f"not collected: no list of them in {settings.STATIC_ROOT}", REMEDY)
        return
    ignored = apps.get_app_config("staticfiles").ignore_patterns
    sources = {path: storage.path(path) for finder in get_finders() for path, storage in finder.list(ignored)}
    missing = [path for path in sources if path not in names or not Path(settings.STATIC_ROOT, names[path]).exists()]
    stale = [path for path in sources if path not in missing and differs(sources[path], path)]
    if missing or stale:
        problems = {"missing": missing, "older than their source": stale}
        text = "; ".join(f"{len(paths)} {what} ({paths[0]})" for what, paths in problems.items() if paths)
        yield away("Static files", text, REMEDY)
    else:
        yield well("Static files", f"all {len(sources)} in {settings.STATIC_ROOT}")


def differs(source: str, path: str) -> bool:
    """Whether what was collected is not what is there now. The copy under the plain name was not rewritten."""
    copy = Path(settings.STATIC_ROOT, path)
    return not copy.exists() or not filecmp.cmp(source, copy, shallow=False)
