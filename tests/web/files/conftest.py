"""One place for all tests of files in a module, each with a room of its own, and what they send and say there."""

import io
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from PIL import Image

from tests.web.conftest import PASSWORD, URL, Visitor, add_user
from webchat.app import Webchat, create_app
from webchat.settings import Settings
from webchat.web.limits import Limits


def drawn(kind: str = "PNG", size: tuple[int, int] = (40, 30), **more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **more)
    return out.getvalue()


@pytest.fixture(scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Webchat]:
    """One place for all of these, each of which has a room of its own."""
    app = create_app(Settings(data=Path(tmp_path_factory.mktemp("files")), limits=False))
    async with app.running():
        yield app


@pytest.fixture(scope="module")
async def ann(app: Webchat) -> AsyncIterator[Visitor]:
    async with Visitor(app) as visitor:
        await visitor.form("/setup", place="The Place", name="Ann", password=PASSWORD)
        yield visitor


@pytest.fixture(scope="module")
async def bob(app: Webchat, ann: Visitor) -> AsyncIterator[Visitor]:
    await add_user(app, "Bob")
    async with Visitor(app) as visitor:
        yield await visitor.sign_in("bob")


@pytest.fixture
async def room(ann: Visitor) -> str:
    """A new room, which ann moderates."""
    slug = f"room-{ann.count}"
    assert (await ann.do("create-room", room=slug)).status_code == 303
    return slug


async def send(
    visitor: Visitor, room: str, data: bytes = b"some bytes", name: str = "a.txt", **headers: str
) -> httpx2.Response:
    """An upload as the script of a composer sends it, to a room or to a path."""
    path = room if room.startswith("/") else f"/rooms/{room}/files"
    headers = {"Origin": URL, "Accept": "application/json"} | headers
    return await visitor.post(path, files={"file": (name, data, "text/html")}, headers=headers)


async def sent(visitor: Visitor, room: str, data: bytes = b"some bytes", name: str = "a.txt") -> Any:
    answer = await send(visitor, room, data, name)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def say(visitor: Visitor, room: str, file: Any, before: str = "") -> httpx2.Response:
    return await visitor.do("post-message", room=room, body=before + file["markdown"])


async def kept(app: Webchat, room: str) -> int:
    """How many files of a room there are, begun ones too, and none without its parts, nor parts without their file."""
    lone = "SELECT count(*) FROM file_parts WHERE file_id NOT IN (SELECT id FROM files)"
    sql = "SELECT count(*) FROM files f JOIN rooms r ON r.id = f.room_id WHERE r.slug = $1"
    found, parts = await app.state.house.store.read(lambda tx: (tx.one(sql, room)[0], tx.one(lone)[0]))
    assert parts == 0
    return int(found)


async def row_of(visitor: Visitor, room: str, seq: int) -> str:
    found = re.search(
        rf'<li id="m-\d+" data-seq="{seq}".*?</li>', (await visitor.get(f"/rooms/{room}")).text, re.DOTALL
    )
    assert found
    return found[0]


@contextmanager
def other(app: Webchat, limits: Limits | None = None, **settings: int) -> Iterator[None]:
    """A place that runs, set otherwise for a while."""
    at = app.state.house
    app.state.house = at._replace(settings=msgspec.structs.replace(at.settings, **settings), limits=limits or at.limits)
    try:
        yield
    finally:
        app.state.house = at


async def number_of(visitor: Visitor, room: str, seq: int) -> str:
    return (await row_of(visitor, room, seq)).split('"')[1][2:]
