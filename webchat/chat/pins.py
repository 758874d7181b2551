"""The one message of a room that all are shown above the list, for as long as it says something."""

from collections.abc import Callable, Mapping
from typing import Any

from webchat.chat import access, acts
from webchat.chat.done import Done
from webchat.chat.messages import HIDDEN, shown
from webchat.chat.moderation import ARCHIVED, MODERATORS_ONLY
from webchat.commands import PinMessage, UnpinMessage
from webchat.errors import Conflict, Forbidden, sentence as _
from webchat.model import Actor, Message, Room
from webchat.pinned import PinChanged
from webchat.store import Tx, messages as stored_messages, rooms as stored_rooms


def pin(tx: Tx, actor: Actor, command: PinMessage) -> Done:
    """Show a message above the list, in the place of the one that was."""
    room, message = _moderated(tx, actor, "pin-message", command.message)
    if message.deleted:
        raise Conflict(_("This message was deleted."))
    if message.hidden:
        raise Conflict(HIDDEN)
    if room.pin == message.id:
        return Done(message.id)
    stored_rooms.pin(tx, room.id, message.id)
    acts.note(tx, actor, room, command, message.title)
    return Done(message.id, (PinChanged(room.slug, message),))


def unpin(tx: Tx, actor: Actor, command: UnpinMessage) -> Done:
    """Show it there no longer. Another that took its place meanwhile stays."""
    room, message = _moderated(tx, actor, "unpin-message", command.message)
    if room.pin != message.id:
        return Done(message.id)
    stored_rooms.unpin(tx, room.id, message.id)
    acts.note(tx, actor, room, command, message.title)
    return Done(message.id, (PinChanged(room.slug),))


def pinned(tx: Tx, room: Room) -> Message | None:
    """The message that a room shows above the list."""
    return stored_messages.by_id(tx, room.pin) if room.pin else None


def _moderated(tx: Tx, actor: Actor, what: str, message_id: int) -> tuple[Room, Message]:
    """A message and its room, for who may do that there. Raises the Refused that says why not."""
    user = access.account(actor)
    room, member, message = shown(tx, user, message_id)
    if not access.may(what, user, room, member, message):
        raise Forbidden(ARCHIVED if access.may("restore-room", user, room, member) else MODERATORS_ONLY)
    return room, message


VERBS: Mapping[type[Any], Callable[..., Done]] = {PinMessage: pin, UnpinMessage: unpin}
"""What moderators ask of it. Each is done once: sent again later, it would undo what others did since."""
