"""The API's files: sent into a room in a form, named by their ids in what is said there next, and given out again."""

from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import names
from webchat.chat.done import Done
from webchat.errors import NotFound, sentence as _
from webchat.store import Tx, files as stored
from webchat.web import files
from webchat.web.api import views
from webchat.web.api.door import asked
from webchat.web.api.endpoint import NOTHING_THERE, Ask, Endpoint
from webchat.web.house import house, peer
from webchat.web.limits import network


def sent(ask: Ask, tx: Tx) -> views.File:
    """The file that was just sent."""
    file = stored.find(tx, str(ask.done.id))
    if file is None:
        raise NotFound(NOTHING_THERE)
    return msgspec.convert(files.told(ask.at, file), views.File)


SENDS = Endpoint("POST", "/rooms/{room}/files", _("Send a file to a room"), sent, needs="post", status=201, form=True)
GIVES = Endpoint("GET", "/files/{file}", _("Get a file"), gives="application/octet-stream")


async def send(request: Request) -> Response:
    """Take a file. It is its sender's until a message has it, and goes after a day if none does."""
    ask = await asked(request, SENDS)
    if not files.limit(ask.at):
        raise NotFound(_("No files are taken here."))
    visitor = await ask.at.sessions.speaker(request)
    file, _fields = await files.stored_of(request, visitor, names.folded(str(ask.path["room"])))
    ask = ask._replace(done=Done(file.id))
    shown = await ask.at.store.read(lambda tx: sent(ask, tx))
    return Response(msgspec.json.encode(shown), SENDS.status, media_type="application/json")


async def give(request: Request) -> Response:
    """A file, or a part of it."""
    ask = await asked(request, GIVES)
    ask.at.limits.act(False, ask.actor, network(peer(request)))
    return await files.given(request, await house(request).sessions.speaker(request), str(ask.path["file"]))


ENDPOINTS = (SENDS, GIVES)
DOORS: dict[str, Callable[[Request], Awaitable[Response]]] = {SENDS.path: send, GIVES.path: give}
"""What answers at each path: a body that is no JSON is no matter of `door`."""
