"""What all doors share that stay open: who came in, what a connection begins with, and what a door is given.

The doors themselves are in `socket` (htmx's frames), `texts` (plain text and JSON), `stream` (server-sent events) and
`poll`. None of them knows another.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, NamedTuple

import anyio
import msgspec
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from webchat import topics
from webchat.broker import Broker, Frame, Outlet, Reader, Since
from webchat.chat.done import Done
from webchat.chat.somebody import Attendance
from webchat.commands import Command, Signal
from webchat.errors import Forbidden, Refused, SignInNeeded, Unavailable, sentence as _
from webchat.metrics import Metrics
from webchat.model import Actor, Guest
from webchat.topics import Topic
from webchat.web.outlets import QueueOutlet, WireOutlet
from webchat.web.surfaces import THREADS, asked
from webchat.web.views import in_languages
from webchat.web.visit import Visit, code_for


class Admission(msgspec.Struct, frozen=True):
    """Who came in, from which network (``where``), and what for: for the room ``slug``, or as the user ``name``. With a
    ``stop`` the connection is accepted and closed with that code at once, which is how a browser is told not to come
    back. Who comes in ``narrow`` hears of the room only, and not of what else its user is told. ``rev`` is the
    room's when they came in. Who is not ``known`` is a stranger, who brought nothing to be known by again."""

    actor: Actor
    lang: str = "en"
    session: str = ""
    slug: str = ""
    network: str = ""
    may_type: bool = True
    surface: str = "room"
    stop: int = 0
    where: str = ""
    narrow: bool = False
    attendance: Attendance | None = None
    name: str = ""
    rev: int | None = None
    known: bool = True

    @property
    def view(self) -> str:
        """What is drawn for it: a surface, and the language where it has words."""
        return f"{self.surface}.{self.lang}" if in_languages(self.surface) else self.surface

    @property
    def reader(self) -> tuple[str, int, str, str, str]:
        """What the broker is told of who hears; of a guest only in frames, where not all is told to everybody, and in
        conversations, which are theirs alone."""
        matters = self.surface in THREADS or ".~" in self.slug
        guest = self.actor.key if matters and isinstance(self.actor, Guest) else ""
        return self.view, self.actor.id, self.session, self.slug, guest


class Opening(NamedTuple):
    """What a connection begins with: the user's small state, what else to listen to, and whether it may stay. What its
    user, the place and its room are told while that is read is sent after it, so none is missed or written over."""

    texts: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()
    stop: int = 0


SIGN_IN = 4401
NOT_ALLOWED = 4403
BEHIND = 1013

Admit = Callable[[HTTPConnection, str], AbstractAsyncContextManager[Admission]]
"""Lets a connection in to a surface for as long as the block lasts. Raises SignInNeeded (answered with 401) or
Forbidden (403) for a token that is not valid or not for this, and Unavailable or TooFast when there are too many (503),
before anything is accepted."""
Perform = Callable[[Admission, Command], Awaitable[Done]]
"""Runs a command. It reaches the store's queue without waiting for anything before, so that order is kept."""


AGAIN = 1.0
"""Seconds until what could not be read is read again."""


async def _settled(_topic: Topic) -> None:
    """Whoever is alone hears everything at once."""


class Door:
    """A door that stays open. `run` it. What it needs is given as functions, by app.py."""

    def __init__(
        self,
        broker: Broker,
        admit: Admit,
        opening: Callable[[Admission], Awaitable[Opening]],
        perform: Perform,
        signal: Callable[[Admission, Signal], None],
        charge: Callable[[Admission], None],
        translate: Callable[[str, str, Mapping[str, object]], str],
        metrics: Metrics | None = None,
        settled: Callable[[Topic], Awaitable[None]] = _settled,
    ) -> None:
        self.broker = broker
        self.admit = admit
        self.opening = opening
        self.perform = perform
        self.signal = signal
        self.charge = charge
        self.translate = translate
        self.metrics = metrics or Metrics()
        self.settled = settled
        self._present: dict[Reader, Admission] = {}
        self._missed: set[Topic | None] = set()
        self._bell = asyncio.Event()

    async def begin(
        self, reader: Reader, admission: Admission, since: Since, around: int | None, *, greet: bool = True
    ) -> Opening:
        """Let a reader listen, then send it what there is: in this order, so that nothing falls between. The state of
        its user is sent if it is to be greeted."""
        heard = [topics.room(admission.slug)] if admission.slug else []
        heard += [topics.user(admission.actor.id), topics.PLACE] if admission.actor.id and not admission.narrow else []
        for topic in heard:
            self.broker.subscribe(reader, topic)
        for topic in heard:
            await self.settled(topic)
        opening = await self._greet(reader, admission, say=greet)
        if opening.stop:
            return opening
        if admission.name:  # what is said to it is kept nowhere that it could be read from later
            for topic in opening.topics:
                await self.settled(topic)
        if admission.slug:
            # Who names no position hears what is said from the moment they were let in, not from some moment after it.
            await self.broker.join(reader, admission.slug, admission.rev if since is None else since, around)
        return opening

    def refresh(self, topic: Topic | None) -> None:
        """Send the whole small state, soon, to those who hear a topic, or to everybody: something was missed."""
        self._missed.add(topic)
        self._bell.set()

    async def run(self) -> None:
        """Send it, until cancelled. While the store is away it waits."""
        while True:
            await self._bell.wait()
            self._bell.clear()
            missed, self._missed = self._missed, set()
            for reader, admission in list(self._present.items()):
                concerned = None in missed or not missed.isdisjoint(reader.topics)
                if concerned and not reader.gone and not await self._greet_again(reader, admission):
                    self._missed |= missed
                    self._bell.set()
                    await anyio.sleep(AGAIN)
                    break

    def _connect(self, outlet: Outlet, admission: Admission) -> Reader:
        """The reader of somebody who stays, until `_disconnect`."""
        reader = self.broker.connect(outlet, *admission.reader)
        self._present[reader] = admission
        return reader

    def _disconnect(self, reader: Reader) -> None:
        del self._present[reader]
        self.broker.disconnect(reader)

    async def _greet(self, reader: Reader, admission: Admission, *, say: bool = True) -> Opening:
        """Let a reader listen to what the small state shows, and send it that, and then what it was told while that was
        read. Who may not stay is sent nothing any more, and neither is who was told too much, until they come back."""
        held = reader.hold()
        try:
            opening = await self.opening(admission)
        except Unavailable:
            reader.release(held)
            raise
        if opening.stop:
            return opening
        for topic in opening.topics:
            self.broker.subscribe(reader, topic)
        state = [Frame(*opening.texts)] if opening.texts and say else []
        return opening if reader.release(held, *state) else Opening(stop=BEHIND)

    async def _greet_again(self, reader: Reader, admission: Admission) -> bool:
        """Send the small state anew, or cut who may not be here; False if it cannot be read now."""
        try:
            stop = (await self._greet(reader, admission)).stop
        except Unavailable:
            return False
        except Exception as error:
            stop = code_for(error)
        if stop:
            reader.outlet.cut(stop)
            self.broker.disconnect(reader)
        return True


class WebSocketDoor(Door):
    """A door for WebSockets: `enter` is its endpoint. What a connection of it does is its ``visit``'s."""

    surface: ClassVar[str] = "room"
    visit: ClassVar[Callable[..., Visit]] = Visit

    async def enter(self, websocket: WebSocket) -> None:
        """Serve one connection until it ends."""
        inside = False
        try:
            async with self.admit(websocket, self._surface(websocket)) as admission:
                inside = True
                await websocket.accept()
                if admission.stop:
                    await websocket.close(admission.stop)
                    self.metrics.closed(admission.stop)
                else:
                    await self._serve(websocket, admission)
        except Refused as refused:
            if inside:
                raise
            await self._deny(websocket, refused)

    def _surface(self, websocket: WebSocket) -> str:
        """What a connection is for."""
        return self.surface

    async def _serve(self, websocket: WebSocket, admission: Admission) -> None:
        wire = websocket.scope.get("extensions", {}).get("webchat.wire")
        outlet = WireOutlet(wire) if wire is not None else QueueOutlet(websocket)
        reader = self._connect(outlet, admission)
        self.metrics.sockets += 1
        try:
            await self.visit(self, websocket, admission, reader).stay(outlet)
        finally:
            self.metrics.sockets -= 1
            self._disconnect(reader)

    async def _deny(self, websocket: WebSocket, refused: Refused) -> None:
        """Refuse before accepting, so that a browser backs off and does not take it for a connection that broke."""
        self.metrics.refusals[refused.status] += 1
        if "websocket.http.response" not in websocket.scope.get("extensions", {}):
            await websocket.close()
            return
        if isinstance(refused, SignInNeeded | Forbidden):
            answer = PlainTextResponse(str(refused), refused.status)
        else:
            answer = PlainTextResponse(str(refused), 503, {"Retry-After": "5"})
        await websocket.send_denial_response(answer)


class RequestDoor(Door):
    """A door for requests whose answer goes on or comes late: `enter` is its endpoint, as an application."""

    async def enter(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request until it is answered."""
        request, inside = Request(scope, receive), False
        try:
            async with self.admit(request, "data" if wants_data(request) else asked(request)) as admission:
                inside = True
                self.metrics.sockets += 1
                try:
                    await self._serve(request, admission, send)
                finally:
                    self.metrics.sockets -= 1
        except Refused as refused:
            if inside and not isinstance(refused, SignInNeeded | Forbidden):
                raise
            await _refusal(request, refused)(scope, receive, send)

    async def _serve(self, request: Request, admission: Admission, send: Send) -> None:
        """Answer. Raises what `stopped` makes for who may not listen, before anything is answered."""
        raise NotImplementedError


def wants_data(request: Request) -> bool:
    """Whether everything is asked for as JSON."""
    return request.headers.get("accept", "").startswith("application/json")


def stopped(code: int) -> Refused:
    """What a close code says, as a refusal."""
    if code == SIGN_IN:
        return SignInNeeded(_("Sign in to listen here."))
    return Forbidden(_("You may not listen here."))


def _refusal(request: Request, refused: Refused) -> Response:
    """A refusal in the form that was asked for; a part of a page stays as it is."""
    status = refused.status if isinstance(refused, SignInNeeded | Forbidden) else 503
    headers = {"HX-Reswap": "none"} | ({"Retry-After": "5"} if status == 503 else {})
    if wants_data(request):
        return JSONResponse({"nack": None, "why": str(refused)}, status, headers)
    return PlainTextResponse(str(refused), status, headers)
