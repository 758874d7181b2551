"""What is kept of whoever asks: all of it as lines of JSON, or erased.

Somebody with an account says the password again to have it erased. A guest, or a user of a site, is known by nothing
but their cookie, and goes with it.
"""

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from webchat.chat import holding, rights
from webchat.errors import NotFound, Refused, SignInNeeded, sentence as _
from webchat.model import Actor, Guest, Site
from webchat.store import Tx
from webchat.web import embed_view
from webchat.web.account import confirmed
from webchat.web.account_view import account_page
from webchat.web.answers import fields, page, redirect
from webchat.web.embed import framed
from webchat.web.embed_identity import door, way_out
from webchat.web.house import house, peer, tell
from webchat.web.limits import actor_key, network
from webchat.web.session import Visitor

NOTHING = _("Nothing is kept about you here.")
FILE = {"Content-Disposition": 'attachment; filename="webchat.jsonl"', "Cache-Control": "no-store"}


async def export(request: Request) -> Response:
    """All that is kept of who is signed in, or of a guest."""
    visitor = await house(request).sessions.visitor(request)
    return _lines(request, _known(visitor).actor)


async def erase(request: Request) -> Response:
    """Erase who is signed in, or a guest; nobody in particular goes on."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    _known(visitor)
    if user := visitor.user:
        try:
            await confirmed(at, user, network(peer(request)), (await fields(request)).get("current", ""))
            await at.chat.commit(partial(rights.erase_self, session=visitor.session))
        except SignInNeeded:
            raise
        except Refused as refused:
            why = at.renderer.translate(visitor.lang, refused.sentence, refused.values)
            return await account_page(request, visitor, refused.status, unerased=why)
    else:
        assert isinstance(visitor.actor, Guest), "who has no account is a guest"
        await at.chat.commit(partial(rights.erase_guest, guest=visitor.actor))
    tell(request, "Somebody erased what was kept of them", "erased", "")
    response = redirect(request, "/")
    at.sessions.sign_out(request, response)
    return response


async def known(request: Request) -> Response:
    """What is kept of who writes in a frame, and what they can do about it."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    where = (request.path_params["site"], request.path_params["thread"])

    def read(tx: Tx) -> dict[str, Any]:
        site, room, _member = embed_view.found(tx, *where, visitor.actor)
        guest = _of(site, visitor)
        return {"site": site, "room": room, "guest": guest, "user": visitor.user}

    found = await at.store.read(read)
    response = await page(request, "embed_known", visitor, lambda _tx: found, mode="thread")
    response.headers.update(framed(found["site"]) | {"Cache-Control": "no-store"})
    return response


async def _exported(request: Request, site: Site, _form: dict[str, str]) -> Response:
    guest = _of(site, await house(request).sessions.visitor(request))
    if guest is None:
        raise NotFound(NOTHING)
    return _lines(request, guest)


async def _erased(request: Request, site: Site, form: dict[str, str]) -> Response:
    at, visitor = house(request), await house(request).sessions.visitor(request)
    guest = _of(site, visitor)
    if guest is None:
        raise NotFound(NOTHING)
    await at.chat.commit(partial(rights.erase_guest, guest=guest))
    tell(request, "Somebody erased what was kept of them", "erased", "", site=site.name)
    response = way_out(request, form)
    at.sessions.sites.leave(request, response, site)
    return response


export_here, erase_here = map(door, (_exported, _erased))


def _lines(request: Request, actor: Actor) -> Response:
    at = house(request)
    at.limits.take("data", actor_key(actor))

    async def written() -> AsyncIterator[bytes]:
        after, more = "", True
        while more:
            found = await at.store.browse(partial(rights.facts, by=holding.author(actor), after=after))
            yield b"".join(msgspec.json.encode(line) + b"\n" for line in found.lines)
            after, more = found.next, bool(found.next)

    return StreamingResponse(written(), media_type="application/x-ndjson", headers=FILE)


def _known(visitor: Visitor) -> Visitor:
    """Raises SignInNeeded for a stranger."""
    if not visitor.known:
        raise SignInNeeded(NOTHING)
    return visitor


def _of(site: Site, visitor: Visitor) -> Guest | None:
    """Who is known at the site by a cookie of theirs; an account of ours has its own page."""
    guest = visitor.actor
    return guest if visitor.known and isinstance(guest, Guest) and guest.site == site.id else None
