"""What holds for a store of either kind."""

import asyncio
import threading
from functools import partial
from pathlib import Path

import pytest

from webchat.errors import NotFound, Unavailable
from webchat.store import Reach, Store, Tx, jobs, meta, receipts
from webchat.store.opening import open_store

pytestmark = pytest.mark.anyio


async def keys(store: Store) -> set[str]:
    return {row[0] for row in await store.read(lambda tx: tx.all("SELECT key FROM meta"))} - {"epoch"}


async def test_one_failing_write_undoes_only_itself(either: Store) -> None:
    def half(tx: Tx) -> None:
        meta.put(tx, "half", "")
        raise NotFound("no")

    results = await asyncio.gather(
        either.write(lambda tx: meta.put(tx, "one", "")),
        either.write(half),
        either.write(lambda tx: tx.run("INSERT INTO meta (key, value) VALUES ('one', '')")),
        either.write(lambda tx: tx.run("SELECT nothing FROM nowhere")),
        either.write(lambda tx: meta.put(tx, "two", "")),
        return_exceptions=True,
    )
    assert [isinstance(result, Exception) for result in results] == [False, True, True, True, False]
    assert not [result for result in results if isinstance(result, Unavailable)]
    assert await keys(either) == {"one", "two"}


async def test_what_waits_is_done_in_order(either: Store) -> None:
    gate = threading.Event()
    first = asyncio.ensure_future(either.write(lambda tx: gate.wait()))
    done: list[int] = []

    async def write(n: int) -> None:
        await either.write(lambda tx: meta.put(tx, "n", str(n)))
        done.append(n)

    tasks = [asyncio.ensure_future(write(n)) for n in range(100)]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(first, *tasks)
    assert done == list(range(100))
    assert await either.read(lambda tx: meta.get(tx, "n")) == "99"


async def test_what_an_author_asks_is_done_in_order_in_whichever_rooms(either: Store) -> None:
    gate = threading.Event()
    done: list[int] = []

    def note(n: int, tx: Tx) -> None:
        done.append(n)

    blocked = asyncio.ensure_future(either.write(lambda tx: gate.wait(), reach=Reach("ann", "room-0")))
    asked = [
        asyncio.ensure_future(either.write(partial(note, n), reach=Reach("ann", f"room-{n}" * (n % 3))))
        for n in range(60)
    ]
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(blocked, *asked)
    assert done == list(range(60))


async def test_a_read_sees_one_moment(either: Store, store_url: str, tmp_path: Path) -> None:
    await either.write(lambda tx: meta.put(tx, "a", "1"))
    other = open_store(store_url, tmp_path)

    def read(tx: Tx) -> tuple[str, str]:
        before = meta.get(tx, "a")
        thread = threading.Thread(target=lambda: asyncio.run(other.write(lambda tx: meta.put(tx, "a", "2"))))
        thread.start()
        thread.join()
        return before, meta.get(tx, "a")

    assert await either.read(read) == ("1", "1")
    assert await either.read(lambda tx: meta.get(tx, "a")) == "2"
    other.close()


async def test_a_read_waits_for_nobody_who_browses(either: Store) -> None:
    gate = threading.Event()
    browsing = [asyncio.ensure_future(either.browse(lambda tx: gate.wait(30))) for _ in range(9)]
    await asyncio.sleep(0)
    try:
        assert await asyncio.wait_for(either.read(lambda tx: meta.get(tx, "none")), 15) == ""
        assert not any(one.done() for one in browsing)
    finally:
        gate.set()
    assert all(await asyncio.gather(*browsing))


async def test_a_read_changes_nothing(either: Store) -> None:
    with pytest.raises(Exception, match=r"(?i)read.?only|cannot be read"):
        await either.read(lambda tx: meta.put(tx, "a", ""))
    assert await keys(either) == set()


async def test_giving_up_waiting_does_not_undo_the_write_or_anothers(either: Store) -> None:
    gate = threading.Event()
    blocked = asyncio.ensure_future(either.write(lambda tx: gate.wait()))
    given_up = asyncio.ensure_future(either.write(lambda tx: meta.put(tx, "given up", "")))
    other = asyncio.ensure_future(either.write(lambda tx: meta.put(tx, "other", "")))
    await asyncio.sleep(0)
    given_up.cancel()
    gate.set()
    await asyncio.gather(blocked, other)
    assert await keys(either) == {"given up", "other"}


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, StopIteration, GeneratorExit])
async def test_what_would_end_a_thread_fails_only_the_write_that_raises_it(
    either: Store, error: type[BaseException]
) -> None:
    def end(tx: Tx) -> None:
        meta.put(tx, "half", "")
        raise error

    one = asyncio.ensure_future(either.write(lambda tx: meta.put(tx, "one", "")))
    ended = asyncio.ensure_future(either.write(end))
    two = asyncio.ensure_future(either.write(lambda tx: meta.put(tx, "two", "")))
    with pytest.raises(RuntimeError, match=error.__name__):
        await asyncio.wait_for(ended, 30)
    await asyncio.wait_for(asyncio.gather(one, two), 30)
    assert await keys(either) == {"one", "two"}


async def test_who_closes_a_store_waits_for_what_is_queued(either: Store, store_url: str, tmp_path: Path) -> None:
    asked = [asyncio.ensure_future(either.write(lambda tx, n=n: meta.put(tx, str(n), ""))) for n in range(20)]  # type: ignore[misc]
    await asyncio.sleep(0)
    either.close()
    await asyncio.gather(*asked)
    with pytest.raises(Unavailable):
        await either.write(lambda tx: None)
    again = open_store(store_url, tmp_path)
    assert len(await keys(again)) == 20
    again.close()


async def test_the_first_receipt_stays(either: Store) -> None:
    def twice(tx: Tx) -> str | None:
        receipts.add(tx, 1, "cid", "first", 1)
        receipts.add(tx, 1, "cid", "second", 2)
        return receipts.get(tx, 1, "cid")

    assert await either.write(twice) == "first"


async def test_a_job_is_leased_once(either: Store) -> None:
    leases = await asyncio.gather(*(either.write(lambda tx: jobs.lease(tx, ["sweep"], 5, 9)) for _ in range(8)))
    assert sorted(map(str, leases)) == ["None"] * 7 + ["sweep"]
    assert "sweep" in await either.read(lambda tx: jobs.others(tx, ["mow"]))


async def test_the_epoch_stays_and_a_blanked_one_is_made_anew(either: Store, store_url: str, tmp_path: Path) -> None:
    again = open_store(store_url, tmp_path)
    assert again.epoch == either.epoch != ""
    again.close()
    await either.write(lambda tx: tx.run("DELETE FROM meta WHERE key = 'epoch'"))
    other = open_store(store_url, tmp_path)
    assert other.epoch not in ("", either.epoch)
    other.close()


async def test_texts_are_ordered_and_compared_alike(either: Store) -> None:
    """Byte by byte, whatever the database's own order is."""
    names = ["B", "a", "Ä", "z", "ä", "中", "_", "A", "🐸", "\ue000"]

    def read(tx: Tx) -> list[str]:
        for name in names:
            meta.put(tx, name, name.lower())
        rows = tx.all("SELECT key FROM meta WHERE key <> $1 AND key LIKE '%' ORDER BY key", "epoch")
        lowered = tx.all("SELECT key FROM meta WHERE lower(key) = $1 ORDER BY key", "ä")
        return [str(row[0]) for row in (*rows, *lowered)]

    assert await either.write(read) == [*sorted(names, key=str.encode), "ä"]
