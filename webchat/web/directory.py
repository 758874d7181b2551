"""The lists that one finds rooms and people in: the directory, and whom to write to."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import access, directs, places
from webchat.errors import Refused, SignInNeeded, sentence as _
from webchat.model import Guest, Listing
from webchat.store import Tx, directory as stored, members as stored_members
from webchat.web.answers import browsed, page, redirect
from webchat.web.house import House, house, peer
from webchat.web.limits import network
from webchat.web.numbers import whole_number
from webchat.web.room_view import room_page
from webchat.web.session import Visitor

ROWS = 50
"""Rooms or people on a page."""
ARCHIVED = 20
"""Archived rooms below them."""


async def room_list(request: Request) -> Response:
    """The directory, and the sidebar of narrow screens."""
    visitor = await house(request).sessions.visitor(request)
    return await directory(request, visitor)


async def directory(
    request: Request, visitor: Visitor, status: int = 200, error: str = "", values: Any = None
) -> Response:
    """The rooms page, also with an error above its form."""
    at, (called, number) = house(request), query(request)

    def read(tx: Tx) -> dict[str, Any]:
        rows = _rows(tx, at, visitor, False, called, ROWS + 1, (number - 1) * ROWS)
        archived = _rows(tx, at, visitor, True, called, ARCHIVED, 0)
        may_create = access.may("create-room", visitor.actor, place=places.place(tx))
        shown = {"directory": rows[:ROWS], "archived": archived, "more": len(rows) > ROWS}
        return shown | {"may_create": may_create}

    return await browsed(
        request, "rooms", visitor, read, status=status, error=error, values=values or {}, called=called, number=number,
    )  # fmt: skip


async def choose(request: Request) -> Response:
    """Whom to write to: one person or several. What was chosen leads to their room's page."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    if visitor.user is None:
        raise SignInNeeded(_("Sign in to write to somebody."))
    me, (called, _number) = visitor.user, query(request)
    names = request.query_params.getlist("users")
    error = ""
    at.limits.search(me, network(peer(request)), "people")
    if "write" in request.query_params:
        try:
            await at.store.read(lambda tx: directs.group(tx, me, names))
            return redirect(request, f"/direct/{','.join(dict.fromkeys(names))}")
        except Refused as refused:
            error = at.renderer.translate(visitor.lang, refused.sentence, refused.values)

    def read(tx: Tx) -> dict[str, Any]:
        people = [one for one in stored_members.others(tx, 0, called, ROWS + 1) if one.id != me.id]
        chosen = [one for name in dict.fromkeys(names) if (one := directs.found(tx, name))]
        shown = [one for one in people[:ROWS] if one not in chosen]
        return {"chosen": chosen, "people": shown, "more": len(people) > ROWS, "most": directs.MOST - 1}

    status = 400 if error else 200
    return await browsed(request, "direct_choose", visitor, read, status, error=error, called=called)


async def direct(request: Request) -> Response:
    """The room shared with the people whose names the path has, with commas; before it exists, where one begins it."""
    visitor = await house(request).sessions.visitor(request)
    return await direct_page(request, visitor, request.path_params["name"].split(","))


async def direct_page(
    request: Request, visitor: Visitor, names: Sequence[str], status: int = 200, error: str = "", values: Any = None
) -> Response:
    """The same for the people called ``names``, also with an error at what was written to them."""
    if visitor.user is None:
        raise SignInNeeded(_("Sign in to write to somebody."))
    at, me = house(request), visitor.user

    def find(tx: Tx) -> tuple[list[Any], str]:
        if slug := directs.existing(tx, me, names):
            return [], slug
        group = directs.group(tx, me, names)
        others = [user for user in group.values() if user.id != me.id] or [me]
        return others, ""

    others, slug = await at.store.read(find)
    if slug:
        return await room_page(request, visitor, slug, status, error, values)
    return await page(
        request, "direct_start", visitor, lambda tx: {"others": others}, status, error=error, values=values or {}
    )


def query(request: Request) -> tuple[str, int]:
    """What a list is searched for, and its page's number."""
    called = request.query_params.get("q", "")[:64].strip()
    return called, min(max(1, whole_number(request.query_params.get("page", "")) or 1), 10_000)


def _rows(tx: Tx, at: House, visitor: Visitor, archived: bool, called: str, limit: int, offset: int) -> list[Listing]:
    actor = visitor.actor
    if isinstance(actor, Guest):
        found = stored.for_guest(tx, actor.welcome, archived, called, limit, offset)
    else:
        found = stored.for_user(tx, actor.id, archived, called, limit, offset)
    many = stored_members.MANY
    return [replace(one, members=at.sizes.of(tx, one.room.id)) if one.members > many else one for one in found]
