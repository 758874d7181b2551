"""How a thread is read: what answers something stands below it, in one of some orders."""

from msgspec.structs import replace

from webchat.model import Message, Page, Room
from webchat.store import Tx, messages as stored

SORTS = ("newest", "best")
"""The orders, besides that of time."""
BEST = 30
"""The best that come along, wherever they stand."""
ANSWERS = 200
"""The answers to what is shown that come along."""


def arranged(tx: Tx, room: Room, run: Page, sort: str) -> Page:
    """A run of messages as a thread shows it, with what they answer, and what answers them. By votes the best of the
    whole thread come along."""
    found = {message.seq: message for message in run.messages}
    more = stored.at_seqs(tx, room.id, {m.root for m in run.messages if m.root} - found.keys())
    more += stored.best(tx, room.id, BEST) if sort == "best" else []
    found |= {message.seq: message for message in more}
    roots = [message.seq for message in found.values() if not message.root]
    found |= {message.seq: message for message in stored.answers(tx, room.id, roots, ANSWERS)}

    def place(message: Message) -> tuple[int, int, int]:
        root = found.get(message.root, message)
        first = {"newest": -root.seq, "best": -root.votes}.get(sort, root.seq)
        return first, root.seq, message.seq

    return replace(run, arranged=tuple(sorted(found.values(), key=place)), sort=sort)
