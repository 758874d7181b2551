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
    is then. ``whole`` if there was no more to put there."""

    messages: list[tuple[int, list[str]]]
    rooms: list[tuple[int, int]]
    whole: bool


async def run(store: Store) -> None:
    """Put there what is due, look again every second, until cancelled. What is said meanwhile waits for the next look:
    each write has costs of its own, in the index too, so that one of a hundred messages is cheaper than ten of ten."""

    async def look() -> bool:
        await do_some(store, LEISURE)
        return False

    await see_to(log, "The words of messages", look, LOOKED)


async def do_some(store: Store, leisure: float = 0) -> None:
    """Put there all that is due, unless another process is at it."""
    at = now()
    if not await store.browse(lambda tx: jobs.waiting(tx, (stored.JOB,), at) and bool(stored.behind(tx, 1))):
        return
    until = at + LEASE
    if not await store.write(lambda tx: jobs.lease(tx, (stored.JOB,), at, until), reach=ASIDE):
        return
    while True:
        began = time.monotonic()
        batch = await store.browse(due)
        later = 0 if batch.whole else max(until + 1, now() + LEASE)
        if not await store.write(partial(_put, batch=batch, until=until, later=later), reach=ASIDE) or not later:
            return
        until = later
        await anyio.sleep(leisure * (time.monotonic() - began))


def due(tx: Tx) -> Batch:
    """What is to be put there next."""
    messages: list[tuple[int, list[str]]] = []
    marks: dict[int, int] = {}
    letters, behind = 0, stored.behind(tx, ROOMS)
    for room in behind:
        changed = stored.texts(tx, room, TOGETHER)
        marks[room.room_id] = changed[-1].rev if len(changed) == TOGETHER else room.rev
        for one in changed:
            if one.said > room.mark:
                messages.append((one.id, list(_words(one))))
                letters += len(one.body)
            if len(messages) == TOGETHER or letters > LETTERS:
                marks[room.room_id] = one.rev
                return Batch(messages, list(marks.items()), whole=False)
    whole = len(behind) < ROOMS and all(marks[room.room_id] == room.rev for room in behind)
    return Batch(messages, list(marks.items()), whole)


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
    yield from words.spelled(words.normal(text.body))


def _put(tx: Tx, batch: Batch, until: int, later: int) -> bool:
    """Put a batch there, and have the work until ``later``; False, and nothing was done, if another process has it."""
    if not jobs.keep(tx, stored.JOB, until, later):
        return False
    for message_id, found in batch.messages:
        stored.put(tx, message_id, found)
    for room_id, rev in batch.rooms:
        stored.mark(tx, room_id, rev)
    return True
