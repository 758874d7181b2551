"""The doors of the API's streams. News only say that there is something to look at; what is told is in
`webchat.web.api.following`."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

import msgspec
from starlette.requests import HTTPConnection, Request
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from webchat.broker import Frame, Outlet, Reader
from webchat.errors import Refused, SignInNeeded, sentence as _
from webchat.store import Store, Tx
from webchat.topics import Topic
from webchat.web.api.door import NO_TOKEN, converted
from webchat.web.api.endpoint import Ask, Endpoint
from webchat.web.api.following import Follower, Heard, SocketQuery, StreamQuery
from webchat.web.api.notifications import MINE
from webchat.web.api.problems import problem
from webchat.web.door import Admission, Door, WebSocketDoor
from webchat.web.outlets import WireOutlet
from webchat.web.security import bearer
from webchat.web.streaming import LINES, StreamingDoor
from webchat.web.views import KEEPALIVE, LOOK, NOTICES
from webchat.web.visit import FLOOD, Visit, code_for

NORMAL = 1000
Q = TypeVar("Q", bound=SocketQuery)


class _Ear:
    """An outlet that is told when to look."""

    def __init__(self, outlet: Outlet) -> None:
        self.bell = asyncio.Event()
        self.waiting = outlet.waiting
        self.cut = outlet.cut
        self._write = outlet.write

    def write(self, frame: Frame) -> None:
        """Write what is no news itself."""
        if frame.texts[0] in (LOOK, KEEPALIVE):  # now and then also without being told: a hint may be lost
            self.bell.set()
        if frame.texts[0] != LOOK:
            self._write(frame)


class EventStreamDoor(StreamingDoor):
    """The door of ``/me/notifications/sse``."""

    def __init__(self, *given: Any, store: Store) -> None:
        super().__init__(*given)
        self._store = store

    def refresh(self, topic: Topic | None) -> None:
        """Something was missed: let everybody look."""
        super().refresh(topic)
        _ring(self._present)

    async def enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request until it ends. What it refuses is said as everywhere in the API."""
        request = Request(scope, receive)
        _asked(request, StreamQuery)
        async with self.admit(request, NOTICES) as admission:
            self.metrics.sockets += 1
            try:
                await self._serve(request, admission, send)
            finally:
                self.metrics.sockets -= 1

    def _connect(self, outlet: Outlet, admission: Admission) -> Reader:
        return super()._connect(_Ear(outlet), admission)

    async def _begin(self, request: Request, admission: Admission, reader: Reader) -> int:
        asked = _asked(request, StreamQuery)
        follower = Follower(self._store, admission.actor.id, asked.since)
        return await _follow(self, reader, admission, follower, poll=asked.poll)


class LineStreamDoor(EventStreamDoor):
    """The door of ``/me/notifications/json``."""

    manner = LINES


class _Listening(Visit):
    """A connection that only hears."""

    def _hear(self, outlet: WireOutlet) -> Awaitable[int]:
        outlet.wire.receiver = self._receive
        return self._listen()

    def _receive(self, text: str | None) -> None:
        """Nothing is asked here, and too much of it is too much."""
        try:
            self._door.charge(self._admission)
        except Refused:
            self._cut(FLOOD)

    async def _open(self) -> None:
        door = self._door
        assert isinstance(door, SocketStreamDoor)
        try:
            stop = await _follow(door, self._reader, self._admission, door.follower(self._websocket, self._admission))
        except Exception as error:
            stop = code_for(error)
        if stop:
            self._cut(stop)


class SocketStreamDoor(WebSocketDoor):
    """The door of ``/me/notifications/ws``."""

    surface = NOTICES
    visit = _Listening

    def __init__(self, *given: Any, store: Store) -> None:
        super().__init__(*given)
        self._store = store

    def refresh(self, topic: Topic | None) -> None:
        """Something was missed: let everybody look."""
        super().refresh(topic)
        _ring(self._present)

    async def enter(self, websocket: WebSocket) -> None:
        """Serve one connection until it ends."""
        try:
            _asked(websocket, SocketQuery)
        except Refused as refused:
            await self._deny(websocket, refused)
        else:
            await super().enter(websocket)

    def follower(self, websocket: WebSocket, admission: Admission) -> Follower:
        """What tells whoever came in."""
        return Follower(self._store, admission.actor.id, _asked(websocket, SocketQuery).since)

    def _connect(self, outlet: Outlet, admission: Admission) -> Reader:
        return super()._connect(_Ear(outlet), admission)

    async def _deny(self, websocket: WebSocket, refused: Refused) -> None:
        self.metrics.refusals[refused.status] += 1
        if "websocket.http.response" in websocket.scope.get("extensions", {}):
            await websocket.send_denial_response(problem(websocket, refused))
        else:
            await websocket.close()


async def _follow(door: Door, reader: Reader, admission: Admission, follower: Follower, *, poll: bool = False) -> int:
    """Tell a reader what its user is told; a code to close with, once there is no more to be said."""
    ear = reader.outlet
    assert isinstance(ear, _Ear), "that is how they are connected"
    opening = await door.begin(reader, admission, None, None)
    if opening.stop:
        return opening.stop
    for topic in opening.topics:
        await door.settled(topic)
    reader.write(await follower.first())
    while not poll:
        await ear.bell.wait()
        ear.bell.clear()
        if (frame := await follower.next()).texts:
            reader.write(frame)
    return NORMAL


def _ring(present: Mapping[Reader, Admission]) -> None:
    for reader in present:
        assert isinstance(reader.outlet, _Ear), "that is how they are connected"
        reader.outlet.bell.set()


def _asked(connection: HTTPConnection, query: type[Q]) -> Q:
    """What a connection asks for.

    Raises:
        SignInNeeded: it shows no token.
        Malformed: it asks for what there is not.
    """
    if bearer(connection.headers) is None:
        raise SignInNeeded(NO_TOKEN)
    asked: Q = converted(dict(connection.query_params), query)
    known = connection.headers.get("last-event-id", "")[:64]
    return msgspec.structs.replace(asked, since=known) if known else asked


def heard(_ask: Ask, _tx: Tx) -> Heard:
    """One of the events, for the documentation."""
    raise NotImplementedError


ENDPOINTS = tuple(
    Endpoint("GET", f"{MINE}/{way}", said, heard, query=query, status=status, streams=media)
    for way, said, query, status, media in (
        ("sse", _("Hear what you are told, as events"), StreamQuery, 200, "text/event-stream"),
        ("json", _("Hear what you are told, as lines of JSON"), StreamQuery, 200, "application/x-ndjson"),
        ("ws", _("Hear what you are told, over a WebSocket"), SocketQuery, 101, "application/json"),
    )
)
"""They are said in the documentation, and have doors of their own."""
