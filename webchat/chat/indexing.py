"""Putting the words of messages where they are found by: in the background, of what changed since it was done last.

How far it is, is kept for each room as the rev that it has come to, and put down together with the words. So it goes on
where it was whatever ended it, and comes by itself to all that is new: what was imported, restored, edited or erased.
Nothing that is said waits for it.
"""

import logging
import re
import time
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import anyio

from webchat.chat import words
from webchat.chat.clock import MINUTE, now
from webchat.chat.owing import see_to
from webchat.store import ASIDE, Store, Tx, jobs, search as stored

log = logging.getLogger("webchat.search")

LEASE = MINUTE // 4
"""How long, in milliseconds, the work belongs to the process that took it, unless it goes on with it."""
LOOKED = 1.0
"""Seconds between two looks at what has changed."""
TOGETHER = 100
"""Messages whose words are put there by one write, which others wait for."""
LETTERS = 50_000
"""The same in letters: a message has up to 10,000."""
ROOMS = 50
"""The most rooms that it puts words of."""
LEISURE = 4
"""How much longer than it worked it rests, so that who posts has the machine."""
_LINKED = re.compile(r'<a href="https?:')


class Batch(NamedTuple):
    """What is put there at once: the words of each message, none for those that nobody may read, and how far each room
    is then."""

    messages: list[tuple[int, list[str]]]
    rooms: list[tuple[int, int]]


async def run(store: Store) -> None:
    """Put there what is due, look again every second, until cancelled."""
    await see_to(log, "The words of messages", lambda: do_some(store, LEISURE), LOOKED)


async def do_some(store: Store, leisure: float = 0) -> bool:
    """Put there all that is due, unless another process is at it; whether there was anything."""
    at = now()
    if not await store.browse(lambda tx: jobs.waiting(tx, (stored.JOB,), at) and bool(stored.behind(tx, 1))):
        return False
    until = at + LEASE
    if not await store.write(lambda tx: jobs.lease(tx, (stored.JOB,), at, until), reach=ASIDE):
        return False
    while True:
        began = time.monotonic()
        batch = await store.browse(due)
        later = 0 if not batch.rooms else max(until + 1, now() + LEASE)
        if not await store.write(partial(_put, batch=batch, until=until, later=later), reach=ASIDE) or not later:
            return bool(later)
        until = later
        await anyio.sleep(leisure * (time.monotonic() - began))


def due(tx: Tx) -> Batch:
    """What is to be put there next."""
    batch, letters = Batch([], []), 0
    for room in stored.behind(tx, ROOMS):
        changed = stored.texts(tx, room, TOGETHER)
        for one in changed:
            if one.said > room.mark:
                batch.messages.append((one.id, list(_words(one))))
                letters += len(one.body)
            if len(batch.messages) == TOGETHER or letters > LETTERS:
                batch.rooms.append((room.room_id, one.rev))
                return batch
        batch.rooms.append((room.room_id, changed[-1].rev if len(changed) == TOGETHER else room.rev))
    return batch


def by(author: int) -> str:
    """The word of all that an account said. No text has a word with this sign."""
    return f"§u{author}"


def within(room_id: int) -> str:
    """That of all that was said in a room."""
    return f"§r{room_id}"


LINK, FILE = "§link", "§file"
"""Those of all that has a link or a file."""


def _words(text: stored.Text) -> Iterator[str]:
    if text.gone:
        return
    yield within(text.room_id)
    yield by(text.author)
    if _LINKED.search(text.html):
        yield LINK
    if text.files:
        yield FILE
    for word in words.words(words.normal(text.body)):
        yield word.word


def _put(tx: Tx, batch: Batch, until: int, later: int) -> bool:
    """Put a batch there, and have the work until ``later``; False, and nothing was done, if another process has it."""
    if not jobs.keep(tx, stored.JOB, until, later):
        return False
    for message_id, found in batch.messages:
        stored.put(tx, message_id, found)
    for room_id, rev in batch.rooms:
        stored.mark(tx, room_id, rev)
    return True
