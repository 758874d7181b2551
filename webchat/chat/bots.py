"""Bots: accounts that are programs', the rooms they are in, and the addresses at which they post."""

import secrets

from webchat.chat import access, accounts, names, people, rooms, sessions
from webchat.chat.clock import MINUTE, now
from webchat.chat.done import Done
from webchat.commands import CreateBot, CreateHook, PostMessage, RevokeHook
from webchat.errors import Conflict, Forbidden, NotFound, sentence as _
from webchat.events import Event, ProfileChanged
from webchat.hooks import Hook
from webchat.model import BOT, Actor, Room, User
from webchat.store import Tx, deliveries, hooks as stored, members, rooms as stored_rooms, users

MOST = 200
"""Addresses that there may be, so that the list shows all of them."""
NOTED = MINUTE
"""How long, in milliseconds, after a use another one is noted."""
BEGINNING = "hook_"
"""What secrets begin with, for programs that look for secrets in the wrong places."""
SHOWN = len(BEGINNING) + 6
"""How much of a secret is kept to know it by."""
HASHED = "hook-"
"""What credentials of this kind begin with, in places where those of sessions and tokens go too."""
ANSWERS = "call-"
"""What credentials begin with for what is answered to a call."""
NOT_THERE = _("There is no such address, or there no longer is.")
NOT_A_BOT = _("%(name)s is not a bot.")
ADMINS_ONLY = _("Only admins may do this, and for a room only those who are in it.")


def create(tx: Tx, actor: Actor, command: CreateBot) -> Done:
    """Make an account that is a program's; its name."""
    need(actor, "create-bot")
    bot = people.add(tx, command.user, "bot", "")
    title = command.title.strip()
    if not title or title == bot.title:
        return Done(bot.name)
    if names.skeleton(names.folded(title)) != names.skeleton(bot.name):
        people.check_free(tx, title)
    users.set_profile(tx, bot.id, title, "")
    changed = users.by_id(tx, bot.id)
    assert changed, "it was made a moment ago"
    return Done(bot.name, (ProfileChanged(changed),))


def create_hook(tx: Tx, actor: Actor, command: CreateHook) -> Done:
    """Make an address; its id, and once its secret."""
    bot, room, news = placed(tx, actor, "create-hook", command.user, command.room)
    if stored.how_many(tx) >= MOST:
        raise Conflict(_("There are %(count)s of these already. Revoke one first."), count=MOST)
    secret = BEGINNING + secrets.token_urlsafe(32)
    number = stored.add(tx, bot.id, room.id, hashed(secret), secret[:SHOWN], now())
    return Done(number, news, secret=secret)


def revoke_hook(tx: Tx, actor: Actor, command: RevokeHook) -> Done:
    """End an address."""
    need(actor, "revoke-hook")
    if not stored.drop(tx, command.hook):
        raise NotFound(NOT_THERE)
    return Done(command.hook)


def hashed(secret: str) -> str:
    """What is stored of a secret."""
    return HASHED + sessions.hashed(secret)


def live(tx: Tx, secret: str) -> Hook:
    """What a secret stands for. Raises NotFound, the same for one that was never and one that is no more."""
    found = stored.find(tx, hashed(secret))
    if found is None:
        raise NotFound(NOT_THERE)
    return found


def answers(call: int, uid: str) -> str:
    """The credential of what is answered to a call."""
    return f"{ANSWERS}{call}-{uid}"


def spoken(tx: Tx, credential: str, command: object) -> User:
    """The bot for which an address posts in its room, of which a use is noted, or for which a call is answered. Raises
    NotFound if it is over: the address or the call may have been taken away, or the bot, since it was asked."""
    if credential.startswith(ANSWERS):
        number, _sign, uid = credential.removeprefix(ANSWERS).partition("-")
        if bot := deliveries.speaker(tx, int(number), uid):
            return bot
        raise NotFound(NOT_THERE)
    found = stored.find(tx, credential)
    if found is None or not isinstance(command, PostMessage) or command.room != found.room:
        raise NotFound(NOT_THERE)
    at = now()
    stored.use(tx, found.id, at, at - NOTED)
    return found.bot


def found(tx: Tx, name: str) -> User:
    """The bot called ``name``. Raises NotFound, and Conflict for a person or a disabled account."""
    bot = accounts.found(tx, name)
    if bot.id == BOT:
        raise NotFound(accounts.NOBODY, name=name)
    if bot.role != "bot":
        raise Conflict(NOT_A_BOT, name=bot.title)
    if bot.disabled:
        raise Conflict(_("This account is disabled."))
    return bot


def placed(tx: Tx, actor: Actor, what: str, name: str, slug: str) -> tuple[User, Room, tuple[Event, ...]]:
    """A bot and a room that it is to be in, of which it is made a member; what happened by that.

    Raises:
        Forbidden: the actor may not, or is not in the room.
        NotFound: there is no such bot or room.
        Conflict: it is no bot, or is banned there.
    """
    user = access.account(actor)
    room, member = rooms.visible(tx, user, slug)
    if not access.may(what, user, room, member):
        raise Forbidden(ADMINS_ONLY)
    bot = found(tx, name)
    if members.is_banned(tx, room.id, bot.id):
        raise Conflict(_("%(name)s is banned from this room. A moderator can lift the ban."), name=bot.title)
    joined = stored_rooms.join(tx, room.id, bot.id)
    return bot, room, rooms.joined(tx, room, bot, by=user.title) if joined else ()


def need(actor: Actor, what: str) -> None:
    """Raises the Refused that says why an actor may not do what needs no room."""
    if not access.may(what, access.account(actor)):
        raise Forbidden(ADMINS_ONLY)
