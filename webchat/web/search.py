"""Looking for messages: a form, what it found, and what else can be written."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import search as searching
from webchat.commands import clean
from webchat.errors import Refused
from webchat.model import Actor
from webchat.store import Tx, rooms as stored_rooms
from webchat.web.answers import page
from webchat.web.house import house, peer
from webchat.web.limits import network
from webchat.web.numbers import whole_number

NONE = searching.Results((), 0, False)


async def search(request: Request) -> Response:
    """The messages that have what ``q`` says, or the form alone, perhaps for the room ``in``."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    asked, actor = request.query_params, visitor.actor
    text = asked.get("q", "").strip()
    sort: searching.Sort = "best" if asked.get("sort") == "best" else "newest"
    below = whole_number(asked.get("before", "")) or 0
    results, status, error = NONE, 200, ""
    if text:
        at.limits.search(actor, network(peer(request)))
        try:
            text = clean(text)
            results = await at.store.browse(lambda tx: searching.find(tx, actor, text, sort, below))
        except Refused as refused:
            status, error = refused.status, at.renderer.translate(visitor.lang, refused.sentence, refused.values)
    elif room := asked.get("in", "").strip()[: searching.LONGEST]:
        text = f"in:{room} "
    shown = {"results": results, "sort": sort, "text": text, "sought": bool(asked.get("q", "").strip())}
    slugs = {one.message.room for one in results.found}
    return await page(
        request, "search", visitor, lambda tx: {"places": _places(tx, actor, slugs)}, status, error=error,
        longest=searching.LONGEST, below=below, **shown,
    )  # fmt: skip


def _places(tx: Tx, actor: Actor, slugs: set[str]) -> dict[str, Any]:
    """The rooms, and how a direct one is called by who reads."""
    found = [room for slug in slugs if (room := stored_rooms.by_slug(tx, slug))]
    return {
        room.slug: (room, stored_rooms.link(tx, room.id, actor.id) if room.kind == "direct" else None) for room in found
    }
