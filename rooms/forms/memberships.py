"""What somebody wants to hear of a room."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rooms.models import Membership


class InvolvementForm(forms.Form):
    involvement = forms.ChoiceField(
        label=_("Notify me about"), choices=Membership.Involvement.choices, widget=forms.RadioSelect
    )

    def __init__(self, membership: Membership, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial={"involvement": membership.involvement}, **kwargs)
