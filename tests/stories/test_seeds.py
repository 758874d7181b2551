"""The programs that people have from tutorials on chat servers in Python: they run as they are, and see one room."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import websocket

from tests.stories.conftest import signed_in
from tests.tools.clients import Visit
from tests.tools.server import Server

TALK = Path(__file__).parent / "seeds" / "talk.py"
Dial = Callable[..., websocket.WebSocket]


@pytest.fixture(scope="module")
def open_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("seeds") / "data", "--open", environ={"WEBCHAT_LIMITS": "off"}).start()
    try:
        yield server
    finally:
        server.stop()
    assert "Traceback" not in server.errors.read_text()


@pytest.fixture
def dial() -> Iterator[Dial]:
    """Connections as `websocket-client` makes them, closed at the end."""
    with ExitStack() as stack:

        def dialled(server: Server, path: str, **options: Any) -> websocket.WebSocket:
            socket = websocket.create_connection(server.ws + path, timeout=20, **options)
            stack.callback(socket.shutdown)
            return socket

        yield dialled


def test_the_python_client_hears_what_it_says(open_place: Server) -> None:
    """Seed 003, 7.6."""
    said = "你好\nsecond\nquit\n"
    command = [sys.executable, "-X", "utf8", str(TALK), str(open_place.port)]
    done = subprocess.run(command, input=said, capture_output=True, text=True, encoding="utf-8", timeout=30, check=True)
    told = [line.rpartition("接收结果:  ")[2] for line in done.stdout.splitlines() if "接收结果" in line]
    assert "获取连接状态:  101" in done.stdout
    assert told == ["你好", "second"]


def test_what_is_said_is_told_to_all_who_are_there(open_place: Server, dial: Dial) -> None:
    """Seeds 000, 3, and 003, 7.5: the lobby without a room in the address, and rooms by address."""
    everybody = [dial(open_place, "/ws/") for _ in range(3)]
    group = [dial(open_place, "/ws/group-1/") for _ in range(2)]
    heard = []
    for socket in (*everybody, *group):
        socket.send("ping")
        heard.append(socket.recv())
    assert heard == ["pong!"] * 5
    everybody[0].send("to all")
    group[0].send("to the group")
    assert [socket.recv() for socket in everybody] == ["to all"] * 3
    assert [socket.recv() for socket in group] == ["to the group"] * 2


@pytest.mark.parametrize("farewell", ["关闭", "close"])
def test_a_text_closes_the_connection(open_place: Server, dial: Dial, farewell: str) -> None:
    """Seed 003, 7.3."""
    socket = dial(open_place, "/ws/connect/")
    socket.send(farewell)
    opcode, data = socket.recv_data()
    assert (opcode, data) == (websocket.ABNF.OPCODE_CLOSE, (1000).to_bytes(2, "big"))


@pytest.mark.parametrize("path", ["/", "/ws", "/ws/", "/ws/lobby/"])
def test_ping_is_answered_to_the_asker_only(open_place: Server, dial: Dial, path: str) -> None:
    """Seed 002."""
    asks, other = dial(open_place, path), dial(open_place, "/ws/")
    other.send("ping")
    assert other.recv() == "pong!"
    asks.send("ping")
    assert asks.recv() == "pong!"
    asks.send("done")
    assert (asks.recv(), other.recv()) == ("done", "done")


def test_all_doors_of_a_room_lead_into_it(open_place: Server, dial: Dial) -> None:
    """Seeds 001 and 004 beside 003, a page and a form."""
    as_json, as_text = dial(open_place, "/ws/chat/myroom/"), dial(open_place, "/ws/myroom/")
    as_json.send(json.dumps({"message": "<b>1</b> & *2*"}))
    told = json.loads(as_json.recv())
    assert told == {"message": "<b>1</b> & *2*", "user": told["user"], "id": told["id"]}
    assert as_text.recv() == "<b>1</b> & *2*"
    as_text.send("two\nlines")
    assert as_text.recv() == json.loads(as_json.recv())["message"] == "two\nlines"
    visit = Visit(open_place)
    page = visit.get("/rooms/myroom")
    assert "<em>2</em>" in page
    visit.do("post-message", room="myroom", body="from a page")
    assert as_text.recv() == json.loads(as_json.recv())["message"] == "from a page"


def test_who_comes_later_is_told_nothing_of_before(open_place: Server, dial: Dial) -> None:
    first = dial(open_place, "/ws/later/")
    first.send("before")
    assert first.recv() == "before"
    second = dial(open_place, "/ws/chat/later/")
    second.send('{"message": "after"}')
    assert json.loads(second.recv())["message"] == "after"


def test_one_of_three_guests_is_told(open_place: Server, dial: Dial) -> None:
    """Seed 000, 4."""
    ann, bob, cat = (dial(open_place, f"/ws/user/{name}") for name in ("ann", "bob", "cat"))
    for socket in (ann, cat):  # each is here once it has answered, and hears what it says to itself
        socket.send(json.dumps({"to_user": {ann: "ann", cat: "cat"}[socket], "message": "here"}))
        socket.recv()
    bob_again = dial(open_place, "/ws/user/BOB")
    for socket in (bob, bob_again):
        socket.send("{")
        socket.recv()
    ann.send(json.dumps({"to_user": "bob", "message": "psst"}))
    expected = {"to_user": "bob", "message": "psst", "user": "ann"}
    assert json.loads(bob.recv()) == json.loads(bob_again.recv()) == expected
    ann.send(json.dumps({"to_user": "nobody-here", "message": "psst"}))
    assert json.loads(ann.recv()) == {"message": "Nobody called nobody-here is here.", "error": 404}
    cat.send(json.dumps({"to_user": "ann", "message": "nothing"}))
    assert json.loads(ann.recv())["user"] == "cat"
    cat.send(json.dumps({"to_user": "cat", "message": "only this"}))
    assert json.loads(cat.recv())["message"] == "only this"


def test_one_of_three_users_is_told_and_it_is_kept(make_server: Callable[..., Server], dial: Dial) -> None:
    server = make_server()
    passwords = {name: server.add_user(name, *options) for name, *options in (("ann", "--admin"), ("bob",), ("cat",))}
    server.start()
    people = {name: signed_in(server, name, password) for name, password in passwords.items()}
    sockets = {name: dial(server, f"/ws/user/{name}", cookie=visit.cookie) for name, visit in people.items()}
    for name, socket in sockets.items():
        socket.send("{}")
        assert json.loads(socket.recv())["error"] == 400, name
    for number in range(3):
        sockets["ann"].send(json.dumps({"to_user": "Bob", "message": f"psst {number}"}))
    told = [json.loads(sockets["bob"].recv()) for _ in range(3)]
    assert [(one["to_user"], one["message"], one["user"]) for one in told] == [
        ("bob", f"psst {number}", "ann") for number in range(3)
    ]
    assert "psst 2" in people["bob"].get("/direct/ann")
    people["bob"].do("post-message", room=people["bob"].do("open-direct", users="ann"), body="by a page")
    assert json.loads(sockets["ann"].recv())["message"] == "by a page"
    sockets["ann"].send(json.dumps({"to_user": "dora", "message": "psst"}))
    assert json.loads(sockets["ann"].recv())["error"] == 404
    sockets["cat"].send(json.dumps({"to_user": "cat", "message": "a note"}))
    assert json.loads(sockets["cat"].recv())["message"] == "a note"
    for path, cookie, code in (
        ("/ws/user/bob", people["ann"].cookie, 4403), ("/ws/user/bob", "", 4401), ("/ws/user/gus", "", 4401),
        ("/ws/lobby/", "", 4401), ("/ws/chat/nowhere/", people["ann"].cookie, 4403),
    ):  # fmt: skip
        opcode, data = dial(server, path, cookie=cookie).recv_data()
        assert (opcode, int.from_bytes(data[:2])) == (websocket.ABNF.OPCODE_CLOSE, code), path


def test_no_guest_has_the_name_of_a_user(make_server: Callable[..., Server], dial: Dial) -> None:
    server = make_server("--open")
    server.add_user("bob")
    server.start()
    for name in ("bob", "BOB", "b%D0%BEb", "a%20b", "x" * 65):  # one has a Cyrillic о
        opcode, data = dial(server, f"/ws/user/{name}").recv_data()
        assert (opcode, int.from_bytes(data[:2])) == (websocket.ABNF.OPCODE_CLOSE, 4401), name
    gus = dial(server, "/ws/user/gus")
    gus.send(json.dumps({"to_user": "bob", "message": "psst"}))
    assert json.loads(gus.recv())["error"] == 404
    server.add_user("gus")
    gus.send(json.dumps({"to_user": "gus", "message": "psst"}))
    assert json.loads(gus.recv())["error"] == 404
