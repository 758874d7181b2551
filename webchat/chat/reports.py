"""Reports: readers say that something is wrong with a message, and its moderators keep or delete it.

Enough of them hide it meanwhile, where the room says so: from everybody, since a room is the same for all who read it.
"""

from msgspec.structs import replace

from webchat.chat import access, acts, flights, holding
from webchat.chat.clock import now
from webchat.chat.done import Done, Note
from webchat.chat.messages import shown
from webchat.chat.moderation import ARCHIVED, MODERATORS_ONLY
from webchat.commands import KeepMessage, ReportMessage
from webchat.errors import Conflict, Forbidden, sentence as _
from webchat.events import Event, MessageEdited
from webchat.model import Actor, Message, Room
from webchat.store import (
    Tx,
    messages as stored_messages,
    reports as stored,
    rooms as stored_rooms,
    rules as stored_rules,
)

REPORTED = Note(_("The moderators of this room have been told. Thank you."))


def report(tx: Tx, actor: Actor, command: ReportMessage) -> Done:
    """Say that something is wrong with a message. Once is enough: what was kept since is not looked at again."""
    room, member, message = shown(tx, actor, command.message)
    if message.deleted:
        raise Conflict(_("This message was deleted."))
    if not access.may("report-message", actor, room, member, message):
        raise Forbidden(_("You cannot report this message."))
    if stored.state(tx, message.id) == "kept":
        return Done(message.id, note=REPORTED)
    by = holding.author(actor)
    if not stored.add(tx, room.id, message.id, *by, " ".join(command.why.split()), now()):
        return Done(message.id, note=REPORTED)
    found = stored.find(tx, message.id)
    assert found, "it was just reported"
    events: tuple[Event, ...] = ()
    most = stored_rules.get(tx, room.id).reports
    if most and found.count >= most and not message.hidden:
        events = _hidden(tx, room, message)
        found = replace(found, hidden=True)
    found = replace(found, html="")
    return Done(message.id, (*events, *holding.told(tx, room, reported=found)), note=REPORTED)


def keep(tx: Tx, actor: Actor, command: KeepMessage) -> Done:
    """Let a message stand that was reported, and give it its text back if it was hidden."""
    user = access.account(actor)
    room, member, message = shown(tx, user, command.message)
    if not access.may("keep-message", user, room, member, message):
        raise Forbidden(ARCHIVED if access.may("restore-room", user, room, member) else MODERATORS_ONLY)
    found = stored.find(tx, message.id)
    if found is None or stored.state(tx, message.id) != "open":
        return Done(message.id)
    events: tuple[Event, ...] = ()
    if message.hidden:
        rev = stored_messages.touch(tx, room.slug)
        stored.show(tx, found, rev)
        events = (MessageEdited(replace(message, body=found.body, html=found.html, hidden=0, said=rev, rev=rev)),)
    stored.keep(tx, message.id)
    acts.note(tx, user, room, command, message.title)
    return Done(message.id, (*events, *holding.told(tx, room, settled=message.id)))


def _hidden(tx: Tx, room: Room, message: Message) -> tuple[Event, ...]:
    at, rev = now(), stored_messages.touch(tx, room.slug)
    stored.hide(tx, message, rev, at)
    stored_rooms.unpin(tx, room.id, message.id)
    gone = replace(message, body="", html="", hidden=at, said=rev, rev=rev)
    return (MessageEdited(gone), *flights.hidden(tx, room, message))
