"""Rooms and who is in them."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rooms.forms.fields import LineField, PeopleField
from rooms.models import Room, User


class RoomForm(forms.Form):
    """Makes or changes an open or closed room. Whoever fills it in is in the room and is not listed."""

    name = LineField(label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    topic = LineField(
        label=_("Topic"),
        max_length=250,
        required=False,
        help_text=_("What the room is for, in a line."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=_("Who is in it"),
        choices=[
            (Room.Kind.OPEN, _("Everyone, newcomers too")),
            (Room.Kind.CLOSED, _("Only the people you choose")),
        ],
        initial=Room.Kind.OPEN,
        widget=forms.RadioSelect,
    )
    people = PeopleField(
        label=_("People"),
        queryset=User.objects.none(),
        required=False,
        help_text=_("For a room of chosen people. You are in it yourself."),
    )

    def __init__(self, viewer: User, *args: Any, room: Room | None = None, **kwargs: Any) -> None:
        super().__init__(*args, initial=describe(room) if room else None, **kwargs)
        self.viewer = viewer
        others = User.objects.active().exclude(pk=viewer.pk)
        if others.exists():
            self.fields["people"].queryset, self.fields["people"].included = others, viewer
        else:
            del self.fields["people"]

    @property
    def chosen(self) -> list[User]:
        """Who is to be in a closed room."""
        return [self.viewer, *self.cleaned_data.get("people", [])]


def describe(room: Room) -> dict[str, Any]:
    people = room.memberships.values_list("user_id", flat=True)
    return {"name": room.name, "topic": room.topic, "kind": room.kind, "people": list(people)}


class DirectForm(forms.Form):
    people = PeopleField(
        label=_("People"),
        queryset=User.objects.none(),
        help_text=_("Choose only yourself for a place to keep notes."),
        error_messages={
            "required": _("Choose at least one person."),
            "invalid_choice": _("Someone you chose is not here any more. Choose again."),
        },
    )

    def __init__(self, viewer: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer
        self.fields["people"].queryset = User.objects.active()

    def clean_people(self) -> list[User]:
        people = {self.viewer, *self.cleaned_data["people"]}
        if len(people) > Room.DIRECT_LIMIT:
            raise ValidationError(
                _("Direct messages are for up to %(limit)d people. Make a closed room for more."),
                code="limit",
                params={"limit": Room.DIRECT_LIMIT},
            )
        return sorted(people, key=lambda person: person.pk)
