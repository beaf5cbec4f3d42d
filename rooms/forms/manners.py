"""How news reaches somebody while they are here, and what others see of them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from rooms.models import User


class MannersForm(forms.Form):
    """Not a form of the model: that would put what was chosen into request.user, valid or not."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial={name: getattr(user, name) for name in self.base_fields}, **kwargs)


class ToastsForm(MannersForm):
    toasts = forms.ChoiceField(
        label=_("What may slide into the page"), choices=User.Toasts.choices, widget=forms.RadioSelect
    )
    sound = forms.BooleanField(
        label=_("Play a sound, too"),
        required=False,
        help_text=_("Never for what you say yourself, and in one tab only. Without this, nothing here makes a noise."),
    )


class PrivacyForm(MannersForm):
    invisible = forms.BooleanField(
        label=_("Be invisible"),
        required=False,
        help_text=_("To the others you look as if you were not here. You still see who is."),
    )
    shares_last_seen = forms.BooleanField(
        label=_("Show when I was last here"), required=False, help_text=_("On your page, and among people.")
    )
    shares_receipts = forms.BooleanField(
        label=_("Show what I have read"),
        required=False,
        help_text=_("In direct messages and small rooms. Without this, you look as if you had read nothing since."),
    )
