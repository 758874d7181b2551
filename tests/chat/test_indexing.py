"""The words of messages are put there in the background, all of them, whatever came between."""

from pathlib import Path
from typing import Any

import apsw
import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import chores, indexing
from webchat.chat.clock import now
from webchat.settings import Settings
from webchat.store import Store, Tx, schema, search as stored, sqlite
from webchat.store.opening import open_store
from webchat.transfer import backup, copy, restore

pytestmark = pytest.mark.anyio


def matching(tx: Tx) -> list[int]:
    wanted = stored.Wanted(((("word",), False),), 0, 2**53, 0, 2**53)
    return stored.find(tx, wanted, stored.Reader(1, False, False, True), 1_000, 5_000)[0]


async def found(store: Store) -> int:
    return len(await store.browse(matching))


async def left(store: Store) -> int:
    return await store.browse(stored.left)


async def test_nothing_to_do_writes_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    await indexing.do_some(place.store)
    assert await left(place.store) == 0
    monkeypatch.setattr(place.store, "write", None)
    await indexing.do_some(place.store)


async def test_who_dies_at_it_is_followed_by_who_goes_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(7):
        await place.say(place.cat, "lobby" if n % 3 else "team", f"word {n}")
    monkeypatch.setattr(indexing, "TOGETHER", 2)
    write, writes = place.store.write, 0

    async def dying(*args: Any, **more: Any) -> Any:
        nonlocal writes
        writes += 1
        if writes == 4:
            raise KeyboardInterrupt
        return await write(*args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(place.store, "write", dying)
        with pytest.raises(KeyboardInterrupt):
            await indexing.do_some(place.store)
    assert await found(place.store) == 4
    await indexing.do_some(place.store)
    monkeypatch.setattr(indexing, "now", lambda: now() + indexing.LEASE + 1_000)
    await indexing.do_some(place.store)
    assert await found(place.store) == 7
    assert await left(place.store) == 0


async def test_who_was_away_for_too_long_leaves_it_to_the_other(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    said = await place.say(place.bob, "lobby", "word")
    browse = place.store.browse

    async def overtaken(fn: Any) -> Any:
        read = await browse(fn)
        if fn is indexing.due:
            monkeypatch.setattr(place.store, "browse", browse)
            monkeypatch.setattr(indexing, "now", lambda: now() + indexing.LEASE + 1_000)
            await place.do(place.bob, c.EditMessage(said.id, "other", said.said, new_cid()))
            await indexing.do_some(place.store)
        return read

    monkeypatch.setattr(place.store, "browse", overtaken)
    await indexing.do_some(place.store)
    assert await place.store.browse(matching) == []
    assert await left(place.store) == 0


async def test_long_texts_are_put_there_in_smaller_parts(place: Place) -> None:
    for n in range(12):
        await place.say(place.ann, "lobby", f"{n} " + "word " * 1_999)
    batch = await place.store.browse(indexing.due)
    assert len(batch.messages) == 6
    await indexing.do_some(place.store)
    assert await found(place.store) == 12


async def test_what_is_said_now_does_not_wait_for_what_was_said_long_ago(place: Place, monkeypatch: Any) -> None:
    for n in range(9):
        await place.say(place.cat, "team", f"word {n}")
    await place.say(place.cat, "lobby", "word now")
    monkeypatch.setattr(indexing, "TOGETHER", 3)
    batch = await place.store.browse(indexing.due)
    assert [one[1][-1] for one in batch.messages] == ["now", "0", "1"]


async def test_what_is_not_said_is_passed_over(place: Place) -> None:
    said = await place.say(place.bob, "lobby", "word")
    await indexing.do_some(place.store)
    for emoji in ("👍", "🎉"):
        await place.do(place.ann, c.AddReaction(said.id, emoji, new_cid()))
    batch = await place.store.browse(indexing.due)
    assert batch.messages == []
    await indexing.do_some(place.store)
    assert await left(place.store) == 0


async def test_it_is_the_only_job_that_is_no_chore(place: Place) -> None:
    kinds = {row[0] for row in await place.store.read(lambda tx: tx.all("SELECT kind FROM jobs"))}
    assert kinds - set(chores.CHORES) == {stored.JOB}


FILLED = """
INSERT INTO users (id, name, title, role, created, skeleton) VALUES (2, 'ann', 'Ann', 'owner', 5, 'ann');
INSERT INTO rooms (id, slug, title, kind, guests, created, rev, seq)
 VALUES (1, 'lobby', 'Lobby', 'open', 'none', 1, 9, 3);
INSERT INTO messages (id, room_id, seq, born, said, rev, author, title, body, html, at, cid, continues, deleted) VALUES
 (1, 1, 1, 1, 1, 1, 2, 'Ann', 'word one', '', 1, 'a', 0, 0), (2, 1, 2, 2, 4, 4, 2, 'Ann', '', '', 1, 'b', 0, 1),
 (3, 1, 3, 3, 3, 9, 2, 'Ann', 'word 3', '', 1, 'c', 0, 0);
"""


async def test_a_database_of_an_earlier_program_is_made_searchable(tmp_path: Path) -> None:
    connection = apsw.Connection(str(tmp_path / "webchat.db"))
    for step in schema.steps("sqlite")[:20]:
        connection.execute(step).fetchall()
    connection.execute(FILLED).fetchall()
    connection.execute("PRAGMA user_version=20").fetchall()
    connection.close()
    store = open_store("", tmp_path)
    await indexing.do_some(store)
    assert await store.browse(matching) == [3, 1]
    store.close()


async def test_a_copy_is_made_searchable_whatever_it_is_kept_in(place: Place, tmp_path: Path, store_url: str) -> None:
    for n in range(3):
        await place.say(place.ann, "lobby", f"word {n}")
    await indexing.do_some(place.store)
    place.store.close()
    there = Settings(data=tmp_path, store=store_url)
    backup(there, tmp_path / "copy.db", lambda _said: None)
    await place_found(Settings(data=tmp_path / "new"), tmp_path / "copy.db", 3)
    if store_url:
        copy(store_url, f"sqlite:{tmp_path / 'back.db'}", lambda _said: None)
        await place_found(Settings(data=tmp_path / "other"), tmp_path / "back.db", 3)


async def place_found(settings: Settings, file: Path, count: int) -> None:
    restore(settings, file, lambda _said: None)
    store = open_store(settings.store, settings.data)
    assert isinstance(store, sqlite.SqliteStore)
    await indexing.do_some(store)
    assert await found(store) == count
    assert await left(store) == 0
    store.close()
