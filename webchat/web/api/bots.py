"""The API's bots: to make them, to tie programs to them, and how those are."""

import msgspec

from webchat import commands as c, hooks
from webchat.chat import accounts, bots, rooms
from webchat.errors import NotFound, sentence as _
from webchat.model import User
from webchat.store import Tx, callbacks as stored_callbacks, hooks as stored_hooks, users
from webchat.web.api.endpoint import Ask, does, need_admin, shows


class Hook(msgspec.Struct, frozen=True):
    """An address at which a bot posts: ``/api/v1/hooks/SECRET``. ``prefix`` is how its ``secret`` begins, which is told
    once, when it is made. ``room`` is empty for a room that the account may not see."""

    id: int
    user: str
    room: str
    prefix: str
    created: int
    used: int
    secret: str = ""


class Callback(msgspec.Struct, frozen=True):
    """Where a bot's program is called: for a ``room``, or by a ``command``. ``status`` and ``error`` are of the call
    that was last ``tried``, ``failures`` counts those since the one that was last taken (``done``), ``waiting`` those
    that are owed. While it is ``disabled`` (since when) it is not called. The ``secret`` is told once."""

    id: int
    user: str
    room: str
    command: str
    hint: str
    mentions: bool
    url: str
    created: int
    disabled: int
    failures: int
    status: int
    error: str
    tried: int
    done: int
    waiting: int
    secret: str = ""


class Bot(msgspec.Struct, frozen=True):
    """A bot, and what programs are tied to it by."""

    user: str
    title: str
    disabled: bool
    hooks: list[Hook]
    callbacks: list[Callback]


class BotList(msgspec.Struct, frozen=True):
    """All bots, by name."""

    bots: list[Bot]


def listed(ask: Ask, tx: Tx) -> BotList:
    """All bots."""
    need_admin(ask)
    return BotList([_bot(ask, tx, one) for one in users.bots(tx)])


def one(ask: Ask, tx: Tx) -> Bot:
    """The bot of the path, or the one that was just made."""
    need_admin(ask)
    user = accounts.found(tx, str(ask.path.get("user", ask.done.id)))
    if user.role != "bot":
        raise NotFound(bots.NOT_A_BOT, name=user.title)
    return _bot(ask, tx, user)


def hook(ask: Ask, tx: Tx) -> Hook:
    """The one that was just made."""
    found = stored_hooks.by_id(tx, int(ask.done.id))
    if found is None:
        raise NotFound(bots.NOT_THERE)
    return _hook(ask, tx, found)


def callback(ask: Ask, tx: Tx) -> Callback:
    """The one of the path, or the one that was just made."""
    found = stored_callbacks.by_id(tx, int(ask.done.id))
    if found is None:
        raise NotFound(bots.NOT_THERE)
    return _callback(ask, tx, found)


def _bot(ask: Ask, tx: Tx, user: User) -> Bot:
    hooked = [_hook(ask, tx, one) for one in stored_hooks.everything(tx) if one.bot.id == user.id]
    called = [_callback(ask, tx, one) for one in stored_callbacks.everything(tx) if one.bot.id == user.id]
    return Bot(user.name, user.title, user.disabled, hooked, called)


def _hook(ask: Ask, tx: Tx, one: hooks.Hook) -> Hook:
    room = one.room if rooms.is_visible(tx, ask.actor, one.room) else ""
    return Hook(one.id, one.bot.name, room, one.prefix, one.created, one.used, ask.done.secret)


def _callback(ask: Ask, tx: Tx, one: hooks.Callback) -> Callback:
    values = {name: getattr(one, name) for name in Callback.__struct_fields__ if name not in ("user", "room", "secret")}
    room = one.room if rooms.is_visible(tx, ask.actor, one.room) else ""
    return Callback(user=one.bot.name, room=room, secret=ask.done.secret, **values)


OF_BOT = "/bots/{user}"
ENDPOINTS = (
    shows("/bots", _("List bots"), listed, needs="admin"),
    does("POST", "/bots", _("Make a bot"), c.CreateBot, one, 201),
    shows(OF_BOT, _("Look at a bot"), one, needs="admin"),
    does("POST", OF_BOT + "/hooks", _("Make an address at which a bot posts"), c.CreateHook, hook, 201),
    does("DELETE", "/bots/hooks/{hook:number}", _("End an address at which a bot posts"), c.RevokeHook),
    does("POST", OF_BOT + "/callbacks", _("Call a program with what is said"), c.CreateCallback, callback, 201),
    does("POST", OF_BOT + "/commands", _("Call a program by a command"), c.CreateCommand, callback, 201),
    does("PUT", "/bots/callbacks/{callback:number}/enabled", _("Call a program again"), c.EnableCallback, callback),
    does("DELETE", "/bots/callbacks/{callback:number}", _("Stop calling a program"), c.RevokeCallback),
)
