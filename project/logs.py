"""How logs look: one line a record, with nothing in it that a terminal or a log reader would obey."""

import asyncio
import logging

from rooms.outages import is_outage

CONTROL_CHARACTERS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}


class LineFormatter(logging.Formatter):
    """`2026-01-31 12:00:00,123 WARNING rooms.live: …`, control characters escaped; a traceback follows."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:
        return super().formatMessage(record).translate(CONTROL_CHARACTERS)


class WithoutTracebacks(logging.Filter):
    """Drops tracebacks that say no more than their line: of an unknown Host, of a Redis that is away, of an end.

    And of a database that is away: its error is put into the line.
    """

    expected = ("django.security.", "channels_redis.")

    def filter(self, record: logging.LogRecord) -> bool:
        kind, error, _ = record.exc_info or (None, None, None)
        if is_outage(error):
            record.msg, record.args = f"{record.getMessage()}: {describe(error)}", ()
        if kind is asyncio.CancelledError or is_outage(error) or record.name.startswith(self.expected):
            record.exc_info = None
        return True


def describe(error: BaseException | None) -> str:
    """What the database says and, of SQLite, its name for it: "disk I/O error" is the text of thirty errors."""
    name = getattr(error and error.__cause__, "sqlite_errorname", None)
    return f"{error} ({name})" if name else str(error)


class WithoutSockets(logging.Filter):
    """Drops what uvicorn writes of every socket that opens and closes; of one it refuses, a line remains.

    Of one that is too many, no line: rooms.live.limits writes one a minute, and there may be thousands.
    """

    endings = (
        *("[accepted]", "connection open", "connection closed", "connection rejected (403 Forbidden)"),
        *("connection rejected (429 Too Many Requests)", "connection rejected (503 Service Unavailable)"),
        *('" 429', '" 503', "ASGI callable returned without completing handshake."),
    )

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().endswith(self.endings)
