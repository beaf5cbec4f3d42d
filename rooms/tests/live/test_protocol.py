"""uvicorn with our protocols, over real sockets: shared frames, and peers that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from pytest_django import Settings
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from rooms.live import guarded_http, protocol
from rooms.live.frames import Frame
from rooms.live.limits import refuse
from rooms.live.protocol import EXTENSION, FrameWriter
from rooms.tests.live.conftest import until

TEXT = "<p>" + "a message like many others " * 40 + "</p>"


HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class App:
    """Accepts sockets and keeps their writers; answers requests with what it got."""

    def __init__(self) -> None:
        self.writers: list[FrameWriter] = []
        self.accepts = True
        self.upgrades_before_a_request = 0
        self.shuts_down = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.upgrades_before_a_request = len(guarded_http.upgrades)
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
            await send({"type": "http.response.body", "body": b"ok"})
            return
        while True:
            message = await receive()
            if self.shuts_down:
                send.__self__.shutdown()
                return await refuse(scope, send, 503)
            if message["type"] == "websocket.connect" and self.accepts:
                await send({"type": "websocket.accept"})
                self.writers.append(scope["extensions"][EXTENSION])
            elif message["type"] == "websocket.disconnect":
                return


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
async def port(app: App) -> AsyncIterator[int]:
    """A uvicorn in this process, as the Procfile configures it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            app,
            http=protocol.GuardedHttp,
            ws=protocol.LiveProtocol,
            lifespan="off",
            log_level="warning",
            ws_max_size=65_536,
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign] (signals are pytest's)
        task = asyncio.create_task(server.serve([listening]))
        await until(lambda: server.started)
        yield listening.getsockname()[1]
        server.should_exit = server.force_exit = True
        await task


async def open_socket(app: App, port: int, **options: Any) -> tuple[ClientConnection, FrameWriter]:
    client = await connect(f"ws://127.0.0.1:{port}/", **options)
    await until(lambda: app.writers)
    return client, app.writers.pop()


async def test_a_frame_is_the_same_for_those_who_compress_and_those_who_do_not(app: App, port: int) -> None:
    frame = Frame(TEXT)
    for compression in ("deflate", None):
        client, writer = await open_socket(app, port, compression=compression)
        writer.write(frame)
        writer.write(Frame("<p>short</p>"))
        assert [await client.recv(), await client.recv()] == [TEXT, "<p>short</p>"]
        await client.close()
    assert len(frame.deflated) < len(frame.plain) / 4


@pytest.mark.parametrize("compression", ["deflate", None])
async def test_what_is_of_one_page_alone_comes_before_what_all_get(
    app: App, port: int, compression: str | None
) -> None:
    client, writer = await open_socket(app, port, compression=compression)
    writer.write(Frame(TEXT), b"<title>yours</title>")
    assert [await client.recv(), await client.recv()] == ["<title>yours</title>", TEXT]
    await client.close()


async def test_a_client_with_a_small_window_gets_plain_frames(app: App, port: int) -> None:
    """It said that it cannot look back further than its window; our shared frames look back 32 KB."""
    from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

    small = [ClientPerMessageDeflateFactory(server_max_window_bits=9)]
    client, writer = await open_socket(app, port, compression=None, extensions=small)
    writer.write(Frame(TEXT))
    assert await client.recv() == TEXT
    await client.close()


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 200_000])
def test_a_frame_of_any_size_has_the_right_header(size: int) -> None:
    frame = Frame("x" * size).plain
    assert frame[0] == 0x81
    header = 2 if size < 126 else 4 if size < 65_536 else 10
    assert len(frame) == size + header
    assert int.from_bytes(frame[2:header]) == size if header > 2 else frame[1] == size


def test_compression_ends_as_rfc_7692_wants_it() -> None:
    deflated = Frame(TEXT).deflated
    assert deflated[0] == 0xC1
    payload = deflated[2:] if deflated[1] < 126 else deflated[4:]
    assert zlib.decompressobj(-15).decompress(payload + b"\x00\x00\xff\xff").decode() == TEXT


async def test_nothing_is_written_after_the_close(app: App, port: int) -> None:
    client, writer = await open_socket(app, port)
    await client.close()
    writer.write(Frame("<p>too late</p>"))
    with pytest.raises(ConnectionClosed):
        await client.recv()


async def test_a_reader_that_stops_is_congested_until_it_reads_again(app: App, port: int) -> None:
    client, writer = await open_socket(app, port, compression=None, max_queue=1, close_timeout=0.1)
    client.transport.pause_reading()
    drained = asyncio.Event()
    writer.drained = drained.set
    big = Frame("x" * 60_000)
    for _ in range(400):
        if writer.congested:
            break
        writer.write(big)
        await asyncio.sleep(0)
    assert writer.congested
    client.transport.resume_reading()
    async with asyncio.timeout(10):
        while not drained.is_set():
            await client.recv()
    assert not writer.congested
    await client.close()


async def read_to_the_end(port: int, data: bytes) -> bytes:
    """What the server answers before it hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        return await asyncio.wait_for(reader.read(), 10)
    except ConnectionResetError:
        return b""
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_headers_beyond_reason_are_refused(port: int) -> None:
    endless = b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-Filler: " + b"x" * 60_000 + b"\r\n"
    assert (await read_to_the_end(port, endless)).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "headers",
    [b"X: y\r\n" * 200, b"X: " + b"y" * 9_000 + b"\r\n", b"Content-Length: 10\r\n"],
    ids=["many", "long", "body"],
)
async def test_a_handshake_that_cannot_be_read_is_refused(port: int, headers: bytes) -> None:
    upgrade = b"Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    answer = await read_to_the_end(port, b"GET / HTTP/1.1\r\n" + upgrade + key + headers + b"\r\n")
    assert answer.startswith(b"HTTP/1.1 400")


async def test_a_request_that_never_ends_its_headers_is_let_go(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarded_http, "HANDSHAKE_SECONDS", 0.2)
    assert await read_to_the_end(port, b"GET / HTTP/1.1\r\nHost: x\r\n") == b""
    assert await read_to_the_end(port, b"") == b""


async def test_of_too_many_who_ask_nothing_the_oldest_goes(
    port: int, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.LIVE_UNFINISHED_REQUESTS = 3
    silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
    await until(lambda: len(guarded_http.unfinished) == 3)
    answer = await read_to_the_end(port, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert b"200 OK" in answer
    assert await silent[0][0].read() == b""
    assert len(guarded_http.unfinished) == 2
    assert [message.partition(":")[0] for message in caplog.messages] == ["Dropped a connection"]
    for _, writer in silent:
        writer.close()
        await writer.wait_closed()
    await until(lambda: not guarded_http.unfinished)


async def test_a_second_request_on_a_connection_has_its_own_time(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200 OK" in await reader.readuntil(b"\r\n\r\nok")
    writer.close()
    await writer.wait_closed()


async def test_a_request_does_not_wait_for_a_thousand_handshakes(app: App, port: int) -> None:
    lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(101)]
    for _, writer in lines[1:]:
        writer.write(HANDSHAKE)
    lines[0][1].write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

    assert b"200 OK" in await lines[0][0].readuntil(b"\r\n\r\nok")
    assert app.upgrades_before_a_request > guarded_http.UPGRADES_PER_TURN
    await until(lambda: len(app.writers) == 100)
    for _, writer in lines:
        writer.transport.abort()


async def test_a_handshake_that_nobody_answers_is_let_go(app: App, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HANDSHAKE_SECONDS", 0.2)
    app.accepts = False
    assert await read_to_the_end(port, HANDSHAKE) == b""


@pytest.mark.parametrize(("data", "code"), [(b"x" * 65_537, 1009), (b"\xff\xfe", 1007)], ids=["too large", "no UTF-8"])
async def test_a_peer_that_breaks_the_protocol_costs_a_line(
    app: App, port: int, caplog: pytest.LogCaptureFixture, data: bytes, code: int
) -> None:
    client, _ = await open_socket(app, port, compression=None)
    await client.send(data, text=True)
    with pytest.raises(ConnectionClosed):
        await client.recv()

    assert client.close_code == code
    assert [record.exc_info for record in caplog.records if record.levelname != "INFO"] == [None]


async def test_a_handshake_that_is_refused_while_the_server_shuts_down_is_no_traceback(
    app: App, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    app.shuts_down = True
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HANDSHAKE)
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []
