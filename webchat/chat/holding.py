"""Holding what somebody says until a moderator has looked at it: it is not in the room, and has no place there."""

from typing import NamedTuple

from msgspec.structs import replace

from webchat.chat import alerts, flights, networks
from webchat.chat.done import Done, Note
from webchat.commands import PostMessage
from webchat.errors import Conflict, TooFast, Unavailable, sentence as _
from webchat.events import Event
from webchat.model import Actor, Guest, Room, User
from webchat.queued import HeldChanged, QueueChanged
from webchat.rules import Held, Reported
from webchat.store import Tx, held as stored, reports as stored_reports

MOST_OF_ONE = 20
"""Texts of one author, or of all guests of one network, that may wait in a room."""
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
        raise Conflict(_("Something else was sent under this number before. Reload the page and try again."))
    return Done(before.message, note=None if before.message or before.shadow else WAITS)


def hold(tx: Tx, actor: Actor, room: Room, command: PostMessage, html: str, at: int, why: str = "") -> Done:
    """Let what somebody says wait, perhaps for a reason that only moderators see. The answer is 0, since nothing is
    posted, and a note that says so."""
    if command.t is not None:
        flights.need_a_site(room)
    by = author(actor)
    if sum(one.state == "waiting" and not one.shadow for one in stored.of(tx, room.id, *by)) >= MOST_OF_ONE:
        raise TooFast(_("Too many of your messages wait here. Write again when a moderator has looked at them."))
    if stored.how_many(tx, room.id) >= MOST:
        raise TooFast(_("Too many messages wait for the moderators of this room. Try again later."))
    network = _network(tx, actor, room)
    draft = replace(_draft(actor, room, command, html, at), why=why)
    held = stored.add(tx, room.id, draft, network)
    if held is None:  # stored by another process since we looked; asked again, it is answered
        raise Unavailable(_("This cannot be saved right now. Try again in a moment."))
    events = (HeldChanged(room.id, _shown(replace(held, why=""))), *told(tx, room, held=held))
    return Done(0, events, note=WAITS)


def shadow(tx: Tx, actor: Actor, room: Room, command: PostMessage, html: str, at: int) -> Done:
    """Keep what somebody says from the room, and let them believe that it is there. Of too much the oldest goes."""
    by = author(actor)
    before = [one for one in stored.of(tx, room.id, *by) if one.shadow]
    for one in before[: max(0, len(before) - MOST_OF_ONE + 1)]:
        stored.end(tx, one.id, "withdrawn")
    draft = _draft(actor, room, command, html, at)
    said = stored.add(tx, room.id, replace(draft, shadow=True))
    if said is None:
        raise Unavailable(_("This cannot be saved right now. Try again in a moment."))
    return Done(0, (HeldChanged(room.id, _shown(said)),))


def told(
    tx: Tx, room: Room, held: Held | None = None, gone: int = 0, reported: Reported | None = None, settled: int = 0
) -> tuple[Event, ...]:  # fmt: skip
    """Tell those who moderate a room now what is new in its queue, and what waits no more."""
    count = how_many(tx, room)
    is_public = room.kind == "open" or room.guests != "none"
    people = stored.moderators(tx, room.id, is_public, TOLD)
    shown = held and replace(_shown(held), guest="")
    about = (room.slug, room.id, room.title, count, shown, gone, reported, settled)
    events: tuple[Event, ...] = tuple(QueueChanged(user, *about) for user in people)
    if held or reported:
        alerts.owe(tx, room)
    elif not count:
        events += alerts.over(tx, room, people)
    return events


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
        events += () if held.shadow else told(tx, room, gone=held.id)
    return events


def _network(tx: Tx, actor: Actor, room: Room) -> str:
    """The mark of where a guest comes from, for whom nobody vouches. Raises TooFast where too much waits from there."""
    if not isinstance(actor, Guest) or actor.vouched:
        return ""
    waiting, ours = stored.by_network(tx, room.id), networks.marks(tx, actor.network)
    if sum(count for mark, count in waiting.items() if mark in ours) >= MOST_OF_ONE:
        raise TooFast(_("Too many messages from guests wait here. Try again when a moderator has looked at them."))
    return networks.mark(tx, actor.network)


def _draft(actor: Actor, room: Room, said: PostMessage, html: str, at: int) -> Held:
    return Held(
        0, room.slug, *author(actor), actor.title, said.body, html, at, said.cid, said.t, said.mode, said.color,
        answers=said.answers,
    )  # fmt: skip


def _shown(held: Held) -> Held:
    """What is told of it: the text as it was written, and in the shadow as it looks."""
    return replace(held, html=held.html if held.shadow else "", cid="")
