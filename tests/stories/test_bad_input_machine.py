"""What the machine does to a server that runs: the disk is full, a peer asks too often, two hands edit at once."""

import json
import resource
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anyio
import anyio.to_thread
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import InvalidStatus

from tests.stories.conftest import Place, answer, is_a_sentence, refused, signed_in
from tests.test_commands import WHOLE
from tests.tools.clients import Visit
from tests.tools.databases import bodies
from tests.tools.server import Server

Make = Callable[..., Server]
EVER = resource.RLIM_INFINITY


@contextmanager
def full_disk(server: Server) -> Iterator[None]:
    """No file of the server grows, whoever asks."""
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (1, EVER))
    yield
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (EVER, EVER))


def command(word: str, **fields: Any) -> dict[str, Any]:
    return {"do": word, "cid": secrets.token_urlsafe(16), **WHOLE[word], **fields}


async def told(socket: ClientConnection, form: dict[str, Any]) -> dict[str, Any]:
    await socket.send(json.dumps(form))
    return await answer(socket)


async def test_a_disk_that_fills_up_loses_nothing_and_says_so(make_server: Make) -> None:
    server = make_server(environ={"WEBCHAT_LIMITS": "off"})
    passwords = {"ann": server.add_user("ann", "--admin"), "bob": server.add_user("bob")}
    server.start()
    ann, bob = (signed_in(server, name, password) for name, password in passwords.items())
    first = int(ann.do("post-message", room="lobby", body="before"))
    words: dict[str, dict[str, Any]] = {
        "post-message": {},
        "edit-message": {"message": first},
        "delete-message": {"message": first},
        "add-reaction": {"message": first},
        "create-room": {},
        "leave-room": {"room": "lobby"},
        "open-direct": {},
        "send-notification": {},
    }
    posted = command("post-message", body="while it was full")
    async with ann.dial("lobby") as socket, bob.dial("lobby") as reader:
        with full_disk(server):
            for form in (posted, *(command(word, **fields) for word, fields in words.items())):
                said = await told(socket, form)
                assert said["nack"] == form["cid"]
                assert is_a_sentence(said["why"])
                assert said["after"] > 0
            status, page = await anyio.to_thread.run_sync(refused, ann, "/do", posted, "text/html")
            assert (status, "while it was full" in page, "cannot be saved" in page) == (503, True, True)
            form = {"name": "bob", "password": passwords["bob"]}
            status, page = await anyio.to_thread.run_sync(refused, Visit(server), "/sign-in", form, "text/html")
            assert (status, "cannot be saved" in page) == (503, True)
            assert "before" in ann.get("/rooms/lobby")
        assert bodies(server.data) == ["before"]
        assert (await told(socket, posted))["ack"] == posted["cid"]
        assert (await told(socket, posted))["ack"] == posted["cid"]
        with anyio.fail_after(10):
            async for frame in reader:
                if "while it was full" in str(frame):
                    break
    assert bodies(server.data) == ["before", "while it was full"]
    assert server.stop() == 0
    assert "Traceback" not in server.errors.read_text()
    server.start()
    assert "while it was full" in ann.get("/rooms/lobby")


async def test_of_two_edits_at_once_one_is_told_that_it_lost(place: Place) -> None:
    message = int(place.bob.do("post-message", room="lobby", body="one text"))
    rows = place.bob.whole("lobby")
    seq = next(row.attributes["data-seq"] for row in rows if row.attributes["id"] == f"m-{message}")
    page = place.bob.get(f"/rooms/lobby/m/{seq}?edit")
    based = page.partition('name="based" value="')[2].partition('"')[0]
    answers: list[dict[str, Any]] = []

    async def edit(socket: ClientConnection, body: str) -> None:
        answers.append(await told(socket, command("edit-message", message=message, body=body, based=based)))

    async with place.bob.dial("lobby") as one, place.bob.dial("lobby") as two, anyio.create_task_group() as at_once:
        at_once.start_soon(edit, one, "the left hand's")
        at_once.start_soon(edit, two, "the right hand's")
    [lost] = [said for said in answers if "nack" in said]
    assert "edited elsewhere" in lost["why"]
    page = place.bob.get("/rooms/lobby")
    assert sum(text in page for text in ("the left hand", "the right hand")) == 1


async def test_too_many_connections_are_refused_before_they_are_made(make_server: Make) -> None:
    server = make_server("--open").start()
    visit = Visit(server)
    visit.get("/rooms/lobby")
    held: list[ClientConnection] = []

    async def dial_on() -> None:
        with anyio.fail_after(20):
            while len(held) < 100:
                held.append(await visit.dial("lobby"))

    try:
        with pytest.raises(InvalidStatus) as refusal:
            await dial_on()
        assert refusal.value.response.status_code == 503
        assert refusal.value.response.headers["Retry-After"]
        assert is_a_sentence(bytes(refusal.value.response.body).decode())
        assert "Lobby" in visit.get("/rooms/lobby")
        assert (await told(held[0], command("post-message")))["ack"]
    finally:
        for socket in held:
            await socket.close()


async def test_too_many_posts_are_told_when_to_come_again(make_server: Make) -> None:
    server = make_server("--open").start()
    visit = Visit(server)
    visit.get("/rooms/lobby")
    async with visit.dial("lobby") as socket:
        said = [await told(socket, command("post-message")) for _ in range(25)]
    late = [one for one in said if "nack" in one]
    assert late
    assert all(one["after"] >= 1 and is_a_sentence(one["why"]) for one in late)
    assert len(bodies(server.data)) == len(said) - len(late)


def test_a_sign_in_is_not_guessed_fast(make_server: Make) -> None:
    server = make_server()
    password = server.add_user("ann", "--admin")
    server.start()
    wrong = [refused(Visit(server), "/sign-in", {"name": "ann", "password": f"wrong {n}"})[0] for n in range(12)]
    assert set(wrong) == {403, 429}
    status, page = refused(Visit(server), "/sign-in", {"name": "ann", "password": password}, "text/html")
    assert (status, "too fast" in page) == (429, True)
