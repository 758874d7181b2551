"""Telling moderators, in their inboxes and by letter, that something waits in a room.

Whoever looks at a page of ours is told at once. So this waits a little, and says once what has come meanwhile; when
nothing waits any more, it is taken back. What waits is not in it: only a letter shows that, as it stands then.
"""

from collections.abc import Collection, Iterable
from typing import Literal, NamedTuple

from webchat.chat import access, notifications
from webchat.chat.audiences import Audience
from webchat.chat.clock import MINUTE, now
from webchat.commands import SendNotification
from webchat.events import Event
from webchat.model import Room, User
from webchat.notices import Notification
from webchat.store import (
    Tx,
    alerts as stored,
    held as stored_held,
    jobs,
    reports as stored_reports,
    rooms as stored_rooms,
    users,
)

JOB = "alerts"
TAG = "moderation"
SOON = 2 * MINUTE
"""How long, in milliseconds, moderators have to decide before they are told; then they are told as seldom."""
MOST = 100
"""Moderators who are told."""
SHOWN = 10
"""What one letter shows of a room."""
_KEY = "queue-"

Kind = Literal["held", "reported"]


class Waiting(NamedTuple):
    """What a notification is about: a text that waits, or a message that was reported, and what is written there."""

    notification: int
    kind: Kind
    number: int
    title: str
    body: str


def owe(tx: Tx, room: Room) -> None:
    """Tell the moderators of a room soon, unless they are told already."""
    due = now() + SOON
    stored.owe(tx, room.id, due)
    jobs.hasten(tx, JOB, due)


def over(tx: Tx, room: Room, people: Collection[int]) -> tuple[Event, ...]:
    """Nothing waits in a room any more."""
    stored.drop(tx, room.id)
    return tuple(notifications.take_back(tx, people, f"{_KEY}{room.id}", now()))


def come_due(tx: Tx, at: int) -> tuple[Event, ...]:
    """Tell those whose time has come, if something waits still."""
    events: tuple[Event, ...] = ()
    for slug in stored.take_due(tx, at):
        room = stored_rooms.by_slug(tx, slug)
        assert room, "it was found a moment ago"
        if count := stored_held.how_many(tx, room.id) + stored_reports.how_many(tx, room.id):
            events += _told(tx, room, count, at)
    return events


def waiting(tx: Tx, user: User, told: Iterable[Notification]) -> tuple[Waiting, ...]:
    """What somebody may decide of what they were told of, the oldest of each room."""
    found: list[Waiting] = []
    for one in told:
        number = one.key.removeprefix(_KEY)
        if TAG in one.tags and one.key != number and number.isascii() and number.isdigit():
            found += _of_room(tx, user, one.id, stored.room(tx, int(number[:15])))
    return tuple(found)


def _of_room(tx: Tx, user: User, notification: int, slug: str) -> list[Waiting]:
    found = stored_rooms.with_membership(tx, slug, user.id)
    if found is None or not access.may_see(user, *found) or not access.may("approve-message", user, *found):
        return []
    room = found[0]
    reports = stored_reports.waiting(tx, room.id, SHOWN)
    texts = stored_held.waiting(tx, room.id, SHOWN)
    listed = [Waiting(notification, "reported", one.message, one.title, one.body) for one in reports]
    listed += [Waiting(notification, "held", one.id, one.title, one.body) for one in texts]
    return listed[:SHOWN]


def _told(tx: Tx, room: Room, count: int, at: int) -> tuple[Event, ...]:
    is_public = room.kind == "open" or room.guests != "none"
    found = [users.by_id(tx, number) for number in stored_held.moderators(tx, room.id, is_public, MOST)]
    people = [user for user in found if user]
    command = SendNotification(
        body=f"⏳ {count}",
        cid="",
        title=room.title[:250],
        key=f"{_KEY}{room.id}",
        tags=(TAG,),
        click=f"/rooms/{room.slug}/queue",
    )
    return notifications.told(tx, command, Audience(command.key, people), at).events if people else ()
