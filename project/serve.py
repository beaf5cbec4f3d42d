"""Run the Procfile's own web command on this machine: `python -m project.serve`, as `make run` does.

HOST and PORT say where it listens. The port is tried first, so that a taken one costs a line and no log.
"""

import os
import socket
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from project import settings

EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104 (what HOST may say, not what it is)


def main() -> None:
    serve(settings.text("HOST", "127.0.0.1"), settings.PORT)


def serve(host: str, port: int, *options: str) -> None:
    """Become the server. Never returns; ends with one line where the address cannot be had."""
    claim(host, port)
    sys.stdout.write(f"Rooms is at {', '.join(addresses(host, port))} (Ctrl-C stops it)\n")
    sys.stdout.flush()
    os.environ["PORT"] = str(port)
    os.environ["ALLOWED_HOSTS"] = ",".join(dict.fromkeys([*settings.ALLOWED_HOSTS, *names(host)]))
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    os.execvp("sh", ["sh", "-c", f'exec {web_command()} --host "$@"', "sh", host, *options])  # noqa: S606, S607


def web_command() -> str:
    """Return what the Procfile says after `web:`, a line for a shell."""
    lines = (settings.BASE_DIR / "Procfile").read_text().splitlines()
    return next(line.removeprefix("web:").strip() for line in lines if line.startswith("web:"))


def claim(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        settings.refuse("HOST", host, "Write an address of this machine, or 0.0.0.0 for all of them.")
    except PermissionError:
        settings.refuse("PORT", str(port), "This port is for the administrator alone: choose one above 1024.")
    except OSError as error:
        reason = error.strerror.lower() if error.strerror else "it cannot be had"
        settings.refuse("PORT", str(port), f"On {host}: {reason}. Choose another, like PORT={port % 65535 + 1}")


def addresses(host: str, port: int) -> Iterable[str]:
    reachable = ["127.0.0.1", *network_addresses()] if host in EVERYWHERE else [bracketed(host)]
    return [f"http://{name}:{port}" for name in dict.fromkeys(reachable)]


def names(host: str) -> list[str]:
    """Return what people may call this machine when it listens on `host`.

    Its own names and addresses, never "*": a page elsewhere whose name is made to point here stays a stranger.
    """
    if host not in EVERYWHERE:
        return [bracketed(host)]
    name = socket.gethostname().lower()
    return [name, f"{name.removesuffix('.local')}.local", *network_addresses()]


def network_addresses() -> list[str]:
    """Return this machine's IPv4 addresses, the one on the way to the internet first. No packet is sent."""
    found = []
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        found.append(probe.getsockname()[0])
    with suppress(OSError):
        found += socket.gethostbyname_ex(socket.gethostname())[2]
    return [address for address in dict.fromkeys(found) if not address.startswith("127.")]


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


if __name__ == "__main__":
    main()
