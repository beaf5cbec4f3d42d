"""Where one wants to be reached, and when not."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rooms.models import User
from rooms.outside.guard import Refused, Unreachable, locate
from rooms.outside.models import Target

PROBLEMS = {
    Refused.MALFORMED: _("Write a whole address, like https://ntfy.sh/a-name-nobody-guesses."),
    Refused.SCHEME: _("Write a whole address that begins with https:// or http://."),
    Refused.PORT: _("This port is not allowed."),
    Refused.PRIVATE: _("This address is in a private network. An administrator of the server has to allow it."),
    Refused.UNKNOWN: _("There is no such host. Look for a typing mistake."),
}
LATE = _("The name of this host could not be looked up. Try it again in a moment.")
PATIENCE = 3.0
"""Seconds for looking up a name while somebody waits for the page."""


class ChoicesForm(forms.ModelForm):
    """What goes to a target that is there, and when."""

    class Meta:
        model = Target
        fields = ["scope", "delay", "content_free"]
        # A list to choose from shows as much of a sentence as fits a phone.
        widgets: ClassVar = {"scope": forms.RadioSelect}


class TargetForm(ChoicesForm):
    """A new one. Of an e-mail nothing is asked but that: it goes to the account's own address."""

    kind = forms.ChoiceField(
        label=_("How"),
        choices=[choice for choice in Target.Kind.choices if choice[0] != Target.Kind.EMAIL],
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Of ntfy, the address of your topic; of UnifiedPush, the endpoint that the app names."),
    )

    field_order = ["kind", "url", "scope", "delay", "content_free"]

    class Meta(ChoicesForm.Meta):
        pass

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            locate(url, PATIENCE)
        except Refused as error:
            raise ValidationError(PROBLEMS[error.reason], code=error.reason) from None
        except Unreachable:
            raise ValidationError(LATE, code="late") from None
        return url


class QuietForm(forms.Form):
    """Hours in which nothing is sent, on one's own clock. They may go over midnight."""

    quiet_from = forms.TimeField(label=_("From"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    quiet_until = forms.TimeField(label=_("Until"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M"))

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        initial = {"quiet_from": user.quiet_from, "quiet_until": user.quiet_until}
        super().__init__(*args, initial=initial, **kwargs)

    def clean(self) -> dict[str, Any]:
        hours = super().clean() or {}
        start, end = hours.get("quiet_from"), hours.get("quiet_until")
        if not self.errors and (start is None) != (end is None):
            missing = "quiet_until" if end is None else "quiet_from"
            self.add_error(missing, _("Write both times, or neither."))
        return hours
