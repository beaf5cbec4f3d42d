"""A lively sample team, to try Rooms out with: `make demo`."""

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rooms.demo import team
from rooms.models import Message, Room, User

BAR_WIDTH = 40

OTHERS_ARE_HERE = """There are people here already, so the sample team stays out.

To look at it on the side, in a data folder of its own:
    DATA_DIR=data/demo make demo
    DATA_DIR=data/demo make run
To add its people and rooms to the team that is here (they join the open rooms; no command takes them out again):
    python manage.py demo --add"""

WARNING = "They are for trying Rooms out: start with an empty data folder when your own team comes."


def count_of_messages(value: str) -> int:
    if value.isascii() and value.isdecimal() and int(value) <= 1_000_000:
        return int(value)
    raise ArgumentTypeError(f"write a whole number from 0 to 1000000, not {value!r}")


class Command(BaseCommand):
    help = "Fill the database with a lively sample team, and say how to sign in as two of its people."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--messages", type=count_of_messages, default=3000, help="about how many (default: 3000)")
        parser.add_argument("--add", action="store_true", help="even where other people are here already")

    def handle(self, *args: Any, messages: int, add: bool, **options: Any) -> None:
        if team.find_people().exists():
            self.stdout.write("The sample team was here already; nothing was changed.")
        elif User.objects.exists() and not add:
            raise CommandError(OTHERS_ARE_HERE)
        else:
            team.create_team(messages, self.show_progress)
            people, rooms = team.find_people().count(), Room.objects.count()
            self.stdout.write(
                f"The sample team is here: {people} people, {rooms} rooms, {Message.objects.count():,} messages."
            )
        self.show_sign_ins()

    def show_progress(self, done: int, total: int) -> None:
        """A bar that grows in place on a terminal; a line each time elsewhere."""
        line = f"{done:,} of {total:,} messages"
        if not self.stdout.isatty():
            return self.stdout.write(line)
        filled = BAR_WIDTH * done // total
        self.stdout.write(f"\r{'█' * filled}{'░' * (BAR_WIDTH - filled)} {line}", ending="\n" if done == total else "")
        self.stdout.flush()

    def show_sign_ins(self) -> None:
        elsewhere = "" if settings.DATA_DIR == settings.BASE_DIR / "data" else f"DATA_DIR={settings.DATA_DIR} "
        self.stdout.write(f"\nRun the chat ({elsewhere}make run) and sign in as two people, in two browsers:\n\n")
        for user in team.find_sign_ins():
            password = team.get_password(user)
            known = password if user.check_password(password) else "(the password was changed)"
            who = f"{user.name}, {user.get_language_display()}, {user.get_role_display().lower()}"
            self.stdout.write(f"    {user.email:<20} {known:<20} {who}")
        self.stdout.write(f"\n{WARNING}")
