"""What flies over a film, heard by a thread's readers, guests too, through the doors of a running server."""

import json
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import anyio.to_thread
import pytest
from websockets.asyncio.client import ClientConnection

from tests.stories.conftest import signed_in
from tests.tools.clients import Visit
from tests.tools.server import Server

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def ann(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    """The admin of a place with a site."""
    environ = {"WEBCHAT_LIMITS": "off"}
    if request.param == "postgres":
        environ["WEBCHAT_STORE"] = request.getfixturevalue("postgres").emptied("films")
        environ["WEBCHAT_BUS"] = request.getfixturevalue("redis_url")
    server = Server(tmp_path_factory.mktemp("films") / "data", environ=environ)
    password = server.add_user("ann", "--admin")
    server.run("site", "add", "blog", "--origin", "https://blog.example")
    server.start()
    try:
        yield signed_in(server, "ann", password)
    finally:
        server.stop()
    assert "Traceback" not in server.errors.read_text()


@pytest.fixture
def film() -> str:
    """A thread in which nothing was said yet."""
    return f"film-{secrets.token_hex(4)}"


async def says(ann: Visit, word: str, **fields: object) -> Any:
    return await anyio.to_thread.run_sync(lambda: ann.do(word, **fields))


async def opened(socket: ClientConnection) -> None:
    """Return once the connection hears everything."""
    while not str(await socket.recv()).startswith('{"at"'):
        pass


async def until(socket: ClientConnection, text: str) -> list[str]:
    """The frames up to the one that has this in it."""
    told: list[str] = []
    with anyio.fail_after(10):
        while not any(text in frame for frame in told):
            told.append(str(await socket.recv()))
    return told


def data(frames: list[str], word: str) -> list[Any]:
    """What the data frames of one kind say."""
    return [json.loads(frame)[word] for frame in frames if frame.startswith(f'{{"{word}"')]


def segment(ann: Visit, film: str) -> Any:
    with urlopen(Request(f"{ann.server.url}/embed/blog/{film}/danmaku.json?s=1"), timeout=20) as answer:  # noqa: S310 - our own
        return json.load(answer)


async def test_readers_hear_what_flies_and_what_does_not_any_more(ann: Visit, film: str) -> None:
    room = f"blog.{film}"
    async with Visit(ann.server).dial(room) as guest:
        await opened(guest)
        number = await says(ann, "post-message", room=room, body="what\na goal", t=61_000, mode="top", color="#ff0000")
        fly = {"id": number, "t": 61_000, "mode": "top", "color": "#ff0000", "text": "what a goal", "by": "ann"}
        last = await says(ann, "post-message", room=room, body="It does not fly")
        told = await until(guest, "It does not fly")
        assert data(told, "fly") == [fly]
        assert f'id="m-{number}"' in "".join(told)
        assert segment(ann, film) == [[61_000, "top", "#ff0000", "what a goal", number, "ann"]]
        await says(ann, "delete-message", message=last)
        await says(ann, "delete-message", message=number)
        await says(ann, "post-message", room=room, body="The end")
        assert data(await until(guest, "The end"), "unfly") == [number]
        assert segment(ann, film) == []


async def test_other_rooms_hear_nothing_of_it(ann: Visit, film: str) -> None:
    async with ann.dial("lobby") as lobby, ann.dial(f"blog.{film}-2") as beside:
        for socket in (lobby, beside):
            await opened(socket)
        await says(ann, "post-message", room=f"blog.{film}", body="wow", t=1)
        for room, socket in (("lobby", lobby), (f"blog.{film}-2", beside)):
            await says(ann, "post-message", room=room, body="The end")
            assert data(await until(socket, "The end"), "fly") == []


async def test_a_command_of_a_socket_flies_too(ann: Visit, film: str) -> None:
    async with ann.dial(f"blog.{film}") as socket:
        await opened(socket)
        cid = secrets.token_urlsafe(16)
        form = {"do": "post-message", "room": f"blog.{film}", "body": "wow", "cid": cid, "t": "61000"}
        await socket.send(json.dumps(form | {"color": "red", "cid": secrets.token_urlsafe(16)}))
        await socket.send(json.dumps(form))
        told = await until(socket, '"fly"')
        assert [fly["t"] for fly in data(told, "fly")] == [61_000]
    assert len(segment(ann, film)) == 1
