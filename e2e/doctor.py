"""A run of `manage.py doctor`, as somebody at a terminal gets it."""

from __future__ import annotations

import subprocess
import sys

from e2e.server import REPOSITORY, Server

LONGEST_SECONDS = 30
"""That the doctor may take, whatever hangs."""


class Report:
    """What the doctor says: `report["Database"]` is the verdict, `report.says` the whole."""

    def __init__(self, settings: dict[str, str], *arguments: str) -> None:
        command = [sys.executable, "manage.py", "doctor", *arguments]
        done = subprocess.run(
            command, cwd=REPOSITORY, env=settings, capture_output=True, text=True, timeout=LONGEST_SECONDS
        )
        self.says = done.stdout
        self.code = done.returncode
        assert done.stderr == ""
        assert "Traceback" not in self.says
        assert len(self.says.splitlines()) <= 40, "not one screen"
        lines = [line.split(maxsplit=1) for line in self.says.splitlines() if line[:4].strip()]
        self.verdicts = [(verdict, text) for verdict, text in lines if verdict in {"well", "note", "FAIL"}]

    def __getitem__(self, subject: str) -> str:
        """The worst verdict on a subject, of which there has to be one."""
        found = {verdict for verdict, text in self.verdicts if text.startswith(f"{subject}  ")}
        assert found, f"nothing on {subject}:\n{self.says}"
        return min(found, key=["FAIL", "note", "well"].index)

    @property
    def failed(self) -> set[str]:
        return {text.split("  ")[0] for verdict, text in self.verdicts if verdict == "FAIL"}


def examine(server: Server, *arguments: str, **changes: str) -> Report:
    return Report(server.settings | changes, *arguments)
