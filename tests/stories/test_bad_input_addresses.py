"""Addresses and fields with what no database keeps, and numbers that nobody counts to: on both kinds of databases."""

from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.tools.server import Server

NUL = (
    "/rooms/%00",
    "/files/%00/x",
    "/join/%00",
    "/embed/%00/x",
    "/embed/%00/x.json",
    "/poll?room=%00",
    "/rooms?after=%00",
)
LONG = ("/support/{}", "/support/{}/transcript.txt", "/avatar/a/{}/x.svg", "/api/v1/messages/{}")
FORMS = (("/sign-in", b"name=a%00b&password=x"), ("/do", b"do=join-room&room=a%00b&cid=0123456789abcdef"))
HANDSHAKES = ("/socket?room=%00", "/ws/a%00b/", "/ws/chat/%00/")


def status(server: Server, method: str, path: str, body: bytes | None = None) -> int:
    """As a program asks, with an address as it is given."""
    line = HTTPConnection("127.0.0.1", server.port, timeout=20)
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    try:
        line.request(method, path, body, headers)
        return line.getresponse().status
    finally:
        line.close()


def close_code(url: str) -> int:
    with connect(url) as socket:
        with suppress(ConnectionClosed):
            while True:
                socket.recv(timeout=20)
        return socket.close_code or 0


@pytest.mark.usefixtures("store_url")
def test_no_address_and_no_field_breaks_a_door(make_server: Callable[..., Server]) -> None:
    server = make_server("--open").start()
    assert all(status(server, "GET", path) < 500 for path in NUL)
    assert {status(server, "POST", path, body) for path, body in FORMS} <= {400, 401, 403, 404}
    for path in LONG:
        for digits in (16, 20, 5_000):
            assert status(server, "GET", path.format("9" * digits)) in (401, 404), (path, digits)
    for path in HANDSHAKES:
        assert 4400 <= close_code(server.ws + path) < 4500, path
    assert status(server, "GET", "/rooms/lobby") == 200
    assert server.stop() == 0
    assert "Traceback" not in server.errors.read_text()
