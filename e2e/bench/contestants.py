"""Who takes part: each is started on core 0, opens its door to a crowd, and says something to the room on demand."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import psutil

from e2e import server, services
from e2e.bench.client import Door

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
SERVER_CORE = {0}
PEOPLE = 50

WS = """
const {WebSocketServer} = require('ws');
const server = new WebSocketServer({host: '127.0.0.1', port: +process.env.PORT, perMessageDeflate: false});
server.on('connection', socket => socket.on('message', data => {
  const text = data.toString();
  for (const client of server.clients) client.send(text);
}));
"""
SOCKET_IO = """
const {Server} = require('socket.io');
const io = new Server(+process.env.PORT, {transports: ['websocket']});
io.on('connection', socket => { socket.join('chat'); socket.on('chat', text => io.to('chat').emit('chat', text)); });
"""
NCHAN = """
load_module {module};
worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 30000; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location = /up {{ return 200; }}
    location = /sub {{ nchan_subscriber websocket; nchan_channel_id chat; nchan_subscriber_first_message newest; }}
    location = /pub {{ nchan_publisher; nchan_channel_id chat; nchan_message_buffer_length 1; }}
  }}
}}
"""


@dataclass
class Running:
    processes: list[psutil.Process]
    door: Door
    say: Callable[[str], bytes | None]
    """Say a text: by itself (HTTP), or by returning what a socket of the crowd shall send."""

    def cpu(self) -> float:
        """Seconds of CPU that the server has used."""
        times = [process.cpu_times() for process in self.processes]
        return sum(time.user + time.system for time in times)

    def memory(self) -> int:
        """Bytes that the server has for itself."""
        return sum(process.memory_info().rss for process in self.processes)


def pin(service: services.Service) -> list[psutil.Process]:
    """Keep a server and its workers to one core, the client has the other; return its processes."""
    if service.process is None:
        raise RuntimeError(f"{service.name} is not running")
    root = psutil.Process(service.process.pid)
    family = [root, *root.children(recursive=True)]
    for process in family:
        process.cpu_affinity(list(SERVER_CORE))
    return family


class Program(services.Service):
    """A server that is a command and a port."""

    def __init__(self, folder: Path, name: str, command: list[str], **variables: str) -> None:
        super().__init__(folder)
        self.name, self.arguments = name, [word.format(port=self.port) for word in command]
        self.variables = os.environ | variables | {"PORT": str(self.port)}

    def command(self) -> list[str]:
        return self.arguments

    def environment(self) -> dict[str, str]:
        return dict(self.variables)

    def ready(self) -> bool:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=1)
            connection.request("GET", "/up")
            return connection.getresponse().status > 0
        return False


@contextlib.contextmanager
def running(name: str, command: list[str], **variables: str) -> Iterator[Program]:
    with services.temporary_folder() as folder:
        program = Program(folder, name, command, **variables)
        program.start()
        try:
            yield program
        finally:
            program.stop()


@contextlib.contextmanager
def tutorial(**variables: str) -> Iterator[Running]:
    command = [sys.executable, "-m", "uvicorn", "e2e.bench.tutorial:application", "--port", "{port}"]
    quiet = ["--log-level", "warning", "--ws-per-message-deflate", "false", "--app-dir", str(REPOSITORY)]
    with running("tutorial", [*command, *quiet], **variables) as program:
        door = Door(f"ws://127.0.0.1:{program.port}/chat/")
        yield Running(pin(program), door, lambda text: json.dumps({"message": text}).encode())


@contextlib.contextmanager
def tutorial_redis() -> Iterator[Running]:
    with services.redis() as redis, tutorial(BENCH_REDIS=redis.url) as contestant:
        yield contestant


@contextlib.contextmanager
def node(name: str, package: str, script: str) -> Iterator[Program]:
    """A Node program with one package, which npm brings the first time."""
    folder = REPOSITORY / ".bench" / name
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--prefix", str(folder), package], check=True)
    # Braces are the script's own: only {port} is ours, and it comes by the environment.
    command = ["node", "-e", script.replace("{", "{{").replace("}", "}}")]
    with running(name, command, NODE_PATH=str(folder / "node_modules")) as program:
        yield program


@contextlib.contextmanager
def ws() -> Iterator[Running]:
    with node("ws", "ws@8.23.0", WS) as program:
        yield Running(pin(program), Door(f"ws://127.0.0.1:{program.port}/"), str.encode)


@contextlib.contextmanager
def socket_io() -> Iterator[Running]:
    def answer(payload: bytes) -> bytes | None:
        return {b"0": b"40", b"2": b"3"}.get(payload[:1])

    with node("socket.io", "socket.io@4.8.4", SOCKET_IO) as program:
        door = Door(f"ws://127.0.0.1:{program.port}/socket.io/?EIO=4&transport=websocket", answer=answer, greetings=2)
        yield Running(pin(program), door, lambda text: f"42{json.dumps(['chat', text])}".encode())


@contextlib.contextmanager
def nchan() -> Iterator[Running]:
    module = next(Path("/usr/lib/nginx/modules").glob("*nchan*"))
    with services.temporary_folder() as folder:
        nginx = services.find_program("nginx", "/usr/sbin/nginx", remedy="apt install nginx libnginx-mod-nchan")
        program = Program(folder, "nchan", [nginx, "-c", str(folder / "nginx.conf")])
        (folder / "nginx.conf").write_text(NCHAN.format(module=module, folder=folder, port=program.port))
        program.start()
        connection = http.client.HTTPConnection("127.0.0.1", program.port)

        def say(text: str) -> None:
            connection.request("POST", "/pub", text)
            connection.getresponse().read()

        try:
            yield Running(pin(program), Door(f"ws://127.0.0.1:{program.port}/sub"), say)
        finally:
            program.stop()


SEED = f"""
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from rooms.models import User, Workspace
made = []
for number in range({PEOPLE}):
    user = User(email=f"u{{number}}@example.org", name=f"Person {{number}}")
    user.set_unusable_password()
    if number == 0:
        Workspace.set_up(team="Bench", room="Lobby", email="first@example.org", name="First", password="first of many")
    User.objects.welcome(user)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    made.append(session.session_key)
print(json.dumps(made))
"""


class Member:
    """Somebody who posts over HTTP, with a session, a token and a key for each message, on a connection kept open."""

    keys = count(1)

    def __init__(self, installation: server.Server, session: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", installation.port)
        self.headers = {"Cookie": f"session={session}", "HX-Request": "true", "Origin": installation.url}
        page = self.request("GET", "/rooms/lobby/")
        self.cursor = find(r'id="live-room-\d+-cursor" value="([^"]+)"', page)
        self.socket = find(r'hx-ws:connect="(/live/rooms/\d+/)"', page)
        self.headers["X-CSRFToken"] = find(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)

    def request(self, method: str, path: str, body: str | None = None) -> str:
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        try:
            self.connection.request(method, path, body, self.headers | form)
            response = self.connection.getresponse()
        except ConnectionError:  # Idle for too long: the server has hung up.
            self.connection.close()
            self.connection.request(method, path, body, self.headers | form)
            response = self.connection.getresponse()
        text = response.read().decode()
        if response.status != 200:
            raise RuntimeError(f"{method} {path}: {response.status}\n{text[:500]}")
        return text

    def say(self, text: str) -> None:
        key = f"bench-{next(self.keys)}"
        self.request("POST", "/rooms/lobby/messages/", urlencode({"body": text, "key": key}))


def find(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    if match is None:
        raise RuntimeError(f"nothing like {pattern} in the page")
    return match[1]


@contextlib.contextmanager
def rooms(**variables: str) -> Iterator[Running]:
    with server.prepared() as folder, server.server(folder, LOG_LEVEL="WARNING", **variables) as installation:
        sessions = json.loads(installation.shell(SEED).splitlines()[-1])
        members = [Member(installation, session) for session in sessions]
        turn = count()

        def headers(number: int) -> dict[str, str]:
            return {
                "Cookie": f"session={sessions[number % PEOPLE]}",
                "Origin": installation.url,
                "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
            }

        hello = json.dumps({"type": "sync", "cursor": members[0].cursor}).encode()
        door = Door(f"ws://127.0.0.1:{installation.port}{members[0].socket}", headers, hello, greetings=1)
        yield Running(pin(installation), door, lambda text: members[next(turn) % PEOPLE].say(text))


@contextlib.contextmanager
def rooms_grown() -> Iterator[Running]:
    """PostgreSQL, Redis, two workers."""
    with contextlib.ExitStack() as stack:
        redis, postgresql = stack.enter_context(services.redis()), stack.enter_context(services.postgresql())
        variables = {"DATABASE_URL": postgresql.new_database(), "REDIS_URL": redis.url, "WEB_CONCURRENCY": "2"}
        yield stack.enter_context(rooms(**variables))


CONTESTANTS = {
    "Rooms (SQLite, memory)": rooms,
    "Rooms (PostgreSQL, Redis, 2 workers)": rooms_grown,
    "Nchan": nchan,
    "ws": ws,
    "Socket.IO": socket_io,
    "Channels tutorial (memory)": tutorial,
    "Channels tutorial (Redis)": tutorial_redis,
}
