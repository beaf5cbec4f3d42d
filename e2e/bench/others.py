"""The contestants that are not Rooms. Their programs are in apps/."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from e2e import services
from e2e.bench.caller import Caller
from e2e.bench.client import Door
from e2e.bench.servers import Program, Running, Speaker, beside, by_socket, pad, processes, program, started

APPS = Path(__file__).resolve().parent / "apps"
REPOSITORY = APPS.parent.parent.parent


@contextlib.contextmanager
def tutorial(**variables: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "uvicorn", "e2e.bench.apps.tutorial:application", "--port", "{port}"]
    quiet = ["--log-level", "warning", "--ws-per-message-deflate", "false", "--app-dir", str(REPOSITORY)]
    with program("tutorial", [*command, *quiet], **variables) as running:
        door = Door(f"ws://127.0.0.1:{running.port}/chat/")
        yield Running(processes(running), door, by_socket(lambda text: json.dumps({"message": text})))


@contextlib.contextmanager
def tutorial_redis() -> Iterator[Running]:
    with beside(services.redis()) as redis, tutorial(BENCH_REDIS=redis.url) as contestant:
        contestant.database = lambda: processes(redis)
        yield contestant


@contextlib.contextmanager
def node(name: str, package: str) -> Iterator[Program]:
    """A Node program with one package, which npm brings the first time."""
    executable = services.find_program("node", remedy="apt install nodejs npm")
    folder = REPOSITORY / ".bench" / name
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        npm = services.find_program("npm", remedy="apt install npm")
        subprocess.run([npm, "install", "--silent", "--prefix", str(folder), package], check=True)
    with program(name, [executable, str(APPS / f"{name}.js")], NODE_PATH=str(folder / "node_modules")) as running:
        yield running


@contextlib.contextmanager
def ws() -> Iterator[Running]:
    with node("ws", "ws@8.23.0") as running:
        yield Running(processes(running), Door(f"ws://127.0.0.1:{running.port}/"), by_socket(str))


@contextlib.contextmanager
def socket_io() -> Iterator[Running]:
    with node("socket.io", "socket.io@4.8.4") as running:
        url = f"ws://127.0.0.1:{running.port}/socket.io/?EIO=4&transport=websocket"
        say = by_socket(lambda text: f"42{json.dumps(['chat', text])}")
        yield Running(processes(running), Door(url, answers={"0": "40", "2": "3"}, ready=b"40{"), say)


@contextlib.contextmanager
def nchan() -> Iterator[Running]:
    remedy = "apt install nginx libnginx-mod-nchan"
    nginx = services.find_program("nginx", "/usr/sbin/nginx", remedy=remedy)
    module = next(Path("/usr/lib/nginx/modules").glob("*nchan*"), None)
    if module is None:
        raise services.ServiceError(f"Nchan is missing: {remedy}")
    with services.temporary_folder() as folder:
        service = Program(folder, "nchan", [nginx, "-c", str(folder / "nginx.conf")])
        configuration = (APPS / "nchan.conf").read_text().format(module=module, folder=folder, port=service.port)
        (folder / "nginx.conf").write_text(configuration)
        with started(service):
            caller = Caller(service.port)

            async def say(crowd: Speaker | None, text: str) -> None:
                await caller.post("/pub", pad(text), "text/plain")

            yield Running(processes(service), Door(f"ws://127.0.0.1:{service.port}/sub"), say, alone=True)


@contextlib.contextmanager
def action_cable() -> Iterator[Running]:
    remedy = "apt install ruby-railties ruby-actioncable puma"
    puma = services.find_program("puma", remedy=remedy)
    bind = ["--bind", "tcp://127.0.0.1:{port}", "--environment", "production", "--threads", "5:5", "--quiet"]
    with program("action cable", [puma, *bind, str(APPS / "cable.ru")]) as running:
        channel = json.dumps({"channel": "ChatChannel"})

        def perform(text: str) -> str:
            return json.dumps(
                {"command": "message", "identifier": channel, "data": json.dumps({"action": "say", "message": text})}
            )

        subscribe = json.dumps({"command": "subscribe", "identifier": channel})
        headers = {"Sec-WebSocket-Protocol": "actioncable-v1-json", "Origin": f"http://127.0.0.1:{running.port}"}
        url = f"ws://127.0.0.1:{running.port}/cable"
        door = Door(
            url, lambda number: headers, answers={'{"type":"welcome"': subscribe}, ready=b"confirm_subscription"
        )
        yield Running(processes(running), door, by_socket(perform))
