"""What the place owes itself: rows of ``jobs``, leased by one process at a time and done at least once."""

import logging
from collections.abc import Callable, Mapping

import anyio

from webchat.chat.clock import now
from webchat.errors import Unavailable
from webchat.store import Store, Tx, jobs, meta, receipts, sessions

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
    if sessions.sweep(tx, at):
        meta.revoke(tx)
    receipts.sweep(tx, at - RECEIPTS)
    return at + HOUR


CHORES: Mapping[str, Callable[[Tx], int]] = {"sweep": sweep}
"""Each kind of job, and what does it; that returns when it is due again."""


async def do_one(store: Store) -> bool:
    """Do the job that is longest due; whether there was one. One that fails is tried again when its lease is over."""
    at = now()
    kind = await store.write(lambda tx: jobs.lease(tx, CHORES, at, at + LEASE))
    if kind is None:
        return False
    try:
        await store.write(lambda tx: jobs.done(tx, kind, CHORES[kind](tx)))
    except Unavailable:
        raise
    except Exception:
        log.exception("The chore %s failed. It is tried again later.", kind)
    return True


async def run(store: Store) -> None:
    """Do what is due, look again every minute, until cancelled. Nothing that goes wrong here ends the server."""
    known = set(CHORES)
    while True:
        try:
            for kind in await store.read(lambda tx: jobs.others(tx, known)):
                log.warning("The chore %s is left to a newer program, which knows it.", kind)
                known.add(kind)
            while await do_one(store):
                pass
        except Unavailable:
            log.warning("The chores wait: the store cannot be written.")
        except Exception:
            log.exception("The chores wait: something went wrong.")
        await anyio.sleep(60)
