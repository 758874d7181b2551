"""What the place owes itself is done once a time, also after whoever took it is gone."""

import asyncio
from functools import partial

import anyio
import pytest

from tests.chat.conftest import Place
from tests.chat.counted import Counted
from webchat.chat import chores, sessions
from webchat.chat.clock import DAY, now
from webchat.events import SignedOut
from webchat.store import Tx, jobs, meta, receipts

pytestmark = pytest.mark.anyio

KINDS = ("sweep", "mow")


async def test_the_sweep_forgets_what_is_over(place: Place) -> None:
    started = await place.store.write(lambda tx: sessions.start(tx, place.bob))
    await place.store.write(lambda tx: tx.run("UPDATE sessions SET expires = $1", now() - 1))
    await place.store.write(lambda tx: receipts.add(tx, 1, "old", "x", now() - chores.RECEIPTS - 1))
    await place.store.write(lambda tx: receipts.add(tx, 1, "new", "x", now()))
    assert [await chores.do_one(place.store, place.told.append) for _ in range(3)] == [True, True, False]
    rows = await place.store.read(lambda tx: tx.all("SELECT cid FROM receipts WHERE author = 1"))
    assert rows == [("new",)]
    assert await place.store.read(lambda tx: tx.all("SELECT id FROM sessions")) == []
    assert await place.store.read(lambda tx: sessions.signed_in(tx, started.session)) is None


async def test_a_lease_that_ran_out_is_taken_over(place: Place) -> None:
    at = now()
    assert await place.store.write(lambda tx: jobs.lease(tx, KINDS, at, at + 100)) == "sweep"
    assert await place.store.write(lambda tx: jobs.lease(tx, KINDS, at + 99, at + 199)) is None
    assert await place.store.write(lambda tx: jobs.lease(tx, KINDS, at + 100, at + 200)) == "sweep"
    await place.store.write(lambda tx: jobs.done(tx, "sweep", at + 1000))
    assert await place.store.write(lambda tx: jobs.lease(tx, KINDS, at + 999, at + 2000)) is None


async def test_of_several_nodes_one_does_it_and_another_if_that_one_dies(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = [place.store, place.reopen(), place.reopen()]
    done: list[int] = []

    def mow(_tx: Tx) -> chores.Chore:
        done.append(now())
        return chores.Chore(now() + 10 * chores.LEASE)

    monkeypatch.setattr(chores, "CHORES", {"mow": mow})
    await place.store.write(lambda tx: tx.run("INSERT INTO jobs (kind, due) VALUES ('mow', 0)"))
    await asyncio.gather(*(chores.do_one(node, place.told.append) for node in nodes for _ in range(3)))
    assert len(done) == 1
    await place.store.write(lambda tx: jobs.done(tx, "mow", 0))
    taken = now()
    assert await nodes[1].write(lambda tx: jobs.lease(tx, chores.CHORES, taken, taken + chores.LEASE)) == "mow"
    nodes[1].close()  # it dies before it has done it
    assert not [True for node in (nodes[0], nodes[2]) if await chores.do_one(node, place.told.append)]
    monkeypatch.setattr(chores, "now", lambda: taken + chores.LEASE)
    await asyncio.gather(*(chores.do_one(node, place.told.append) for node in (nodes[0], nodes[2])))
    assert len(done) == 2
    nodes[2].close()


async def test_that_a_session_is_over_counts_as_a_revocation_if_it_was_in_use(place: Place) -> None:
    for seen in (now() - DAY, now()):
        begun = await place.store.write(lambda tx: sessions.start(tx, place.bob))
        assert (await place.store.write(chores.end)).events == ()
        assert await place.store.read(meta.revoked) == 0
        await place.store.write(partial(_over, seen))
        assert (await place.store.write(chores.end)).events == (SignedOut(place.bob.id, begun.session),)
    assert await place.store.read(meta.revoked) == 1


def _over(seen: int, tx: Tx) -> None:
    tx.run("UPDATE sessions SET expires = $1, seen = $2", now() - 1, seen)


async def test_much_is_forgotten_some_at_a_time_and_finds_it_by_an_index(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody writes meanwhile."""
    monkeypatch.setattr(chores, "SOME", 2)
    old = now() - chores.RECEIPTS - 1
    for number in range(5):
        await place.store.write(lambda tx, cid=f"old-{number}": receipts.add(tx, 1, cid, "x", old))  # type: ignore[misc]
    left = []
    for is_last in (False, False, True):
        assert ((await place.store.write(chores.sweep)).due > now()) == is_last
        left += await place.store.read(lambda tx: tx.all("SELECT count(*) FROM receipts WHERE author = 1"))
    assert left == [(3,), (1,), (0,)]

    def scanned(tx: Tx) -> set[str]:
        counted = Counted(tx)
        for chore in (chores.end, chores.sweep):
            chore(counted)
        return counted.scanned()

    assert await place.store.write(scanned) <= {"tokens", "sites", "o", "s", "u"}, "few rows, or those of few columns"


async def test_a_chore_of_a_newer_program_is_left_to_it(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    await place.store.write(lambda tx: tx.run("INSERT INTO jobs (kind, due) VALUES ('mow', 0)"))
    await looked(place)
    [row] = await place.store.read(lambda tx: tx.all("SELECT due, leased FROM jobs WHERE kind = 'mow'"))
    assert row == (0, 0)
    assert [record.message for record in caplog.records] == [
        "The chore mow is left to a newer program, which knows it."
    ]
    assert not await due(place, "sweep")


async def test_a_chore_that_fails_keeps_no_other_from_being_done(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(tx: Tx) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(chores, "CHORES", {"mow": fail, "sweep": chores.sweep})
    await place.store.write(lambda tx: tx.run("INSERT INTO jobs (kind, due) VALUES ('mow', -1)"))
    await looked(place)
    assert "The chore mow failed. It is tried again later." in [record.message for record in caplog.records]
    assert not await due(place, "sweep")
    [(leased,)] = await place.store.read(lambda tx: tx.all("SELECT leased FROM jobs WHERE kind = 'mow'"))
    assert leased > now()


async def looked(place: Place) -> None:
    """Run the chores until they have nothing to do and sleep."""
    asleep = anyio.Event()

    async def sleep(seconds: float) -> None:
        asleep.set()
        await anyio.sleep_forever()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("webchat.chat.chores.anyio.sleep", sleep)
        async with anyio.create_task_group() as group:
            group.start_soon(chores.run, place.store, place.told.append)
            with anyio.fail_after(10):
                await asleep.wait()
            group.cancel_scope.cancel()


async def due(place: Place, kind: str) -> bool:
    [(at,)] = await place.store.read(lambda tx: tx.all("SELECT due FROM jobs WHERE kind = $1", kind))
    return bool(at <= now())
