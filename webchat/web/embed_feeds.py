"""A thread for those who show it themselves: as JSON, a feed or HTML, and how many comments a list of pages has."""

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as Xml

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from webchat.chat import access, messages, names, pins, sites, threads
from webchat.errors import Malformed, NotFound, sentence as _
from webchat.model import Message, Page, Room, Site
from webchat.positions import Position
from webchat.store import Tx, rooms as stored_rooms
from webchat.web import embed_view
from webchat.web.answers import origin
from webchat.web.embed import SHOWN
from webchat.web.embed_schema import SCHEMA
from webchat.web.house import House, house
from webchat.web.numbers import whole_number
from webchat.web.render import iso
from webchat.web.surfaces import spoken
from webchat.web.views import described

THREADING = "http://purl.org/syndication/thread/1.0"
ATOM = "http://www.w3.org/2005/Atom"
INCLUDED = 100
"""Comments in the text that a site's server includes."""
MOST = 100
"""Threads whose numbers are asked for at once."""
_NO_XML = re.compile("[\ufffe\uffff]")
"""What a message may have, and XML may not: with it no reader could read a feed at all."""
_CACHED = "public, max-age=0, s-maxage=2, stale-while-revalidate=30"


async def as_json(request: Request) -> Response:
    """What was said last in a thread, or before a seq, as the API tells it."""
    at, before = house(request), whole_number(request.query_params.get("before", ""))

    def read(tx: Tx) -> tuple[Site, Room, Page, Message | None]:
        site, room, run = _read(tx, at, request.path_params, before)
        return site, room, run, pins.pinned(tx, room)

    site, room, run, pinned = await at.store.read(read)
    told = {
        "site": site.name,
        "thread": room.slug.partition(".")[2],
        "count": room.seq,
        "at": str(Position(at.store.epoch, run.rev)),
        "earlier": run.earlier,
        "pinned": described(_linked(pinned, request)) if pinned else None,
        "messages": [described(_linked(message, request)) for message in run.messages],
    }
    return JSONResponse(told, headers=_headers(request, site))


async def as_atom(request: Request) -> Response:
    """The same as a feed."""
    at = house(request)
    site, room, run = await at.store.read(lambda tx: _read(tx, at, request.path_params, None))
    here = origin(request) + at.settings.base
    feed = Xml.Element("feed", {"xmlns": ATOM, "xmlns:thr": THREADING})
    _add(feed, "title", f"{room.title} · {site.title}")
    _add(feed, "id", f"{here}/embed/{site.name}/{room.slug.partition('.')[2]}")
    _add(feed, "updated", iso(max((max(m.at, m.edited) for m in run.messages), default=site.created)))
    Xml.SubElement(feed, "link", {"rel": "self", "href": str(request.url)})
    for message in reversed(run.messages):
        if not (message.deleted or message.hidden):
            _enter(feed, _linked(message, request), f"{here}/rooms/{room.slug}/m/")
    return Response(
        Xml.tostring(feed, "utf-8", xml_declaration=True),
        headers=_headers(request, site),
        media_type="application/atom+xml",
    )


async def as_html(request: Request) -> Response:
    """What was said last, for pages that a server of the site makes: no script, no frame, no style."""
    at, before = house(request), whole_number(request.query_params.get("before", ""))

    def read(tx: Tx) -> tuple[Site, Room, Page]:
        site, room, run = _read(tx, at, request.path_params, before, INCLUDED)
        return site, room, threads.arranged(tx, room, run, "")

    site, room, run = await at.store.read(read)
    here, lang = origin(request) + at.settings.base, spoken(request)
    shown = [_linked(message, request) for message in run.rows]
    text = at.renderer.fragment("included", lang, site=site, room=room, page=run, shown=shown, here=here, schema=SCHEMA)
    headers = _headers(request, site)
    return HTMLResponse(text, headers=headers | {"Vary": f"{headers['Vary']}, Accept-Language"})


async def counts(request: Request) -> Response:
    """How many comments threads have: ``?thread=a&thread=b``."""
    at = house(request)
    threads = {thread: names.folded(thread) for thread in request.query_params.getlist("thread")[: MOST + 1]}
    if not 1 <= len(threads) <= MOST or not all(map(names.is_slug, threads.values())):
        raise Malformed(_("Ask for 1 to 100 threads, by their names."))

    def read(tx: Tx) -> tuple[Site, dict[str, int]]:
        site = sites.found(tx, request.path_params["site"])
        return site, {asked: stored_rooms.public_count(tx, f"{site.name}.{name}") for asked, name in threads.items()}

    site, found = await at.store.read(read)
    return JSONResponse({"counts": found}, headers=_headers(request, site))


def _read(
    tx: Tx, at: House, where: Mapping[str, Any], before: int | None, limit: int = SHOWN
) -> tuple[Site, Room, Page]:
    """The run that anybody may read. Raises NotFound where guests see nothing."""
    stranger = at.sessions.stranger()
    site, room, _member = embed_view.found(tx, where["site"], where["thread"], stranger)
    if not access.may_see(stranger, room, None):
        raise NotFound(embed_view.NO_THREAD)
    return site, room, messages.run(tx, room, before, None, limit)


def shared(request: Request, site: Site) -> dict[str, str]:
    """Pages of the site may read it, those of others not."""
    asked = request.headers.get("origin", "")
    told = {"Access-Control-Allow-Origin": asked, "Cross-Origin-Resource-Policy": "cross-origin"}
    return {"Vary": "Origin", **(told if asked in site.origins else {})}


def _headers(request: Request, site: Site) -> dict[str, str]:
    return {"Cache-Control": _CACHED} | shared(request, site)


def _linked(message: Message, request: Request) -> Message:
    """A message for pages elsewhere, with whole addresses of what is here: those of names and files."""
    html = message.html
    for begins in ('<a href="', 'src="'):
        html = html.replace(f"{begins}/", f"{begins}{origin(request)}{house(request).settings.base}/")
    return msgspec.structs.replace(message, html=html)


def _enter(feed: Xml.Element, message: Message, links: str) -> None:
    entry, link = Xml.SubElement(feed, "entry"), f"{links}{message.seq}"
    _add(entry, "id", link)
    _add(entry, "title", message.body[:80])
    _add(entry, "published", iso(message.at))
    _add(entry, "updated", iso(message.edited or message.at))
    _add(Xml.SubElement(entry, "author"), "name", message.title)
    Xml.SubElement(entry, "link", {"href": link})
    if message.answers:
        Xml.SubElement(
            entry, "thr:in-reply-to", {"ref": f"{links}{message.answers}", "href": f"{links}{message.answers}"}
        )
    _add(entry, "content", message.html, type="html")


def _add(parent: Xml.Element, name: str, text: str, **more: str) -> None:
    Xml.SubElement(parent, name, more).text = _NO_XML.sub("", text)
