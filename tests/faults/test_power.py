"""The power fails at any moment, and no acknowledged post is lost: what was written since the last sync may be."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import apsw
import pytest

from tests.chat.conftest import new_cid
from webchat import commands as c
from webchat.chat import Chat, people
from webchat.store.sqlite import SqliteStore, open_sqlite

CUTS = 500
POSTS = 400


class Step(NamedTuple):
    """What happened to a file: a ``write`` at a place, a ``cut`` to a size, ``sync``, ``delete``; or an ``ack``."""

    kind: str
    file: str = ""
    place: int = 0
    data: bytes = b""


class File(apsw.VFSFile):
    """Notes what happens to the database and its log."""

    def __init__(self, base: str, name: Any, flags: list[int], steps: list[Step]) -> None:
        super().__init__(base, name, flags)
        self._name = Path(name.filename() if isinstance(name, apsw.URIFilename) else name or "").name
        self._steps = steps

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        super().xWrite(data, offset)
        self._steps.append(Step("write", self._name, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:  # noqa: N802 - SQLite's name
        super().xTruncate(size)
        self._steps.append(Step("cut", self._name, size))

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        super().xSync(flags)
        self._steps.append(Step("sync", self._name))


class Noting(apsw.VFS):
    """The system's files, seen through `File`."""

    def __init__(self, steps: list[Step]) -> None:
        self.base = apsw.vfs_names()[0]
        self._steps = steps
        super().__init__("noting", self.base, makedefault=True)

    def xOpen(self, name: Any, flags: list[int]) -> File:  # noqa: N802 - SQLite's name
        return File(self.base, name, flags, self._steps)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802 - SQLite's name
        super().xDelete(filename, syncdir)
        self._steps.append(Step("delete", Path(filename).name))


class Disk:
    """What is on a disk for certain, and what was only handed to the system.

    When the power fails, each write since the last sync is there, or is not, or only its beginning is.
    """

    def __init__(self) -> None:
        self._files: dict[str, bytearray] = defaultdict(bytearray)
        self._loose: dict[str, list[Step]] = defaultdict(list)

    def take(self, step: Step) -> None:
        """One step more."""
        if step.kind == "delete":
            self._files.pop(step.file, None)
            self._loose.pop(step.file, None)
        elif step.kind == "sync":
            for loose in self._loose.pop(step.file, ()):
                _apply(self._files[step.file], loose)
        else:
            self._loose[step.file].append(step)

    def fail(self, folder: Path, chance: random.Random) -> None:
        """Put into a folder what is left."""
        for old in folder.iterdir():
            old.unlink()
        for name in {*self._files, *self._loose}:
            content = bytearray(self._files[name])
            for loose in self._loose.get(name, ()):
                if chance.random() < 0.5:
                    torn = loose.data[: 512 * chance.randint(0, len(loose.data) // 512)]
                    _apply(content, loose._replace(data=torn) if chance.random() < 0.2 else loose)
            (folder / name).write_bytes(content)


def _apply(content: bytearray, step: Step) -> None:
    if step.kind == "cut":
        del content[step.place :]
        return
    content.extend(bytes(max(0, step.place - len(content))))
    content[step.place : step.place + len(step.data)] = step.data


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Step]]:
    """All that happens to databases that are opened from now on."""
    monkeypatch.setattr("webchat.store.sqlite.CHECKPOINT", 40)
    steps: list[Step] = []
    vfs = Noting(steps)
    try:
        yield steps
    finally:
        apsw.set_default_vfs(vfs.base)
        vfs.unregister()


async def talk(path: Path, steps: list[Step], prepare: Callable[[SqliteStore], object]) -> None:
    """Post, a few at a time and many at a time, over several checkpoints of the log."""
    with closing(open_sqlite(path)) as store:
        prepare(store)
        chat = Chat(store, lambda _event: None)
        ann = await store.write(lambda tx: people.set_up(tx, "The Place", "Ann", "hash"))
        store._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()  # the schema is on disk before power fails
        first = len(steps)

        async def post() -> None:
            done = await chat.perform(ann, c.PostMessage("lobby", "x" * 300, new_cid()))
            steps.append(Step("ack", place=int(done.id)))

        together = random.Random(2)  # noqa: S311 - to be repeatable, not secret
        left = POSTS
        while left:
            now = min(left, together.choice([1, 1, 2, 3, 20]))
            await asyncio.gather(*(post() for _ in range(now)))
            left -= now
    steps.insert(first, Step("begin"))


def lost(steps: list[Step], folder: Path) -> Iterator[str]:
    """What is wrong after each of many cuts of power, at moments by chance."""
    chance = random.Random(500)  # noqa: S311 - to be repeatable, not secret
    begin = steps.index(Step("begin"))
    cuts = set(chance.sample(range(begin + 1, len(steps)), CUTS))
    disk, acked = Disk(), set[int]()
    for number, step in enumerate(steps):
        if step.kind == "ack":
            acked.add(step.place)
        elif step.kind != "begin":
            disk.take(step)
        if number in cuts:
            disk.fail(folder, chance)
            yield from (f"at {number}: {why}" for why in _found(folder / "webchat.db", acked))


def _found(path: Path, acked: set[int]) -> Iterator[str]:
    try:
        with closing(apsw.Connection(str(path), vfs="unix")) as connection:
            connection.execute("PRAGMA synchronous = OFF")  # this time the power stays
            [(sound,)] = connection.execute("PRAGMA integrity_check")
            there = {row[0] for row in connection.execute("SELECT id FROM messages")}
            places = [row[0] for row in connection.execute("SELECT seq FROM messages ORDER BY id")]
    except apsw.Error as error:
        yield str(error)
        return
    if sound != "ok":
        yield sound
    if missing := acked - there:
        yield f"{len(missing)} acknowledged are missing"
    if places != list(range(1, len(places) + 1)):
        yield "there are holes"


@pytest.mark.anyio
async def test_nothing_acknowledged_is_lost_when_the_power_fails(tmp_path: Path, noted: list[Step]) -> None:
    (tmp_path / "after").mkdir()
    await talk(tmp_path / "webchat.db", noted, lambda _store: None)
    assert sum(step.kind == "ack" for step in noted) == POSTS
    assert sum(step.kind == "sync" and step.file == "webchat.db" for step in noted) > 5, "checkpoints"
    assert list(lost(noted, tmp_path / "after")) == []


@pytest.mark.anyio
async def test_it_would_be_seen_if_acks_came_before_the_disk(tmp_path: Path, noted: list[Step]) -> None:
    (tmp_path / "after").mkdir()
    await talk(tmp_path / "webchat.db", noted, lambda store: store._writer.execute("PRAGMA synchronous = NORMAL"))
    assert any("are missing" in why for why in lost(noted, tmp_path / "after"))
