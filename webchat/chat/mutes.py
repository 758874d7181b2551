"""Silence for a time: somebody may read a room, but not write in it, until it is over or a moderator ends it.

In the shadow they write on, as if all were well, and only they and the moderators see it: see `holding.shadow`. What
was written so stays so afterwards. Nobody else is told that they are writing, or sees how they react.
"""

from webchat.chat import accounts, acts, holding, messages
from webchat.chat.clock import MINUTE, now
from webchat.chat.done import Done
from webchat.chat.moderation import about, moderated
from webchat.commands import MuteUser, UnmuteUser
from webchat.errors import Malformed, NotFound, sentence as _
from webchat.model import Actor, Message, Room
from webchat.store import Tx, meta, mutes as stored, rules as stored_rules, users as stored_users

LISTED = 100
"""How many of a room are listed."""


def mute(tx: Tx, actor: Actor, command: MuteUser) -> Done:
    """Let a user, or whoever wrote a message, not write in a room for some minutes."""
    if bool(command.user) == bool(command.message):
        raise Malformed(_("Say who it is: by a name, or by a message."))
    room, by, title = _subject(tx, actor, command)
    if not room.ruled:
        stored_rules.begin(tx, room.id)
    stored.put(tx, room.id, *by, title, now() + command.minutes * MINUTE, " ".join(command.why.split()), command.shadow)
    meta.revoke(tx)  # that others are told when they write
    acts.note(tx, actor, room, command, title)
    return Done(room.slug)


def unmute(tx: Tx, actor: Actor, command: UnmuteUser) -> Done:
    """Let somebody write again. Who is not silent already may."""
    _user, room, _member = moderated(tx, actor, "unmute-user", command.room)
    author = accounts.found(tx, command.user).id if command.user else 0
    if whom := stored.drop(tx, room.id, author, command.mute):
        meta.revoke(tx)
        acts.note(tx, actor, room, command, whom)
    if not stored_rules.get(tx, room.id).asks:
        stored_rules.end(tx, room.id)
    return Done(room.slug)


def _subject(tx: Tx, actor: Actor, command: MuteUser) -> tuple[Room, holding.Author, str]:
    """The room, and who it is about. Raises the Refused that says why not."""
    if not command.message:
        room, subject = about(tx, actor, "mute-user", command.room, command.user)
        return room, holding.Author(subject.id, ""), subject.title
    _user, room, _member = moderated(tx, actor, "unmute-user", command.room)
    message = _said(tx, actor, room, command.message)
    user = stored_users.by_id(tx, message.author) if message.author else None
    if user is not None:
        about(tx, actor, "mute-user", room.slug, user.name)
    return room, holding.Author(message.author, message.guest), message.title


def _said(tx: Tx, actor: Actor, room: Room, number: int) -> Message:
    where, _member, message = messages.shown(tx, actor, number)
    if where.id != room.id:
        raise NotFound(_("There is no such message."))
    return message
