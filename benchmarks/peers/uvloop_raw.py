"""A bare asyncio protocol on uvloop: a message is framed once and written to every socket. The floor in Python."""

import asyncio
import base64
import hashlib
import re
import sys

import uvloop

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
everybody: set[asyncio.Transport] = set()


class Peer(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.buffer = b""

    def connection_lost(self, error):
        everybody.discard(self.transport)

    def data_received(self, data):
        self.buffer += data
        if self.transport not in everybody and not self.shake_hands():
            return
        while len(self.buffer) >= 6:
            size, start = self.buffer[1] & 127, 2
            if size == 126:
                size, start = int.from_bytes(self.buffer[2:4]), 4
            end = start + 4 + size
            if len(self.buffer) < end:
                return
            frame, self.buffer = self.buffer[:end], self.buffer[end:]
            if frame[0] & 15 == 1:
                tell(unmasked(frame[start + 4 :], frame[start : start + 4]))

    def shake_hands(self):
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return False
        key = re.search(rb"(?i)sec-websocket-key: *(\S+)", head)[1]
        accept = base64.b64encode(hashlib.sha1(key + MAGIC).digest())  # noqa: S324 - as RFC 6455 has it
        everybody.add(self.transport)
        self.buffer = rest
        self.transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        return True


def unmasked(masked, mask):
    size = len(masked)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(masked) ^ int.from_bytes(key)).to_bytes(size)


def tell(text):
    size = len(text)
    frame = (bytes((0x81, size)) if size < 126 else b"\x81\x7e" + size.to_bytes(2)) + text
    for transport in everybody:
        transport.write(frame)


async def main():
    server = await asyncio.get_running_loop().create_server(Peer, "127.0.0.1", int(sys.argv[1]), backlog=8192)
    await server.serve_forever()


uvloop.run(main())
