"""The WebSocket door: who is let in, what is answered to whom, in which order, and how it ends."""

import json

import anyio
import anyio.lowlevel
import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.broker.cast import EPOCH, rest
from tests.wire.live import ANN, CID, House, Live, answer, code_of, post, until
from webchat import topics
from webchat.chat.done import Done
from webchat.commands import Command, PostMessage, SetPresence, StartTyping
from webchat.errors import Conflict, Forbidden, NotFound, Refused, TooFast, Unavailable
from webchat.events import ReadMoved, SignedOut
from webchat.web import outlets, visit
from webchat.web.door import Admission, Opening


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


async def test_who_names_no_position_hears_all_from_being_let_in(live: Live, house: House) -> None:
    """Also what is said between that and the moment they begin to listen."""
    house.store.post()
    house.admission = Admission(ANN, slug="lobby", rev=1)
    house.store.post()
    async with connect(live.url) as client:
        assert await client.recv() == "<state"
        told = str(await client.recv())
        assert told.startswith("<changes")
        assert len(json.loads(told.removeprefix("<changes "))) == 1


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
        await until(lambda: len(begun) == visit.TOGETHER)
        await rest()
        assert begun == [str(number) for number in range(visit.TOGETHER)]
        go.set()
        acks = [(await answer(client))["ack"] for _ in range(20)]
        assert acks == [f"cid-0123456789-{number}" for number in range(20)]
        assert begun == [str(number) for number in range(20)]


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


async def test_news_of_the_moment_is_told_and_not_answered(live: Live, house: House) -> None:
    async with connect(live.url) as client:
        await client.send(json.dumps({"do": "start-typing", "room": "lobby"}))
        await client.send(json.dumps({"do": "set-presence", "state": "away"}))
        await client.send(post())
        assert (await answer(client))["ack"] == CID
    assert house.signals == [StartTyping("lobby"), SetPresence("away")]


async def test_an_older_part_of_the_list_is_brought_up_to_date(live: Live, house: House) -> None:
    for _ in range(3):
        house.store.post()
    async with connect(f"{live.url}?since={EPOCH}.3") as client:
        assert [await client.recv() for _ in range(2)] == ["<state", f'{{"at":"{EPOCH}.3"}}']
        for since, begins in ((f"{EPOCH}.1", "<changes"), ("nonsense", "<reset"), (None, "<reset")):
            await client.send(json.dumps({"do": "catch-up", "since": since}))
            assert str(await client.recv()).startswith(begins)
            assert await client.recv() == f'{{"at":"{EPOCH}.3"}}'


async def test_a_repair_that_fails_ends_the_connection(live: Live, house: House) -> None:
    async with connect(live.url) as client:
        assert [await client.recv() for _ in range(2)] == ["<state", f'{{"at":"{EPOCH}.0"}}']
        house.store.broken = True
        for _ in range(2):
            await client.send(json.dumps({"do": "catch-up", "since": "nonsense"}))
        assert await code_of(client) == 1013
    await until(lambda: house.inside == 0)


async def test_an_older_part_that_comes_before_the_beginning_waits_for_it(live: Live, house: House) -> None:
    house.store.post()
    house.store.gate = anyio.Semaphore(0)
    async with connect(f"{live.url}?since={EPOCH}.0") as client:
        assert await client.recv() == "<state"
        for _ in range(3):
            await client.send(json.dumps({"do": "catch-up", "since": f"{EPOCH}.0"}))
        await client.send(post("go on"))
        assert (await answer(client))["ack"] == CID
        house.store.gate.release()
        for number in range(2):  # the beginning, and all three as one
            assert str(await client.recv()).startswith("<changes"), number
            assert str(await client.recv()).startswith('{"at"'), number


async def test_more_than_the_inbox_holds_is_cut(live: Live, house: House) -> None:
    async def never(admission: Admission, command: Command) -> Done:
        await anyio.sleep_forever()
        raise AssertionError

    house.perform = never
    async with connect(live.url) as client:
        for number in range(visit.INBOX + visit.TOGETHER + 1):
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
    assert len(house.performed) <= visit.TOGETHER


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
    assert house.metrics.closes == {1000: 2, 4403: 1}
    assert house.metrics.refusals == {400: 2, 403: 1}
    assert house.metrics.sockets == 0


async def test_how_connections_end_is_counted(live: Live, house: House) -> None:
    async with connect(live.url) as stays, connect(live.url) as leaves:
        for client in (stays, leaves):
            await client.recv()
        assert house.metrics.sockets == 2
        await leaves.close(4777)
        house.broker.publish(SignedOut(ANN.id, "s1"))
        assert await code_of(stays) == 4401
    await until(lambda: house.metrics.sockets == 0)
    house.admission = Admission(ANN, stop=4403)
    async with connect(live.url) as stopped:
        assert await code_of(stopped) == 4403
    house.refusal = Unavailable("No.")
    with pytest.raises(InvalidStatus):
        await connect(live.url)
    assert house.metrics.closes == {0: 1, 4401: 1, 4403: 1}
    assert house.metrics.refusals == {503: 1}
    assert len(house.broker) == 0
