"""What a room and its messages look like to one visitor: for the pages, and again after a refusal."""

from collections.abc import Callable
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from webchat.chat import access, holding, messages, names, pins, rooms, rules, sites
from webchat.errors import NotFound, Refused, SignInNeeded, sentence as _
from webchat.model import Actor, Guest, Membership, Message, Page, Person, Room
from webchat.positions import Position
from webchat.store import (
    Tx,
    messages as stored_messages,
    reports,
    rooms as stored_rooms,
    users as stored_users,
)
from webchat.web.answers import page, redirect
from webchat.web.house import House, house
from webchat.web.may import room_may
from webchat.web.numbers import whole_number
from webchat.web.room_queue import beside
from webchat.web.session import Visitor

MEMBERS = 50
"""Members beside a room; all are on a page of their own."""


class MessageMay(NamedTuple):
    """What this reader may do with a message."""

    edit: bool
    answer: bool
    delete: bool
    react: bool
    report: bool
    mute: bool
    pin: bool


async def room_page(
    request: Request, visitor: Visitor, slug: str, status: int = 200, error: str = "", values: Any = None
) -> Response:
    """A room's page, also with an error at its composer and the text kept."""
    at = house(request)
    if (spelled := names.folded(slug)) != slug:
        return redirect(request, f"/rooms/{spelled}")
    around = whole_number(request.query_params.get("around", ""))
    asked = request.query_params.keys() if "hx-request" in request.headers else set[str]()
    history, foot = bool(asked & {"before", "after"}), "foot" in asked

    def read(tx: Tx) -> dict[str, Any]:
        found = stored_rooms.with_membership(tx, slug, visitor.actor.id)
        if found is None and isinstance(visitor.actor, Guest) and visitor.actor.welcome and names.is_slug(slug):
            found = _unmade(slug), None
        if found is None and (thread := sites.unmade(tx, slug)):
            found = thread, None
        if found is None or not access.may_see(visitor.actor, *found):
            raise _not_shown(visitor)
        context = _room_context(tx, at, visitor, *found, run(tx, *found, request.query_params), around)
        context |= _people(tx, at, found[0]) if not (history or foot) else {}
        return context | {"answering": _answering(tx, slug, (values or request.query_params).get("answers", ""))}

    if history:
        context = await at.store.read(read)
        context |= edge(request) | {"home": f"/rooms/{slug}"}
        return HTMLResponse(at.renderer.fragment("history", visitor.lang, **context))
    if foot:
        return await _foot(request, visitor, await at.store.read(read))
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
    """See `message`; also with an error above its form, which is there for who asks for it."""
    at, asked = house(request), bool(error) or "edit" in request.query_params

    def read(tx: Tx) -> dict[str, Any]:
        try:
            room, member, found = messages.find(tx, visitor.actor, slug, seq)
        except NotFound as missing:
            raise missing if visitor.user else _not_shown(visitor) from None
        context = _room_context(tx, at, visitor, room, member, messages.page_around(tx, room, seq), seq)
        reported = visitor.known and reports.is_by(tx, found.id, *holding.author(visitor.actor))
        may = _message_may(tx, visitor.actor, room, member, found)
        said = {"message": found, "may": may, "editing": may.edit and asked}
        return context | said | {"reported": reports.state(tx, found.id) if reported else ""}

    if "hx-request" in request.headers:
        return HTMLResponse(at.renderer.fragment("edit_form", visitor.lang, **await at.store.read(read)))
    return await page(request, "message", visitor, read, status=status, error=error, values=values or {})


def _not_shown(visitor: Visitor) -> Refused:
    """Somebody who is not signed in is asked to, whether there is such a room or not."""
    return NotFound(rooms.NOT_THERE) if visitor.user else SignInNeeded(_("Sign in to see this room."))


def _message_may(tx: Tx, actor: Actor, room: Room, member: Membership | None, found: Message) -> MessageMay:
    """What this reader may do with a message."""
    return MessageMay(
        edit=access.may("edit-message", actor, room, member, found)
        and not found.hidden
        and rules.is_in_time(tx, actor, room, found),
        answer=access.may("post-message", actor, room, member) and not (found.deleted or found.hidden),
        delete=access.may("delete-message", actor, room, member, found),
        react=access.may("add-reaction", actor, room, member) and not (found.deleted or found.hidden),
        report=access.may("report-message", actor, room, member, found) and not (found.deleted or found.hidden),
        pin=access.may("pin-message", actor, room, member) and not (found.deleted or found.hidden),
        mute=access.may("unmute-user", actor, room, member) and not access.owns(actor, found),
    )


def run(tx: Tx, room: Room, member: Membership | None, query: Any) -> Page:
    """The messages that an address asks for, or those at which a room opens."""
    runs: dict[str, Callable[[Tx, Room, int], Page]] = {
        "before": messages.page_before,
        "after": messages.page_after,
        "around": messages.page_around,
    }
    for name, run in runs.items():
        if (seq := whole_number(query.get(name, ""))) is not None:
            return run(tx, room, seq)
    return messages.last_page(tx, room) if "newest" in query else messages.first_page(tx, room, member)


def _room_context(
    tx: Tx, at: House, visitor: Visitor, room: Room, member: Membership | None, run: Page, around: int | None
) -> dict[str, Any]:
    actor = visitor.actor
    link = stored_rooms.link(tx, room.id, actor.id) if member else None
    return {
        "room": room,
        "link": link,
        "page": run,
        "pinned": pins.pinned(tx, room),
        "at": str(Position(at.store.epoch, run.rev)),
        "around": around,
        "near": around or (link.read + 1 if link and run.later else None),
        "seen": stored_users.seen(tx, link.partner) if link and link.partner else 0,
        "may": room_may(actor, room, member),
        **beside(tx, actor, room, member),
        "here": at.presence.here(room.slug).count,
    }


def _people(tx: Tx, at: House, room: Room) -> dict[str, Any]:
    """Who stands beside a room's messages. No part of its page that is asked for alone has that."""
    members = at.sizes.first(tx, room.id, MEMBERS)
    return {
        "people": at.presence.here(room.slug).people,
        "members": [Person(one.user.id, one.user.name, one.user.title, one.user.status, one.seen) for one in members],
        "member_count": at.sizes.of(tx, room.id),
    }


async def _foot(request: Request, visitor: Visitor, context: dict[str, Any]) -> Response:
    """The foot of a room's page alone, for a page that has an older one."""
    shown = {"me": visitor.actor, "signed_in": visitor.user is not None, "path": f"/rooms/{context['room'].slug}"}
    return HTMLResponse(house(request).renderer.fragment("foot", visitor.lang, **context, **shown))


def _answering(tx: Tx, slug: str, number: str) -> Message | None:
    """The message that what is written here is to answer."""
    message = stored_messages.by_id(tx, whole_number(number) or 0)
    return message if message and message.room == slug else None


def _unmade(slug: str) -> Room:
    """A room that the first post will make, on a server that is open to anyone."""
    return Room(0, slug, slug, "", "open", "write", 0, 0)


def edge(request: Request) -> dict[str, Any]:
    """At which row of the reader's list a run of history goes. If that is not there any more, the list was replaced in
    the meantime, and rows of the old one would leave a hole."""
    side = "before" if "before" in request.query_params else "after"
    return {"side": side, "seq": whole_number(request.query_params[side]) or 0}
