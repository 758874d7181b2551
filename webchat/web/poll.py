"""The door for who can only ask again and again: what is new, at once or within half a minute."""

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Any

import anyio
import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Send

from webchat.web.door import Admission, RequestDoor, stopped
from webchat.web.incoming import seq, since, until_gone
from webchat.web.outlets import REVOKED, PollOutlet
from webchat.web.surfaces import FRAMES

_CID = re.compile(r'name="cid" value="[^"]*"')
_encode = msgspec.json.Encoder().encode

PATIENCE = 25.0
"""Seconds until it is said that nothing is new."""


class PollDoor(RequestDoor):
    """The door of ``/poll``. ``again`` draws the element that asks for what comes next, and ``calm`` that nothing is
    away, for a language."""

    def __init__(self, *given: Any, again: Callable[..., str], calm: Callable[[str], str]) -> None:
        super().__init__(*given)
        self._again = again
        self._calm = calm

    async def _serve(self, request: Request, admission: Admission, send: Send) -> None:
        if admission.stop:
            raise stopped(admission.stop)
        asked = request.query_params
        outlet = PollOutlet(request.scope)
        reader = self.broker.connect(outlet, *admission.reader)
        try:
            around = seq(asked.get("around"))
            opening = await self.begin(reader, admission, since(asked.get("since")), around, greet=False)
            state = _digest(opening.texts)
            if state != asked.get("state", ""):
                # Whoever polls may have missed that what was away is back, and nobody says it twice.
                calm = () if admission.surface == "data" else (self._calm(admission.lang),)
                outlet.texts[:0] = (*calm, *opening.texts)
            elif asked.get("since") is not None and not opening.stop:
                await _news(request, outlet)
        finally:
            self.broker.disconnect(reader)
        if (code := opening.stop or outlet.code) in REVOKED:
            raise stopped(code)
        where = {"room": admission.slug, "since": outlet.position or asked.get("since", ""), "state": state}
        if admission.surface in FRAMES:
            where |= {"view": admission.surface, "lang": admission.lang}
        answer = self._answer(admission, outlet.texts, where | ({"around": around} if around else {}))
        await answer(request.scope, request.receive, send)

    def _answer(self, admission: Admission, texts: Sequence[str], where: dict[str, Any]) -> Response:
        """What is new, and ``where`` to ask for what comes next."""
        data = ",".join([text for text in texts if text.startswith("{")])
        if admission.surface == "data":
            at = _encode(where["since"]).decode()
            return Response(f'{{"at":{at},"events":[{data}]}}', media_type="application/json")
        html = [text for text in texts if not text.startswith("{")]
        return HTMLResponse("".join((*html, self._again(admission.lang, where=where, said=f"[{data}]"))))


async def _news(request: Request, outlet: PollOutlet) -> None:
    """Wait until there is something to say, or whoever asked has gone."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(until_gone, request, tasks.cancel_scope)
        with anyio.move_on_after(PATIENCE):
            await outlet.ready.wait()
        tasks.cancel_scope.cancel()


def _digest(texts: Sequence[str]) -> str:
    """Tells one state of a user from another, by all but the ids of their forms, which are others each time."""
    said = _CID.sub("", "".join(texts))
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()[:16] if texts else ""
