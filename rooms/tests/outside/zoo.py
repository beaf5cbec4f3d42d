"""Servers on this machine that answer as they like: each connection is given to a function."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

Answer = Callable[[socket.socket], None]


class Server:
    """What asked it: the heads and bodies of requests, as bytes, in order."""

    def __init__(self, answer: Answer, trust: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self.trust = trust
        self.requests: list[bytes] = []
        self.arrived = threading.Condition()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listening.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/topic"

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listening.accept()
                threading.Thread(target=self.serve, args=[connection], daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            line = self.trust.wrap_socket(connection, server_side=True) if self.trust else connection
            with line:
                request = read_request(line)
                with self.arrived:
                    self.requests.append(request)
                    self.arrived.notify_all()
                self.answer(line)

    def wait_for(self, count: int, seconds: float = 10) -> None:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.requests) >= count, seconds), self.requests

    def bodies(self) -> list[str]:
        return [request.partition(b"\r\n\r\n")[2].decode() for request in self.requests]

    def head(self, number: int = -1) -> dict[str, str]:
        """The headers of a request, by their names in lower case."""
        lines = self.requests[number].partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


def read_request(line: socket.socket) -> bytes:
    request = b""
    while b"\r\n\r\n" not in request and (chunk := line.recv(65536)):
        request += chunk
    head, _, body = request.partition(b"\r\n\r\n")
    lengths = [text.split(b":")[1] for text in head.lower().split(b"\r\n") if text.startswith(b"content-length")]
    while lengths and len(body) < int(lengths[0]) and (chunk := line.recv(65536)):
        body += chunk
    return head + b"\r\n\r\n" + body


@contextlib.contextmanager
def serving(answer: Answer, trust: ssl.SSLContext | None = None) -> Iterator[Server]:
    server = Server(answer, trust)
    threading.Thread(target=server.run, daemon=True).start()
    try:
        yield server
    finally:
        with contextlib.suppress(OSError):
            server.listening.shutdown(socket.SHUT_RDWR)
        server.listening.close()


def says(status: int = 200, *headers: str, body: bytes = b"ok") -> Answer:
    head = "\r\n".join([f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", *headers, "", ""])
    return lambda line: line.sendall(head.encode() + body)


def drips(start: bytes) -> Answer:
    """Say this, and then a byte every tenth of a second for as long as somebody listens."""

    def answer(line: socket.socket) -> None:
        line.sendall(start)
        while not threading.Event().wait(0.1):
            line.sendall(b"x")

    return answer


def floods(start: bytes) -> Answer:
    def answer(line: socket.socket) -> None:
        line.sendall(start)
        while True:
            line.sendall(b"x" * 65536)

    return answer


def hangs(line: socket.socket) -> None:
    """Take the request, and say nothing until the other side is gone."""
    while line.recv(1024):
        pass


def make_certificate(folder: Path, *names: str) -> tuple[Path, ssl.SSLContext]:
    """A certificate for these names, signed by itself: what to trust, and what a server with it uses."""
    subjects = ",".join(f"IP:{name}" if name[0].isdigit() else f"DNS:{name}" for name in names)
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=zoo"]
    command += ["-addext", f"subjectAltName={subjects}", "-out", str(certificate), "-keyout", str(key)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return certificate, context
