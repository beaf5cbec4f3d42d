"""Clients that die without a word: behind a dead link, or stopped in the middle of whatever they did."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Protocol

from e2e.line import Line, line
from e2e.services import ServiceError


class Link(Protocol):
    """A way to the server that can die, both directions at once. `known_as`: the port that the server sees."""

    def connect(self, port: int) -> socket.socket: ...

    def known_as(self, connection: socket.socket) -> int: ...
    def die(self) -> None: ...
    def live(self) -> None: ...


class Cable:
    """A network of its own, at the other end of a virtual Ethernet cable. Wants root on Linux.

    When it is pulled, nothing is acknowledged any more: to the server's kernel the connection is half open.
    """

    def __init__(self) -> None:
        self.name = f"rooms{os.getpid()}"
        self.ends = f"r{os.getpid()}a", f"r{os.getpid()}b"
        # Of those that RFC 2544 keeps for tests of networks, four for each process: more than one may run these tests.
        self.near, self.far = (str(ip_address("198.18.0.0") + os.getpid() % 32_768 * 4 + number) for number in (1, 2))

    def set_up(self) -> None:
        near, far = self.ends
        ip("netns", "add", self.name)
        ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", self.name)
        ip("addr", "add", f"{self.near}/30", "dev", near)
        ip("link", "set", near, "up")
        ip("-n", self.name, "addr", "add", f"{self.far}/30", "dev", far)
        self.live()

    def tear_down(self) -> None:
        ip("link", "del", self.ends[0])
        ip("netns", "del", self.name)

    def die(self) -> None:
        ip("-n", self.name, "link", "set", self.ends[1], "down")

    def live(self) -> None:
        ip("-n", self.name, "link", "set", self.ends[1], "up")

    def connect(self, port: int) -> socket.socket:
        """A connection to the server from there, for use from here: a socket stays in the network it was made in."""
        made: list[socket.socket | OSError] = []

        def enter() -> None:
            try:
                with open(f"/run/netns/{self.name}") as there:
                    os.setns(there.fileno(), os.CLONE_NEWNET)
                made.append(socket.create_connection((self.near, port), timeout=10))
            except OSError as error:
                made.append(error)

        thread = threading.Thread(target=enter)  # Only this thread is there, and it ends.
        thread.start()
        thread.join()
        if isinstance(made[0], OSError):
            raise made[0]
        return made[0]

    def known_as(self, connection: socket.socket) -> int:
        return int(connection.getsockname()[1])


class HeldLine:
    """Where no network can be made: a proxy that passes nothing on. Its kernel still acknowledges what it gets."""

    def __init__(self, line: Line) -> None:
        self.line = line

    def connect(self, port: int) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.line.port), timeout=10)

    def known_as(self, connection: socket.socket) -> int:
        return self.line.far_ports("sockets")[-1]

    def die(self) -> None:
        self.line.hold()

    def live(self) -> None:
        self.line.mend()


@contextmanager
def cable() -> Iterator[Link]:
    """Raises ServiceError where networks cannot be made."""
    cable = Cable()
    try:
        cable.set_up()
        yield cable
    finally:
        cable.tear_down()


@contextmanager
def held_line(port: int) -> Iterator[Link]:
    with line(port) as opened:
        yield HeldLine(opened)


def can_make_networks() -> bool:
    name = f"rooms{os.getpid()}try"
    try:
        ip("netns", "add", name)
        ip("netns", "del", name)
    except (ServiceError, OSError):
        return False
    return hasattr(os, "setns")


def ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise ServiceError(f"ip {' '.join(arguments)} failed: {done.stderr}")
