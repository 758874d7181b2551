"""What happens to live sockets when a room, or who is in it, is changed."""

import secrets
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple
from urllib.error import HTTPError

import anyio
import anyio.to_thread
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.stories.conftest import signed_in
from tests.tools.clients import Visit
from tests.tools.server import Server

pytestmark = pytest.mark.anyio


class Cast(NamedTuple):
    """Ann, the admin and maker of the rooms, Bob and Cat, members, and a guest."""

    ann: Visit
    bob: Visit
    cat: Visit
    guest: Visit

    async def does(self, word: str, **fields: object) -> Any:
        """What Ann does."""
        return await anyio.to_thread.run_sync(lambda: self.ann.do(word, **fields))


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def cast(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    environ = {"WEBCHAT_LIMITS": "off"}
    if request.param == "postgres":
        environ["WEBCHAT_STORE"] = request.getfixturevalue("postgres").emptied("rooms")
        environ["WEBCHAT_BUS"] = request.getfixturevalue("redis_url")
    server = Server(tmp_path_factory.mktemp("rooms") / "data", environ=environ)
    passwords = {name: server.add_user(name, *options) for name, *options in (("ann", "--admin"), ("bob",), ("cat",))}
    server.start()
    try:
        ann, bob, cat = (signed_in(server, name, word) for name, word in passwords.items())
        yield Cast(ann, bob, cat, Visit(server))
    finally:
        server.stop()
    assert "Traceback" not in server.errors.read_text()


@pytest.fixture
def team(cast: Cast) -> str:
    """A new closed room with Ann and Bob in it."""
    slug = f"team-{secrets.token_hex(4)}"
    cast.ann.do("create-room", room=slug, kind="closed")
    cast.ann.do("invite-user", room=slug, user="bob")
    return slug


async def opened(socket: ClientConnection) -> None:
    """Return once the connection hears everything: its first position has come."""
    with anyio.fail_after(10):
        async for frame in socket:
            if str(frame).startswith('{"at"'):
                return


async def ended(socket: ClientConnection) -> tuple[int, str]:
    """The code with which a connection ends, and all that it was still sent."""
    heard = ""
    with anyio.fail_after(10):
        try:
            while True:
                heard += str(await socket.recv())
        except ConnectionClosed as closed:
            return (closed.rcvd.code if closed.rcvd else 0), heard


async def heard(socket: ClientConnection, *texts: str) -> str:
    """All up to the frame in which the last of the texts has come."""
    told = ""
    with anyio.fail_after(10):
        while not all(text in told for text in texts):
            told += str(await socket.recv())
    return told


@pytest.mark.parametrize("word", ["remove-user", "ban-user"])
async def test_who_is_put_out_hears_nothing_more(cast: Cast, team: str, word: str) -> None:
    async with cast.bob.dial(team) as one, cast.bob.dial(team) as other, cast.bob.dial("lobby") as elsewhere:
        for socket in (one, other, elsewhere):
            await opened(socket)
        await cast.does(word, room=team, user="bob")
        await cast.does("post-message", room=team, body="Only among us")
        for socket in (one, other):
            code, last = await ended(socket)
            assert code == 4403
            assert "Only among us" not in last
        told = await heard(elsewhere, 'hx-swap="delete"')
        assert "Only among us" not in told
    async with cast.bob.dial(team) as again:
        assert await ended(again) == (4403, "")


async def test_who_leaves_is_gone_in_every_tab(cast: Cast, team: str) -> None:
    await cast.does("create-room", room=f"{team}-open")
    for room in (team, f"{team}-open"):
        async with cast.bob.dial(room) as one, cast.bob.dial(room) as other:
            for socket in (one, other):
                await opened(socket)
            await anyio.to_thread.run_sync(partial(cast.bob.do, "leave-room", room=room))
            assert [(await ended(socket))[0] for socket in (one, other)] == [4403, 4403]


async def test_guests_who_are_shut_out_are_let_go_and_members_are_not(cast: Cast, team: str) -> None:
    await cast.does("edit-room", room=team, guests="write")
    async with cast.guest.dial(team) as guest, cast.cat.dial(team) as visitor, cast.bob.dial(team) as member:
        for socket in (guest, visitor, member):
            await opened(socket)
        await cast.does("edit-room", room=team, guests="none", title="Ours")
        await cast.does("post-message", room=team, body="Only among us")
        for socket in (guest, visitor):
            code, told = await ended(socket)
            assert (code, "Ours" in told, "Only" in told) == (1013, False, False)
        await heard(member, "Ours", "Only among us")
    async with cast.guest.dial(team) as guest, cast.cat.dial(team) as visitor:
        assert await ended(guest) == (4401, "")
        assert await ended(visitor) == (4403, "")


async def test_who_had_left_an_open_room_is_let_go_when_it_closes(cast: Cast, team: str) -> None:
    await cast.does("edit-room", room=team, kind="open")
    await anyio.to_thread.run_sync(lambda: cast.cat.do("leave-room", room=team))
    async with cast.cat.dial(team) as reader, cast.bob.dial(team) as member, cast.cat.dial("lobby") as elsewhere:
        for socket in (reader, member, elsewhere):
            await opened(socket)
        await cast.does("edit-room", room=team, kind="closed", title="Ours")
        await cast.does("post-message", room=team, body="Only among us")
        code, told = await ended(reader)
        assert (code, "Ours" in told, "Only" in told) == (1013, False, False)
        await heard(member, "Ours", "Only among us")
        await cast.does("post-message", room="lobby", body="To all")
        told = await heard(elsewhere, "To all")
        assert "Ours" not in told
    async with cast.cat.dial("lobby") as elsewhere:
        await opened(elsewhere)
        await cast.does("edit-room", room=team, title="Still ours")
        await cast.does("post-message", room="lobby", body="To all again")
        assert "Still ours" not in await heard(elsewhere, "To all again")


async def test_a_banned_user_s_page_is_as_one_of_a_room_that_is_not_there(cast: Cast, team: str) -> None:
    await cast.does("edit-room", room=team, kind="open")
    await cast.does("ban-user", room=team, user="cat")

    def answers() -> list[Any]:
        found: list[Any] = []
        for room in (team, "no-such-room"):
            for path in (f"/rooms/{room}", f"/rooms/{room}/members", f"/rooms/{room}/settings", f"/rooms/{room}/m/1"):
                with pytest.raises(HTTPError) as refused:
                    cast.cat.get(path)
                with refused.value as answer:
                    found.append((answer.code, answer.read().decode().replace(room, "")))
        return [*found, cast.cat.get("/rooms"), cast.cat.get(f"/rooms?q={team}")]

    *refusals, listing, search = await anyio.to_thread.run_sync(answers)
    assert [status for status, _page in refusals] == [404] * 8
    assert refusals[:4] == refusals[4:]
    assert f"/rooms/{team}" not in listing + search
