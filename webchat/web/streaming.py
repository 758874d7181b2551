"""An answer that goes on for as long as somebody listens: what the doors share that give one."""

from typing import NamedTuple

import anyio
from starlette.requests import Request
from starlette.types import Send

from webchat.broker import Reader
from webchat.web.door import Admission, RequestDoor, stopped
from webchat.web.incoming import until_gone
from webchat.web.outlets import Form, StreamOutlet
from webchat.web.visit import code_for


class Manner(NamedTuple):
    """How an answer is written: its media type, each frame as bytes, and what is sent at once, so that whoever asked,
    and whoever is between, knows that this goes on."""

    media: str
    form: Form
    beginning: bytes = b""
    encoding: str = ""


EVENTS = Manner("text/event-stream; charset=utf-8", lambda frame: frame.events, b"retry: 1000\n\n")
# Named, so that nothing is collected on the way until there is enough to compress.
LINES = Manner("application/x-ndjson", lambda frame: frame.lines, encoding="identity")
HEADERS = {
    "cache-control": "no-store, no-transform",
    "connection": "close",  # nothing else ever comes by it
    "x-accel-buffering": "no",
}


class StreamingDoor(RequestDoor):
    """A door whose answers go on. What is sent first is its `_begin`'s."""

    manner = EVENTS

    async def _serve(self, request: Request, admission: Admission, send: Send) -> None:
        if admission.stop:
            raise stopped(admission.stop)
        outlet = StreamOutlet(request.scope, self.manner.form)
        reader = self._connect(outlet, admission)
        told = HEADERS | {"content-type": self.manner.media}
        told |= {"content-encoding": self.manner.encoding} if self.manner.encoding else {}
        headers = [(name.encode(), value.encode()) for name, value in told.items()]
        try:
            with outlet.lost:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(until_gone, request, tasks.cancel_scope)
                    tasks.start_soon(self._open, request, admission, reader)
                    await send({"type": "http.response.start", "status": 200, "headers": headers})
                    await send({"type": "http.response.body", "body": self.manner.beginning, "more_body": True})
                    async for data in outlet.taken():
                        await send({"type": "http.response.body", "body": data, "more_body": True})
                    await send({"type": "http.response.body", "body": b""})
                    tasks.cancel_scope.cancel()
        finally:
            self._disconnect(reader)
            if outlet.code:
                self.metrics.closed(outlet.code)

    async def _open(self, request: Request, admission: Admission, reader: Reader) -> None:
        try:
            stop = await self._begin(request, admission, reader)
        except Exception as error:
            stop = code_for(error)
        if stop:
            reader.outlet.cut(stop)

    async def _begin(self, request: Request, admission: Admission, reader: Reader) -> int:
        """Send what there is to begin with, and go on as long as it takes; a code to close with, or 0 to stay."""
        raise NotImplementedError
