from rooms.models.membership import Membership
from rooms.models.message import KeyReused, Message
from rooms.models.room import NotAMember, Room
from rooms.models.user import User
from rooms.models.workspace import Workspace

__all__ = ["KeyReused", "Membership", "Message", "NotAMember", "Room", "User", "Workspace"]
