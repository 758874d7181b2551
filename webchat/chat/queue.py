"""What moderators do with what waits for them, and authors with their own."""

import secrets

from msgspec.structs import replace

from webchat.chat import acts, holding, messages
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.chat.moderation import moderated
from webchat.chat.rooms import visible
from webchat.chat.text import to_html
from webchat.commands import ApproveMessage, RejectMessage, WithdrawMessage
from webchat.errors import Conflict, NotFound, sentence as _
from webchat.model import Actor, Guest, Membership, Room
from webchat.rules import Held, State
from webchat.store import (
    Tx,
    held as stored,
    messages as stored_messages,
    rooms as stored_rooms,
    rules as stored_rules,
    users as stored_users,
)

SHOWN = 100
"""Texts on the page of a queue."""
FASTER: dict[State, str] = {
    "approved": _("Somebody else was faster: this message is approved."),
    "rejected": _("Somebody else was faster: this message is rejected."),
    "withdrawn": _("Its author has taken this message back."),
}


def approve(tx: Tx, actor: Actor, command: ApproveMessage) -> Done:
    """Post what waits, at the end of its room and in its author's name; the answer is the message's id."""
    _user, room, _member = moderated(tx, actor, "approve-message", command.room)
    held = _found(tx, room, command.held)
    if held.state == "approved":
        return Done(held.message)
    if held.state != "waiting":
        raise Conflict(FASTER[held.state])
    by, member = _author(tx, room, held)
    if stored_messages.posted(tx, held.author, held.cid):  # its author said something elsewhere under the same
        held = replace(held, cid=secrets.token_urlsafe(16))
    html = to_html(held.body) if held.shadow else held.html  # there names and files are links already, but not told
    done = messages.say(tx, by, room, member, held, html, now())
    stored.end(tx, held.id, "approved", message=int(done.id))
    acts.note(tx, actor, room, command, held.title)
    if room.ruled:
        stored_rules.count(tx, room.id, held.author, held.guest)
    held = replace(held, state="approved", message=int(done.id), body="")
    return Done(done.id, (*done.events, *holding.ended(tx, room, held)))


def reject(tx: Tx, actor: Actor, command: RejectMessage) -> Done:
    """Do not post what waits, and tell its author why."""
    _user, room, _member = moderated(tx, actor, "reject-message", command.room)
    held = _found(tx, room, command.held)
    if held.state == "rejected":
        return Done(held.id)
    if held.state != "waiting":
        raise Conflict(FASTER[held.state])
    if held.shadow:  # its author would be told
        raise Conflict(_("Nobody sees this message but its author. It can be approved only."))
    why = " ".join(command.why.split())
    stored.end(tx, held.id, "rejected", why)
    acts.note(tx, actor, room, command, held.title)
    return Done(held.id, holding.ended(tx, room, replace(held, state="rejected", why=why)))


def withdraw(tx: Tx, actor: Actor, command: WithdrawMessage) -> Done:
    """Take back what one has waiting, or put away what was rejected."""
    room, _member = visible(tx, actor, command.room)
    held = _found(tx, room, command.held)
    if holding.author(actor) != (held.author, held.guest):
        raise NotFound(NOT_THERE)
    if held.state == "approved":
        raise Conflict(FASTER["approved"])
    if held.state == "withdrawn":
        return Done(held.id)
    stored.end(tx, held.id, "withdrawn")
    return Done(held.id, holding.ended(tx, room, replace(held, state="withdrawn", body="")))


NOT_THERE = _("Nothing like that waits in this room.")


def _found(tx: Tx, room: Room, number: int) -> Held:
    held = stored.find(tx, room.id, number)
    if held is None:
        raise NotFound(NOT_THERE)
    return held


def _author(tx: Tx, room: Room, held: Held) -> tuple[Actor, Membership | None]:
    """Who wrote it, called as then, and their place in the room, if they have one by now."""
    user = stored_users.by_id(tx, held.author) if held.author else None
    if user is None:
        return Guest(held.guest, held.title), None
    found = stored_rooms.with_membership(tx, room.slug, user.id)
    return replace(user, title=held.title), found[1] if found else None
