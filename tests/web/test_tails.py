"""The newest rows of a thread, for frames that get no connection, and what else they do without one."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.permissions.doors import Socket
from tests.web.conftest import Visitor
from tests.web.frames import let_in
from tests.web.test_embed import change_site, say, seqs
from webchat.app import Webchat, create_app
from webchat.errors import Unavailable
from webchat.settings import Settings
from webchat.web import tails

pytestmark = pytest.mark.anyio
THREAD = "/embed/blog/post-42"
TAIL = f"{THREAD}/tail?lang=en"
PUBLIC = "public, max-age=0, s-maxage=2, stale-while-revalidate=30"


class Clock:
    """Each look is so much later."""

    now = 0.0
    step = tails.FRESH

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Webchat]:
    """A place with a site, whose frames get no connection: of the one there is, people of the place have the rest."""
    app = create_app(Settings(data=tmp_path, limits=False, sockets=1))
    async with app.running():
        app.state.house.tails._clock = Clock()
        yield app


@pytest.fixture
async def site(app: Webchat, ann: Visitor) -> Any:
    return await let_in(app, "blog")


@pytest.mark.usefixtures("site")
async def test_the_newest_rows_are_the_same_for_everybody(ann: Visitor, stranger: Visitor) -> None:
    await say(ann, *(f"comment {number}" for number in range(31)))
    answers = [await reader.get(TAIL) for reader in (ann, stranger)]
    for answer in answers:
        assert (answer.status_code, answer.headers["cache-control"]) == (200, PUBLIC)
        assert seqs(answer.text) == [*range(2, 32)]
        assert 'hx-target="ol[data-end]" hx-swap="place"' in answer.text
        assert "Very many people are reading here at the moment." in answer.text
        assert "set-cookie" not in answer.headers
        assert answer.headers["vary"] == "Accept-Encoding"
        assert answer.headers["content-encoding"] == "gzip"
    assert answers[0].text == answers[1].text
    assert answers[0].headers["etag"] == answers[1].headers["etag"]
    document = (await stranger.get(THREAD)).text
    rows = [part.partition("</li>")[0] for part in answers[0].text.split("<li id=")[2:]]
    assert all(row in document for row in rows)
    assert "data-continues" not in answers[0].text.split("<li id=")[1], "the one before may not be there"
    assert "<ol" not in answers[0].text


@pytest.mark.usefixtures("site")
async def test_who_has_it_is_told_so_until_something_changes(ann: Visitor, stranger: Visitor) -> None:
    await say(ann, "one")
    tag = ""

    async def asked(path: str = TAIL, **headers: str) -> int:
        nonlocal tag
        answer = await stranger.get(path, headers={"If-None-Match": tag, **headers})
        tag = answer.headers["etag"]
        assert answer.headers["cache-control"] == PUBLIC
        assert answer.content or answer.status_code == 304
        return answer.status_code

    assert [await asked(), await asked()] == [200, 304]
    for change in (("post-message", {"room": "blog.post-42", "body": "two"}), ("add-reaction:1", {"emoji": "+1"})):
        await ann.do(change[0], **change[1])
        assert [await asked(), await asked(), await asked()] == [200, 304, 304]
    await ann.do("delete-message:2")
    assert [await asked(), await asked(**{"Accept-Language": "zh"})] == [200, 304]
    assert [await asked(f"{THREAD}/tail?lang=zh"), await asked()] == [200, 200]
    assert "This message was deleted." in (await stranger.get(TAIL)).text
    plain = await stranger.get(f"{THREAD}/tail?lang=xx&before=1", headers={"Accept-Encoding": "identity"})
    assert seqs(plain.text) == [1, 2]
    assert "content-encoding" not in plain.headers


@pytest.mark.usefixtures("site")
async def test_a_thousand_who_ask_cost_one_look_and_one_drawing(
    app: Webchat, ann: Visitor, stranger: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, looks = app.state.house.tails, []
    held._clock.step = 0
    await say(ann, "one")

    def look(*given: Any) -> Any:
        looks.append(given)
        return type(held)._look(held, *given)

    monkeypatch.setattr(held, "_look", look)

    async def crowd() -> None:
        async with anyio.create_task_group() as tasks:
            for _reader in range(100):
                tasks.start_soon(stranger.get, TAIL)

    await crowd()
    before = app.state.house.renderer.renders
    await crowd()
    assert len(looks) == 1
    await say(ann, "two")
    assert seqs((await stranger.get(TAIL)).text) == [1], "it is a second old at most"
    held._clock.now += tails.FRESH
    await crowd()
    assert seqs((await stranger.get(TAIL)).text) == [1, 2]
    assert (len(looks), app.state.house.renderer.renders - before) == (2, 1)


@pytest.mark.usefixtures("site")
async def test_what_strangers_may_not_read_is_not_there(
    app: Webchat, ann: Visitor, stranger: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tails, "TABLE", 2)
    for path in ("nobody/post", "blog/a.b", f"blog/{'x' * 65}"):
        assert (await stranger.get(f"/embed/{path}/tail")).status_code == 404
    for number in range(4):
        answer = await stranger.get(f"/embed/blog/not-yet-{number}/tail")
        assert (answer.status_code, seqs(answer.text)) == (200, [])
    assert len(app.state.house.tails._kept) == 2
    assert not app.state.house.tails._reading
    await say(ann, "between us")
    assert "between us" in (await stranger.get(TAIL)).text
    await change_site(app, guests="none")
    for reader in (stranger, ann):
        assert (await reader.get(TAIL)).status_code == 404
    assert not app.state.house.tails._reading


@pytest.mark.usefixtures("site")
async def test_a_frame_without_a_connection_reads_and_writes(app: Webchat, ann: Visitor, stranger: Visitor) -> None:
    """At every door that stays open it is refused before anything is looked up, and everything else is there."""
    for door in ("stream", "poll"):
        refused = await stranger.get(f"/{door}?room=blog.post-42&view=widget&since=0")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    async with Socket(app, "", "blog.post-42&view=widget") as socket:
        assert (socket.code, socket.first) == (1000, "")
    assert (await stranger.get(THREAD)).status_code == 200
    await say(stranger, "from a frame")
    assert "from a frame" in (await stranger.get(TAIL)).text
    assert 'id="foot"' in (await stranger.get(f"{THREAD}?foot")).text
    limits = app.state.house.limits
    limits.need_room()
    with limits.socket("192.0.2.7", 1), pytest.raises(Unavailable):
        limits.need_room()


async def test_frames_leave_some_connections_to_the_people_of_the_place(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, limits=False, sockets=20))
    async with app.running():
        limits, held = app.state.house.limits, []
        for _frame in range(18):
            held.append(limits.socket("192.0.2.7", 0, spare=True))
            held[-1].__enter__()
        with pytest.raises(Unavailable):
            limits.need_room(spare=True)
        with limits.socket("192.0.2.7", 1), limits.socket("192.0.2.7", 1), pytest.raises(Unavailable):
            limits.need_room()
        held.pop().__exit__(None, None, None)
        limits.need_room(spare=True)


@pytest.mark.usefixtures("site")
async def test_a_page_is_drawn_once_a_change(app: Webchat, ann: Visitor, stranger: Visitor) -> None:
    await say(ann, "one")
    first = (await stranger.get(THREAD)).text
    before = app.state.house.renderer.renders
    assert {(await reader.get(THREAD)).text for reader in (ann, stranger) for _time in range(3)} == {first}
    assert (await stranger.get(THREAD, headers={"Accept-Encoding": "identity"})).text == first
    assert app.state.house.renderer.renders == before
    assert (await stranger.get(f"{THREAD}?theme=dark")).text != first
    await say(ann, "two")
    assert seqs((await stranger.get(THREAD)).text) == [1, 2]
