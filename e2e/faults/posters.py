"""People who talk while things break: one thread each, one key a message, the same key until it is accepted."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import threading
import time
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode, urlsplit

from e2e.faults.history import History, Type
from e2e.sockets import LOBBY, Caller

TIMEOUT = 10.0
RETRY_SECONDS = 0.3
PATIENCE = 45.0
"""Seconds for which a person presses Retry."""

numbers = itertools.count(1)


class Poster(threading.Thread):
    """Says "<key>" every `pace` seconds. The server lets a person say ten things in ten seconds, so 1.0 is quick."""

    def __init__(self, history: History, caller: Caller, room: str, pace: float = 1.0, url: str = "") -> None:
        super().__init__(name=f"poster {caller.name}", daemon=True)
        self.history, self.caller, self.room, self.pace = history, caller, room, pace
        self.address = urlsplit(url or caller.server.url).netloc
        self.token = caller.token or caller.get_token()
        self.over = threading.Event()
        self.line: http.client.HTTPConnection | None = None

    def run(self) -> None:
        while not self.over.is_set():
            began = time.monotonic()
            self.say(f"{self.caller.name.replace(' ', '-')}-{next(numbers)}")
            self.over.wait(max(0.0, self.pace - (time.monotonic() - began)))
        self.close()

    def say(self, key: str) -> bool:
        """Post until the server accepts it; return whether it did."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.history.note(self.caller.name, "post", "invoke", key=key, room=self.room)
            type, status, wait = self._attempt(key)
            self.history.note(self.caller.name, "post", type, key=key, room=self.room, status=status)
            if type == "ok":
                return True
            time.sleep(wait)
        return False

    def _attempt(self, key: str) -> tuple[Type, object, float]:
        """What became of it, the answer's status (or what went wrong), and the seconds to wait before another try."""
        fields = {"csrfmiddlewaretoken": self.token, "body": key, "key": key}
        headers = {
            "Cookie": f"session={self.caller.session}", "Origin": f"http://{self.address}", "HX-Request": "true",
            "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        try:
            self.line = self.line or http.client.HTTPConnection(self.address, timeout=TIMEOUT)
            self.line.request("POST", f"{self.room}messages/", urlencode(fields), headers)
            response = self.line.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            # Refused before it was sent: it did not happen. Anything else: nobody knows.
            return "fail" if isinstance(error, ConnectionRefusedError) else "info", repr(error), RETRY_SECONDS
        if response.status == 200:
            return "ok", 200, 0
        self.close()  # It may be closed at the other end before the next attempt.
        wait = response.headers.get("Retry-After", "")
        type: Type = "info" if response.status >= 500 else "fail"
        return type, response.status, float(wait) if wait.isdigit() else RETRY_SECONDS

    def close(self) -> None:
        if self.line:
            self.line.close()
        self.line = None


@contextlib.contextmanager
def talking(
    history: History, callers: Sequence[Caller], room: str = LOBBY, pace: float = 1.0, url: str = ""
) -> Iterator[list[Poster]]:
    """Let these people talk while the block runs, and at its end see their last messages through."""
    posters = [Poster(history, caller, room, pace, url) for caller in callers]
    for poster in posters:
        poster.start()
        time.sleep(pace / len(posters))  # They do not speak in chorus.
    try:
        yield posters
    finally:
        for poster in posters:
            poster.over.set()
        for poster in posters:
            poster.join(PATIENCE + TIMEOUT)
