"""Frames, encoded once for all the sockets that get them (RFC 6455; compression: RFC 7692)."""

import struct
import zlib
from functools import cached_property

SMALLEST_COMPRESSED = 256
"""Bytes of text below which compression costs more than it saves."""

SMALLEST_COMPRESSED_ALONE = 1024
"""The same, for what nobody shares."""

FINAL_TEXT = 0x81
COMPRESSED = 0x40
SYNC_FLUSH_TAIL = b"\x00\x00\xff\xff"


class Frame(str):
    """What a page is sent: the text, and its WebSocket encodings, each made when the first socket needs it."""

    @property
    def size(self) -> int:
        """Bytes that each socket was sent: compressed, where any of them takes it so, as browsers do."""
        return len(self.__dict__.get("deflated") or self.__dict__.get("plain") or self.encode())

    @cached_property
    def plain(self) -> bytes:
        """The unmasked text frame."""
        return encode(FINAL_TEXT, self.encode())

    @cached_property
    def deflated(self) -> bytes:
        """The frame for sockets that negotiated permessage-deflate without context takeover on our side.

        Without that parameter each socket's compressor would depend on what that socket was sent before.
        """
        payload = self.encode()
        if len(payload) < SMALLEST_COMPRESSED:
            return self.plain
        compressor = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        data = compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH)
        return encode(FINAL_TEXT | COMPRESSED, data.removesuffix(SYNC_FLUSH_TAIL))


class SingleFrame(Frame):
    """What only a page or two are sent. Compressing costs more than sending, unless it is long."""

    @cached_property
    def deflated(self) -> bytes:
        return self.plain if len(self) < SMALLEST_COMPRESSED_ALONE else super().deflated


def encode(first_byte: int, payload: bytes) -> bytes:
    """A frame of a server: RFC 6455, section 5.2, never masked."""
    size = len(payload)
    if size < 126:
        return bytes((first_byte, size)) + payload
    if size < 65_536:
        return struct.pack("!BBH", first_byte, 126, size) + payload
    return struct.pack("!BBQ", first_byte, 127, size) + payload
