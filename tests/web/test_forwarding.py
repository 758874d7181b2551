"""Who asks behind proxies: the named ones are believed, and nobody else is."""

from typing import Any

import httpx2
import pytest

from tests.web.conftest import PASSWORD, URL, Visitor
from webchat.app import Webchat
from webchat.settings import Settings
from webchat.web.forwarding import Forwarding

pytestmark = pytest.mark.anyio

LOOPBACK = Settings().proxies
TWO = ("10.0.0.0/8", "2001:db8:5::/48")
UNIX = ("unix",)


def scope(peer: str | None, *headers: tuple[str, str], scheme: str = "http", kind: str = "http") -> dict[str, Any]:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    return {"type": kind, "scheme": scheme, "client": (peer, 50000) if peer else None, "headers": raw}


def client(proxies: tuple[str, ...], peer: str | None, *forwarded: str) -> str:
    headers = [("x-forwarded-for", line) for line in forwarded]
    seen = Forwarding(proxies, ()).resolved(scope(peer, *headers))["client"]
    return str(seen[0]) if seen else ""


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "who"),
    [
        (LOOPBACK, "127.0.0.1", [], "127.0.0.1"),
        (LOOPBACK, "127.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        (LOOPBACK, "::1", ["192.0.2.1"], "192.0.2.1"),
        (LOOPBACK, "127.0.0.1", ["203.0.113.9, 192.0.2.1"], "192.0.2.1"),
        (LOOPBACK, "127.0.0.1", ["203.0.113.9", "192.0.2.1"], "192.0.2.1"),  # two lines, as some proxies write it
        (LOOPBACK, "127.0.0.1", ["192.0.2.1, 127.0.0.1"], "192.0.2.1"),
        (LOOPBACK, "192.0.2.7", ["127.0.0.1"], "192.0.2.7"),
        (LOOPBACK, "192.0.2.7", ["203.0.113.9"], "192.0.2.7"),
        (LOOPBACK, "10.0.0.1", ["203.0.113.9"], "10.0.0.1"),
        (TWO, "10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        (TWO, "10.0.0.1", ["203.0.113.9, 192.0.2.1, 10.9.9.9"], "192.0.2.1"),
        (TWO, "2001:db8:5::1", ["2001:db8:6::1"], "2001:db8:6::1"),
        (TWO, "10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        (TWO, "127.0.0.1", ["192.0.2.1"], "127.0.0.1"),
        (TWO, "10.0.0.1", ["192.0.2.1, unknown"], "10.0.0.1"),
        (TWO, "10.0.0.1", ["192.0.2.1, 10.0.0.9, "], "10.0.0.1"),
        (TWO, "10.0.0.1", ['192.0.2.1, 10.0.0.9, "><script>'], "10.0.0.1"),
        (TWO, "10.0.0.1", ["192.0.2.1:4711"], "192.0.2.1"),
        (TWO, "10.0.0.1", ['"[2001:db8:6::1]:4711"'], "2001:db8:6::1"),
        (TWO, "::ffff:10.0.0.1", ["::ffff:192.0.2.1"], "192.0.2.1"),
        (UNIX, None, ["192.0.2.1"], "192.0.2.1"),
        (UNIX, None, ["203.0.113.9, 192.0.2.1"], "192.0.2.1"),
        (UNIX, "127.0.0.1", ["192.0.2.1"], "127.0.0.1"),
        (UNIX, "192.0.2.7", ["unix"], "192.0.2.7"),
        (LOOPBACK, None, ["192.0.2.1"], ""),
        (TWO, "10.0.0.1", ["192.0.2.1, unix"], "10.0.0.1"),
        ((), "127.0.0.1", ["192.0.2.1"], "127.0.0.1"),
        (LOOPBACK, "testclient", ["192.0.2.1"], "testclient"),
        (LOOPBACK, "127.0.0.1", ["1.1.1.1," * 10_000 + "192.0.2.1"], "192.0.2.1"),
    ],
)
def test_who_asks(proxies: tuple[str, ...], peer: str | None, forwarded: list[str], who: str) -> None:
    assert client(proxies, peer, *forwarded) == who


@pytest.mark.parametrize(
    ("peer", "scheme", "said", "secure"),
    [
        ("10.0.0.1", "http", [], False),
        ("10.0.0.1", "http", ["https"], True),
        ("10.0.0.1", "http", ["HTTPS "], True),
        ("10.0.0.1", "https", ["http"], False),
        ("10.0.0.1", "http", ["https, http"], False),
        ("10.0.0.1", "http", ["http", "https"], True),
        ("10.0.0.1", "http", ["javascript"], False),
        ("10.0.0.1", "https", [""], True),
        ("192.0.2.7", "http", ["https"], False),
        ("192.0.2.7", "https", ["http"], True),
        (None, "http", ["https"], False),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_by_which_scheme(kind: str, peer: str | None, scheme: str, said: list[str], secure: bool) -> None:
    headers = [("x-forwarded-proto", line) for line in said]
    schemes = ("http", "https") if kind == "http" else ("ws", "wss")
    asked = schemes[scheme == "https"]
    assert Forwarding(TWO, ()).resolved(scope(peer, *headers, scheme=asked, kind=kind))["scheme"] == schemes[secure]


@pytest.mark.parametrize(
    ("origins", "scheme"),
    [
        (("https://chat.example",), "https"),
        (("https://chat.example", "http://chat.example"), "http"),
        (("https://other.example",), "http"),
    ],
)
def test_a_host_that_is_listed_as_https_only_is_behind_tls(origins: tuple[str, ...], scheme: str) -> None:
    seen = Forwarding(LOOPBACK, origins).resolved(scope("192.0.2.7", ("host", "Chat.example")))
    assert seen["scheme"] == scheme


async def test_a_forged_header_lifts_no_rate(app: Webchat, ann: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong passwords by a peer that is no proxy, which says each time that it is somebody else."""
    at = app.state.house
    monkeypatch.setattr(at.attempts, "_enabled", True)
    transport = httpx2.ASGITransport(app=app, client=("192.0.2.7", 4711))
    async with httpx2.AsyncClient(transport=transport, base_url=URL) as eve:
        statuses = [(await tried(eve, number)).status_code for number in range(22)]
    assert statuses[-1] == 429
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=URL) as proxy:
        assert {(await tried(proxy, number)).status_code for number in range(22)} == {403}


async def tried(client: httpx2.AsyncClient, number: int) -> httpx2.Response:
    form = {"name": f"nobody-{number}", "password": PASSWORD}
    return await client.post("/sign-in", data=form, headers={"Origin": URL, "X-Forwarded-For": f"203.0.113.{number}"})
