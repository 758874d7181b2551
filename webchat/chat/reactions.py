"""Emoji under messages. They are set and taken away, never toggled, so that asking twice is harmless."""

import hashlib
import unicodedata

from msgspec.structs import replace

from webchat.chat import access, rules
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.chat.holding import author
from webchat.chat.messages import HIDDEN
from webchat.commands import AddReaction, RemoveReaction
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, sentence as _
from webchat.events import Event, ReactionsChanged
from webchat.model import VOTE, Actor, Guest, Message, Reaction, Room
from webchat.queued import ReactionsSeen
from webchat.store import Tx, messages as stored, rooms as stored_rooms

MOST = 20
"""Different reactions under one message."""


def add(tx: Tx, actor: Actor, command: AddReaction) -> Done:
    """Put an emoji, or up to 16 characters, under a message. In the shadow only who gives it sees it."""
    room, message = _reactable(tx, actor, command.message, "add-reaction")
    emoji = command.emoji.strip()
    if not emoji or any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in emoji):
        raise Malformed(_("Choose something to react with."))
    _need_vote(actor, emoji)
    if len(message.reactions) >= MOST and emoji not in {reaction.emoji for reaction in message.reactions}:
        raise Conflict(_("There are too many different reactions already."))
    if rules.in_shadow(tx, actor, room, now()):
        return Done(message.id, (ReactionsSeen(*author(actor), _with(actor, message, emoji)),))
    known = ("", actor.key) if isinstance(actor, Guest) else (actor.title, "")
    if not stored.add_reaction(tx, message.id, *giver(actor, message.room), *known, emoji, now()):
        return Done(message.id)
    return Done(message.id, changed(tx, message, emoji))


def remove(tx: Tx, actor: Actor, command: RemoveReaction) -> Done:
    """Take one's own away."""
    room, message = _reactable(tx, actor, command.message, "remove-reaction")
    emoji = command.emoji.strip()
    if not stored.remove_reaction(tx, message.id, *giver(actor, message.room), emoji):
        in_shadow = rules.in_shadow(tx, actor, room, now())
        return Done(message.id, (ReactionsSeen(*author(actor), message),) if in_shadow else ())
    return Done(message.id, changed(tx, message, emoji))


def giver(actor: Actor, room: str) -> tuple[int, str]:
    """Who reacts in a room, as everybody there is told: a guest by a text that stands for them in this room only."""
    if isinstance(actor, Guest):
        return 0, "g" + hashlib.sha256(f"{room} {actor.key}".encode()).hexdigest()[:12]
    return actor.id, ""


def _need_vote(actor: Actor, emoji: str) -> None:
    """Raises Forbidden for a guest who would say more than that a message is good."""
    if isinstance(actor, Guest) and emoji != VOTE:
        raise Forbidden(_("Guests can give a thumbs up, and nothing else."))


def _reactable(tx: Tx, actor: Actor, message_id: int, what: str) -> tuple[Room, Message]:
    message = stored.by_id(tx, message_id)
    found = stored_rooms.with_membership(tx, message.room, actor.id) if message else None
    if message is None or found is None or not access.may_see(actor, *found):
        raise NotFound(_("There is no such message."))
    if message.deleted:
        raise Conflict(_("This message was deleted."))
    if message.hidden:
        raise Conflict(HIDDEN)
    if not access.may(what, actor, *found):
        raise Forbidden(_("Only members of this room may react."))
    return found[0], message


def _with(actor: Actor, message: Message, emoji: str) -> Message:
    """A message as it were if an actor had reacted to it."""
    user, mark = giver(actor, message.room)
    given = {one.emoji: one for one in message.reactions}
    one = given.get(emoji, Reaction(emoji, (), ()))
    if user not in one.users and mark not in one.guests:
        titles, marks = ((actor.title,), ()) if user else ((), (mark,))
        users = (user,) if user else ()
        given[emoji] = Reaction(emoji, one.users + users, one.names + titles, one.guests + marks)
    return replace(message, reactions=tuple(given.values()))


def changed(tx: Tx, message: Message, emoji: str) -> tuple[Event, ...]:
    """What happened when a message has other reactions of a kind than it had."""
    stored.move(tx, message, stored.touch(tx, message.room))
    after = stored.by_id(tx, message.id)
    assert after
    if emoji == VOTE:
        stored.note_votes(tx, after)
    return (ReactionsChanged(after),)
