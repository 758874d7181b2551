"""One connection at a WebSocket door: what it asks is done, and what it missed is sent. A `Visit` speaks htmx's frames;
those of other doors override how they are asked and answer.

What is received is only put into a bounded inbox, so that nothing that the store does keeps pongs from being read.
It is begun in order; several commands may wait for their commits, which then happen together.
"""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import anyio
from starlette.websockets import WebSocket

from webchat.broker import Reader, Since, data
from webchat.chat.done import Done
from webchat.commands import Signal, parse
from webchat.errors import Refused, Unavailable, sentence as _
from webchat.web.incoming import form as read_form, older, seq, since
from webchat.web.outlets import QueueOutlet, WireOutlet

if TYPE_CHECKING:
    from webchat.web.door import Admission, WebSocketDoor

log = logging.getLogger("webchat.socket")

INBOX = 64
"""The most frames of one connection that wait; who sends more before the first are done is cut."""
TOGETHER = 8
"""The most commands of one connection that are under way together."""
FLOOD = 4429
AGAIN = 1013
NOT_ALLOWED = 4403
BROKEN = _("Something went wrong here. Nothing was changed; try again.")


class Visit:
    """One connection, from its acceptance to its end."""

    together: ClassVar[int] = TOGETHER

    def __init__(self, door: "WebSocketDoor", websocket: WebSocket, admission: "Admission", reader: Reader) -> None:
        self._door = door
        self._websocket = websocket
        self._admission = admission
        self._reader = reader
        self._inbox: list[str | None] = []  # short, and an empty list costs an idle connection nothing
        self._under_way = 0
        self._done: anyio.Event | None = None
        self._listening = True
        self._repairing: asyncio.Task[None] | None = None
        self._wanted: Since = None

    async def stay(self, outlet: WireOutlet | QueueOutlet) -> None:
        """Receive until the connection ends. What was received before that is still done, unless it was cut."""
        # Not a task group, whose three scopes would be a tenth of what an idle connection holds.
        self._repairing = asyncio.create_task(self._open())
        try:
            code = await (self._hear(outlet) if isinstance(outlet, WireOutlet) else self._exchange(outlet))
        finally:
            if self._repairing is not None:
                self._repairing.cancel()
        self._door.metrics.closed(code)
        if self._reader.gone:
            self._inbox.clear()
        self._listening = False
        self._door.broker.disconnect(self._reader)
        self._work()
        while self._under_way:
            self._done = anyio.Event()
            await self._done.wait()

    def _hear(self, outlet: WireOutlet) -> Awaitable[int]:
        outlet.wire.receiver = self._receive
        if outlet.wire.push is not None:
            outlet.wire.ended = self._reader.lengthen
            self._reader.shorten(outlet.wire.push)
        return self._listen()

    async def _exchange(self, outlet: QueueOutlet) -> int:
        code, listening = 0, anyio.CancelScope()
        sending = asyncio.create_task(outlet.run(listening))
        try:
            with listening:
                code = await self._listen()
        finally:
            sending.cancel()
        return outlet.code or code

    async def _listen(self) -> int:
        """Receive until the connection ends; its close code."""
        while (message := await self._websocket.receive())["type"] != "websocket.disconnect":
            self._receive(message.get("text"))
        return int(message.get("code", 1005))

    def _receive(self, text: str | None) -> None:
        if self._reader.gone:
            return
        if len(self._inbox) >= INBOX:
            self._cut(FLOOD)
            return
        self._inbox.append(text)
        self._work()

    def _work(self) -> None:
        # Nothing more is done for somebody who was cut; for somebody who just left, what was asked before is.
        while self._inbox and self._under_way < self.together and not (self._listening and self._reader.gone):
            self._begin(self._inbox.pop(0))

    def _begin(self, text: str | None) -> None:
        """Begin what one frame asks. What comes of it is said to its sender, and to nobody else."""
        form: dict[str, Any] = {}
        try:
            form = read_form(text)
            if form.get("do") == "catch-up":
                self._door.charge(self._admission)
                self._catch_up(form.get("since"))
                return
            command = parse(form)
            if isinstance(command, Signal):
                with suppress(Refused):  # nobody waits for an answer
                    self._door.signal(self._admission, command)
            else:
                self._do(command.cid, self._door.perform(self._admission, command))
        except Exception as error:
            self._refuse(form.get("cid"), error)

    def _do(self, cid: str, doing: Awaitable[Done]) -> None:
        """Let something be done, and answer when it is."""
        self._under_way += 1
        asyncio.ensure_future(doing).add_done_callback(partial(self._answer, cid))

    def _answer(self, cid: str, done: asyncio.Future[Done]) -> None:
        self._under_way -= 1
        if done.cancelled():
            pass  # the server stops
        elif (error := done.exception()) is None:
            self._acknowledge(cid, done.result())
        else:
            self._refuse(cid, error)
        self._work()
        if self._done and not self._under_way:
            self._done.set()

    def _acknowledge(self, cid: str, done: Done) -> None:
        ack = {"ack": cid, "id": done.id} | ({"secret": done.secret} if done.secret else {})
        self._reader.write(data(ack | {"note": self._said(*done.note)} if done.note else ack))

    def _refuse(self, cid: object, error: BaseException) -> None:
        refused = error if isinstance(error, Refused) else Unavailable(BROKEN)
        if refused is not error:
            _log(error)
        self._door.metrics.refusals[refused.status] += 1
        self._say_no(cid, self._said(refused.sentence, refused.values), refused)

    def _say_no(self, cid: object, why: str, refused: Refused) -> None:
        nack = {"nack": cid if isinstance(cid, str) and len(cid) <= 64 else None, "why": why}
        self._reader.write(data(nack | {"after": refused.after} if refused.after else nack))

    def _said(self, sentence: str, values: Mapping[str, object]) -> str:
        return self._door.translate(self._admission.lang, sentence, values)

    async def _open(self) -> None:
        """Listen, and be sent what there is."""
        try:
            opening = await self._door.begin(self._reader, self._admission, *self._stands())
            if opening.stop:
                self._cut(opening.stop)
                return
            await self._repair()
        except Exception as error:
            self._cut(code_for(error))

    def _stands(self) -> tuple[Since, int | None]:
        """Where the page stands, and about which place it is."""
        params = self._websocket.query_params
        return since(params.get("since")), seq(params.get("around"))

    def _catch_up(self, wanted: object) -> None:
        """Bring a part of the list up to date: one at a time, and after the beginning."""
        self._wanted = older(self._wanted, since(wanted if isinstance(wanted, str) else ""))
        if self._repairing is None:
            self._repairing = asyncio.create_task(self._repair_or_cut())

    async def _repair_or_cut(self) -> None:
        try:
            await self._repair()
        except Exception as error:  # half repaired it would miss what comes
            _log(error)
            self._cut(AGAIN)

    async def _repair(self) -> None:
        while (wanted := self._wanted) is not None:
            self._wanted = None
            await self._door.broker.repair(self._reader, wanted)
        self._repairing = None

    def _cut(self, code: int) -> None:
        self._inbox.clear()
        self._reader.outlet.cut(code)
        self._door.broker.disconnect(self._reader)


def code_for(error: BaseException) -> int:
    """The code to close a connection with that could not be told what there is. What nobody expects is logged."""
    if isinstance(error, Refused) and not isinstance(error, Unavailable):
        return NOT_ALLOWED
    if not isinstance(error, Refused):
        _log(error)
    return AGAIN


def _log(error: BaseException) -> None:
    """Where it happened, without what it was about: messages are their authors' and not the log's."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("Unexpected %s:\n%s", type(error).__name__, where)
