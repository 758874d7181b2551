"""Calls to bots' programs: signed as their standard says, and never to where they must not reach."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.tools.receiver import Receiver, receiving
from webchat.errors import Malformed
from webchat.outside import guard, webhooks
from webchat.outside.webhooks import Answer, Call

pytestmark = pytest.mark.anyio
AT = 1_700_000_000


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def call(receiver: Receiver, url: str = "") -> Answer:
    return await webhooks.deliver(Call(url or receiver.url, SECRET, "call-1", b'{"a":1}'), AT, [receiver.host])


SECRET = webhooks.new_secret()


def test_the_example_of_the_standard() -> None:
    """That of https://www.standardwebhooks.com and its libraries."""
    call = Call("", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}')
    assert webhooks.signature(call, 1614265330) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_what_is_sent(receiver: Receiver) -> None:
    receiver.says("Rolled a 6.")
    answer = await call(receiver)
    assert answer == Answer(200, "", "text/plain; charset=utf-8", b"Rolled a 6.")
    [got] = receiver.got
    assert (got.line, got.body, got.headers["host"]) == ("POST /hook?a=b HTTP/1.1", b'{"a":1}', receiver.host)
    assert (got.headers["webhook-id"], got.headers["webhook-timestamp"]) == ("call-1", str(AT))
    key = base64.b64decode(SECRET.removeprefix("whsec_"))
    own = hmac.new(key, b"call-1." + str(AT).encode() + b"." + got.body, hashlib.sha256).digest()
    assert got.headers["webhook-signature"] == "v1," + base64.b64encode(own).decode()


async def test_no_redirect_is_followed(receiver: Receiver) -> None:
    receiver.says("", status=302, more=f"Location: http://{receiver.host}/other\r\n")
    answer = await call(receiver)
    assert (answer.status, answer.is_done, len(receiver.got)) == (302, False, 1)


@pytest.mark.parametrize(
    ("raw", "status", "why"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, ""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 200, ""),
        (b"HTTP/1.1 200 OK\r\n\r\nok", 200, ""),
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno", 500, ""),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok", 200, "The answer is compressed"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000, 200, "The answer is too long"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"x" * 300_000, 0, ""),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", 0, "The connection ended"),
        (b"HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nx", 101, "The answer goes on in another"),
        (b"not http\r\n\r\n", 0, ""),
        (b"", 0, "The connection ended"),
    ],
)
async def test_whatever_comes_back(receiver: Receiver, raw: bytes, status: int, why: str) -> None:
    receiver.answers.append(raw)
    answer = await call(receiver)
    assert answer.status == status
    assert answer.why.startswith(why)
    assert status == 0 or why or answer.body in (b"ok", b"no")


async def test_an_answer_that_drips_has_its_time_in_all(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = asyncio.Event()

    async def drip(writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(b"H")
                await writer.drain()
                await asyncio.sleep(0)
        finally:
            ended.set()

    async def silence(_writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(webhooks, "PATIENCE", 0.2)
    receiver.behave = silence
    assert (await call(receiver)).why.startswith("No answer within")
    receiver.behave = drip
    assert (await call(receiver)).status == 0
    await ended.wait()


ADDRESSES = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",  # noqa: S104 - looked up, not bound
    "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "2002:7f00:1::", "2001:0:1::1", "fe80::1", "fe80::1%lo", "fc00::1", "fd00:ec2::254", "fec0::1",
    "ff02::1", "2001:db8::1", "100::1", "not an address",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
async def test_no_address_beside_us(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """S25: whatever a name leads to is judged, all of it, and connected to without another look-up."""
    asked: list[str] = []

    def lookup(host: str, port: int, **_more: Any) -> list[Any]:
        asked.append(host)
        return [(2, 1, 6, "", (found, port)) for found in ("93.184.215.14", address)]

    async def connect(*_to: Any, **_more: Any) -> Any:
        raise AssertionError("connected")

    monkeypatch.setattr("socket.getaddrinfo", lookup)
    monkeypatch.setattr(asyncio, "open_connection", connect)
    answer = await webhooks.deliver(Call("https://rebinding.example/", SECRET, "x", b""), AT, [])
    assert (answer, asked) == (Answer(0, guard.NOT_PUBLIC), ["rebinding.example"])


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_of_the_internet(address: str) -> None:
    assert guard.is_public(address)


async def test_it_connects_to_what_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[Any] = []

    def lookup(host: str, port: int, **_more: Any) -> list[Any]:
        return [(2, 1, 6, "", ("93.184.215.14" if not connected else "127.0.0.1", port))]

    async def connect(host: str, port: int, **more: Any) -> Any:
        connected.append((host, port, more["server_hostname"]))
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr("socket.getaddrinfo", lookup)
    monkeypatch.setattr(asyncio, "open_connection", connect)
    await webhooks.deliver(Call("https://bot.example/", SECRET, "x", b""), AT, [])
    assert connected == [("93.184.215.14", 443, "bot.example")]


async def test_each_address_of_a_host_is_tried(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of some takes no connections, and what is sent to the first of others is lost on the way."""
    port = int(receiver.host.partition(":")[2])
    found: list[str] = []
    monkeypatch.setattr("socket.getaddrinfo", lambda *_to, **_more: [(2, 1, 6, "", (one, port)) for one in found])
    monkeypatch.setattr(webhooks, "HEAD_START", 0.01)
    connect = asyncio.open_connection

    async def lost(host: str, *to: Any, **more: Any) -> Any:
        if host == "127.9.9.9":
            await asyncio.Event().wait()
        return await connect(host, *to, **more)

    monkeypatch.setattr(asyncio, "open_connection", lost)
    for addresses in (["::1", "127.0.0.1"], ["127.9.9.9", "127.0.0.1"], ["127.9.9.9", "127.0.0.2", "127.0.0.1"]):
        found[:] = addresses
        assert (await call(receiver, f"http://{receiver.host}/")).status == 204
    found[:] = ["::1", "127.0.0.2"]
    assert (await call(receiver)).why.startswith("Connect call failed ('127.0.0.2'")
    found[:] = [*(f"127.0.0.{n}" for n in range(2, 2 + guard.TRIED)), "127.0.0.1"]
    assert (await call(receiver)).status == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://bot.example/",
        "https://bot.example:8443/",
        "https://bot.example:22/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25lo]/",
        "https://169.254.169.254/latest/meta-data",
        "https://ann@bot.example/",
        "https://bot.example@127.0.0.1/",
        "https://bot.example\\@127.0.0.1/",
        "https://①②⑦.⓪.⓪.①/",
        "https://bot.example/#part",
        "https://bot.example/a b",
        "https://bot.example/\r\nX: y",
        "https://bot.example/" + "x" * 2000,
        "https://[::1",
        "https://bot.example:99999/",
        "https:///path",
        "file:///etc/passwd",
        "ftp://bot.example/",
        "bot.example",
        "javascript:alert(1)",
        "",
    ],
)
async def test_what_is_no_address_of_a_program(url: str) -> None:
    with pytest.raises(Malformed):
        guard.checked(url, [])
    assert (await webhooks.deliver(Call(url, SECRET, "x", b""), AT, [])).status == 0


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "localhost"])
async def test_other_ways_to_write_this_machine(host: str) -> None:
    """Only the look-up knows what these are; it is this machine's own, which asks nobody for them."""
    answer = await webhooks.deliver(Call(f"https://{host}/", SECRET, "x", b""), AT, [])
    assert (answer.status, answer.why) == (0, guard.NOT_PUBLIC)


def test_hosts_that_the_operator_named() -> None:
    for url in ("http://localhost:9000/x", "https://bots.lan/", "http://bots.lan:1/"):
        assert guard.checked(url, ["localhost:9000", "bots.lan"])
    with pytest.raises(Malformed):
        guard.checked("http://localhost:9001/", ["localhost:9000"])
    assert guard.reachable("127.0.0.1", 1, trusted=True) == [("127.0.0.1", 1)]
