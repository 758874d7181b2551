"""What the commands about people share: printing all that is kept of somebody, and erasing it to the end."""

import sys
from collections.abc import Callable

import msgspec

from webchat.chat import rights
from webchat.chat.done import Done
from webchat.chat.holding import Author
from webchat.desk import Desk
from webchat.store import Tx


def show(at: Desk, whose: Callable[[Tx], Author]) -> None:
    """Print what is kept of somebody as JSON lines."""
    by, after, more = at.read(whose), "", True
    while more:
        found = at.read(lambda tx: rights.facts(tx, by, after))  # noqa: B023 # read at once
        for line in found.lines:
            sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
        after, more = found.next, bool(found.next)
    sys.stdout.buffer.flush()


def erase(at: Desk, verb: Callable[[Tx], Done]) -> str:
    """Erase somebody, and go on until nothing is left, though no server runs; what the verb answers."""
    done = at.commit(verb)
    while not at.read(rights.is_over):
        at.commit(rights.go_on)
    return str(done.id)
