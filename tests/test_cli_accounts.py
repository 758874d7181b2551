"""The commands about accounts and tokens, as an operator runs them, beside a server and without one."""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import anyio
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.tools.server import Server

pytestmark = pytest.mark.anyio
Make = Callable[..., Server]


@pytest.fixture
def folder(make_server: Make) -> Server:
    """A data folder on which no server runs, with ann, its owner, and bob."""
    server = make_server()
    server.run("user", "add", "ann", "--admin")
    server.run("user", "add", "bob")
    return server


def token(server: Server, *arguments: str) -> str:
    """Make one; its secret, which is the last word."""
    done = server.run("token", "add", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return str(done.stdout.split()[-1])


def post(server: Server, secret: str, **form: str) -> tuple[int, Any]:
    """What a program is answered."""
    headers = {"Authorization": f"Bearer {secret}"}
    request = Request(server.url + "/do", urlencode({"cid": "the-cid-of-a-program", **form}).encode(), headers)  # noqa: S310 - our own server
    try:
        with urlopen(request, timeout=20) as response:  # noqa: S310 - our own server
            return response.status, json.load(response)
    except HTTPError as error:
        return error.code, json.load(error)


def dial(server: Server, secret: str, room: str = "") -> connect:
    address = f"{server.ws}/socket" + (f"?room={room}" if room else "")
    return connect(address, additional_headers={"Authorization": f"Bearer {secret}"}, compression=None)


async def closed(socket: ClientConnection) -> int:
    """The code with which the server closes it."""
    with anyio.fail_after(10), suppress(ConnectionClosed):
        while True:
            await socket.recv()
    assert socket.close_code is not None
    return int(socket.close_code)


def listed(server: Server) -> dict[str, list[str]]:
    rows = [line.split("\t") for line in server.run("user", "list").stdout.splitlines()]
    return {name: rest for name, *rest in rows}


def test_users_are_listed_with_role_and_state(folder: Server) -> None:
    assert listed(folder)["bob"] == ["member", "enabled"]
    assert listed(folder)["webchat"] == ["bot", "enabled"]
    assert folder.run("user", "role", "bob", "owner").returncode == 0
    assert folder.run("user", "disable", "BOB").returncode == 0
    assert listed(folder)["bob"] == ["owner", "disabled"]
    assert folder.run("user", "enable", "bob").returncode == 0
    assert listed(folder)["bob"] == ["owner", "enabled"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("user", "role", "nobody", "member"), "nobody called nobody"),
        (("user", "role", "webchat", "member"), "A program has no other role"),
        (("user", "disable", "webchat"), "cannot be disabled"),
        (("user", "disable", "nobody"), "nobody called nobody"),
        (("user", "enable", "nobody"), "nobody called nobody"),
        (("token", "add", "bob", "--scope", "everything"), "A scope is"),
        (("token", "add", "a b", "--scope", "read"), "A name may have"),
        (("token", "revoke", "7"), "no such token"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(folder: Server, arguments: tuple[str, ...], says: str) -> None:
    done = folder.run(*arguments)
    assert done.returncode == 1
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("user", "role", "bob", "king"),
        ("token", "add", "bob"),
        ("token", "add", "x", "--scope", "read", "--days", "-1"),
    ],
)
def test_a_wrong_use_exits_with_2(folder: Server, arguments: tuple[str, ...]) -> None:
    assert folder.run(*arguments).returncode == 2


def test_tokens_are_made_listed_and_revoked(folder: Server) -> None:
    secret = token(folder, "builds", "--scope", "post:lobby", "--scope", "read", "--days", "0")
    assert secret.startswith("webchat_")
    [row] = folder.run("token", "list").stdout.splitlines()
    assert row.split("\t") == ["1", "builds", "post:lobby read", secret[:14], "never", "never"]
    assert listed(folder)["builds"] == ["bot", "enabled"]
    assert folder.run("token", "revoke", "1").returncode == 0
    assert folder.run("token", "list").stdout == ""


async def test_a_program_posts_and_listens_until_its_token_is_revoked(server: Server) -> None:
    server.add_user("ann", "--admin")
    secret = token(server, "builds", "--scope", "post:lobby", "--scope", "read:lobby")
    server.run("room", "add", "team", "--kind", "open")
    async with dial(server, secret, "lobby") as socket:
        assert post(server, secret, do="post-message", room="lobby", body="Built.") == (
            200, {"ack": "the-cid-of-a-program", "id": 1},
        )  # fmt: skip
        heard: list[str] = []
        with anyio.fail_after(10):
            while not any("Built." in text for text in heard):
                heard.append(str(await socket.recv()))
        assert not any('id="rooms"' in text or "#directs" in text for text in heard), "of the room and nothing else"
        assert post(server, secret, do="post-message", room="team", body="x")[0] == 403
        assert server.run("token", "revoke", "1").returncode == 0
        assert await closed(socket) == 4401
    assert post(server, secret, do="post-message", room="lobby", body="x")[0] == 401
    with pytest.raises(InvalidStatus) as refused:
        async with dial(server, secret, "lobby"):
            pass
    assert refused.value.response.status_code == 401


async def test_a_socket_needs_a_token_to_read_there(server: Server) -> None:
    server.add_user("ann", "--admin")
    server.run("room", "add", "team")
    for scope, room in (("post", "lobby"), ("read:team", "lobby"), ("read:lobby", ""), ("admin", "")):
        with pytest.raises(InvalidStatus) as refused:
            async with dial(server, token(server, "ann", "--scope", scope), room):
                pass
        assert refused.value.response.status_code == 403
    async with dial(server, token(server, "ann", "--scope", "read"), "") as socket:
        assert "hx-partial" in str(await socket.recv()), "all that its user is told"


async def test_who_is_disabled_beside_a_running_server_is_out_at_once(server: Server) -> None:
    server.add_user("ann", "--admin")
    secret = token(server, "builds", "--scope", "read")
    async with dial(server, secret, "lobby") as socket:
        assert server.run("user", "disable", "builds").returncode == 0
        assert await closed(socket) == 4401
    assert server.run("token", "list").stdout == ""


def test_the_last_owner_stays(server: Server) -> None:
    server.add_user("ann")
    assert server.run("user", "role", "ann", "owner").returncode == 0
    for arguments in (("user", "role", "ann", "admin"), ("user", "disable", "ann")):
        done = server.run(*arguments)
        assert done.returncode == 1
        assert "needs an owner" in done.stderr


def test_all_that_is_kept_of_somebody_is_printed_and_erased(folder: Server) -> None:
    shown = folder.run("user", "export", "bob")
    assert json.loads(shown.stdout.splitlines()[0])["name"] == "bob"
    erased = folder.run("user", "erase", "bob")
    assert erased.stdout.startswith("Erased. The account is called erased-")
    gone = folder.run("user", "export", "bob")
    assert (gone.returncode, gone.stderr) == (1, "Error: There is nobody called bob.\n")
    assert folder.run("user", "erase", "ann").returncode == 1


def test_and_of_a_user_of_a_site(folder: Server) -> None:
    folder.run("site", "add", "blog", "--origin", "https://blog.example")
    assert folder.run("site", "export-person", "blog", "7").stdout == ""
    assert folder.run("site", "erase-person", "blog", "7").stdout == "Erased.\n"
    assert folder.run("site", "erase-person", "nowhere", "7").returncode == 1
