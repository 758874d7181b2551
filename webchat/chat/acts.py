"""The log of what moderators do, in the transaction that does it: what is not in it did not happen."""

from webchat.chat.clock import now
from webchat.commands import Command, spelled
from webchat.model import Actor, Room
from webchat.store import Tx, acts as stored


def note(tx: Tx, actor: Actor, room: Room, command: Command, whom: str = "") -> None:
    """Note that an actor has done in a room what a command asked, to somebody called ``whom``."""
    why = " ".join(getattr(command, "why", "").split())
    about = getattr(command, "held", 0) or getattr(command, "message", 0) or 0
    stored.add(tx, now(), room.id, actor.id, actor.title, spelled(type(command)), whom, why, about)
