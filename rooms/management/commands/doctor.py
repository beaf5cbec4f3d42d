"""How the installation is: one screen, and an exit code."""

import logging
import os
import re
import sys
from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from project.sqlite.anchor import weigh_anchors
from rooms.doctor.configuration import look_at_configuration
from rooms.doctor.database import look_at_database
from rooms.doctor.files import look_at_files
from rooms.doctor.finding import Examination, Finding, Look, Verdict
from rooms.doctor.outside import look_at_outside
from rooms.doctor.redis import look_at_bells, look_at_cache
from rooms.doctor.server import look_at_server

PATIENCE = 20.0
"""Seconds for all looks together, which are taken side by side."""

INDENT = " " * 21


class Command(BaseCommand):
    help = (
        "Say whether everything that Rooms needs is well, and what to do where it is not. Exit code 1 where it is not."
    )
    requires_system_checks = ()  # They ask the database.

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--url", default="", help="where people reach Rooms, like https://chat.example.org")

    def run_from_argv(self, argv: list[str]) -> None:
        """As ever, but for the end: a look that still hangs must not hold it up, and Python waits for some threads."""
        code = 0
        try:
            super().run_from_argv(argv)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        weigh_anchors()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

    def handle(self, *args: Any, url: str, **options: Any) -> None:
        if url and not re.fullmatch(r"https?://[^/@?#]+/?", url):
            raise CommandError(f"{url} is no address like https://chat.example.org")
        logging.disable(logging.CRITICAL)  # The report says it all, once.
        try:
            findings = self.examine(url)
        finally:
            logging.disable(logging.NOTSET)
        for finding in findings:
            self.show(finding)
        failed = sum(finding.verdict is Verdict.AWAY for finding in findings)
        self.stdout.write(f"\n{failed} of {len(findings)} not well." if failed else "\nAll is well.")
        if failed:
            raise SystemExit(1)

    def examine(self, url: str) -> list[Finding]:
        looks: dict[str, Look] = {
            "Database": look_at_database,
            "Bells": look_at_bells,
            "Cache": look_at_cache,
            "Static files": look_at_files,
            "Settings": look_at_configuration,
            "Outside": look_at_outside,
            "Server": partial(look_at_server, url),
        }
        under_way = [Examination(subject, look) for subject, look in looks.items()]
        return [finding for examination in under_way for finding in examination.result(PATIENCE)]

    def show(self, finding: Finding) -> None:
        styles = {
            Verdict.WELL: self.style.SUCCESS,
            Verdict.NOTE: self.style.WARNING,
            Verdict.AWAY: self.style.ERROR,
        }
        verdict = styles[finding.verdict](f"{finding.verdict.value:<4}")
        self.stdout.write(f"{verdict}  {finding.subject:<13}  {finding.text}")
        if finding.remedy:
            self.stdout.write(f"{INDENT}{finding.remedy}")
