"""Links out of letters by which moderators decide: to look changes nothing, and who may is asked when they do."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.tools.mail import Postbox
from tests.web.conftest import URL, Visitor
from tests.web.test_mail import ON, Clock, link, text
from webchat.app import Webchat, create_app
from webchat.chat import alerts, chores, decisions, mails
from webchat.chat.alerts import Waiting
from webchat.chat.clock import MINUTE
from webchat.chat.decisions import WORKS
from webchat.settings import Settings
from webchat.store import users
from webchat.web import mail

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (mails, chores, decisions):
        monkeypatch.setattr(module, "now", clock)
    return clock


@pytest.fixture
async def app(tmp_path: Path, box: Postbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Webchat]:
    async def nothing(*_at: Any) -> None:
        """What is due is done when a test says so."""

    monkeypatch.setattr(mail, "run", nothing)
    monkeypatch.setattr(chores, "run", nothing)
    app = create_app(Settings(data=tmp_path, smtp=box.url, contact="mailto:chat@mail.example", limits=False))
    async with app.running():
        yield app


async def work(app: Webchat) -> None:
    at = app.state.house
    while await chores.do_one(at.store, lambda _event: None):
        pass
    while await mails.do_one(at.store, lambda letter: mail.send(at, letter)):
        pass


@pytest.fixture
async def bob(app: Webchat, bob: Visitor, ann: Visitor, box: Postbox, clock: Clock) -> Visitor:
    """A moderator of the lobby, where all messages wait, whose address is confirmed."""
    await ann.do("set-rules", room="lobby", hold="all")
    await ann.do("set-room-role:lobby", user="bob", role="moderator")
    assert (await bob.form("/settings/mail", **ON)).status_code == 303
    await work(app)
    assert (await bob.form(link(box.next(), "confirm"))).status_code == 200
    return bob


@pytest.fixture
async def cat(app: Webchat, bob: Visitor) -> AsyncIterator[Visitor]:
    """Somebody who writes there."""
    from tests.web.conftest import add_user

    await add_user(app, "Cat")
    async with Visitor(app) as visitor:
        yield await visitor.sign_in("cat")


async def letter(app: Webchat, box: Postbox, clock: Clock) -> list[str]:
    """The links in the letter that is due."""
    clock.at += alerts.SOON + MINUTE
    await work(app)
    clock.at += 16 * MINUTE
    await work(app)
    return re.findall(rf"^{URL}(/act/\S+)$", text(box.next()), re.MULTILINE)


async def code(app: Webchat, name: str, kind: Any, number: int) -> str:
    """The address of a link for somebody."""
    at = app.state.house
    user = await at.store.read(lambda tx: users.by_name(tx, name))
    return f"/act/{at.links.code(user.id, Waiting(0, kind, number, '', ''))}"


async def test_one_click_out_of_a_letter_moderates(
    app: Webchat, cat: Visitor, stranger: Visitor, box: Postbox, clock: Clock
) -> None:
    for body in ("Let <b>me</b> in", "And me"):
        await cat.do("post-message", room="lobby", body=body)
    first, second = await letter(app, box, clock)
    for method in ("GET", "HEAD"):
        for _time in range(100):
            seen = await stranger.request(method, first)
            assert (seen.status_code, seen.headers["cache-control"]) == (200, "no-store")
            assert "set-cookie" not in seen.headers
    assert await cat.rows("/rooms/lobby") == [], "to look changes nothing"
    page = (await stranger.get(first)).text
    assert "Let &lt;b&gt;me&lt;/b&gt; in" in page
    assert all(part in page for part in ("Lobby", "Cat", "You decide as Bob", "Approve", "Reject"))
    done = await stranger.form(first, do="approve-message")
    assert (done.status_code, "Bob has approved this message." in done.text) == (200, True)
    assert len(await cat.rows("/rooms/lobby")) == 1
    assert "set-cookie" not in done.headers
    again = await stranger.form(first, do="reject-message")
    assert (again.status_code, "Bob has approved this message." in again.text) == (200, True)
    assert len(await cat.rows("/rooms/lobby")) == 1, "the first decision stands"
    assert "Bob has rejected this message." in (await stranger.form(second, do="reject-message", why="No ads")).text
    assert "Not approved: No ads" in (await cat.get("/rooms/lobby")).text
    assert "And me" not in (await stranger.get(second)).text


async def test_what_readers_report_is_kept_or_deleted(app: Webchat, cat: Visitor, ann: Visitor, bob: Visitor) -> None:
    await ann.do("set-rules", room="lobby", hold="none")
    for body in ("one", "two"):
        await cat.do("post-message", room="lobby", body=body)
    for row in await ann.rows("/rooms/lobby"):
        await ann.do(f"report-message:{row[2:]}", why="Odd")
    numbers = [int(row[2:]) for row in await ann.rows("/rooms/lobby")]
    first, second = [await code(app, "bob", "reported", number) for number in numbers]
    page = (await bob.get(first)).text
    assert all(part in page for part in ("one", "Odd", "Keep it", "Delete this message"))
    assert "Bob has kept this message." in (await bob.form(first, do="keep-message")).text
    assert "Bob has kept this message." in (await bob.form(first, do="delete-message")).text
    assert "Bob has deleted this message." in (await bob.form(second, do="delete-message")).text
    assert (await bob.form(second, do="approve-message")).status_code == 400
    assert "two" not in (await cat.get("/rooms/lobby")).text


async def test_one_letter_for_a_room_and_none_for_what_is_decided_in_time(
    app: Webchat, cat: Visitor, bob: Visitor, box: Postbox, clock: Clock
) -> None:
    await cat.do("post-message", room="lobby", body="quickly")
    await bob.do("approve-message:1", room="lobby")
    clock.at += alerts.SOON + MINUTE
    await work(app)
    assert "⏳" not in (await bob.get("/inbox")).text
    for number in range(12):
        await cat.do("post-message", room="lobby", body=f"text {number}")
    clock.at += alerts.SOON + MINUTE
    await work(app)
    assert (await bob.get("/inbox")).text.count("⏳ 12") == 1
    await cat.do("post-message", room="lobby", body="one more")
    clock.at += alerts.SOON + MINUTE
    await work(app)
    page = (await bob.get("/inbox")).text
    assert ("⏳ 12" in page, "⏳ 13" in page) == (False, True), "it takes the place of the one before"
    for number in range(2, 15):
        await bob.do(f"reject-message:{number}", room="lobby")
    assert "⏳" not in (await bob.get("/inbox")).text, "nothing waits any more"


async def test_who_moderates_no_more_is_refused(app: Webchat, cat: Visitor, ann: Visitor, stranger: Visitor) -> None:
    await cat.do("post-message", room="lobby", body="a secret until then")
    path = await code(app, "bob", "held", 1)
    await ann.do("set-room-role:lobby", user="bob", role="member")
    for answer in (await stranger.get(path), await stranger.form(path, do="approve-message")):
        assert (answer.status_code, "a secret" in answer.text) == (403, False)
    await ann.do("set-room-role:lobby", user="bob", role="moderator")
    await ann.do("disable-user:bob")
    for answer in (await stranger.get(path), await stranger.form(path, do="approve-message")):
        assert (answer.status_code, "This account is disabled." in answer.text) == (403, True)
    assert await cat.rows("/rooms/lobby") == []


async def test_links_that_do_not_work(app: Webchat, cat: Visitor, stranger: Visitor, clock: Clock) -> None:
    await cat.do("post-message", room="lobby", body="please")
    path = await code(app, "bob", "held", 1)
    admin, other = await code(app, "ann", "held", 1), await code(app, "bob", "held", 2)
    signature = path.rpartition(".")[2]
    wrong = [
        other,
        "/act/x",
        path[:-1],
        f"{path}0",
        f"{admin.rpartition('.')[0]}.{signature}",
        path.replace("held", "reported"),
        path.replace("held.1", "held.01"),
        path.replace("held.1", "held.１"),
        f"{path.rpartition('.')[0]}.{'0' * 64}",
    ]
    for one in wrong:
        for answer in (await stranger.get(one), await stranger.form(one, do="approve-message")):
            assert (answer.status_code, "decide in the queue of the room" in answer.text) == (404, True), one
    clock.at += WORKS - 1
    assert (await stranger.get(path)).status_code == 200
    clock.at += 1
    assert (await stranger.form(path, do="approve-message")).status_code == 404
    assert await cat.rows("/rooms/lobby") == []


async def test_what_its_author_took_back_and_what_cannot_be_done(app: Webchat, cat: Visitor, stranger: Visitor) -> None:
    await cat.do("post-message", room="lobby", body="please")
    path = await code(app, "bob", "held", 1)
    for do, status in (("", 400), ("delete-message", 400), ("disable-user", 400)):
        assert (await stranger.form(path, do=do)).status_code == status
    assert (await stranger.form(path, do="reject-message", why="x" * 251)).status_code in (400, 413)
    elsewhere = await stranger.post(path, data={"do": "approve-message"}, headers={"Origin": "https://evil.example"})
    assert elsewhere.status_code == 403
    await cat.do("withdraw-message:1", room="lobby")
    answer = await stranger.form(path, do="approve-message")
    assert (answer.status_code, "taken this message back" in answer.text) == (200, True)
    chinese = await stranger.get(path, headers={"Accept-Language": "zh"})
    assert "作者" in chinese.text


async def test_requests_of_one_network_are_counted(
    app: Webchat, cat: Visitor, stranger: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    monkeypatch.setattr(app.state.house.limits, "take", lambda kind, who: counted.append(f"{kind} {who}"))
    await stranger.get("/act/x")
    assert counted == ["guests 127.0.0.1"]
