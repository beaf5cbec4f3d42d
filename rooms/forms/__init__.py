from rooms.forms.accounts import PasswordForm, ProfileForm, SetupForm, SignInForm, SignUpForm
from rooms.forms.manners import PrivacyForm, ToastsForm
from rooms.forms.memberships import InvolvementForm
from rooms.forms.outside import ChoicesForm, QuietForm, TargetForm
from rooms.forms.rooms import DirectForm, RoomForm
from rooms.forms.workspace import CrowdMentionsForm

__all__ = [
    "ChoicesForm",
    "CrowdMentionsForm",
    "DirectForm",
    "InvolvementForm",
    "PasswordForm",
    "PrivacyForm",
    "ProfileForm",
    "QuietForm",
    "RoomForm",
    "SetupForm",
    "SignInForm",
    "SignUpForm",
    "TargetForm",
    "ToastsForm",
]
