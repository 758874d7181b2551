"""What is stored is told: to whoever listens, in order, also when nobody waits for the answer any more."""

import asyncio
import threading

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import RECEIPTS, VERBS, messages, sessions, text
from webchat.chat.done import Done
from webchat.errors import SignInNeeded
from webchat.events import Event, MessagePosted
from webchat.store import Tx

pytestmark = pytest.mark.anyio


async def test_what_its_asker_gave_up_waiting_for_is_told_in_its_place(place: Place) -> None:
    gate = threading.Event()
    blocked = asyncio.ensure_future(place.store.write(lambda tx: gate.wait()))
    asked = [
        asyncio.ensure_future(place.do(place.bob, c.PostMessage("lobby", f"{n}", new_cid()))) for n in range(5)
    ]  # fmt: skip
    await asyncio.sleep(0)
    for given_up in (asked[0], asked[2], asked[4]):
        given_up.cancel()
    gate.set()
    await asyncio.gather(blocked, *asked, return_exceptions=True)
    await place.store.write(lambda tx: None)
    posted = [event.message.body for event in place.told if isinstance(event, MessagePosted)]
    assert posted == ["0", "1", "2", "3", "4"]
    assert [one.cancelled() for one in asked] == [True, False, True, False, True]


async def test_it_is_told_before_its_asker_hears(place: Place) -> None:
    heard: list[int] = []

    async def ask(n: int) -> None:
        await place.do(place.bob, c.PostMessage("lobby", f"{n}", new_cid()))
        heard.append(sum(isinstance(event, MessagePosted) for event in place.told) > n)

    await asyncio.gather(*(ask(n) for n in range(10)))
    assert heard == [True] * 10


async def test_nothing_is_awaited_before_it_is_queued(place: Place) -> None:
    order: list[str] = []

    def verb(name: str) -> Done:
        order.append(name)
        return Done(name)

    first = place.chat.commit(lambda tx: verb("first"))
    assert first.send(None) is not None  # its first step ends at the future that it waits for
    await place.chat.commit(lambda tx: verb("second"))
    first.close()
    assert order == ["first", "second"]


async def test_who_listens_badly_changes_nothing_for_others(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    def deaf(event: Event) -> None:
        raise ZeroDivisionError

    place.chat._publish = deaf
    done = await asyncio.gather(
        *(place.do(place.bob, c.PostMessage("lobby", f"{n}", new_cid())) for n in range(3)), return_exceptions=True
    )
    assert [type(one) for one in done] == [Done] * 3
    assert "What was stored could not be told." in caplog.text


async def test_only_what_cannot_be_repeated_keeps_a_receipt(place: Place) -> None:
    message = await place.say(place.bob, "lobby")
    kept = len(await receipts(place))
    for command in (
        c.MarkRead("lobby", 1, new_cid()),
        c.ReadNotifications(1, new_cid()),
        c.LeaveRoom("lobby", new_cid()),
        c.JoinRoom("lobby", new_cid()),
    ):
        assert type(command) not in RECEIPTS
        first = await place.do(place.bob, command)
        assert (await place.do(place.bob, command)).id == first.id
    assert len(await receipts(place)) == kept
    await place.do(place.bob, c.AddReaction(message.id, "👍", new_cid()))
    assert len(await receipts(place)) == kept + 1
    assert set(VERBS) > RECEIPTS


async def test_markdown_is_made_outside_the_transaction(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []

    def to_html(body: str) -> str:
        threads.append(threading.current_thread())
        return text.to_html(body)

    monkeypatch.setattr("webchat.chat.to_html", to_html)
    message = await place.say(place.bob, "lobby", "*a*")
    await place.do(place.bob, c.EditMessage(message.id, "*b*", message.said, new_cid()))
    assert (await place.message(message.id)).html == "<p><em>b</em></p>"
    assert threads == [threading.main_thread()] * 2
    assert not hasattr(messages, "to_html")


async def receipts(place: Place) -> list[tuple[object, ...]]:
    def read(tx: Tx) -> list[tuple[object, ...]]:
        return tx.all("SELECT author, cid FROM receipts")

    return await place.store.read(read)


async def test_whether_a_session_speaks_for_its_user_is_asked_with_each_command(place: Place) -> None:
    started = await place.store.write(lambda tx: sessions.start(tx, place.bob))
    await place.store.write(lambda tx: tx.run("UPDATE users SET title = 'Robert' WHERE id = $1", place.bob.id))
    done = await place.chat.perform(place.bob, c.PostMessage("lobby", "Hello", new_cid()), started.session)
    assert (await place.message(int(done.id))).title == "Robert"
    await place.chat.commit(lambda tx: sessions.sign_out(tx, place.bob, started.session))
    before = await place.everything()
    with pytest.raises(SignInNeeded):
        await place.chat.perform(place.bob, c.PostMessage("lobby", "Hello", new_cid()), started.session)
    assert await place.everything() == before
