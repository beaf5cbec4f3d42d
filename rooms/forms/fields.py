"""The kinds of field that forms share."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _

from rooms.models import User
from rooms.text import normalize_line, validate_name

REGIONS = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic Ocean"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific Ocean"),
}
LONGEST_ID = 18
USUAL_TIME_ZONES = {"ja": "Asia/Tokyo"}


class LineField(forms.CharField):
    """One line of text in any script, kept in one canonical form."""

    default_validators = [validate_name]

    def to_python(self, value: Any) -> str:
        return normalize_line(super().to_python(value))


class PeopleField(forms.ModelMultipleChoiceField):
    """People to tick."""

    widget = forms.CheckboxSelectMultiple
    shows_people = True
    included: User | None = None
    """Someone who is chosen anyway, and not listed."""

    def clean(self, value: Any) -> Any:
        value = [pk for pk in value or () if not self.included or str(pk) != str(self.included.pk)]
        for pk in value:
            if len(str(pk)) > LONGEST_ID:  # SQLite would raise, instead of finding nobody.
                raise ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": pk})
        return super().clean(value)

    def label_from_instance(self, obj: Any) -> str:
        return obj.name


def name_field() -> LineField:
    return LineField(label=_("Your name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "name"}))


def time_zone_field() -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Your time zone"), choices=list_time_zones)


def password_field(label: Any, autocomplete: str, **options: Any) -> forms.CharField:
    """A password as it was typed: spaces at its ends are part of it. What is longer only keeps the server busy."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, max_length=256, widget=widget, **options)


def list_languages() -> list[tuple[str, str]]:
    """Every language under its own name: that is how somebody lost in another one finds it."""
    return [(code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES]


def list_time_zones() -> list[Any]:
    """The choices of a time zone field, by region and city."""
    groups: dict[str, list[tuple[str, str]]] = {region: [] for region in REGIONS}
    for zone in sorted(available_timezones()):
        region, _, city = zone.partition("/")
        if city and region in groups:
            groups[region].append((zone, city.replace("_", " ")))
    return [("UTC", "UTC"), *((REGIONS[region], zones) for region, zones in groups.items())]


def guess_time_zone() -> str:
    """Where somebody probably is whom we only know by the language of their browser."""
    default: str = User._meta.get_field("time_zone").default
    return USUAL_TIME_ZONES.get(get_language() or "", default)
