"""On disk means synced: no write is acknowledged before the log that holds it was."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from webchat.store import meta
from webchat.store.sqlite import SqliteStore, open_sqlite

pytestmark = pytest.mark.anyio
LOG: list[str] = []


class File(apsw.VFSFile):
    """Notes what happens to a write-ahead log."""

    def __init__(self, base: str, name: Any, flags: list[int]) -> None:
        super().__init__(base, name, flags)
        self.is_wal = bool(flags[0] & apsw.SQLITE_OPEN_WAL)

    def xWrite(self, data: Any, offset: int) -> None:  # noqa: N802 - SQLite's name
        if self.is_wal:
            LOG.append("write")
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
    vfs, resolve = Watching(), SqliteStore._resolve

    def noted(self: SqliteStore, batch: Any, outcomes: Any) -> None:
        LOG.append("resolved")
        resolve(self, batch, outcomes)

    monkeypatch.setattr(SqliteStore, "_resolve", noted)
    store = open_sqlite(tmp_path / "webchat.db")
    LOG.clear()
    yield store
    store.close()
    apsw.set_default_vfs(vfs.base)
    vfs.unregister()


async def write(store: SqliteStore) -> list[list[str]]:
    """What happened to the log before each commit was acknowledged."""
    for n in range(20):
        big = [store.write(lambda tx: meta.put(tx, "big", "x" * 9000)) for _ in range(n)]
        await asyncio.gather(*big, store.write(meta.revoke))
    return [part.split() for part in " ".join(LOG).split("resolved")[:-1]]


async def test_every_write_is_synced_before_it_is_acknowledged(store: SqliteStore) -> None:
    for before in await write(store):
        assert "write" in before
        assert before[-1] == "sync"


async def test_this_would_be_seen(store: SqliteStore) -> None:
    store._writer.execute("PRAGMA synchronous=NORMAL").fetchall()
    assert any(before[-1] != "sync" for before in await write(store))
