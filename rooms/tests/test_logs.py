import logging
import sqlite3
import sys
from asyncio import CancelledError

from django.db import OperationalError

from project.logs import LineFormatter, WithoutSockets, WithoutTracebacks


def record(message: str, name: str = "rooms.live", **attributes: object) -> logging.LogRecord:
    return logging.makeLogRecord({"name": name, "levelname": "INFO", "msg": message, **attributes})


def test_a_record_is_one_line_whatever_a_visitor_wrote() -> None:
    line = LineFormatter().format(record("hello\r\nERROR forged \x1b[31m"))

    assert line.endswith("INFO rooms.live: hello\\x0d\\x0aERROR forged \\x1b[31m")


def test_a_traceback_follows_its_line() -> None:
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        line = LineFormatter().format(record("oh", exc_info=sys.exc_info()))

    assert "\nTraceback" in line


def test_a_visitors_mistake_costs_no_traceback() -> None:
    suspicious = record("bad host", name="django.security.DisallowedHost", exc_info=(None, None, None))

    assert WithoutTracebacks().filter(suspicious)
    assert suspicious.exc_info is None


def test_a_database_that_is_away_is_told_in_one_line_by_its_own_name() -> None:
    error = OperationalError("disk I/O error")
    error.__cause__ = sqlite3.OperationalError()
    error.__cause__.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHORT_READ  # type: ignore[attr-defined]
    error.__cause__.sqlite_errorname = "SQLITE_IOERR_SHORT_READ"  # type: ignore[attr-defined]
    away = record("Service Unavailable: /up", exc_info=(OperationalError, error, None))

    assert WithoutTracebacks().filter(away)
    assert away.getMessage() == "Service Unavailable: /up: disk I/O error (SQLITE_IOERR_SHORT_READ)"
    assert away.exc_info is None


def test_what_is_cut_off_when_the_server_ends_costs_no_traceback() -> None:
    cut_off = record("Exception in ASGI application", name="uvicorn.error", exc_info=(CancelledError, None, None))
    broken = record("Exception in ASGI application", name="uvicorn.error", exc_info=(ValueError, None, None))

    assert WithoutTracebacks().filter(cut_off)
    assert WithoutTracebacks().filter(broken)
    assert (cut_off.exc_info, broken.exc_info) == (None, (ValueError, None, None))


def test_sockets_open_and_close_in_silence_and_are_refused_aloud() -> None:
    kept = WithoutSockets().filter

    assert not kept(record('127.0.0.1:1 - "WebSocket /live/inbox/" [accepted]'))
    assert not kept(record("connection open"))
    assert kept(record('127.0.0.1:1 - "WebSocket /live/none/" 403'))


def test_sockets_that_are_too_many_have_no_line_each() -> None:
    kept = WithoutSockets().filter

    assert not kept(record('127.0.0.1:1 - "WebSocket /live/inbox/" 429'))
    assert not kept(record('127.0.0.1:1 - "WebSocket /live/inbox/" 503'))
    assert not kept(record("connection rejected (429 Too Many Requests)"))
    assert not kept(record("connection rejected (503 Service Unavailable)"))
