"""The log of what moderators do, in the transaction that does it: what is not in it did not happen."""

import msgspec

from webchat.chat.clock import now
from webchat.chat.rooms import is_visible
from webchat.commands import Command, spelled
from webchat.model import Actor, Room, User
from webchat.rules import Act
from webchat.store import Tx, acts as stored

_UNTOLD = dict.fromkeys(("room", "room_title", "whom", "why"), "")
"""What tells of a room, or of those in it."""


def note(tx: Tx, actor: Actor, room: Room, command: Command, whom: str = "") -> None:
    """Note that an actor has done in a room what a command asked, to somebody called ``whom``."""
    why = " ".join(getattr(command, "why", "").split())
    about = getattr(command, "held", 0) or getattr(command, "message", 0) or 0
    stored.add(tx, now(), room.id, actor.id, actor.title, spelled(type(command)), whom, why, about)


def listed(tx: Tx, admin: User, before: int, limit: int) -> list[Act]:
    """The acts before one, the newest first, as an admin may know them: of a room that they may not see only who did
    what, and when."""
    found = stored.newest(tx, before, limit)
    seen = {slug: is_visible(tx, admin, slug) for slug in {act.room for act in found}}
    return [act if seen[act.room] else msgspec.structs.replace(act, **_UNTOLD) for act in found]
