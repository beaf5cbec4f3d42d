from rooms.models.archiving import Archived
from rooms.models.attempt import Attempt, TooManyAttempts
from rooms.models.bookmark import Bookmark
from rooms.models.command import Command
from rooms.models.draft import Draft
from rooms.models.membership import Membership
from rooms.models.message import KeyReused, Message
from rooms.models.notification import Notification
from rooms.models.reaction import Reaction
from rooms.models.room import NotAMember, Room
from rooms.models.user import EmailTaken, LastAdministrator, User
from rooms.models.wording import Wording
from rooms.models.workspace import Workspace

__all__ = [
    "Archived",
    "Attempt",
    "Bookmark",
    "Command",
    "Draft",
    "EmailTaken",
    "KeyReused",
    "LastAdministrator",
    "Membership",
    "Message",
    "NotAMember",
    "Notification",
    "Reaction",
    "Room",
    "TooManyAttempts",
    "User",
    "Wording",
    "Workspace",
]
