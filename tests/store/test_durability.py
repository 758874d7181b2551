"""On disk means synced: no write is acknowledged before the log that holds it was."""

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import apsw
import pytest

from webchat.store import meta, writes
from webchat.store.sqlite import SqliteStore, open_sqlite

pytestmark = pytest.mark.anyio
LOG: list[str] = []


class File(apsw.VFSFile):
    """Notes what happens to a write-ahead log, and what is copied out of it."""

    def __init__(self, base: str, name: Any, flags: list[int]) -> None:
        super().__init__(base, name, flags)
        self.is_wal = bool(flags[0] & apsw.SQLITE_OPEN_WAL)

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802 - SQLite's name
        LOG.append("write" if self.is_wal else "copy")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        super().xSync(flags)
        if self.is_wal:
            LOG.append("sync")


class Watching(apsw.VFS):
    """The system's files, seen through `File`."""

    def __init__(self) -> None:
        self.base = apsw.vfs_names()[0]
        super().__init__("watching", self.base, makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> File:  # noqa: N802 - SQLite's name
        return File(self.base, name, flags)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteStore]:
    vfs, resolve = Watching(), writes.resolve

    def noted(batch: Any, outcomes: Any) -> None:
        LOG.append("resolved")
        resolve(batch, outcomes)

    monkeypatch.setattr("webchat.store.sqlite.resolve", noted)
    try:
        with closing(open_sqlite(tmp_path / "webchat.db")) as store:
            LOG.clear()
            yield store
    finally:
        apsw.set_default_vfs(vfs.base)
        vfs.unregister()


async def write(store: SqliteStore) -> list[list[str]]:
    """What happened to the log before each commit was acknowledged. Each puts another text: of one that is there
    already SQLite writes nothing."""
    for n in range(20):
        big = [store.write(partial(meta.put, key="big", value=f"{n} {one} " * 1500)) for one in range(n)]
        await asyncio.gather(*big, store.write(meta.revoke))
    return [part.split() for part in " ".join(LOG).split("resolved")[:-1]]


async def test_every_write_is_synced_before_it_is_acknowledged(store: SqliteStore) -> None:
    for before in await write(store):
        assert "write" in before
        assert before[-1] == "sync"


async def test_this_would_be_seen(store: SqliteStore) -> None:
    store._writer.execute("PRAGMA synchronous=NORMAL").fetchall()
    assert any(before[-1] != "sync" for before in await write(store))


async def test_the_log_is_copied_into_the_database_after_the_answer(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webchat.store.sqlite.LONGEST_LOG", 3)
    await write(store)
    done = [what for what in LOG if what != "sync"]
    assert done.index("copy") < len(done) - done[::-1].index("resolved")
    assert all(before in ("resolved", "copy") for before, what in itertools.pairwise(done) if what == "copy")
