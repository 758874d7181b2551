"""Pushes to a browser: turned on, sent once nobody has seen what it is about, and forgotten when it is gone."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.outside.test_webpush import CONTACT, Browser, Service, service
from tests.web.conftest import PASSWORD, Visitor, add_user
from webchat.app import Webchat, create_app
from webchat.chat import pushes
from webchat.chat.clock import now
from webchat.errors import Unavailable
from webchat.settings import Settings
from webchat.store import meta, notifications

pytestmark = pytest.mark.anyio
__all__ = ["service"]
GIVEN: dict[str, Any] = {"contact": CONTACT, "limits": False}


@pytest.fixture
async def app(tmp_path: Path, service: Service) -> AsyncIterator[Webchat]:
    app = create_app(Settings(data=tmp_path, push_hosts=(service.host,), **GIVEN))
    async with app.running():
        yield app


@pytest.fixture
def browser() -> Browser:
    return Browser()


@pytest.fixture
async def bob(bob: Visitor, browser: Browser, service: Service) -> Visitor:
    """Bob, whose browser may be pushed to."""
    answer = await turn_on(bob, browser, f"http://{service.host}/bobs")
    assert answer.status_code == 303, answer.text
    return bob


async def turn_on(visitor: Visitor, browser: Browser, endpoint: str, **other: str) -> Any:
    to = browser.at(endpoint)
    return await visitor.form("/settings/push", do="on", **(to._asdict() | other))


async def pushed(app: Webchat, monkeypatch: pytest.MonkeyPatch, after: int = 6_000) -> None:
    """Push what is due then."""
    at = app.state.house
    monkeypatch.setattr(pushes, "now", lambda: now() + after)

    async def send(*what: Any) -> Any:
        return at.pusher.send(*what)

    while await pushes.do_some(at.store, send):
        pass


async def test_what_nobody_saw_is_pushed_once(
    app: Webchat, bob: Visitor, browser: Browser, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await app.notify("bob", "Backup done", title="db", key="backup", priority=4, click="/rooms/lobby")
    await pushed(app, monkeypatch, 1_000)
    assert service.got == [], "a page may still say that it was seen"
    await pushed(app, monkeypatch)
    [(path, headers, body)] = service.got
    assert (path, headers["urgency"], len(headers["topic"])) == ("/bobs", "high", 32)
    assert 0 < int(headers["ttl"]) <= 3 * 86400
    told = browser.read(body)
    assert b'"title":"db","body":"Backup done","click":"/rooms/lobby","unread":1' in told
    await pushed(app, monkeypatch, 600_000)
    assert len(service.got) == 1


async def test_what_was_seen_or_is_not_to_be_shown_is_not_pushed(
    app: Webchat, bob: Visitor, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await app.notify("bob", "Seen in a tab")
    await bob.do("see-notifications", upto=str(number))
    await bob.do("set-tag-level", tag="dull", level="page")
    await app.notify("bob", "Only in pages", tags=["dull"])
    await app.notify("bob", "Taken back", key="gone")
    await app.retract("bob", "gone")
    await app.notify("ann", "Not for bob")
    await app.notify("bob", "For the inbox", priority=1)
    await pushed(app, monkeypatch)
    assert service.got == []


async def test_the_longest_is_cut_to_what_services_take(
    app: Webchat, bob: Visitor, browser: Browser, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    await app.notify("bob", "漢" * 4096, title="字" * 250)
    await pushed(app, monkeypatch)
    [(_path, _headers, body)] = service.got
    assert len(body) <= 4096
    assert 3_000 < len(browser.read(body)) <= 3_900


async def test_while_the_store_is_away_it_waits(
    app: Webchat, bob: Visitor, service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_of_what: object) -> None:
        raise Unavailable("It is away.")

    await app.notify("bob", "Hello")
    with monkeypatch.context() as patch:
        patch.setattr(notifications, "find", away)
        await pushed(app, patch)
    assert (service.got, "A push waits" in caplog.text, "Traceback" in caplog.text) == ([], True, False)
    await pushed(app, monkeypatch, pushes.LEASE + 6_000)
    assert len(service.got) == 1


@pytest.mark.parametrize(
    ("click", "kept"),
    [("/x?" + "x" * 1990, True), ("/x?" + '"' * 1990, False), ("https://e.example/" + "漢" * 1900, False)],
)
async def test_a_link_that_leaves_no_room_leads_to_the_inbox(
    app: Webchat, bob: Visitor, browser: Browser, service: Service, monkeypatch: pytest.MonkeyPatch, click: str,
    kept: bool,
) -> None:  # fmt: skip
    await app.notify("bob", '"\\漢' * 1000, title="字" * 250, click=click)
    await pushed(app, monkeypatch)
    [(_path, _headers, body)] = service.got
    told = json.loads(browser.read(body))
    assert (told["click"] == click, told["click"] == "") == (kept, not kept)
    assert told["title"] == "字" * 250
    assert len(told["body"]) > 100


@pytest.mark.parametrize(("status", "tries", "kept"), [(410, 1, 0), (404, 1, 0), (403, 1, 1), (429, 5, 1), (500, 5, 1)])
async def test_a_browser_that_is_gone_is_forgotten_and_others_are_tried_again(
    app: Webchat, bob: Visitor, service: Service, monkeypatch: pytest.MonkeyPatch, status: int, tries: int, kept: int
) -> None:
    service.status = status
    await app.notify("bob", "Hello")
    for hours in range(8):
        await pushed(app, monkeypatch, 3_600_000 * hours + 6_000)
    assert len(service.got) == tries
    counts = await app.state.house.store.read(lambda tx: tx.all("SELECT count(*) FROM subscriptions"))
    assert counts == [(kept,)]


async def test_the_button_says_what_comes_of_it(app: Webchat, bob: Visitor, browser: Browser, service: Service) -> None:
    for status, says in ((201, "has taken it"), (403, "said 403: why"), (410, "does not know this browser")):
        service.status = status
        assert says in (await bob.form("/settings/push", do="test")).text
    assert "Turn that on first" in (await bob.form("/settings/push", do="test")).text
    await turn_on(bob, browser, f"http://{service.host}/bobs")
    assert "Try it out" in (await bob.get("/settings")).text
    await bob.form("/settings/push", do="off")
    assert "Tell this browser, too" in (await bob.get("/settings")).text


async def test_a_browser_goes_with_its_session(app: Webchat, bob: Visitor) -> None:
    await bob.form("/sign-out")
    assert await app.state.house.store.read(lambda tx: tx.all("SELECT * FROM subscriptions")) == []


@pytest.mark.parametrize(
    "endpoint",
    ["https://10.0.0.5:8080/a.google.com/", "http://127.0.0.1:1/", "https://[::1]/", "javascript:x", "", "x" * 9000],
)
async def test_an_address_that_is_none_is_refused(ann: Visitor, app: Webchat, browser: Browser, endpoint: str) -> None:
    answer = await turn_on(ann, browser, endpoint)
    assert answer.status_code == 400
    assert "not the address of a push service" in answer.text
    assert await app.state.house.store.read(lambda tx: tx.all("SELECT * FROM subscriptions")) == []


async def test_keys_that_are_none_are_refused(ann: Visitor, browser: Browser, service: Service) -> None:
    for other in ({"auth": "AAAA"}, {"p256dh": "x"}, {"auth": "é"}, {"p256dh": ""}):
        answer = await turn_on(ann, browser, f"http://{service.host}/", **other)
        assert answer.status_code == 400


async def test_the_key_of_a_place_is_made_once(tmp_path: Path) -> None:
    keys = set()
    for _ in range(2):
        app = create_app(Settings(data=tmp_path, **GIVEN))
        async with app.running():
            keys.add(app.state.house.pusher.public)
            assert await app.state.house.store.read(lambda tx: meta.get(tx, "vapid"))
    assert len(keys) == 1


async def test_without_somebody_to_ask_nothing_is_pushed(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, limits=False))
    async with app.running(), Visitor(app) as visitor:
        await visitor.form("/setup", place="The Place", name="Ann", password=PASSWORD)
        assert (await visitor.form("/settings/push", do="on")).status_code == 409
        assert "push-switch" not in (await visitor.get("/settings")).text
        worker = await visitor.get("/sw.js")
        assert "showNotification" in worker.text
        assert worker.headers["content-type"].startswith("text/javascript")
        assert worker.headers["service-worker-allowed"] == "/"
        await add_user(app, "Bob")
