"""What was taken away, also where nobody was told: a number in the store says that something was.

News of it usually comes at once. This is for when that was lost, or a session simply ran out: everybody is asked again.
What a site's own users are known by is kept nowhere and says itself when it runs out: that is looked at each time.
"""

import logging
from functools import partial

import anyio
from msgspec.structs import replace

from webchat.broker import Broker, Reader
from webchat.chat import identities
from webchat.chat.clock import now
from webchat.model import Actor, Guest
from webchat.store import Tx, meta, mutes, users
from webchat.web.admission import close_code
from webchat.web.door import SIGN_IN, Admission
from webchat.web.house import House
from webchat.web.limits import author_key

log = logging.getLogger("webchat.revocation")

COMPARED = 5.0
"""Seconds between two looks at the number."""


async def run(at: House, broker: Broker) -> None:
    """Look, and look after everybody when it has moved, until cancelled."""
    seen = -1
    while True:
        seen = await look(at, broker, seen)
        await anyio.sleep(COMPARED)


async def look(at: House, broker: Broker, seen: int) -> int:
    """One look, by who has seen the number ``seen``; the number now, or ``seen`` while the store cannot be read."""
    try:
        newest = await at.store.read(meta.revoked)
        if newest != seen:
            await _hush(at)
        await broker.review(_timed if newest == seen else partial(_judge, at))
    except Exception:
        log.warning("Cannot tell whether something was revoked: the store cannot be read.")
        return seen
    return newest


async def _hush(at: House) -> None:
    """Let nobody be told of the writing of those who are silenced, openly or in the shadow, as they are now."""
    found = await at.store.read(lambda tx: mutes.silent(tx, now()))
    at.presence.hushed = {(slug, author_key(user, guest)): until for slug, user, guest, until in found}


async def _timed(readers: list[Reader]) -> list[int]:
    return [SIGN_IN if over else 0 for over in identities.ran_out(reader.session for reader in readers)]


async def _judge(at: House, readers: list[Reader]) -> list[int]:
    def judged(tx: Tx) -> list[int]:
        return [close_code(tx, _admission(tx, at, reader)) for reader in readers]

    return await at.store.read(judged)


def _admission(tx: Tx, at: House, reader: Reader) -> Admission:
    surface = reader.view.partition(".")[0]
    return Admission(_actor(tx, at, reader), "", reader.session, reader.slug, surface=surface)


def _actor(tx: Tx, at: House, reader: Reader) -> Actor:
    if reader.session.startswith(identities.HOST):
        return replace(identities.guest(reader.session), key=reader.guest)
    user = users.by_id(tx, reader.user) if reader.user else None
    return user or Guest(reader.guest, "", at.settings.open)
