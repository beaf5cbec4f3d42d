import shlex

import pytest

from project import serve


def test_the_command_is_the_procfiles_own() -> None:
    command = shlex.split(serve.web_command())

    assert command[:2] == ["uvicorn", "project.asgi:application"]
    assert command[command.index("--workers") + 1] == "${WEB_CONCURRENCY:-1}"
    assert command[command.index("--ws-max-size") + 1] == "65536"


def test_loopback_adds_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert serve.names("127.0.0.1") == ["127.0.0.1"]
    assert serve.names("::1") == ["[::1]"]


def test_everywhere_adds_this_machine_and_no_wildcard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve.socket, "gethostname", lambda: "Attic")
    monkeypatch.setattr(serve, "network_addresses", lambda: ["192.168.1.7"])

    assert serve.names("0.0.0.0") == ["attic", "attic.local", "192.168.1.7"]
    assert serve.addresses("0.0.0.0", 8000) == ["http://127.0.0.1:8000", "http://192.168.1.7:8000"]
