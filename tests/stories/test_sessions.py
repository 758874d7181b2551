"""Sessions from outside: what ends one ends its pages, and its cookie opens nothing any more. Floods of sign-ins."""

import contextlib
import http.client
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import anyio
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError

from tests.stories.conftest import signed_in
from tests.tools.clients import Visit
from tests.tools.server import Server

pytestmark = pytest.mark.anyio

NEW = "another long enough one"


class Bob:
    """An account that signs in, in as many browsers as a test wants."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.password = server.add_user("bob")
        server.start()

    def visit(self) -> Visit:
        return signed_in(self.server, "bob", self.password)


@pytest.fixture
def bob(make_server: Callable[..., Server]) -> Iterator[Bob]:
    server = make_server(environ={"WEBCHAT_LIMITS": "off"})
    server.add_user("ann", "--admin")
    yield Bob(server)
    assert "Traceback" not in server.errors.read_text()


def sign_out(_bob: Bob, lost: Visit) -> None:
    lost.post("/sign-out", {})


def end_session(bob: Bob, _lost: Visit) -> None:
    elsewhere = bob.visit()
    [session] = re.findall(r'value="end-session:([0-9a-f]{64})"', elsewhere.get("/settings"))
    elsewhere.do("end-session", session=session)


def end_other_sessions(bob: Bob, _lost: Visit) -> None:
    bob.visit().do("end-other-sessions")


def change_password(bob: Bob, _lost: Visit) -> None:
    bob.visit().post("/settings/password", {"current": bob.password, "password": NEW})


def change_password_here(bob: Bob, lost: Visit) -> None:
    lost.post("/settings/password", {"current": bob.password, "password": NEW})


WAYS = (sign_out, end_session, end_other_sessions, change_password, change_password_here)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
async def test_what_ends_a_session_ends_its_pages_and_its_cookie(bob: Bob, way: Callable[[Bob, Visit], None]) -> None:
    lost = bob.visit()
    held = lost.cookie
    async with lost.dial("lobby") as room, lost.dial("") as inbox:
        for socket in (room, inbox):
            await socket.recv()
        await anyio.to_thread.run_sync(way, bob, lost)
        for socket in (room, inbox):
            assert await code(socket) == 4401
    await replayed(bob.server, held)


async def code(socket: ClientConnection) -> int:
    """The code with which a connection is closed, now."""
    with anyio.fail_after(2):
        with contextlib.suppress(ConnectionClosedError):
            async for _frame in socket:
                pass
    return socket.close_code or 0


async def replayed(server: Server, held: str) -> None:
    """At every door the cookie is as good as none."""
    form = {"do": "post-message", "room": "lobby", "body": "replayed", "cid": "0123456789abcdef"}
    answers = [
        ask(server, "GET", "/rooms/lobby", held),
        ask(server, "GET", "/inbox", held),
        ask(server, "POST", "/do", held, form),
        ask(server, "POST", "/settings/password", held, {"current": "x", "password": NEW}),
    ]
    assert [status for status, _text in answers[:2]] == [303, 303]
    assert all(status in (401, 404) for status, _text in answers[2:]), answers
    for path in ("/socket?room=lobby", "/socket"):
        async with connect(f"{server.ws}{path}", additional_headers={"Cookie": held}, origin=server.url) as socket:  # type: ignore[arg-type]
            assert await code(socket) == 4401


def test_a_flood_of_sign_ins_is_slowed_down_and_the_owner_gets_in(make_server: Callable[..., Server]) -> None:
    server = make_server()
    password = server.add_user("bob")
    server.add_user("ann", "--admin")
    server.start()
    looked_at = 0
    for number in range(1_000):
        form = {"name": "bob", "password": f"guess number {number}"}
        status, text = ask(server, "POST", "/sign-in", "", form, X_Forwarded_For="192.0.2.9")
        assert status in (403, 429), text
        looked_at += status == 403
    assert status == 429
    assert "Try again in" in text
    assert looked_at < 15
    status, _text = ask(
        server, "POST", "/sign-in", "", {"name": "bob", "password": password}, X_Forwarded_For="192.0.2.9"
    )
    assert status == 429, "the one who guesses is not let in by guessing right"
    bob = signed_in(server, "bob", password)
    assert "Settings" in bob.get("/settings")
    for network in range(100):
        form = {"name": "bob", "password": f"guess number {network}"}
        status, _text = ask(server, "POST", "/sign-in", "", form, X_Forwarded_For=f"198.51.100.{network}")
    assert status == 429, "many networks together"
    assert "Settings" in signed_in(server, "bob", password).get("/settings")


def ask(
    server: Server, method: str, path: str, cookie: str, form: dict[str, str] | None = None, **headers: str
) -> tuple[int, str]:
    """What answers a request, which is not followed."""
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    sent = {"Cookie": cookie, "Origin": server.url, "Content-Type": "application/x-www-form-urlencoded"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    line.request(method, path, urlencode(form or {}), sent)
    response = line.getresponse()
    text = response.read().decode()
    line.close()
    return response.status, text
