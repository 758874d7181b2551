"""The WebSocket door: who is let in, what is answered to whom, in which order, and how it ends."""

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.broker.cast import EPOCH, rest
from tests.wire.live import ANN, House, Live, code_of, serving, until
from webchat import topics
from webchat.chat.done import Done
from webchat.commands import Command, PostMessage, StartTyping
from webchat.errors import Conflict, Forbidden, NotFound, Refused, TooFast, Unavailable
from webchat.events import ReadMoved, SignedOut
from webchat.web import outlets, socket as socket_module
from webchat.web.socket import Admission, Opening

CID = "cid-0123456789abcdef"


@pytest.fixture
async def house() -> House:
    return House()


@pytest.fixture
async def live(house: House) -> AsyncIterator[Live]:
    async with serving(house) as live:
        yield live


def post(body: object = "hello", cid: object = CID, **more: object) -> str:
    return json.dumps({"do": "post-message", "room": "lobby", "body": body, "cid": cid, **more})


async def answer(client: ClientConnection) -> dict[str, Any]:
    """The next data frame that is an answer."""
    with anyio.fail_after(5):
        while True:
            text = await client.recv()
            if text[:5] in ('{"ack', '{"nac'):
                found: dict[str, Any] = json.loads(text)
                return found


async def test_a_connection_begins_with_the_state_and_where_it_is(live: Live) -> None:
    async with connect(live.url) as client:
        assert [await client.recv() for _ in range(2)] == ["<state", f'{{"at":"{EPOCH}.0"}}']


@pytest.mark.parametrize(
    ("query", "begins"),
    [("", '{"at"'), (f"?since={EPOCH}.0", "<changes"), ("?since=0", "<reset"), ("?since=x&around=12", "<reset"),
     ("?since=%00&around=-1", "<reset"), ("?since=x.1", "<reset"), ("?since=", "<reset")],
)  # fmt: skip
async def test_since_says_what_is_missing(live: Live, house: House, query: str, begins: str) -> None:
    house.store.post()
    async with connect(live.url + query) as client:
        assert await client.recv() == "<state"
        assert str(await client.recv()).startswith(begins)


async def test_a_post_is_acknowledged_to_its_author_and_told_to_all(live: Live) -> None:
    async with connect(live.url) as ann, connect(live.url) as bob:
        for client in (ann, bob):
            assert [str(await client.recv())[:6] for _ in range(2)] == ["<state", '{"at":']
        await ann.send(post())
        assert {str(await ann.recv())[:6] for _ in range(3)} == {'{"ack"', "<chang", '{"at":'}
        assert {str(await bob.recv())[:6] for _ in range(2)} == {"<chang", '{"at":'}
        with anyio.move_on_after(0.05) as nothing_more:
            await bob.recv()
        assert nothing_more.cancelled_caught


async def test_commands_are_done_in_order_and_several_at_once(live: Live, house: House) -> None:
    begun: list[str] = []
    go = anyio.Event()

    async def slow(admission: Admission, command: Command) -> Done:
        assert isinstance(command, PostMessage)
        begun.append(command.body)
        await go.wait()
        return Done(len(begun))

    house.perform = slow
    async with connect(live.url) as client:
        for number in range(20):
            await client.send(post(str(number), f"cid-0123456789-{number}"))
        await until(lambda: len(begun) == socket_module.WORKERS)
        await rest()
        assert begun == [str(number) for number in range(socket_module.WORKERS)]
        go.set()
        acks = [(await answer(client))["ack"] for _ in range(20)]
        assert acks == [f"cid-0123456789-{number}" for number in range(20)]
        assert begun == [str(number) for number in range(20)]


@pytest.mark.parametrize(
    ("frame", "cid"),
    [("", None), ("[]", None), ("1", None), ("null", None), ("{", None), ('{"do":1}', None), ("{}", None),
     (b"\x00\x01", None), ("[" * 60_000, None), ('{"a":' * 12_000, None), ('{"a":' + "9" * 5_000 + "}", None),
     (post("\ud800"), None), ('{"do":NaN}', None), (post("x" * 65_536), None), (post("é" * 10_001), CID),
     (post("a\x00b"), CID), (post(""), CID), (post("x" * 10_001), CID), (post(room=7), CID), (post(room=""), CID),
     (post(do="no-such-thing"), CID), (post(cid="short"), "short"), (post(cid=["x"]), None), (post(cid="x" * 99), None),
     (post(body=["a", "b"]), CID), (post(body=None), CID), (post(do="edit-message:x"), CID)],
)  # fmt: skip
async def test_bad_input_gets_one_sentence_and_changes_nothing(
    live: Live, house: House, frame: str | bytes, cid: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    async with connect(live.url, max_size=None) as client, connect(live.url) as other:
        await client.send(frame)
        nack = await answer(client)
        assert list(nack) == ["nack", "why"]
        assert nack["nack"] == cid
        assert nack["why"].startswith("[en] ")
        assert nack["why"].endswith(".")
        await client.send(post("and it goes on", "cid-after-it-0123456"))
        assert (await answer(client))["ack"] == "cid-after-it-0123456"
        assert [str(await other.recv())[:6] for _ in range(4)] == ["<state", '{"at":', "<chang", '{"at":']
    assert len(house.performed) == 1
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_refusal_is_in_the_readers_language(live: Live, house: House) -> None:
    async def refuse(admission: Admission, command: Command) -> Done:
        raise Conflict("Somebody was %(how)s.", how="faster")

    house.perform = refuse
    house.admission = Admission(ANN, lang="zh", slug="lobby")
    async with connect(live.url) as client:
        await client.send(post())
        assert await answer(client) == {"nack": CID, "why": "[zh] Somebody was faster."}


async def test_what_breaks_is_logged_without_what_it_was_about(
    live: Live, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(admission: Admission, command: Command) -> Done:
        raise ValueError(f"cannot do {command}")

    house.perform = fail
    async with connect(live.url) as client:
        await client.send(post("a secret"))
        nack = await answer(client)
        house.perform = house.post
        await client.send(post())
        assert (await answer(client))["ack"] == CID
    assert nack["nack"] == CID
    assert "try again" in nack["why"]
    assert "ValueError" in caplog.text
    assert "a secret" not in caplog.text


async def test_typing_is_told_and_not_answered(live: Live, house: House) -> None:
    async with connect(live.url) as client:
        for room in ("lobby", "attic"):
            await client.send(json.dumps({"do": "start-typing", "room": room}))
        await client.send(post())
        assert (await answer(client))["ack"] == CID
    assert house.typed == [StartTyping("lobby")]


async def test_an_older_part_of_the_list_is_brought_up_to_date(live: Live, house: House) -> None:
    for _ in range(3):
        house.store.post()
    async with connect(f"{live.url}?since={EPOCH}.3") as client:
        assert [await client.recv() for _ in range(2)] == ["<state", f'{{"at":"{EPOCH}.3"}}']
        for since, begins in ((f"{EPOCH}.1", "<changes"), ("nonsense", "<reset"), (None, "<reset")):
            await client.send(json.dumps({"do": "catch-up", "since": since}))
            assert str(await client.recv()).startswith(begins)
            assert await client.recv() == f'{{"at":"{EPOCH}.3"}}'


async def test_more_than_the_inbox_holds_is_cut(live: Live, house: House) -> None:
    async def never(admission: Admission, command: Command) -> Done:
        await anyio.sleep_forever()
        raise AssertionError

    house.perform = never
    async with connect(live.url) as client:
        for number in range(socket_module.INBOX + socket_module.WORKERS + 1):
            await client.send(post(cid=f"cid-0123456789-{number}"))
        assert await code_of(client) == 4429
        for task in live.server.server_state.tasks:
            task.cancel()


@pytest.mark.parametrize(
    ("refusal", "status"),
    [(Forbidden("Not from there."), 403), (Unavailable("Too many."), 503), (TooFast("Too fast."), 503)],
)
async def test_who_is_refused_is_refused_before_anything_is_accepted(
    live: Live, house: House, refusal: Refused, status: int
) -> None:
    house.refusal = refusal
    with pytest.raises(InvalidStatus) as refused:
        async with connect(live.url):
            pass
    response = refused.value.response
    assert (response.status_code, response.body) == (status, str(refusal).encode())
    assert ("Retry-After" in response.headers) == (status == 503)


@pytest.mark.parametrize("code", [4401, 4403])
async def test_who_must_not_come_back_is_told_so_after_it_was_accepted(live: Live, house: House, code: int) -> None:
    house.admission = Admission(ANN, stop=code)
    async with connect(live.url) as client:
        assert await code_of(client) == code
    house.admission, house.opening = Admission(ANN, slug="lobby"), Opening(("<secret",), stop=code)
    async with connect(live.url) as client:
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code


@pytest.mark.parametrize(("error", "code"), [(NotFound("Gone."), 4403), (OSError("disk"), 1013)])
async def test_a_beginning_that_fails_ends_the_connection(
    live: Live, house: House, error: Exception, code: int
) -> None:
    async def fail(admission: Admission) -> Opening:
        raise error

    house.door.opening = fail
    async with connect(live.url) as client:
        assert await code_of(client) == code


async def test_who_signs_out_is_done(live: Live, house: House) -> None:
    begun = anyio.Event()

    async def slow(admission: Admission, command: Command) -> Done:
        house.performed.append(command)
        begun.set()
        await rest()
        return Done(1)

    house.perform = slow
    async with connect(live.url) as client:
        for number in range(30):
            await client.send(post(cid=f"cid-0123456789-{number}"))
        await begun.wait()
        house.broker.publish(SignedOut(1, "s1"))
        assert await code_of(client) == 4401
    await until(lambda: house.inside == 0)
    assert len(house.performed) <= socket_module.WORKERS


async def test_what_was_asked_before_leaving_is_done(live: Live, house: House) -> None:
    async with connect(live.url) as client:
        for number in range(30):
            await client.send(post(cid=f"cid-0123456789-{number}"))
    await until(lambda: len(house.performed) == 30)
    await until(lambda: house.inside == 0)


async def test_a_user_hears_what_is_hers(live: Live, house: House) -> None:
    house.opening = Opening((), (topics.count("attic"),))
    async with connect(live.url) as client:
        await client.recv()
        house.broker.publish(ReadMoved(1, 7, 3))
        house.broker.publish(ReadMoved(2, 7, 9))
        assert str(await client.recv()).startswith("<ReadMoved")
        [reader] = house.broker._roll
        assert reader.topics == {topics.PLACE, topics.user(1), topics.count("attic")}


def test_another_server_is_served_too_and_the_log_says_so(caplog: pytest.LogCaptureFixture) -> None:
    outlets._say_that_it_is_slower.cache_clear()
    house = House()
    app = Starlette(routes=[WebSocketRoute("/socket", house.door.enter)])
    with TestClient(app) as client:
        for _ in range(2):
            with client.websocket_connect("/socket") as socket:
                assert socket.receive_text() == "<state"
                assert socket.receive_text() == f'{{"at":"{EPOCH}.0"}}'
                socket.send_text(post("hi", do="nonsense"))
                assert json.loads(socket.receive_text())["nack"] == CID
        house.opening = Opening(stop=4403)
        with client.websocket_connect("/socket") as socket, pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
        assert closed.value.code == 4403
        house.refusal = Forbidden("No.")
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/socket"):
            pass
    assert caplog.text.count("slower") == 1
    assert len(house.broker) == 0
