"""Calling programs: a signed request as Standard Webhooks has them, to the address that was checked and nowhere else.

No redirect is followed and no proxy asked; it may take 10 seconds in all, or less, and answer 128 KiB.
"""

import asyncio
import base64
import hmac
import secrets
import ssl
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import SplitResult

import anyio
import httptools

from webchat import __version__
from webchat.errors import Malformed
from webchat.outside import guard
from webchat.threads import aside

PATIENCE = 10.0
"""Seconds that a call may take, from the look-up of its host to the last byte of the answer, if not said otherwise."""
LONGEST = 128 * 1024
"""The most bytes of an answer, headers and all."""
HEAD_START = 0.25
"""Seconds that an address of a host is tried alone."""
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
BEGINNING = "whsec_"
"""What secrets that sign begin with."""


class Call(NamedTuple):
    """What is sent where: ``id`` is the same however often it is tried."""

    url: str
    secret: str
    id: str
    body: bytes


class Answer(NamedTuple):
    """What came back: a status, 0 if there was none, and why; the text of an answer and its media type."""

    status: int
    why: str = ""
    kind: str = ""
    body: bytes = b""
    after: int = 0

    @property
    def is_done(self) -> bool:
        """Whether it was taken."""
        return 200 <= self.status < 300


def new_secret() -> str:
    """A secret to sign with."""
    return BEGINNING + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(call: Call, at: int) -> str:
    """What says that a body is ours, and of which second."""
    signed = b".".join((call.id.encode(), str(at).encode(), call.body))
    key = base64.b64decode(call.secret.removeprefix(BEGINNING))
    return "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


async def deliver(call: Call, at: int, trusted: Collection[str], patience: float = PATIENCE) -> Answer:
    """Call at a time in seconds. Raises nothing: what went wrong is in the answer."""
    try:
        with anyio.fail_after(patience):
            return await _delivered(call, at, trusted)
    except TimeoutError:
        return Answer(0, f"No answer within {patience:g} seconds.")
    except OSError as error:
        return Answer(0, error.strerror or str(error) or type(error).__name__)
    except (Malformed, ValueError, httptools.HttpParserError) as error:
        return Answer(0, str(error) or type(error).__name__)


async def _delivered(call: Call, at: int, trusted: Collection[str]) -> Answer:
    parts = guard.checked(call.url, trusted)
    host, named = parts.hostname or "", guard.is_trusted(parts, trusted)
    addresses = await aside(guard.reachable, host, guard.port_of(parts), named)
    tls = {"ssl": _tls(), "server_hostname": host} if parts.scheme == "https" else {}
    reader, writer = await _connected(addresses, tls)
    try:
        writer.write(_request(call, parts, at))
        return await _answer(reader)
    finally:
        writer.transport.abort()  # nothing more is wanted, however slowly the other side would close


async def _connected(addresses: Iterable[tuple[str, int]], tls: Mapping[str, Any]) -> Streams:
    """A connection to the first address that takes one. Each is tried once the one before has failed, or has not
    answered for a moment: a program may listen at 127.0.0.1 alone, and a network may swallow what is for IPv6."""
    made: list[Streams] = []
    failed: list[OSError | ValueError] = []

    async def connect(to: tuple[str, int], over: anyio.Event) -> None:
        try:
            made.append(await asyncio.open_connection(*to, **tls))
            group.cancel_scope.cancel()
        except (OSError, ValueError) as error:
            failed.append(error)
        over.set()

    try:
        async with anyio.create_task_group() as group:
            for address in addresses:
                over = anyio.Event()
                group.start_soon(connect, address, over)
                with anyio.move_on_after(HEAD_START):
                    await over.wait()
    except BaseException:
        _hang_up(made)
        raise
    if not made:
        raise failed[-1]
    _hang_up(made[1:])  # two that were made in the same moment
    return made[0]


def _hang_up(made: Iterable[Streams]) -> None:
    for _reader, writer in made:
        writer.transport.abort()


def _request(call: Call, parts: SplitResult, at: int) -> bytes:
    """The bytes of it. An address that was checked has no spaces or ends of lines."""
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    lines = (
        f"POST {path} HTTP/1.1",
        f"Host: {parts.netloc}",
        f"User-Agent: webchat/{__version__}",
        "Accept: application/json, text/plain",
        "Accept-Encoding: identity",
        "Connection: close",
        "Content-Type: application/json",
        f"Content-Length: {len(call.body)}",
        f"Webhook-Id: {call.id}",
        f"Webhook-Timestamp: {at}",
        f"Webhook-Signature: {signature(call, at)}",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii") + call.body


async def _answer(reader: asyncio.StreamReader) -> Answer:
    told, size = _Told(), 0
    parser = httptools.HttpResponseParser(told)
    told.status = parser.get_status_code
    while not told.whole and (data := await reader.read(16 * 1024)):
        size += len(data)
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # which is no HttpParserError
            return Answer(parser.get_status_code(), "The answer goes on in another protocol, which was not asked for.")
        if size > LONGEST:
            return Answer(parser.get_status_code() if told.headed else 0, "The answer is too long.")
    status = parser.get_status_code()
    if not told.headed or not (told.whole or told.lasts):
        return Answer(0, "The connection ended without an answer.")
    headers = told.headers
    if headers.get("content-encoding", "identity") != "identity":
        return Answer(status, "The answer is compressed, which was not asked for.")
    after = headers.get("retry-after", "")
    seconds = int(after) if after.isascii() and after.isdigit() and len(after) < 6 else 0
    return Answer(status, "", headers.get("content-type", ""), bytes(told.body), seconds)


class _Told:
    """What a parser has read. What comes before the answer itself, such as a 100, is forgotten."""

    def __init__(self) -> None:
        self.status: Callable[[], int] = int
        self.on_message_begin()

    @property
    def lasts(self) -> bool:
        """Whether only the end of the connection is the end of it."""
        return not self.headers.keys() & {"content-length", "transfer-encoding"}

    def on_message_begin(self) -> None:
        """Another answer begins."""
        self.headers: dict[str, str] = {}
        self.body = bytearray()
        self.headed = self.whole = False

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; of two the last counts."""
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1").strip()

    def on_headers_complete(self) -> None:
        """The status and the headers are there."""
        self.headed = self.status() >= 200

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self.body += body

    def on_message_complete(self) -> None:
        """The answer is there, if it was one."""
        self.whole = self.status() >= 200


@cache
def _tls() -> ssl.SSLContext:
    """Made once: it reads all authorities."""
    return ssl.create_default_context()
