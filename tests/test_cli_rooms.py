"""`webchat room …`: what an operator may do with a room is what its moderators may, and the same is told."""

import json
from collections.abc import Callable

import anyio
import anyio.to_thread
import pytest

from tests.stories.conftest import signed_in
from tests.tools.server import Server


def rows(server: Server) -> list[list[str]]:
    return [line.split("\t") for line in server.run("room", "list").stdout.splitlines()]


def test_a_room_is_changed_archived_and_restored(make_server: Callable[..., Server]) -> None:
    folder = make_server()
    folder.run("room", "add", "team", "--kind", "closed")
    assert rows(folder) == [["team", "closed", "none", "0", "team"]]
    words = ("--title", "The team", "--kind", "open", "--guests", "read", "--posting", "moderators", "--topic", "Us")
    assert folder.run("room", "edit", "team", *words).returncode == 0
    for _ in range(2):
        assert folder.run("room", "archive", "TEAM").returncode == 0
    assert rows(folder) == [["team", "open, archived", "read", "0", "The team"]]
    assert folder.run("room", "restore", "team").returncode == 0
    assert rows(folder) == [["team", "open", "read", "0", "The team"]]
    room = json.loads(folder.run("export", "--room", "team").stdout)
    assert room["topic"] == "Us"


@pytest.mark.parametrize(
    "words",
    [
        ("archive", "nowhere"),
        ("restore", "~1.2"),
        ("edit", "nowhere", "--title", "x"),
        ("edit", "team", "--title", "x" * 81),
        ("edit", "team", "--topic", "a\x07"),
        ("archive", "a\udcff"),
    ],
    ids=ascii,
)
def test_what_cannot_be_done_is_said_in_one_line(make_server: Callable[..., Server], words: tuple[str, ...]) -> None:
    folder = make_server()
    folder.run("room", "add", "team")
    done = folder.run("room", *words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done
    assert rows(folder) == [["team", "open", "none", "0", "team"]]


@pytest.mark.anyio
async def test_who_looks_at_it_is_told(make_server: Callable[..., Server]) -> None:
    server = make_server(environ={"WEBCHAT_LIMITS": "off"})
    password = server.add_user("ann", "--admin")
    server.start()
    ann = signed_in(server, "ann", password)
    async with ann.dial("lobby") as socket:
        await anyio.to_thread.run_sync(lambda: server.run("room", "edit", "lobby", "--title", "The hall"))
        with anyio.fail_after(10):
            while "The hall" not in str(await socket.recv()):
                pass
