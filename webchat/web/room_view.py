"""What a room and its messages look like to one visitor: for the pages, and again after a refusal."""

from collections.abc import Callable
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from webchat.chat import access, messages, names, rooms
from webchat.errors import NotFound, Refused, SignInNeeded, sentence as _
from webchat.model import Actor, Guest, Membership, Message, Page, Person, Room, User
from webchat.positions import Position
from webchat.store import Tx, rooms as stored_rooms
from webchat.web.answers import page, redirect, whole_number
from webchat.web.house import House, house
from webchat.web.session import Visitor


class RoomMay(NamedTuple):
    """What this reader may do in a room."""

    post: bool
    react: bool
    join: bool
    leave: bool
    invite: bool
    moderate: bool


class MessageMay(NamedTuple):
    """What this reader may do with a message."""

    edit: bool
    delete: bool
    react: bool


async def directory(
    request: Request, visitor: Visitor, status: int = 200, error: str = "", values: Any = None
) -> Response:
    """The rooms page, also with an error above its form."""

    def read(tx: Tx) -> dict[str, Any]:
        if visitor.user is None:
            return {"directory": stored_rooms.for_guests(tx), "member_slugs": ()}
        mine = {link.slug for link in stored_rooms.sidebar(tx, visitor.actor.id)}
        return {"directory": stored_rooms.directory(tx), "member_slugs": mine}

    return await page(request, "rooms", visitor, read, status=status, error=error, values=values or {})


async def room_page(
    request: Request, visitor: Visitor, slug: str, status: int = 200, error: str = "", values: Any = None
) -> Response:
    """A room's page, also with an error at its composer and the text kept."""
    at = house(request)
    if (spelled := names.folded(slug)) != slug:
        return redirect(request, f"/rooms/{spelled}")
    around = whole_number(request.query_params.get("around", ""))

    def read(tx: Tx) -> dict[str, Any]:
        found = stored_rooms.with_membership(tx, slug, visitor.actor.id)
        if found is None and isinstance(visitor.actor, Guest) and visitor.actor.welcome and names.is_slug(slug):
            found = _unmade(slug), None
        if found is None or not access.may_see(visitor.actor, *found):
            raise _not_shown(visitor)
        return _room_context(tx, at, visitor, *found, _run(tx, found[0], request.query_params), around)

    if "hx-request" in request.headers and request.query_params.keys() & {"before", "after"}:
        context = await at.store.read(read)
        return HTMLResponse(at.renderer.fragment("history", visitor.lang, **context, **_edge(request)))
    response = await page(
        request, "room", visitor, read, status=status, me=visitor.actor, error=error, values=values or {}
    )
    if not visitor.known and isinstance(visitor.actor, Guest):
        at.sessions.enter(request, response, visitor.actor)  # so that what this guest writes stays this guest's
    return response


async def message_page(
    request: Request, visitor: Visitor, slug: str, seq: int, status: int = 200, error: str = "",
    values: Any = None,
) -> Response:  # fmt: skip
    """See `message`; also with an error above its form."""

    at = house(request)

    def read(tx: Tx) -> dict[str, Any]:
        try:
            room, member, found = messages.find(tx, visitor.actor, slug, seq)
        except NotFound as missing:
            raise missing if visitor.user else _not_shown(visitor) from None
        context = _room_context(tx, at, visitor, room, member, messages.page_around(tx, room, seq), seq)
        return context | {"message": found, "may": _message_may(visitor.actor, room, member, found)}

    if "hx-request" in request.headers:
        return HTMLResponse(at.renderer.fragment("edit_form", visitor.lang, **await at.store.read(read)))
    return await page(request, "message", visitor, read, status=status, error=error, values=values or {})


def _not_shown(visitor: Visitor) -> Refused:
    """Somebody who is not signed in is asked to, whether there is such a room or not."""
    return NotFound(rooms.NOT_THERE) if visitor.user else SignInNeeded(_("Sign in to see this room."))


def _message_may(actor: Actor, room: Room, member: Membership | None, found: Message) -> MessageMay:
    """What this reader may do with a message."""
    return MessageMay(
        edit=access.may_edit(actor, room, member, found),
        delete=access.may_delete(actor, room, member, found),
        react=access.may_react(actor, room, member) and not found.deleted,
    )


def _run(tx: Tx, room: Room, query: Any) -> Page:
    runs: dict[str, Callable[[Tx, Room, int], Page]] = {
        "before": messages.page_before,
        "after": messages.page_after,
        "around": messages.page_around,
    }
    for name, run in runs.items():
        if (seq := whole_number(query.get(name, ""))) is not None:
            return run(tx, room, seq)
    return messages.last_page(tx, room)


def _room_context(
    tx: Tx, at: House, visitor: Visitor, room: Room, member: Membership | None, run: Page, around: int | None
) -> dict[str, Any]:
    actor = visitor.actor
    link = stored_rooms.link(tx, room.id, actor.id) if member else None
    here = at.presence.here(room.slug)
    members = [] if room.id == 0 else stored_rooms.members(tx, room.id)
    return {
        "room": room,
        "link": link,
        "page": run,
        "at": str(Position(at.store.epoch, run.rev)),
        "around": around,
        "may": RoomMay(
            post=access.may_post(actor, room, member),
            react=access.may_react(actor, room, member),
            join=isinstance(actor, User) and member is None and room.kind == "open",
            leave=member is not None and room.kind != "direct",
            invite=access.may_invite(actor, room, member),
            moderate=access.may_moderate(actor, room, member),
        ),
        "here": here.count,
        "people": here.people,
        "members": [Person(user.id, user.name, user.title) for user in members],
    }


def _unmade(slug: str) -> Room:
    """A room that the first post will make, on a server that is open to anyone."""
    return Room(0, slug, slug, "", "open", "write", 0, 0)


def _edge(request: Request) -> dict[str, Any]:
    """At which row of the reader's list a run of history goes. If that is not there any more, the list was replaced in
    the meantime, and rows of the old one would leave a hole."""
    side = "before" if "before" in request.query_params else "after"
    return {"side": side, "seq": whole_number(request.query_params[side]) or 0}
