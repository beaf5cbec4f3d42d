"""The server for developing: pages, static files and WebSockets, started anew after every change."""

import os
import re
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

ADDRESS = re.compile(r"(?:(?P<host>[^:\[\]]+|\[[0-9a-f:.]+\]):)?(?P<port>\d+)", re.IGNORECASE)
WATCHED = ("project", "rooms", "templates")


class Command(BaseCommand):
    help = "Serve pages, static files and WebSockets, with a restart after every change of the code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("addrport", nargs="?", default="127.0.0.1:8000", help="port, or address:port")

    def handle(self, *args: Any, addrport: str, **options: Any) -> None:
        from project.serve import serve

        address = ADDRESS.fullmatch(addrport)
        if address is None:
            raise CommandError(f'"{addrport}" is neither a port nor address:port.')
        host, port = (address["host"] or "127.0.0.1").strip("[]"), int(address["port"])
        self.check_migrations()
        os.environ.setdefault("DEBUG", "on")
        os.environ["HTTPS"] = "off"
        os.environ["WEB_CONCURRENCY"] = "1"
        serve(host, port, "--reload", "--reload-include", "*.html", *self.watched())

    def watched(self) -> list[str]:
        return [option for folder in WATCHED for option in ("--reload-dir", folder)]
