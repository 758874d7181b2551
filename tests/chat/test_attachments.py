"""Files on both databases: who may put one where, which message it goes with, and what is left of it."""

from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import attachments, chores, clock, uploads
from webchat.chat.clock import DAY
from webchat.errors import Conflict, Forbidden, NotFound
from webchat.model import Guest
from webchat.store import Tx, files as stored

pytestmark = pytest.mark.anyio


async def put(place: Place, actor: Any, room: str, data: bytes = b"\x00\xff'\n", space: int = 1_000) -> Any:
    file = uploads.draft(actor, room, "a.bin", len(data))
    await place.store.write(lambda tx: uploads.begin(tx, actor, "", room, file, space))

    def rest(tx: Tx) -> None:
        stored.put(tx, file.id, 0, data)
        stored.finish(tx, file.id)

    await place.store.write(rest)
    return file


async def test_its_bytes_come_back_as_they_were(place: Place) -> None:
    data = bytes(range(256))
    file = await put(place, place.bob, "lobby", data)
    assert await place.store.read(lambda tx: stored.part(tx, file.id, 0)) == data
    assert await place.store.read(lambda tx: stored.part(tx, file.id, 1)) == b""
    assert await place.store.read(lambda tx: uploads.readable(tx, place.bob, "", file.id)) == file


async def test_half_a_file_is_there_for_nobody(place: Place) -> None:
    file = uploads.draft(place.bob, "lobby", "a.bin", 9)
    await place.store.write(lambda tx: uploads.begin(tx, place.bob, "", "lobby", file, 9))
    with pytest.raises(NotFound):
        await place.store.read(lambda tx: uploads.readable(tx, place.bob, "", file.id))
    with pytest.raises(Conflict):
        await place.store.write(lambda tx: uploads.begin(tx, place.bob, "", "lobby", file, 17))


async def test_only_where_one_writes(place: Place) -> None:
    for actor, room, refused in ((place.dan, "team", NotFound), (place.dan, "nowhere", NotFound)):
        with pytest.raises(refused):
            await put(place, actor, room)
    await place.do(place.ann, c.ArchiveRoom("lobby", new_cid()))
    with pytest.raises(Forbidden):
        await put(place, place.bob, "lobby")


async def test_it_goes_with_its_message_and_is_swept_without_one(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    named, lost = await put(place, place.bob, "lobby"), await put(place, place.bob, "lobby")
    done = await place.do(place.bob, c.PostMessage("lobby", attachments.markdown(named), new_cid()))
    message = await place.message(int(done.id))
    assert f'<a href="{attachments.href(named)}">a.bin <small>4 B</small></a>' in message.html
    assert await place.store.read(lambda tx: stored.of(tx, message.id)) == [named.id]
    later = clock.now() + DAY + 60_000
    monkeypatch.setattr(chores, "now", lambda: later)
    await place.store.write(chores.sweep)
    left = await place.store.read(lambda tx: [tx.all("SELECT id FROM files"), tx.all("SELECT file_id FROM file_parts")])
    assert left == [[(named.id,)], [(named.id,)]], f"without {lost.id}"
    await place.do(place.bob, c.DeleteMessage(message.id, new_cid()))
    left = await place.store.read(lambda tx: [tx.all("SELECT id FROM files"), tx.all("SELECT file_id FROM file_parts")])
    assert left == [[], []]


async def test_a_message_shows_so_many(place: Place) -> None:
    files = [await put(place, place.bob, "lobby") for _ in range(attachments.MOST + 1)]
    said = " ".join(map(attachments.markdown, files))
    done = await place.do(place.bob, c.PostMessage("lobby", said, new_cid()))
    assert (await place.message(int(done.id))).html.count("<a href=") == attachments.MOST


def test_sizes_as_people_read_them() -> None:
    shown = {
        1: "1 B",
        999: "999 B",
        1000: "1.0 kB",
        12_345: "12 kB",
        999_600: "1.0 MB",
        3_400_000: "3.4 MB",
        10**10: "10 GB",
    }
    assert {size: attachments.sized(size) for size in shown} == shown


def test_where_no_file_is_shown_a_text_says_what_it_is_called() -> None:
    named = attachments.markdown(uploads.draft(Guest("k", "Gus"), "lobby", "a [b] *c.png", 4, "image/png", 1, 1))
    assert attachments.plain(f"Look: {named}, {named[1:]}!") == "Look: a [b] *c.png, a [b] *c.png!"
    for text in ("[x](/files/y)", "[x](https://chat.example/files/a)", f"[{'[' * 20_000}](/files/", "a [b] c"):
        assert attachments.plain(text) == text
