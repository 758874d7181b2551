"""Threads in the pages of others: the script that puts them there, and the document of their frames.

The document holds what was said last and is the same for everybody, so that a cache may keep it and nobody is known for
having looked. What differs by reader, which is the foot, is fetched once the frame's socket knows who they are.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from webchat.chat import access, messages, names, pins, threads
from webchat.model import Actor, Page, Site
from webchat.positions import Position
from webchat.store import Tx
from webchat.web import embed_schema, embed_view
from webchat.web.answers import redirect
from webchat.web.assets import FOREVER
from webchat.web.drawings import Drawing, answer, version
from webchat.web.house import House, house
from webchat.web.language import LANGUAGES
from webchat.web.numbers import whole_number
from webchat.web.room_queue import beside
from webchat.web.room_view import edge, message_page
from webchat.web.security import POLICY
from webchat.web.surfaces import WIDGET, home, spoken

SHOWN = 30
"""The newest messages, which the document holds."""
MODES = ("thread", "live")
THEMES = ("light", "dark")
CACHED = "public, max-age=0, s-maxage=2, stale-while-revalidate=30"
SCRIPT = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=3600, stale-while-revalidate=604800",
}
"""The headers of a script that stands in the pages of others."""


class Look(NamedTuple):
    """How a frame is asked for."""

    lang: str
    mode: str
    theme: str
    sort: str
    before: int | None
    after: int | None


async def script(request: Request) -> Response:
    """``/embed.js``, which defines ``<web-chat>``."""
    return house(request).renderer.assets.answer("embed/embed.js", request, SCRIPT)


async def pinned(request: Request) -> Response:
    """The same under an address that never has another one, for pages that say which they load."""
    assets = house(request).renderer.assets
    if request.path_params["hash"] != assets.pin("embed/embed.js")[0]:
        return Response("404\n", 404, media_type="text/plain")
    return assets.answer("embed/embed.js", request, SCRIPT | {"Cache-Control": FOREVER})


async def thread(request: Request) -> Response:
    """The document of a frame, or, for its script, its foot, a run of older messages, or a list that begins anew."""
    at, asked, look = house(request), request.query_params, _look(request)
    where = (request.path_params["site"], request.path_params["thread"])
    if "foot" in asked or "tools" in asked:
        return await _foot(request, look, *where)
    rows_only = "hx-request" in request.headers and bool(asked.keys() & {"before", "after", "anew"})
    known = "" if rows_only else request.headers.get("if-none-match", "")
    # Rows are kept by no cache, and a site that is closed to guests shows them to its own users.
    reader = (await at.sessions.visitor(request)).actor if rows_only else at.sessions.stranger()
    read = partial(_read, at=at, reader=reader, look=look, where=where, known=known, rows_only=rows_only)
    etag, site, found = await at.store.read(read)
    if rows_only and isinstance(found, Mapping):
        where_to = {} if "anew" in asked else edge(request)
        rows = at.renderer.fragment("history" if where_to else "reset", look.lang, **found, **where_to)
        return HTMLResponse(rows, headers={"Cache-Control": "no-store"})
    vary = "Accept-Encoding, Accept-Language, HX-Request"
    headers = framed(site) | {"Cache-Control": CACHED, "ETag": etag, "Vary": vary}
    if found is None:
        return Response(status_code=304, headers=headers)
    if isinstance(found, Mapping):
        found = at.drawings.keep(etag, _drawn(at, look, found))
    return answer(request, found, headers)


async def tail(request: Request) -> Response:
    """The newest rows for frames that get no connection, which ask again and again: the same for everybody, so that
    caches answer. Nobody keeps a connection for it."""
    at, where, lang = house(request), request.path_params, request.query_params.get("lang", "")
    stranger = at.sessions.stranger()
    kept = await at.tails.newest(where["site"], where["thread"], lang if lang in LANGUAGES else LANGUAGES[0], stranger)
    headers = {"Cache-Control": CACHED, "ETag": kept.etag, "Vary": "Accept-Encoding", "Connection": "close"}
    if kept.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return answer(request, kept.drawn, headers)


async def message(request: Request) -> Response:
    """The form to edit a message, for who writes in the frame; it has no other page than that of any message."""
    where = request.path_params
    slug, seq = f"{names.folded(where['site'])}.{names.folded(where['thread'])}", whole_number(where["seq"]) or 0
    if "hx-request" not in request.headers:
        return redirect(request, f"/rooms/{quote(slug)}/m/{seq}")
    return await message_page(request, await house(request).sessions.visitor(request), slug, seq)


def framed(site: Site) -> dict[str, str]:
    """The headers of what may stand in the pages of a site and, to be tried, in ours; and of no other."""
    ancestors = " ".join(["'self'", *site.origins])
    return {
        "Content-Security-Policy": POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {ancestors}"),
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Cross-Origin-Opener-Policy": "unsafe-none",
    }


def _look(request: Request) -> Look:
    asked = request.query_params
    mode, theme, sort = (asked.get(name, "") for name in ("mode", "theme", "sort"))
    return Look(
        spoken(request),
        mode if mode in MODES else MODES[0],
        theme if theme in THEMES else "",
        sort if sort in threads.SORTS and mode != "live" else "",
        whole_number(asked.get("before", "")),
        whole_number(asked.get("after", "")),
    )


def _read(
    tx: Tx, at: House, reader: Actor, look: Look, where: tuple[str, str], known: str, rows_only: bool
) -> tuple[str, Site, Mapping[str, Any] | Drawing | None]:
    """What the document shows, or how it was drawn, and its version; nothing but that for who has it already."""
    site, room, member = embed_view.found(tx, *where, reader)
    sees = access.may_see(reader, room, member)
    position, pin = Position(at.store.epoch, room.rev if sees else 0), pins.pinned(tx, room) if sees else None
    parts = (position, pin, room.id, room.gate, room.title, site.title, site.origins, look, at.renderer.assets.hash)
    etag = version(*parts)
    if etag in known:
        return etag, site, None
    if not rows_only and (drawn := at.drawings.find(etag)):
        return etag, site, drawn
    run = messages.run(tx, room, look.before, look.after, SHOWN) if sees else Page((), 0, earlier=False, later=False)
    if sees and look.mode == "thread" and not rows_only:  # the script puts rows where they belong
        run = threads.arranged(tx, room, run, look.sort)
    shown = {
        "page": run,
        "pinned": pin,
        "query": _kept(look),
        "at": str(position),
        "home": home(WIDGET, room.slug),
        "mode": look.mode,
        "theme": look.theme,
    }
    return etag, site, embed_view.foot(reader, False, site, room, member) | shown


def _drawn(at: House, look: Look, found: Mapping[str, Any]) -> str:
    """The document; a chat beside a video is nothing to be found by."""
    told = embed_schema.block(found["room"], found["page"], found["home"], at.settings.base)
    return at.renderer.page("embed", look.lang, **found, told=told if look.mode == "thread" else "")


def _kept(look: Look) -> str:
    """What stays of a frame's address where it is asked for in another order."""
    kept = {"lang": look.lang, "mode": look.mode, "theme": look.theme}
    return "".join(f"{name}={value}&" for name, value in kept.items() if value)


async def _foot(request: Request, look: Look, site: str, thread: str) -> Response:
    """The foot alone, for who asks, or the tools for each message."""
    at, visitor = house(request), await house(request).sessions.visitor(request)

    def read(tx: Tx) -> dict[str, Any]:
        found = embed_view.found(tx, site, thread, visitor.actor)
        held = beside(tx, visitor.actor, *found[1:])["held"]
        return embed_view.foot(visitor.actor, visitor.known, *found, held)

    name = "widget_foot" if "foot" in request.query_params else "widget_tools"
    return HTMLResponse(at.renderer.fragment(name, look.lang, **await at.store.read(read)))
