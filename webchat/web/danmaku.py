"""Comments over the films of others' pages: the script that lets them fly, and a minute of them, or how many there are.

What is said here is what is said in the thread: there is no other way to say it, and taken back there it is gone here.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import access, flights
from webchat.errors import Malformed, NotFound, sentence as _
from webchat.model import Actor, Site
from webchat.positions import Position
from webchat.store import Tx
from webchat.web import embed_view
from webchat.web.answers import whole_number
from webchat.web.embed import SCRIPT
from webchat.web.embed_feeds import shared
from webchat.web.house import house, peer
from webchat.web.limits import network

CACHED = "public, max-age=30"
SEGMENTS = 10 * 24 * 60
"""Minutes of the longest film."""


async def script(request: Request) -> Response:
    """``/danmaku.js``, which defines ``<web-danmaku>``."""
    return house(request).renderer.assets.answer("embed/danmaku.js", request, SCRIPT)


async def heatmap(request: Request) -> Response:
    """``/heatmap.js``, which defines ``<web-heatmap>``."""
    return house(request).renderer.assets.answer("embed/heatmap.js", request, SCRIPT)


async def segment(request: Request) -> Response:
    """The minute ``s`` of a film as rows ``[t, mode, color, text, id, by]``; without it how many there are when."""
    at, asked = house(request), request.query_params.get("s")
    number = None if asked is None else whole_number(asked)
    if asked is not None and (number is None or number > SEGMENTS):
        raise Malformed(_("Ask for a minute of the video by its number, from 0 on."))
    at.limits.take("guests", network(peer(request)))
    known = request.headers.get("if-none-match", "")
    read = partial(_read, epoch=at.store.epoch, stranger=at.sessions.stranger(), number=number, known=known)
    site, etag, told = await at.store.read(partial(read, where=request.path_params))
    headers = {"Cache-Control": CACHED, "ETag": etag} | shared(request, site)
    if told is None:
        return Response(status_code=304, headers=headers)
    return Response(msgspec.json.encode(told), headers=headers, media_type="application/json")


def _read(
    tx: Tx, *, where: Mapping[str, str], stranger: Actor, epoch: str, number: int | None, known: str
) -> tuple[Site, str, Any]:
    """The site, where the thread stands, and what is to be told; nothing for who has it already."""
    site, room, _member = embed_view.found(tx, where["site"], where["thread"], stranger)
    if not access.may_see(stranger, room, None):
        raise NotFound(embed_view.NO_THREAD)
    etag = f'"{Position(epoch, room.rev)}"'
    if etag in known:
        return site, etag, None
    if number is None:
        return site, etag, flights.heat(tx, room)._asdict()
    found = flights.segment(tx, room, number)
    return site, etag, [(one.t, one.mode, one.color, one.text, one.id, one.by) for one in found]
