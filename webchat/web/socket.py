"""The WebSocket door: commands in, acks and frames out.

What is received is only put into a bounded inbox, so that nothing that the store does keeps pongs from being read.
Workers take from it in order; several may wait for their commits, which then happen together.
"""

import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, NamedTuple, Protocol

import anyio
import msgspec
from anyio.abc import TaskGroup
from starlette.responses import PlainTextResponse
from starlette.types import Message
from starlette.websockets import WebSocket

from webchat import topics
from webchat.broker import Broker, Frame, Reader, Since, data
from webchat.commands import Command, StartTyping, parse
from webchat.errors import Forbidden, Refused, Unavailable, sentence as _
from webchat.model import Actor
from webchat.topics import Topic
from webchat.web.incoming import form as read_form, older, seq, since
from webchat.web.outlets import QueueOutlet, WireOutlet

log = logging.getLogger("webchat.socket")

INBOX = 64
"""The most frames of one connection that wait; who sends more before the first are done is cut."""
WORKERS = 8
"""The most commands of one connection that are under way together."""
FLOOD = 4429
AGAIN = 1013
NOT_ALLOWED = 4403


class Admission(msgspec.Struct, frozen=True):
    """Who came in, from which network (``where``), and what for. With a ``stop`` the connection is accepted and closed
    with that code at once, which is how a browser is told not to come back."""

    actor: Actor
    lang: str = "en"
    session: str = ""
    slug: str = ""
    network: str = ""
    may_post: bool = True
    surface: str = "room"
    stop: int = 0
    where: str = ""


class Opening(NamedTuple):
    """What a connection begins with, read after it began to listen, so that nothing is missed between the two: the
    user's small state, what else to listen to, and whether it may stay."""

    texts: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()
    stop: int = 0


class Done(Protocol):
    """What came of a command."""

    @property
    def id(self) -> int | str:
        """The id for the ack."""


Admit = Callable[[WebSocket], AbstractAsyncContextManager[Admission]]
"""Lets a connection in for as long as the block lasts. Raises Forbidden for a wrong Origin (answered with 403) and
Unavailable or TooFast when there are too many (503), before anything is accepted."""
Perform = Callable[[Admission, Command], Awaitable[Done]]
"""Runs a command. It reaches the store's queue without waiting for anything before, so that order is kept."""


class SocketDoor:
    """The door of ``/socket``: `enter` is its endpoint. What it needs is given as functions, by app.py."""

    def __init__(
        self,
        broker: Broker,
        admit: Admit,
        opening: Callable[[Admission], Awaitable[Opening]],
        perform: Perform,
        typing: Callable[[Admission, StartTyping], None],
        charge: Callable[[Admission], None],
        translate: Callable[[str, str, Mapping[str, object]], str],
    ) -> None:
        self.broker = broker
        self.opening = opening
        self.perform = perform
        self.typing = typing
        self.charge = charge
        self.translate = translate
        self._admit = admit

    async def enter(self, websocket: WebSocket) -> None:
        """Serve one connection until it ends."""
        inside = False
        try:
            async with self._admit(websocket) as admission:
                inside = True
                await websocket.accept()
                if admission.stop:
                    await websocket.close(admission.stop)
                else:
                    await self._serve(websocket, admission)
        except Refused as refused:
            if inside:
                raise
            await _deny(websocket, refused)

    async def _serve(self, websocket: WebSocket, admission: Admission) -> None:
        wire = websocket.scope.get("extensions", {}).get("webchat.wire")
        outlet = WireOutlet(wire) if wire is not None else QueueOutlet(websocket)
        view = f"{admission.surface}.{admission.lang}"
        reader = self.broker.connect(outlet, view, admission.actor.id, admission.session, admission.slug)
        try:
            async with anyio.create_task_group() as tasks:
                await _Visit(self, websocket, admission, reader, tasks).stay(outlet)
        finally:
            self.broker.disconnect(reader)


class _Visit:
    """One connection, from its acceptance to its end."""

    def __init__(
        self, door: SocketDoor, websocket: WebSocket, admission: Admission, reader: Reader, tasks: TaskGroup
    ) -> None:
        self._door = door
        self._websocket = websocket
        self._admission = admission
        self._reader = reader
        self._tasks = tasks
        self._inbox: list[Message] = []  # short, and an empty list costs an idle connection nothing
        self._workers = 0
        self._listening = True
        self._repairing = True
        self._wanted: Since = None

    async def stay(self, outlet: WireOutlet | QueueOutlet) -> None:
        """Receive until the connection ends. What was received before that is still done, unless it was cut."""
        opening = anyio.CancelScope()
        self._tasks.start_soon(_within, opening, self._open)
        if isinstance(outlet, WireOutlet):
            await self._listen()
        else:
            sending = anyio.CancelScope()
            with anyio.CancelScope() as listening:
                self._tasks.start_soon(_within, sending, outlet.run, listening)
                await self._listen()
            sending.cancel()
        opening.cancel()
        if self._reader.gone:
            self._inbox.clear()
        self._listening = False
        self._door.broker.disconnect(self._reader)

    async def _listen(self) -> None:
        while (message := await self._websocket.receive())["type"] != "websocket.disconnect":
            self._receive(message)

    def _receive(self, message: Message) -> None:
        if self._reader.gone:
            return
        if len(self._inbox) >= INBOX:
            self._cut(FLOOD)
            return
        self._inbox.append(message)
        if self._workers < WORKERS:
            self._workers += 1
            self._tasks.start_soon(self._work)

    async def _work(self) -> None:
        # Nothing more is done for somebody who was cut; for somebody who just left, what was asked before is.
        while self._inbox and not (self._listening and self._reader.gone):
            await self._answer(self._inbox.pop(0))
        self._workers -= 1

    async def _answer(self, message: Message) -> None:
        """Do what one frame asks and say so to its sender, and to nobody else."""
        form: dict[str, Any] = {}
        try:
            form = read_form(message)
            if form.get("do") == "catch-up":
                self._door.charge(self._admission)
                await self._catch_up(form.get("since"))
                return
            command = parse(form)
            if isinstance(command, StartTyping):
                with suppress(Refused):  # nobody waits for an answer
                    if command.room == self._admission.slug and self._admission.may_post:
                        self._door.typing(self._admission, command)
                return
            done = await self._door.perform(self._admission, command)
        except Refused as refused:
            self._refuse(form, refused)
        except Exception as error:
            _log(error)
            self._refuse(form, Unavailable(_("Something went wrong here. Nothing was changed; try again.")))
        else:
            self._reader.write(data({"ack": command.cid, "id": done.id}))

    def _refuse(self, form: Mapping[str, Any], refused: Refused) -> None:
        cid = form.get("cid")
        why = self._door.translate(self._admission.lang, refused.sentence, refused.values)
        nack = {"nack": cid if isinstance(cid, str) and len(cid) <= 64 else None, "why": why}
        self._reader.write(data(nack | {"after": refused.after} if refused.after else nack))

    async def _open(self) -> None:
        """Listen, then send what there is: in this order, so that nothing falls between."""
        door, reader, admission = self._door, self._reader, self._admission
        try:
            if admission.actor.id:
                door.broker.subscribe(reader, topics.user(admission.actor.id))
                door.broker.subscribe(reader, topics.PLACE)
            opening = await door.opening(admission)
            if opening.stop:
                self._cut(opening.stop)
                return
            for topic in opening.topics:
                door.broker.subscribe(reader, topic)
            if opening.texts:
                reader.write(Frame(*opening.texts))
            if admission.slug:
                params = self._websocket.query_params
                await door.broker.join(reader, admission.slug, since(params.get("since")), seq(params.get("around")))
            await self._repair()
        except Refused:
            self._cut(NOT_ALLOWED)
        except Exception as error:
            _log(error)
            self._cut(AGAIN)

    async def _catch_up(self, wanted: object) -> None:
        """Bring a part of the list up to date: one at a time, and after the beginning."""
        self._wanted = older(self._wanted, since(wanted if isinstance(wanted, str) else ""))
        if self._repairing:
            return
        self._repairing = True
        try:
            await self._repair()
        except Exception as error:  # half repaired it would miss what comes
            _log(error)
            self._cut(AGAIN)

    async def _repair(self) -> None:
        while (wanted := self._wanted) is not None:
            self._wanted = None
            await self._door.broker.repair(self._reader, wanted)
        self._repairing = False

    def _cut(self, code: int) -> None:
        self._inbox.clear()
        self._reader.outlet.cut(code)
        self._door.broker.disconnect(self._reader)


async def _deny(websocket: WebSocket, refused: Refused) -> None:
    """Refuse before accepting, so that a browser backs off and does not take it for a connection that broke."""
    if "websocket.http.response" not in websocket.scope.get("extensions", {}):
        await websocket.close()
        return
    wrong = isinstance(refused, Forbidden)
    headers = {} if wrong else {"Retry-After": "5"}
    await websocket.send_denial_response(PlainTextResponse(str(refused), 403 if wrong else 503, headers))


async def _within(scope: anyio.CancelScope, run: Callable[..., Awaitable[None]], *args: object) -> None:
    with scope:
        await run(*args)


def _log(error: Exception) -> None:
    """Where it happened, without what it was about: messages are their authors' and not the log's."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("Unexpected %s:\n%s", type(error).__name__, where)
