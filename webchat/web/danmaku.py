"""Comments over the films of others' pages: the scripts that let them fly, and a minute of them, or how many there are.

What is said here is what is said in the thread: there is no other way to say it, and taken back there it is gone here.
"""

from collections import OrderedDict
from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import access, flights
from webchat.errors import Malformed, NotFound, sentence as _
from webchat.model import Actor, Room, Site
from webchat.positions import Position
from webchat.store import Tx
from webchat.web import embed_view
from webchat.web.embed import SCRIPT
from webchat.web.embed_feeds import shared
from webchat.web.house import house, peer
from webchat.web.limits import network
from webchat.web.numbers import whole_number

CACHED = "public, max-age=30"
SEGMENTS = 10 * 24 * 60
"""Minutes of the longest film."""
KEPT = 128
_kept: OrderedDict[tuple[str, int, int, int | None], bytes] = OrderedDict()
"""What was told last of rooms of any database, as they were at a rev: however many watch, it is read once."""


async def script(request: Request) -> Response:
    """``/danmaku.js``, which defines ``<web-danmaku>``."""
    return house(request).renderer.assets.answer("embed/danmaku.js", request, SCRIPT)


async def heatmap(request: Request) -> Response:
    """``/heatmap.js``, which defines ``<web-heatmap>``."""
    return house(request).renderer.assets.answer("embed/heatmap.js", request, SCRIPT)


async def stream(request: Request) -> Response:
    """``/stream.js``, which defines ``<web-stream>``."""
    return house(request).renderer.assets.answer("embed/stream.js", request, SCRIPT)


async def segment(request: Request) -> Response:
    """The minute ``s`` of a film as rows ``[t, mode, color, text, id, by]``; without it how many there are when."""
    at, asked = house(request), request.query_params.get("s")
    number = None if asked is None else whole_number(asked)
    if asked is not None and (number is None or number > SEGMENTS):
        raise Malformed(_("Ask for a minute of the video by its number, from 0 on."))
    at.limits.take("guests", network(peer(request)))
    stranger = at.sessions.stranger()
    site, room = await at.store.read(lambda tx: _open_to(tx, request.path_params, stranger))
    etag = f'"{Position(at.store.epoch, room.rev)}"'
    headers = {"Cache-Control": CACHED, "ETag": etag} | shared(request, site)
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    key = (at.store.epoch, room.id, room.rev, number)
    if (told := _kept.get(key)) is None:
        told = _kept[key] = await at.store.read(lambda tx: _told(tx, room, number))
        if len(_kept) > KEPT:
            _kept.popitem(last=False)
    return Response(told, headers=headers, media_type="application/json")


def _open_to(tx: Tx, where: Mapping[str, str], stranger: Actor) -> tuple[Site, Room]:
    """A thread that everybody may read. Raises NotFound."""
    site, room, _member = embed_view.found(tx, where["site"], where["thread"], stranger)
    if not access.may_see(stranger, room, None):
        raise NotFound(embed_view.NO_THREAD)
    return site, room


def _told(tx: Tx, room: Room, number: int | None) -> bytes:
    if number is None:
        return msgspec.json.encode(flights.heat(tx, room)._asdict())
    found = flights.segment(tx, room, number)
    return msgspec.json.encode([(one.t, one.mode, one.color, one.text, one.id, one.by) for one in found])
