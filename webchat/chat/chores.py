"""What the place owes itself: rows of ``jobs``, leased by one process at a time and done at least once."""

import logging
from collections.abc import Callable, Mapping

import anyio

from webchat.chat.clock import now
from webchat.errors import Unavailable
from webchat.store import Store, Tx, jobs, receipts, sessions

log = logging.getLogger("webchat.chores")

MINUTE = 60_000
HOUR = 60 * MINUTE
LEASE = 5 * MINUTE
"""How long, in milliseconds, a job belongs to who took it."""
RECEIPTS = 30 * 24 * HOUR
"""How long a command that is sent again is known, in milliseconds."""


def sweep(tx: Tx) -> int:
    """Forget sessions that are over and old receipts; when to do it again."""
    at = now()
    sessions.sweep(tx, at)
    receipts.sweep(tx, at - RECEIPTS)
    return at + HOUR


CHORES: Mapping[str, Callable[[Tx], int]] = {"sweep": sweep}
"""Each kind of job, and what does it; that returns when it is due again."""


async def do_one(store: Store) -> bool:
    """Do the job that is longest due; whether there was one."""
    at = now()
    kind = await store.write(lambda tx: jobs.lease(tx, at, at + LEASE))
    if kind is None:
        return False
    await store.write(lambda tx: jobs.done(tx, kind, CHORES[kind](tx)))
    return True


async def run(store: Store) -> None:
    """Do what is due, look again every minute, until cancelled."""
    while True:
        try:
            while await do_one(store):
                pass
        except Unavailable:
            log.warning("The chores wait: the store cannot be written.")
        await anyio.sleep(60)
