"""What the place owes itself: rows of ``jobs``, leased by one process at a time and done at least once."""

import logging
from collections.abc import Callable, Mapping
from typing import NamedTuple

import anyio

from webchat.chat import alerts, conversations, networks, notifications, rights, room_settings, sessions
from webchat.chat.clock import DAY, HOUR, MINUTE, now
from webchat.errors import Unavailable
from webchat.events import Event
from webchat.store import (
    ASIDE,
    Store,
    Tx,
    alerts as stored_alerts,
    conversations as stored_conversations,
    files,
    held,
    identities,
    jobs,
    meta,
    mutes,
    notices,
    receipts,
    search,
    sessions as stored_sessions,
    sites,
    tokens,
)

log = logging.getLogger("webchat.chores")

LEASE = 5 * MINUTE
"""How long, in milliseconds, a job belongs to who took it."""
LOOKED = 1.0
"""Seconds between two looks at what is due, which cost next to nothing."""
SOME, FILES = 1000, 20
"""How many rows of one kind are forgotten at once, and how many files, which can be large."""
RECEIPTS = 30 * DAY
"""How long a command that is sent again is known, in milliseconds."""


class Chore(NamedTuple):
    """What came of a job: when it is due again, and what happened."""

    due: int
    events: tuple[Event, ...] = ()


def end(tx: Tx) -> Chore:
    """End sessions, tokens and former secrets of sites whose time is over; again when the next one's is."""
    at = now()
    ended = sessions.end_over(tx, at, SOME)
    if tokens.sweep(tx, at) + sites.sweep(tx, at):
        meta.revoke(tx)
    ends = (stored_sessions.next_end(tx), tokens.next_end(tx), sites.next_end(tx))
    return Chore(min(due for due in (at + HOUR, *ends) if due), ended)


def sweep(tx: Tx) -> Chore:
    """Forget old receipts, notifications and marks, codes and silences that are over, and files that nothing names;
    close old rooms. Some at a time, since nobody writes meanwhile: again at once while there may be more."""
    at = now()
    closed = room_settings.close_old(tx, at)
    done = (
        receipts.sweep(tx, at - RECEIPTS, SOME),
        held.sweep(tx, at - RECEIPTS, SOME),
        mutes.sweep(tx, at, SOME),
        identities.sweep(tx, at, SOME),
        networks.sweep(tx, at, SOME),
        notifications.sweep(tx, at, SOME),
    )
    is_more = closed or max(done) == SOME or files.sweep(tx, at - DAY, FILES) == FILES
    return Chore(at if is_more else at + HOUR, closed)


def notify(tx: Tx) -> Chore:
    """Tell what is due, and let go of what has expired; again when the next one is."""
    at = now()
    events = notifications.come_due(tx, at)
    return Chore(min(at + HOUR, notices.next_change(tx) or at + HOUR), tuple(events))


def alert(tx: Tx) -> Chore:
    """Tell moderators what waits for them; again when the next are to be told."""
    at = now()
    events = alerts.come_due(tx, at)
    return Chore(min(at + HOUR, stored_alerts.next_due(tx) or at + HOUR), events)


def wake(tx: Tx) -> Chore:
    """Bring back conversations that were put off; again when the next one is due."""
    at = now()
    events = conversations.come_due(tx, at)
    return Chore(min(at + HOUR, stored_conversations.next_waking(tx) or at + HOUR), tuple(events))


def erase(tx: Tx) -> Chore:
    """Empty what is to be erased and was too much for one go; again at once while there is more."""
    events = rights.go_on(tx).events
    return Chore(now() + (HOUR if rights.is_over(tx) else 0), events)


CHORES: Mapping[str, Callable[[Tx], Chore]] = {
    "ends": end,
    "sweep": sweep,
    notifications.JOB: notify,
    alerts.JOB: alert,
    conversations.JOB: wake,
    rights.JOB: erase,
}
"""Each kind of job, and what does it."""


async def do_one(store: Store, publish: Callable[[Event], object]) -> bool:
    """Do the job that is longest due; whether there was one. One that fails is tried again when its lease is over."""
    at = now()
    if not await store.read(lambda tx: jobs.waiting(tx, CHORES, at)):
        return False
    kind = await store.write(lambda tx: jobs.lease(tx, CHORES, at, at + LEASE), reach=ASIDE)
    if kind is None:
        return False

    def done(tx: Tx) -> Chore:
        chore = CHORES[kind](tx)
        jobs.done(tx, kind, chore.due)
        return chore

    def tell(chore: Chore) -> None:
        for event in chore.events:
            publish(event)

    try:
        await store.write(done, tell)
    except Unavailable:
        raise
    except Exception:
        log.exception("The chore %s failed. It is tried again later.", kind)
    return True


async def run(store: Store, publish: Callable[[Event], object]) -> None:
    """Do what is due, look again every second, until cancelled. Nothing that goes wrong here ends the server."""
    known = {*CHORES, search.JOB}
    while True:
        try:
            for kind in await store.read(lambda tx: jobs.others(tx, known)):
                log.warning("The chore %s is left to a newer program, which knows it.", kind)
                known.add(kind)
            while await do_one(store, publish):
                pass
        except Unavailable:
            log.warning("The chores wait: the store cannot be written.")
        except Exception:
            log.exception("The chores wait: something went wrong.")
        await anyio.sleep(LOOKED)
