"""What administrators decide for everybody."""

from typing import ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from rooms.models import Workspace


class CrowdMentionsForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Workspace
        fields: ClassVar = ["crowd_mentions"]
        labels: ClassVar = {"crowd_mentions": _("Who may write @room and @here")}
        help_texts: ClassVar = {
            "crowd_mentions": _(
                "These notify everyone in a room, or everyone who is online. From others they are text."
            )
        }
        widgets: ClassVar = {"crowd_mentions": forms.RadioSelect}
