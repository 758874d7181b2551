"""What the place owes itself is done once a time, also after whoever took it is gone."""

import pytest

from tests.chat.conftest import Place
from webchat.chat import chores, people
from webchat.chat.clock import now
from webchat.store import jobs, receipts

pytestmark = pytest.mark.anyio


async def test_the_sweep_forgets_what_is_over(place: Place) -> None:
    started = await place.store.write(lambda tx: people.start_session(tx, place.bob))
    await place.store.write(lambda tx: tx.run("UPDATE sessions SET expires = $1", now() - 1))
    await place.store.write(lambda tx: receipts.add(tx, 1, "old", "x", now() - chores.RECEIPTS - 1))
    await place.store.write(lambda tx: receipts.add(tx, 1, "new", "x", now()))
    assert await chores.do_one(place.store)
    assert not await chores.do_one(place.store)
    rows = await place.store.read(lambda tx: tx.all("SELECT cid FROM receipts WHERE author = 1"))
    assert rows == [("new",)]
    assert await place.store.read(lambda tx: tx.all("SELECT id FROM sessions")) == []
    assert await place.store.read(lambda tx: people.signed_in(tx, started.session)) is None


async def test_a_lease_that_ran_out_is_taken_over(place: Place) -> None:
    at = now()
    assert await place.store.write(lambda tx: jobs.lease(tx, at, at + 100)) == "sweep"
    assert await place.store.write(lambda tx: jobs.lease(tx, at + 99, at + 199)) is None
    assert await place.store.write(lambda tx: jobs.lease(tx, at + 100, at + 200)) == "sweep"
    await place.store.write(lambda tx: jobs.done(tx, "sweep", at + 1000))
    assert await place.store.write(lambda tx: jobs.lease(tx, at + 999, at + 2000)) is None
