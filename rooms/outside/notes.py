"""What the owner of a target is told about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

if TYPE_CHECKING:
    from rooms.outside.models import Target


def tell_of_disabled(target: Target) -> None:
    from rooms.notifications import notify

    context = {"kind": target.kind, "url": target.url, "trouble": target.trouble}
    source = f"target {target.pk} {target.disabled_at}"
    if target.user.is_active:
        where = f"{reverse('outside')}#outside"
        notify(target.user, "disabled", source, template="outside/_disabled.html", context=context, url=where)
