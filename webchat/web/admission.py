"""Who may come in at the socket, what a connection begins with, and what it may do there."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec
from starlette.websockets import WebSocket

from webchat import topics
from webchat.chat import access, names, people
from webchat.chat.done import Done
from webchat.commands import Command, MarkRead, PostMessage, ReadNotifications, StartTyping
from webchat.model import Actor, Guest, Person
from webchat.store import Tx, notifications, rooms
from webchat.web.house import House, house, peer
from webchat.web.limits import actor_key, network
from webchat.web.socket import Admission, Opening

SIGN_IN = 4401
NOT_ALLOWED = 4403
INBOX = 100
"""Notifications that an inbox page is sent when it connects."""


@asynccontextmanager
async def admit(websocket: WebSocket) -> AsyncIterator[Admission]:
    """Let a connection in, for as long as the block lasts; its user is here that long.

    Raises:
        TooFast: connections come faster from there than they may.
        Unavailable: there are too many from there, or of this user.
    """
    at = house(websocket)
    where = network(peer(websocket))
    at.limits.take("connect", where)
    visitor = await at.sessions.visitor(websocket)
    slug = names.folded(websocket.query_params.get("room", ""))
    admission = Admission(visitor.actor, visitor.lang, visitor.session, slug, where)
    stop, may_post = await at.store.read(lambda tx: _seen(tx, admission))
    if stop:
        yield Admission(visitor.actor, stop=stop)
        return
    admission = msgspec.structs.replace(admission, may_post=may_post)
    async with AsyncExitStack() as held:
        held.enter_context(at.limits.socket(where, visitor.actor.id))
        if slug:
            key = actor_key(visitor.actor)
            at.presence.enter(slug, key, _person(visitor.actor))
            held.callback(at.presence.stopped, slug, key)
            held.callback(at.presence.leave, slug, key)
        yield admission


async def opening(at: House, admission: Admission) -> Opening:
    """What a connection begins with. Whether it may stay is asked again, now that no change can be missed."""
    actor = admission.actor

    def read(tx: Tx) -> tuple[int, dict[str, Any]]:
        stop, _may_post = _seen(tx, admission)
        if stop or not actor.id:
            return stop, {}
        links = rooms.sidebar(tx, actor.id)
        return 0, {
            "rooms": [link for link in links if link.kind != "direct"],
            "directs": [link for link in links if link.kind == "direct"],
            "badge": notifications.unread(tx, actor.id),
            "inbox": [] if admission.slug else notifications.newest(tx, actor.id, INBOX),
        }

    stop, state = await at.store.read(read)
    if stop:
        return Opening(stop=stop)
    view = f"{admission.surface}.{admission.lang}"
    texts = list(at.renderer.news(view, at.presence.here(admission.slug))) if admission.slug else []
    if not state:
        return Opening(tuple(texts))
    texts.insert(0, at.renderer.fragment("state", admission.lang, **state))
    counted = (link for link in state["rooms"] + state["directs"] if link.kind != "open")
    return Opening(tuple(texts), tuple(topics.count(link.slug) for link in counted))


async def perform(at: House, admission: Admission, command: Command) -> Done:
    """Run a command for a connection. Nothing is awaited before it is in the store's queue, so order is kept."""
    posting = isinstance(command, PostMessage)
    if not isinstance(command, MarkRead | ReadNotifications):  # the page's own doing, which it keeps rare itself
        at.limits.act(posting, admission.actor, admission.network)
    if posting and admission.slug:
        at.presence.stopped(admission.slug, actor_key(admission.actor))
    return await at.chat.perform(admission.actor, command)


def typing(at: House, admission: Admission, command: StartTyping) -> None:
    """Tell the room that somebody writes. Too often is not told."""
    charge(at, admission)
    at.presence.typing(command.room, actor_key(admission.actor), _person(admission.actor))


def charge(at: House, admission: Admission) -> None:
    """Count something that is no command towards what the actor may do. Raises TooFast."""
    at.limits.act(False, admission.actor, admission.network)


def close_code(tx: Tx, admission: Admission) -> int:
    """The code to close a connection with that may not be here any more; 0 while it may."""
    return _seen(tx, admission)[0]


def _seen(tx: Tx, admission: Admission) -> tuple[int, bool]:
    """The close code for who may not be here, signed out or not allowed in the room, or 0; and whether to post."""
    actor, slug = admission.actor, admission.slug
    if admission.session and people.signed_in(tx, admission.session) is None:
        return SIGN_IN, False
    if not slug:
        return (0 if actor.id else SIGN_IN), False
    found = rooms.with_membership(tx, slug, actor.id)
    if found is not None and access.may_see(actor, *found):
        return 0, access.may_post(actor, *found)
    if found is None and isinstance(actor, Guest) and actor.welcome and names.is_slug(slug):
        return 0, True
    return (NOT_ALLOWED if actor.id else SIGN_IN), False


def _person(actor: Actor) -> Person:
    return Person(actor.id, actor.name, actor.title)
