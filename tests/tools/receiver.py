"""A bot's program on this machine, in this process: keeps what it is called with, and answers as it is told to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

Behave = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Got(NamedTuple):
    """One call."""

    line: str
    headers: dict[str, str]
    body: bytes


class Receiver:
    """Answers the next calls with ``answers``, raw, and all others with 204; or does what ``behave`` does."""

    def __init__(self) -> None:
        self.got: list[Got] = []
        self.answers: list[bytes] = []
        self.behave: Behave | None = None
        self.host = ""

    @property
    def url(self) -> str:
        return f"http://{self.host}/hook?a=b"

    def says(self, body: str, kind: str = "text/plain; charset=utf-8", status: int = 200, more: str = "") -> None:
        """Answer one more call with a body."""
        data = body.encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n{more}\r\n"
        self.answers.append(head.encode() + data)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(_header(one) for one in lines if one)
            self.got.append(Got(line, headers, await reader.readexactly(int(headers["content-length"]))))
            if self.behave:
                await self.behave(writer)
            else:
                writer.write(self.answers.pop(0) if self.answers else b"HTTP/1.1 204 No Content\r\n\r\n")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def _header(line: str) -> tuple[str, str]:
    name, _colon, value = line.partition(": ")
    return name.lower(), value


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens until the block ends."""
    receiver = Receiver()
    server: Any = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield receiver
    finally:
        server.close()
