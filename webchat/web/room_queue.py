"""What waits in a room: for its moderators a page of it, and beside the room what each reader is shown of it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import access, holding, names, queue, rooms
from webchat.chat.moderation import MODERATORS_ONLY
from webchat.errors import Forbidden, NotFound, SignInNeeded, sentence as _
from webchat.model import Actor, Membership, Room
from webchat.store import Tx, held as stored, reports as stored_reports
from webchat.web.answers import page, redirect
from webchat.web.house import house
from webchat.web.numbers import whole_number
from webchat.web.session import Visitor


async def listed(request: Request) -> Response:
    """The queue of a room."""
    visitor = await house(request).sessions.visitor(request)
    return await queue_page(request, visitor, request.path_params["slug"])


async def queue_page(request: Request, visitor: Visitor, slug: str, status: int = 200, error: str = "") -> Response:
    """See `listed`; also with an error above it."""
    if (spelled := names.folded(slug)) != slug:
        return redirect(request, f"/rooms/{spelled}/queue")
    after = whole_number(request.query_params.get("after", "")) or 0

    def read(tx: Tx) -> dict[str, Any]:
        try:
            room, member = rooms.visible(tx, visitor.actor, slug)
        except NotFound:
            if visitor.user:
                raise
            raise SignInNeeded(_("Sign in to see this room.")) from None
        if not access.may("restore-room", visitor.actor, room, member):
            raise Forbidden(MODERATORS_ONLY)
        reported = stored_reports.waiting(tx, room.id, queue.SHOWN)
        texts = stored.waiting(tx, room.id, queue.SHOWN + 1, after)
        return {
            "room": room,
            "texts": texts[: queue.SHOWN],
            "more": len(texts) > queue.SHOWN,
            "shadows": stored.shadows(tx, room.id, queue.SHOWN),
            "reported": reported,
            "after": after,
        }

    return await page(request, "queue", visitor, read, status, error=error)


def beside(tx: Tx, actor: Actor, room: Room, member: Membership | None) -> dict[str, Any]:
    """What an actor is shown beside a room: their own texts that wait or were rejected, and, for its moderators, how
    many wait; None for others."""
    moderates = access.may("approve-message", actor, room, member)
    return {
        "held": stored.of(tx, room.id, *holding.author(actor)) if room.ruled else [],
        "waiting": holding.how_many(tx, room) if moderates else None,
    }
