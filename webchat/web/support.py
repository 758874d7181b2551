"""The pages of the agents of support windows: their inbox, a conversation, and what they have ready to say."""

from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from webchat.chat import conversations, names, sites, support
from webchat.errors import Forbidden, NotFound, SignInNeeded, sentence as _
from webchat.model import Actor, Room, RoomLink, Site, User
from webchat.positions import Position
from webchat.store import (
    Tx,
    agents as stored_agents,
    conversations as stored,
    messages as stored_messages,
    rooms as stored_rooms,
    support as stored_support,
)
from webchat.support import Conversation
from webchat.web.answers import page
from webchat.web.house import house
from webchat.web.may import room_may
from webchat.web.numbers import whole_number
from webchat.web.room_view import run
from webchat.web.session import Visitor

ROWS = 50
"""Conversations on a page of the inbox."""
NOTES = 100
"""The newest notes that stand beside a conversation."""
STATUSES = ("open", "snoozed", "resolved", "")


class Asked(NamedTuple):
    """Which conversations of the inbox are asked for."""

    site: str
    who: str
    status: str
    tag: str
    number: int

    def query(self, number: int) -> str:
        """The same on another page of it."""
        return urlencode(self.fields(number))

    def fields(self, number: int) -> dict[str, str | int]:
        """By their names in a form."""
        return {"site": self.site, "who": self.who, "status": self.status, "tag": self.tag, "page": number}


async def inbox(request: Request) -> Response:
    """The conversations that an agent looks after, who waits longest first."""
    visitor = await house(request).sessions.visitor(request)
    agent, asked = _agent(visitor), _asked(request)

    def read(tx: Tx) -> dict[str, Any]:
        of = [site.id for site in _desks(tx, agent) if asked.site in ("", site.name)]
        assignee = {"mine": agent.id, "nobody": 0}.get(asked.who)
        offset = (asked.number - 1) * ROWS
        found = stored.listed(tx, of, asked.status, assignee, asked.tag, ROWS + 1, offset)
        return {"found": found[:ROWS], "more": len(found) > ROWS}

    return await page(request, "support", visitor, read, asked=asked)


async def conversation(request: Request) -> Response:
    """One conversation, with what agents know and do about it beside it."""
    visitor = await house(request).sessions.visitor(request)
    return await conversation_page(request, visitor, request.path_params["number"])


async def conversation_page(
    request: Request, visitor: Visitor, number: int, status: int = 200, error: str = "", values: Any = None
) -> Response:
    """See `conversation`; also with an error at its composer and the text kept."""
    at, agent = house(request), _agent(visitor)

    def read(tx: Tx) -> dict[str, Any]:
        room, one = conversations.numbered(tx, agent, number)
        link = RoomLink(room.id, room.slug, one.name, room.kind, room.seq, one.answered)
        here, shown = at.presence.here(room.slug), run(tx, room, None, request.query_params)
        return _beside(tx, agent, room, one) | {
            "link": link,
            "page": shown,
            "at": str(Position(at.store.epoch, shown.rev)),
            "here": here.count,
            "people": here.people,
        }

    return await page(request, "conversation", visitor, read, status, error=error, values=values or {})


async def transcript(request: Request) -> Response:
    """What was said in a conversation, as a file of text."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    agent, number = _agent(visitor), request.path_params["number"]

    def read(tx: Tx) -> str:
        return conversations.transcript(tx, conversations.numbered(tx, agent, number)[1])

    named = {"Content-Disposition": f'attachment; filename="conversation-{number}.txt"', "Cache-Control": "no-store"}
    return PlainTextResponse(await at.store.read(read), headers=named)


async def answers(request: Request) -> Response:
    """What the agents of a site have ready to say."""
    visitor = await house(request).sessions.visitor(request)
    return await answers_page(request, visitor, request.path_params["site"])


async def answers_page(
    request: Request, visitor: Visitor, name: str, status: int = 200, error: str = "", values: Any = None
) -> Response:
    """See `answers`; also with an error above its form."""
    agent = _agent(visitor)

    def read(tx: Tx) -> dict[str, Any]:
        site = sites.found(tx, name)
        if not stored_agents.is_one(tx, site.id, agent.id):
            raise NotFound(sites.NOT_THERE)
        return {"site": site, "answers": stored_support.answers(tx, site.id)}

    return await page(request, "answers", visitor, read, status, error=error, values=values or {})


def number_of(tx: Tx, actor: Actor, slug: str) -> int:
    """The number of the conversation in a room, or with its notes there, for who answers in it; 0 for others."""
    one = stored.by_room(tx, names.folded(slug))
    return one.id if one and stored_agents.is_one(tx, one.site, actor.id) else 0


def _beside(tx: Tx, agent: User, room: Room, one: Conversation) -> dict[str, Any]:
    beside = stored_rooms.by_slug(tx, one.notes)
    last = beside.seq if beside else 0
    others = stored.of(tx, one.site, one.visitor, conversations.SHOWN)
    return {
        "room": room,
        "one": one,
        "may": room_may(agent, room, support.agent(tx, one.site, agent)),
        "notes": stored_messages.between(tx, one.notes_id, last - NOTES + 1, last),
        "earlier": [other for other in others if other.id != one.id],
        "agents": stored_agents.everybody(tx, one.site),
        "answers": stored_support.answers(tx, one.site),
    }


def _asked(request: Request) -> Asked:
    query = request.query_params
    status, tag = query.get("status", "open"), names.folded(query.get("tag", "")[:40].removeprefix("#"))
    number = min(max(1, whole_number(query.get("page", "")) or 1), 10_000)
    who, site = query.get("who", ""), query.get("site", "")[:64]
    return Asked(
        site, who if who in ("mine", "nobody") else "", status if status in STATUSES else "open",
        tag if names.is_slug(tag) else "", number,
    )  # fmt: skip


def _agent(visitor: Visitor) -> User:
    """Whoever is signed in. Raises SignInNeeded."""
    if visitor.user is None:
        raise SignInNeeded(_("Sign in to see this page."))
    return visitor.user


def _desks(tx: Tx, agent: User) -> list[Site]:
    """The sites where somebody answers. Raises Forbidden where there are none."""
    found = stored_agents.sites(tx, agent.id)
    if not found:
        raise Forbidden(_("This page is for the agents of support windows."))
    return found
