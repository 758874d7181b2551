"""An open page keeps its session."""

from typing import Any

import pytest

from tests.web.conftest import Visitor
from tests.web.test_bearer import made
from tests.web.test_revocation import hearing
from webchat.app import Webchat
from webchat.broker import Broker
from webchat.chat import chores, sessions, tokens
from webchat.chat.clock import DAY, now
from webchat.store import ASIDE, WHOLE, Reach
from webchat.web import revocation, usage
from webchat.web.house import House

pytestmark = pytest.mark.anyio


def set_clock(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    for module in (sessions, chores):
        monkeypatch.setattr(module, "now", lambda: at)


async def ended(at: House, broker: Broker) -> None:
    for event in (await at.store.write(chores.end)).events:
        broker.publish(event)


async def test_what_hears_is_in_use_until_its_time_is_over(
    app: Webchat, bob: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, broker = app.state.house, app.state.doors["socket"].broker
    outlet, session = await hearing(app, "bob")
    began = now()
    for day in range(1, 90):
        set_clock(monkeypatch, began + day * DAY)
        await usage.note(at, broker)
        await ended(at, broker)
    await revocation.look(at, broker, -1)
    assert outlet.code == 0
    set_clock(monkeypatch, began + 90 * DAY + 1_000)
    await usage.note(at, broker)
    await ended(at, broker)
    await revocation.look(at, broker, -1)
    assert outlet.code == 4401
    assert await at.store.read(lambda tx: sessions.signed_in(tx, session)) is None


async def test_what_was_left_alone_ends_and_its_connections_with_it(
    app: Webchat, bob: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, broker = app.state.house, app.state.doors["socket"].broker
    outlet, _session = await hearing(app, "bob")
    set_clock(monkeypatch, now() + sessions.IDLE + 1_000)
    await ended(at, broker)
    assert outlet.code == 4401


async def test_a_page_notes_it_once_an_hour(app: Webchat, bob: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    async def seen() -> list[int]:
        rows = await app.state.house.store.read(lambda tx: tx.all("SELECT seen FROM sessions WHERE user_id = 3"))
        return [row[0] for row in rows]

    before = await seen()
    await bob.get("/inbox")
    assert await seen() == before
    set_clock(monkeypatch, before[0] + sessions.NOTED)
    await bob.get("/inbox")
    assert await seen() == [before[0] + sessions.NOTED]


async def test_that_somebody_is_here_is_noted_beside_what_others_write(
    app: Webchat, bob: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, broker = app.state.house.store, app.state.doors["socket"].broker
    begin, seen = store.begin, dict[str, Reach]()

    def noted(fn: Any, then: Any = None, reach: Reach = WHOLE, rescue: Any = None) -> Any:
        seen[getattr(fn, "func", fn).__qualname__.partition(".<")[0]] = reach
        return begin(fn, then, reach, rescue)

    secret = await made(app, "bob", "read")
    await hearing(app, "bob")
    monkeypatch.setattr(store, "begin", noted)
    for module in (sessions, tokens):
        monkeypatch.setattr(module, "now", lambda: now() + sessions.NOTED)
    await bob.get("/inbox")
    await bob.get("/api/v1/rooms", headers={"Authorization": f"Bearer {secret}"})
    await usage.note(app.state.house, broker)
    assert (await bob.get("/readyz")).status_code == 200
    beside = {"Sessions._user", "Sessions.speaker", "_note", "Readiness._probe"}
    assert {name: reach for name, reach in seen.items() if name in beside} == dict.fromkeys(beside, ASIDE)
