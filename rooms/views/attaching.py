"""The files that stand in a composer: kept as they arrive, named by the message that is sent with them."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rooms.files.models import Attachment
from rooms.files.uploading import MOST_FILES, upload
from rooms.models import Room, User
from rooms.posting import ARCHIVED, read_files


@dataclass(frozen=True)
class Failure:
    """The name of a file, why it was not kept, and whether the same may be kept in a while."""

    name: str
    why: str
    passing: bool = False

    def __str__(self) -> str:
        return f"{self.name}: {self.why}" if self.name else self.why


def take(request: HttpRequest, room: Room, key: str) -> list[Failure]:
    """Keep each file that came along; return what could not be."""
    if room.archived_at:
        return [Failure("", str(ARCHIVED))]
    uploads = request.FILES.getlist("upload")
    if len(uploads) > MOST_FILES:
        why = ngettext("At most %(count)d file at once.", "At most %(count)d files at once.", MOST_FILES)
        return [Failure("", why % {"count": MOST_FILES})]
    failures = [keep(request, room, key, file) for file in uploads]
    return [failure for failure in failures if failure]


def keep(request: HttpRequest, room: Room, key: str, file: UploadedFile) -> Failure | None:
    name = file.name or ""
    try:
        upload(request.user, room, key, file)
    except ValidationError as error:
        return Failure(name, " ".join(error.messages), passing=error.code == "pace")
    except OSError:
        return Failure(name, _("The server cannot keep it just now. Try again in a while."), passing=True)
    return None


def list_files(request: HttpRequest, room: Room, key: str) -> list[Attachment]:
    """What the composer that is sent along holds."""
    try:
        ids = read_files(request.POST)
    except ValidationError:
        ids = []
    return list(Attachment.objects.in_composer(request.user, room, key, ids))


def give_files(
    user: User, room: Room, composers: list[dict[str, Any]], rest: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Let each of a new page's composers hold what was put into the one it goes on from, and `rest` what is left."""
    waiting = list(Attachment.objects.pending(user, room).select_related("blob"))
    keys = {composer.get("begun") for composer in composers}
    for composer in composers:
        left = keys if composer is rest else None
        key = composer.get("begun")
        composer["attachments"] = [
            file for file in waiting if file.key == key or (left is not None and file.key not in left)
        ]
    return composers


def take_back(request: HttpRequest, room: Room, key: str) -> None:
    """Delete what the composer that is sent along holds."""
    Attachment.objects.filter(pk__in=[file.pk for file in list_files(request, room, key)]).take_back()


def receive(request: HttpRequest, room: Room) -> tuple[QueryDict, list[Failure]]:
    """What a form without scripts sends, message and files at once, as if the files had come before."""
    values: Any = request.POST
    if not request.FILES:
        return values, []
    key = values.get("key", "")
    failures = take(request, room, key)
    values = values.copy()
    values.setlist("file", [str(file.pk) for file in list_files(request, room, key)])
    return values, failures
