"""Signing in, signing up, and what people say of themselves."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from rooms.forms.fields import (
    LineField,
    guess_time_zone,
    list_languages,
    list_time_zones,
    name_field,
    password_field,
    time_zone_field,
)
from rooms.models import User

CHOOSE_PASSWORD = _("At least 10 characters. Several unrelated words are easy to remember and hard to guess.")


class SignInForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = password_field(_("Password"), "current-password")


class SignUpForm(forms.ModelForm):
    name = name_field()
    time_zone = time_zone_field()
    password = password_field(_("Password"), "new-password", help_text=CHOOSE_PASSWORD)

    class Meta:
        model = User
        fields = ["name", "email", "password", "time_zone"]
        labels = {"email": _("E-mail address")}
        widgets = {"email": forms.EmailInput(attrs={"autocomplete": "username"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].initial = guess_time_zone()

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        check_password(self, "password", self.instance)

    @property
    def account(self) -> dict[str, str]:
        """What User.objects.sign_up takes."""
        return {**{name: self.cleaned_data[name] for name in self.Meta.fields}, "language": get_language() or "en"}


class SetupForm(SignUpForm):
    team = LineField(label=_("Name of your team"), max_length=80)
    room = LineField(label=_("First room"), max_length=80, help_text=_("Open to everyone who joins."))

    field_order = ["team", "room", "name", "email", "password", "time_zone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["room"].initial = _("All talk")
        self.fields["team"].widget.attrs["autofocus"] = True


class ProfileForm(forms.Form):
    """Not a form of the model: that would put what was typed into request.user, valid or not."""

    name = name_field()
    language = forms.ChoiceField(label=_("Language"), choices=list_languages)
    time_zone = time_zone_field()

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        initial = {"name": user.name, "language": user.language, "time_zone": user.time_zone}
        super().__init__(*args, initial=initial, **kwargs)
        if not self.fields["time_zone"].valid_value(user.time_zone):
            # Chosen under a name that is not listed, or not any more.
            self.fields["time_zone"].choices = [(user.time_zone, user.time_zone), *list_time_zones()]


class PasswordForm(forms.Form):
    current = password_field(_("Current password"), "current-password")
    password = password_field(_("New password"), "new-password", help_text=CHOOSE_PASSWORD)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_current(self) -> str:
        current: str = self.cleaned_data["current"]
        if not self.user.check_password(current):
            raise ValidationError(_("This is not your current password. Try it again."), code="wrong")
        return current

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        check_password(self, "password", self.user)


def check_password(form: forms.BaseForm, field: str, user: User) -> None:
    """Add what is wrong with a new password, judged with the name and address of the person it is for."""
    password = form.cleaned_data.get(field)
    if password is None:
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        form.add_error(field, error)
