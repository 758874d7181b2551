"""A room's own pages beside its talk: its settings, for who moderates it, and its members."""

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from webchat.chat import access, mutes, names, rooms
from webchat.chat.clock import now
from webchat.errors import Forbidden, NotFound, SignInNeeded, sentence as _
from webchat.model import Membership, Room, User
from webchat.store import (
    Tx,
    judges,
    members as stored,
    mutes as stored_mutes,
    rooms as stored_rooms,
    rules as stored_rules,
    users,
)
from webchat.web.answers import browsed, page, redirect
from webchat.web.directory import query
from webchat.web.house import house, peer
from webchat.web.limits import network
from webchat.web.may import room_may
from webchat.web.session import Visitor
from webchat.web.sizes import LARGE

ROWS = 50
"""Members on a page."""
SUGGESTED = 100
"""People who are proposed to be asked in."""


async def settings(request: Request) -> Response:
    """What a room is, to be changed."""
    visitor = await house(request).sessions.visitor(request)
    return await settings_page(request, visitor, request.path_params["slug"])


async def members(request: Request) -> Response:
    """Who is in a room; moderators change that here. As a fragment, the people who could be asked in."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    at.limits.search(visitor.actor, network(peer(request)), "people")
    return await members_page(request, visitor, request.path_params["slug"])


async def settings_page(
    request: Request, visitor: Visitor, slug: str, status: int = 200, error: str = "", values: Any = None,
    secret: str = "", tried: str = "",
) -> Response:  # fmt: skip
    """See `settings`; also with an error above its form, the ``secret`` of a judge, or what was ``tried`` of it."""
    if (spelled := names.folded(slug)) != slug:
        return redirect(request, f"/rooms/{spelled}/settings")

    def read(tx: Tx) -> dict[str, Any]:
        room, member = _visible(tx, visitor, slug)
        if not access.may("archive-room", visitor.actor, room, member):
            raise Forbidden(_("Only moderators of this room may change it."))
        return {
            "room": room,
            "rules": stored_rules.get(tx, room.id),
            "judge": judges.get(tx, room.id),
            "at": now(),
            "own_rules": bool(room.site) and stored_rules.own(tx, room.id) is not None,
            "may": room_may(visitor.actor, room, member),
            "count": house(request).sizes.of(tx, room.id),
            "banned": stored.banned(tx, room.id, ROWS),
            "silent_ones": stored_mutes.listed(tx, room.id, now(), mutes.LISTED),
        }

    more = {"error": error, "values": values or {}, "secret": secret, "tried": tried}
    return await page(request, "room_settings", visitor, read, status, **more)


async def members_page(request: Request, visitor: Visitor, slug: str, status: int = 200, error: str = "") -> Response:
    """See `members`; also with an error above the list."""
    at = house(request)
    if (spelled := names.folded(slug)) != slug:
        return redirect(request, f"/rooms/{spelled}/members")
    called, number = query(request)

    def read(tx: Tx) -> dict[str, Any]:
        room, member = _visible(tx, visitor, slug)
        may = room_may(visitor.actor, room, member)
        rows = stored.page(tx, room.id, called, ROWS + 1, (number - 1) * ROWS)
        link = stored_rooms.link(tx, room.id, visitor.actor.id) if member else None
        count = at.sizes.of(tx, room.id)
        # Where most are in already, nobody else may be found before all have been looked at.
        suggested = stored.others(tx, room.id, "", SUGGESTED) if may.invite and count <= LARGE else []
        return {
            "room": room,
            "heading": link.title if link and room.kind == "direct" else room.title,
            "may": may,
            "rows": [(one, _may_change(visitor, room, member, one.user)) for one in rows[:ROWS]],
            "more": len(rows) > ROWS,
            "count": count,
            "invitable": suggested,
            "banned": _banned(tx, room, request.query_params.get("banned", "")) if may.settle else None,
        }

    if "hx-request" in request.headers and "invitable" in request.query_params:
        context = await at.store.browse(read)
        return HTMLResponse(at.renderer.fragment("invitable", visitor.lang, people=context["invitable"]))
    more = {"error": error, "called": called, "number": number}
    return await browsed(request, "members", visitor, read, status, **more)


def _banned(tx: Tx, room: Room, name: str) -> User | None:
    """Whom the address says to have been banned just now, if they are."""
    user = users.by_name(tx, names.folded(name))
    return user if user and stored.is_banned(tx, room.id, user.id) else None


def _may_change(visitor: Visitor, room: Room, member: Membership | None, subject: Any) -> bool:
    other = subject.id != visitor.actor.id
    return other and access.may("remove-user", visitor.actor, room, member, subject=subject)


def _visible(tx: Tx, visitor: Visitor, slug: str) -> tuple[Room, Membership | None]:
    try:
        return rooms.visible(tx, visitor.actor, slug)
    except NotFound:
        if visitor.user:
            raise
        raise SignInNeeded(_("Sign in to see this room.")) from None
