"""Holding what somebody says until a moderator has looked at it: it is not in the room, and has no place there."""

from typing import NamedTuple

from msgspec.structs import replace

from webchat.chat import flights
from webchat.chat.done import Done, Note
from webchat.commands import PostMessage
from webchat.errors import Conflict, TooFast, Unavailable, sentence as _
from webchat.events import Event
from webchat.model import Actor, Guest, Room, User
from webchat.queued import HeldChanged, QueueChanged
from webchat.rules import Held, Reported
from webchat.store import Tx, held as stored, reports as stored_reports

MOST_OF_ONE = 20
"""Texts of one author that may wait in a room."""
MOST = 1_000
"""Texts that may wait in a room."""
TOLD = 100
"""Moderators who are told of each."""
WAITS = Note(_("Your message waits until a moderator has looked at it."))


class Author(NamedTuple):
    """Who says something in a room, as it is kept there."""

    id: int
    guest: str


def author(actor: Actor) -> Author:
    """An actor as an author."""
    return Author(actor.id, actor.key if isinstance(actor, Guest) else "")


def again(tx: Tx, actor: Actor, command: PostMessage) -> Done | None:
    """The answer to what was sent before and held; None if it was not."""
    before = stored.sent(tx, actor.id, command.cid)
    if before is None:
        return None
    if before.guest != author(actor).guest:
        raise Conflict(_("This was sent before as something else. Reload the page and try again."))
    return Done(before.message, note=None if before.message else WAITS)


def hold(tx: Tx, actor: Actor, room: Room, command: PostMessage, html: str, at: int) -> Done:
    """Let what somebody says wait. The answer is 0, since nothing is posted, and a note that says so."""
    if command.t is not None:
        flights.need_a_site(room)
    by = author(actor)
    if sum(one.state == "waiting" for one in stored.of(tx, room.id, *by)) >= MOST_OF_ONE:
        raise TooFast(_("Too many of your messages wait here. Write again when a moderator has looked at them."))
    if stored.how_many(tx, room.id) >= MOST:
        raise TooFast(_("Too many messages wait for the moderators of this room. Try again later."))
    draft = Held(
        0, room.slug, *by, actor.title, command.body, html, at, command.cid, command.t, command.mode, command.color,
        answers=command.answers,
    )  # fmt: skip
    number = stored.add(tx, room.id, draft)
    if number is None:  # stored by another process since we looked; asked again, it is answered
        raise Unavailable(_("This cannot be saved right now. Try again in a moment."))
    held = replace(draft, id=number)
    return Done(0, (HeldChanged(room.id, _shown(held)), *told(tx, room, held=held)), note=WAITS)


def told(
    tx: Tx, room: Room, held: Held | None = None, gone: int = 0, reported: Reported | None = None, settled: int = 0
) -> tuple[Event, ...]:  # fmt: skip
    """Tell those who moderate a room now what is new in its queue, and what waits no more."""
    count = how_many(tx, room)
    is_public = room.kind == "open" or room.guests != "none"
    people = stored.moderators(tx, room.id, is_public, TOLD)
    shown = held and replace(_shown(held), guest="")
    about = (room.slug, room.id, room.title, count, shown, gone, reported, settled)
    return tuple(QueueChanged(user, *about) for user in people)


def how_many(tx: Tx, room: Room) -> int:
    """How many texts and messages wait for the moderators of a room."""
    return stored.how_many(tx, room.id) + stored_reports.how_many(tx, room.id)


def ended(tx: Tx, room: Room, held: Held) -> tuple[Event, ...]:
    """Tell the author and the moderators what became of a text."""
    return (HeldChanged(room.id, _shown(held)), *told(tx, room, gone=held.id))


def drop(tx: Tx, room: Room, subject: User) -> tuple[Event, ...]:
    """Drop what somebody has waiting in a room, who may not come there any more."""
    events: tuple[Event, ...] = ()
    for held in stored.of(tx, room.id, subject.id, ""):
        stored.end(tx, held.id, "withdrawn")
        events += told(tx, room, gone=held.id)
    return events


def _shown(held: Held) -> Held:
    """What is told of it: the text as it was written."""
    return replace(held, html="", cid="")
