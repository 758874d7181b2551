"""What news changes in who hears what: whose connections it ends, and with which close code."""

from collections.abc import Iterator

from webchat import topics
from webchat.broker.roll import Reader, Roll
from webchat.events import Move, RoomEdited, RoomJoined, RoomLeft, RoomRelisted, SignedOut
from webchat.model import Room

Gained = RoomJoined | RoomRelisted
"""What gives a user one more row of the sidebar, or another one."""


def ended(event: Move, roll: Roll) -> Iterator[tuple[Reader, int]]:
    """The connections that an event ends, each with its code."""
    if isinstance(event, SignedOut):
        for reader in roll.of_session(event.session):
            yield reader, 4401
    elif isinstance(event, RoomLeft):
        for reader in roll.of_user(event.user):
            if reader.slug == event.slug:
                yield reader, 4403
    elif isinstance(event, RoomEdited) and event.room.guests == "none":
        # Whoever may not be one of those that it is for now. They come back and are asked at the door.
        for reader in roll:
            if reader.slug == event.room.slug and not _belongs(reader, event.room):
                yield reader, 1013


def _belongs(reader: Reader, room: Room) -> bool:
    return bool(reader.user) and (room.kind == "open" or topics.count(room.slug) in reader.topics)
