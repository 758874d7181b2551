"""Who may come in at the socket, what a connection begins with, and what it may do there."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from starlette.websockets import WebSocket

from webchat import topics
from webchat.chat import access, names, people
from webchat.chat.done import Done
from webchat.commands import Command, PostMessage, StartTyping
from webchat.errors import Malformed
from webchat.model import Actor, Guest, Person, RoomLink
from webchat.store import Tx, notifications, rooms
from webchat.web.house import House, house, peer
from webchat.web.limits import network
from webchat.web.session import actor_key
from webchat.web.socket import Admission, Opening

SIGN_IN = 4401
NOT_ALLOWED = 4403


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
    admission = Admission(visitor.actor, visitor.lang, visitor.session, slug)
    if stop := await at.store.read(lambda tx: _stop(tx, at, admission)):
        yield Admission(visitor.actor, stop=stop)
        return
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

    def read(tx: Tx) -> tuple[int, list[RoomLink], int]:
        if stop := _stop(tx, at, admission):
            return stop, [], 0
        return 0, rooms.sidebar(tx, actor.id) if actor.id else [], notifications.unread(tx, actor.id)

    stop, links, unread = await at.store.read(read)
    if stop:
        return Opening(stop=stop)
    view = f"{admission.surface}.{admission.lang}"
    texts = list(at.renderer.news(view, at.presence.here(admission.slug))) if admission.slug else []
    if actor.id:
        state: dict[str, Any] = {
            "rooms": [link for link in links if link.kind != "direct"],
            "directs": [link for link in links if link.kind == "direct"],
            "badge": unread,
        }
        texts.insert(0, at.renderer.fragment("state", admission.lang, **state))
    return Opening(tuple(texts), tuple(topics.count(link.slug) for link in links if link.kind != "open"))


async def perform(at: House, admission: Admission, command: Command) -> Done:
    """Run a command for a connection. Nothing is awaited before it is in the store's queue, so order is kept."""
    key = actor_key(admission.actor)
    posting = isinstance(command, PostMessage)
    at.limits.take("post" if posting else "command", key)
    if posting and admission.slug:
        at.presence.stopped(admission.slug, key)
    return await at.chat.perform(admission.actor, command)


def typing(at: House, admission: Admission, command: StartTyping) -> None:
    """Tell the room that somebody writes. Too often is not told."""
    key = actor_key(admission.actor)
    at.limits.take("command", key)
    at.presence.typing(command.room, key, _person(admission.actor))


def _stop(tx: Tx, at: House, admission: Admission) -> int:
    """The close code for who may not be here: signed out, or not allowed in the room. 0 for who may."""
    actor = admission.actor
    if admission.session and people.signed_in(tx, admission.session) is None:
        return SIGN_IN
    if not admission.slug:
        return 0 if actor.id else SIGN_IN
    found = rooms.with_membership(tx, admission.slug, actor.id)
    if found is not None and access.may_see(actor, *found):
        return 0
    if found is None and isinstance(actor, Guest) and actor.welcome and _could_be_made(admission.slug):
        return 0
    return NOT_ALLOWED if actor.id else SIGN_IN


def _could_be_made(slug: str) -> bool:
    try:
        return names.slug(slug) == slug
    except Malformed:
        return False


def _person(actor: Actor) -> Person:
    return Person(actor.id, actor.name, actor.title)
