from rooms.forms.accounts import PasswordForm, ProfileForm, SetupForm, SignInForm, SignUpForm
from rooms.forms.manners import PrivacyForm, ToastsForm
from rooms.forms.memberships import InvolvementForm
from rooms.forms.rooms import DirectForm, RoomForm

__all__ = [
    "DirectForm",
    "InvolvementForm",
    "PasswordForm",
    "PrivacyForm",
    "ProfileForm",
    "RoomForm",
    "SetupForm",
    "SignInForm",
    "SignUpForm",
    "ToastsForm",
]
