"""A reverse proxy, as badly configured as a test wants it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

HEAD_END = b"\r\n\r\n"

Rewrite = Callable[[dict[str, str]], None]


def rewrite_head(head: bytes, rewrite: Rewrite) -> bytes:
    """Change the headers of a request, whose names are in lower case here."""
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    rewrite(headers)
    return "\r\n".join([first, *(f"{name}: {value}" for name, value in headers.items())]).encode("latin-1") + HEAD_END


def pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def serve(client: socket.socket, port: int, rewrite: Rewrite) -> None:
    """Pass one connection on. It has one request, or one WebSocket."""
    with client, contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)) as server:
        request = b""
        while HEAD_END not in request:
            if not (data := client.recv(65_536)):
                return
            request += data
        head, _, rest = request.partition(HEAD_END)
        server.sendall(rewrite_head(head, rewrite) + rest)
        back = threading.Thread(target=pump, args=(server, client), daemon=True)
        back.start()
        pump(client, server)
        back.join()


@contextlib.contextmanager
def proxy(port: int, rewrite: Rewrite) -> Iterator[str]:
    """Stand before the server at `port`; yield the proxy's URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listening.accept()
                    threading.Thread(target=serve, args=(client, port, rewrite), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
