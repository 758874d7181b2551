"""Programs that are called: with what people say in a room, and with what they ask by commands."""

import re
import secrets
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import msgspec

from webchat.chat import bots, names
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.commands import CreateCallback, CreateCommand, EnableCallback, RevokeCallback
from webchat.errors import Conflict, Malformed, NotFound, sentence as _
from webchat.model import Actor, Message, Room, User
from webchat.outside import guard, webhooks
from webchat.store import Tx, callbacks as stored, deliveries

MOST = 200
"""Programs that may be called, so that the list shows all of them."""
WAITING = 1_000
"""Calls that may wait for one of them; more are not owed to it, and it is called no more."""
LONGEST_NAME = 32
"""Characters of a command."""
TOO_MANY = "Too many calls waited."
"""As all that is noted of calls, in English: it is the world's words about itself."""


def create(tx: Tx, actor: Actor, command: CreateCallback, trusted: Collection[str] = ()) -> Done:
    """Call a program with what is said in a room; its number, and once the secret that signs."""
    bot, room, news = bots.placed(tx, actor, "create-callback", command.user, command.room)
    return _made(tx, bot, room.id, command.url, trusted, mentions=command.mentions)._replace(events=news)


def create_command(tx: Tx, actor: Actor, command: CreateCommand, trusted: Collection[str] = ()) -> Done:
    """Let people use a command in the rooms of a bot; its number, and once the secret that signs."""
    bots.need(actor, "create-command")
    bot = bots.found(tx, command.user)
    name = names.folded(command.command.removeprefix("/"))
    if not names.is_slug(name) or len(name) > LONGEST_NAME:
        raise Malformed(_("A command may have 1 to %(count)s letters, digits, _ and -."), count=LONGEST_NAME)
    return _made(tx, bot, None, command.url, trusted, command=name, hint=command.hint.strip())


def enable(tx: Tx, actor: Actor, command: EnableCallback) -> Done:
    """Call a program again, beginning with what waited."""
    bots.need(actor, "enable-callback")
    if stored.by_id(tx, command.callback) is None:
        raise NotFound(bots.NOT_THERE)
    stored.enable(tx, command.callback)
    return Done(command.callback)


def revoke(tx: Tx, actor: Actor, command: RevokeCallback) -> Done:
    """Call a program no more."""
    bots.need(actor, "revoke-callback")
    if not stored.drop(tx, command.callback):
        raise NotFound(bots.NOT_THERE)
    return Done(command.callback)


def tell(tx: Tx, actor: Actor, room: Room, message: Message) -> None:
    """Owe a message to the programs that hear its room. What bots say is told to none of them, so that nothing goes
    round in circles."""
    if isinstance(actor, User) and actor.role == "bot":
        return
    body = ""
    for ear in stored.hearing(tx, room.id):
        if ear.mentions:
            body = body or names.folded(message.body)
            if not re.search(rf"(?<![\w/@])@{re.escape(ear.name)}(?![\w-])", body):
                continue
        fields = ("id", "seq", "body", "html", "at")
        told = {name: getattr(message, name) for name in fields} | {"author": person(actor)}
        owe(tx, ear.id, room, message.id, actor.id, "message.posted", {"bot": ear.name, "message": told})


def owe(tx: Tx, callback: int, room: Room, message: int | None, asker: int, kind: str, data: dict[str, Any]) -> None:
    """Owe a program a call, unless too many wait for it already."""
    at = now()
    if deliveries.waiting(tx, callback, WAITING) >= WAITING:
        stored.disable(tx, callback, at, TOO_MANY)
        return
    uid, payload = secrets.token_urlsafe(16), written(kind, room, data, at).decode()
    deliveries.add(tx, callback, room.id, message, asker, uid, payload, at)


def written(kind: str, room: Room, data: dict[str, Any], at: int) -> bytes:
    """What is sent of something about a room."""
    data = {**data, "room": {"room": room.slug, "title": room.title}}
    return msgspec.json.encode({"type": kind, "timestamp": _iso(at), "data": data})


def asked(actor: User, bot: str, command: str, text: str) -> dict[str, Any]:
    """What a program is told of a command that somebody used."""
    return {"bot": bot, "command": command, "text": text, "user": person(actor)}


def _made(
    tx: Tx, bot: User, room_id: int | None, url: str, trusted: Collection[str], *, command: str = "", hint: str = "",
    mentions: bool = False,
) -> Done:  # fmt: skip
    guard.checked(url, trusted)
    if stored.how_many(tx) >= MOST:
        raise Conflict(_("There are %(count)s of these already. Revoke one first."), count=MOST)
    secret = webhooks.new_secret()
    number = stored.add(tx, bot.id, room_id, command, hint, mentions, url, secret, now())
    if number is None:
        raise Conflict(_("There is a command /%(name)s already. Choose another name."), name=command)
    return Done(number, secret=secret)


def person(actor: Actor) -> dict[str, Any]:
    """What a program is told of who says something: no address, and of a guest only what they are called."""
    return {"id": actor.id, "name": actor.name, "title": actor.title}


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
