"""The support window's inbox and conversations, as agents and a visitor find them."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.permissions.doors import Socket
from tests.web.conftest import URL, Visitor
from tests.web.frames import Frame, signed
from tests.web.test_rules import cookie
from webchat.app import Webchat
from webchat.chat import rights
from webchat.model import Guest, Message
from webchat.store import Tx, conversations as stored, messages as stored_messages
from webchat.support import Conversation
from webchat.web import revocation, support

pytestmark = pytest.mark.anyio


class Ear(Socket):
    """A socket of which all frames are kept."""

    def __init__(self, app: Webchat, cookie: str, room: str, view: str = "") -> None:
        super().__init__(app, cookie, room)
        self._scope["query_string"] += f"&view={view}&lang=en".encode()
        self.frames: list[str] = []

    async def __aenter__(self) -> "Ear":
        await super().__aenter__()
        self.frames.append(self.first)
        return self

    async def hears(self, text: str) -> str:
        """The next frame that has a text in it."""
        while not self.frames or text not in self.frames[-1]:
            async with asyncio.timeout(10):
                message = await self._out.get()
            assert message["type"] == "websocket.send", message
            self.frames.append(message["text"])
        return self.frames[-1]


@pytest.fixture
async def desk(app: Webchat, ann: Visitor, bob: Visitor, blog: Any) -> Any:
    """The blog with its window open, which bob answers."""
    await ann.do("set-support", site="blog", enabled="true", prechat="never")
    await ann.do("add-agent", site="blog", user="bob")
    return blog


@pytest.fixture
async def vera(app: Webchat, desk: Any) -> AsyncIterator[Frame]:
    """A visitor."""
    async with Frame(app) as visitor:
        yield visitor


async def begun(app: Webchat, visitor: Frame, body: str = "Is **anybody** there?", **more: str) -> Conversation:
    answer = await visitor.do("begin-conversation", site="blog", body=body, page="https://blog.example/help", **more)
    assert answer.status_code == 303, answer.text
    return (await everything(app))[0]


async def everything(app: Webchat) -> list[Conversation]:
    def read(tx: Any) -> list[Conversation]:
        found = [stored.by_id(tx, row[0]) for row in tx.all("SELECT id FROM conversations ORDER BY id DESC")]
        return [one for one in found if one]

    found: list[Conversation] = await app.state.house.store.read(read)
    return found


async def test_an_admin_opens_the_window_and_appoints(ann: Visitor, bob: Visitor, blog: Any) -> None:
    form = {
        "site": "blog",
        "enabled": "true",
        "prechat": "always",
        "hours": "mon-fri 09:00-17:00",
        "zone": "Asia/Shanghai",
    }
    done = await ann.do("set-support", **form, greeting="Hi <b>you</b>", away="Later")
    assert (done.status_code, done.headers["location"]) == (303, "/admin/sites/blog")
    page = (await ann.get("/admin/sites/blog")).text
    assert "mon-fri 09:00-17:00</textarea>" in page
    assert 'value="Hi &lt;b&gt;you&lt;/b&gt;"' in page
    assert '<option value="always" selected>' in page
    wrong = await ann.do("set-support", **form | {"hours": "never"})
    assert (wrong.status_code, "are not business hours" in wrong.text) == (400, True)
    assert (await bob.get("/support")).status_code == 403
    assert "/support" not in (await bob.get("/rooms")).text
    done = await ann.do("add-agent", site="blog", user="bob")
    assert (done.status_code, done.headers["location"]) == (303, "/admin/sites/blog")
    assert "@bob" in (await ann.get("/admin/sites/blog")).text
    assert 'href="/support"' in (await bob.get("/rooms")).text
    assert (await bob.get("/support")).status_code == 200
    await ann.do("remove-agent", site="blog", user="bob")
    assert (await bob.get("/support")).status_code == 403
    assert (await bob.do("add-agent", site="blog", user="bob")).status_code == 403


async def test_of_very_many_notes_only_those_that_are_shown_are_read(
    app: Webchat, bob: Visitor, vera: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, read = await begun(app, vera), stored_messages.between
    for number in range(5):
        await bob.do("post-message", room=one.notes, body=f"note {number}")
    monkeypatch.setattr(support, "NOTES", 3)
    found: list[int] = []

    def counted(tx: Tx, room_id: int, low: int, high: int) -> list[Message]:
        found.append(high - low + 1 if room_id == one.notes_id else 0)
        return read(tx, room_id, low, high)

    monkeypatch.setattr(stored_messages, "between", counted)
    page = (await bob.get(f"/support/{one.id}")).text
    assert [number for number in range(5) if f"note {number}" in page] == [2, 3, 4]
    assert max(found) == 3


async def test_an_agent_does_everything_without_javascript(app: Webchat, bob: Visitor, vera: Frame) -> None:
    one = await begun(app, vera)
    inbox = (await bob.get("/support")).text
    assert f'href="/support/{one.id}"' in inbox
    assert "Is **anybody** there?" in inbox
    here = f"/support/{one.id}"
    page = (await bob.get(here)).text
    assert "Is <strong>anybody</strong> there?" in page
    assert 'href="https://blog.example/help"' in page
    assert one.visitor not in page + inbox
    for do, fields in (
        ("post-message", {"body": "I am"}),
        ("assign-conversation", {"user": "ann"}),
        ("tag-conversation", {"tags": "bug, payment"}),
        ("snooze-conversation", {"minutes": "60"}),
        ("reopen-conversation", {}),
        ("resolve-conversation", {}),
    ):
        done = await bob.do(do, room=one.room, **fields)
        assert (do, done.status_code, done.headers["location"]) == (do, 303, here)
    assert (await bob.do("post-message", room=one.notes, body="A <note>")).headers["location"] == here
    page = (await bob.get(here)).text
    for text in ("A &lt;note&gt;", "#payment", "I am", ">Done</b>"):
        assert text in page, text
    assert f'href="{here}"' not in (await bob.get("/support")).text
    for query in ("status=resolved", "status=&tag=bug", "status=&who=", "status=&site=blog"):
        assert f'href="{here}"' in (await bob.get(f"/support?{query}")).text, query
    for query in ("status=snoozed", "status=&tag=bugs", "status=&who=mine", "status=&who=nobody", "status=&site=other"):
        assert f'href="{here}"' not in (await bob.get(f"/support?{query}")).text, query
    told = await bob.get(f"{here}/transcript.txt")
    assert told.headers["content-disposition"] == f'attachment; filename="conversation-{one.id}.txt"'
    assert "Bob: I am\n" in told.text
    assert "note" not in told.text


async def test_what_is_ready_is_offered_to_agents_in_conversations_only(
    app: Webchat, ann: Visitor, bob: Visitor, vera: Frame
) -> None:
    one = await begun(app, vera)
    done = await bob.do("put-answer", site="blog", key="hi", text='Hello "you" & <all>!\nHow can I help?')
    assert (done.status_code, done.headers["location"]) == (303, "/support/answers/blog")
    offered = (await bob.get(f"/rooms/{one.room}/names?q=/h")).text
    assert 'data-name="Hello &#34;you&#34; &amp; &lt;all&gt;!\nHow can I help?"' in offered
    assert "data-name" not in (await bob.get(f"/rooms/{one.room}/names?q=/x")).text
    assert "Hello" not in (await bob.get("/rooms/lobby/names?q=/h")).text
    assert (
        "Hello"
        not in (await vera.get(f"/rooms/{one.room}/names?q=/h", headers={"Referer": f"{URL}/embed/blog/x"})).text
    )
    wrong = await bob.do("put-answer", site="blog", key="not a key", text="Kept")
    assert (wrong.status_code, "Kept</textarea>" in wrong.text) == (400, True)
    await bob.do("remove-answer", site="blog", key="hi")
    assert "/hi" not in (await bob.get("/support/answers/blog")).text


async def test_who_does_not_answer_there_finds_nothing(app: Webchat, ann: Visitor, bob: Visitor, vera: Frame) -> None:
    one = await begun(app, vera)
    await ann.do("remove-agent", site="blog", user="bob")
    for path in (f"/support/{one.id}", f"/support/{one.id}/transcript.txt", "/support/answers/blog", "/support/99"):
        assert (await bob.get(path)).status_code == 404, path
        assert (await vera.get(path)).headers["location"].startswith("/sign-in"), path
    assert (await ann.get(f"/support/{10**20}")).status_code == 404, "no database has such a number"
    for slug in (one.room, one.notes):
        assert (await bob.get(f"/rooms/{slug}")).status_code == 404
    for do in ("resolve-conversation", "reopen-conversation", "tag-conversation", "assign-conversation"):
        assert (await bob.do(do, room=one.room)).status_code == 404, do


async def test_nothing_of_a_note_is_in_any_frame_of_the_visitors(
    app: Webchat, ann: Visitor, bob: Visitor, vera: Frame
) -> None:
    one = await begun(app, vera)
    async with (
        Ear(app, cookie(vera), one.room, "widget") as visitor,
        Ear(app, cookie(ann), one.room) as agent,
        Ear(app, cookie(ann), one.notes) as noting,
    ):
        await bob.do("post-message", room=one.notes, body="She is SECRETLY angry")
        await bob.do("tag-conversation", room=one.room, tags="secret-tag")
        await bob.do("post-message", room=one.room, body="Good morning")
        await visitor.hears("Good morning")
        await agent.hears("Good morning")
        await noting.hears("SECRETLY")
        assert not [frame for frame in visitor.frames if re.search("secret|SECRETLY|desk-|support-", frame)]
        assert not [frame for frame in agent.frames if "SECRETLY" in frame]
    # Nor may she listen where notes are told.
    async with Ear(app, cookie(vera), one.notes, "widget") as other:
        assert other.code in (4401, 4403)


async def test_the_inbox_and_the_desk_are_told_to_look_again(
    app: Webchat, ann: Visitor, bob: Visitor, vera: Frame
) -> None:
    async with Ear(app, cookie(bob), "lobby") as inbox:
        one = await begun(app, vera)
        frame = await inbox.hears("desks")
        assert 'hx-target="#desks"' in frame
        assert f'hx-target="#desk-{one.id}"' in frame
        await inbox.hears("Is **anybody** there?")  # the notification
    async with Ear(app, cookie(vera), one.room, "widget") as visitor:
        await vera.do("post-message", room=one.room, body="Well?")
        await visitor.hears("Well?")
        assert "desk" not in "".join(visitor.frames)


async def test_whoever_answers_no_more_is_sent_away_at_once(
    app: Webchat, ann: Visitor, bob: Visitor, vera: Frame
) -> None:
    one = await begun(app, vera)
    async with Ear(app, cookie(bob), one.room) as agent:
        await ann.do("remove-agent", site="blog", user="bob")
        async with asyncio.timeout(15):
            while (message := await agent._out.get())["type"] != "websocket.close":
                pass
        assert message["code"] == 4403


async def test_visitors_see_their_own_conversations_only(app: Webchat, bob: Visitor, vera: Frame) -> None:
    one = await begun(app, vera)
    async with Frame(app) as will:
        other = await begun(app, will, "Me too")
        for slug in (one.room, one.notes):
            async with Ear(app, cookie(will), slug, "widget") as ear:
                assert ear.code in (4401, 4403)
            assert (await will.do("post-message", room=slug, body="x")).status_code == 404
        assert (await will.do("rate-conversation", room=one.room, rating="1")).status_code == 404
    assert one.visitor != other.visitor
    assert (await vera.do("rate-conversation", room=one.room, rating="5", word="Good")).status_code == 303
    assert "Rated 5 of 5" in (await bob.get(f"/support/{one.id}")).text


async def test_agents_see_how_often_somebody_came(app: Webchat, bob: Visitor, vera: Frame) -> None:
    first = await begun(app, vera)
    await bob.do("resolve-conversation", room=first.room)
    second = await begun(app, vera, "Again")
    assert first.id != second.id
    assert f'href="/support/{first.id}"' in (await bob.get(f"/support/{second.id}")).text


async def test_conversations_that_are_begun_from_one_network_are_counted(vera: Frame, app: Webchat) -> None:
    limits = app.state.house.limits
    limits._enabled = True
    codes, form = [], {"site": "blog", "body": "Spam"}
    for turn in range(12):
        async with Frame(app) as visitor:
            codes.append((await visitor.do("begin-conversation", **form, cid=f"one-of-spam-{turn:05}")).status_code)
    assert (codes[:10], codes[-1]) == ([303] * 10, 429)
    limits._enabled = False


async def test_a_form_before_it_can_be_asked_for(app: Webchat, ann: Visitor, vera: Frame) -> None:
    await ann.do("set-support", site="blog", prechat="always")
    refused = await vera.do("begin-conversation", site="blog", body="Hello")
    assert (refused.status_code, "Say who you are" in refused.text) == (400, True)
    one = await begun(app, vera, name="Vera", email="vera@home.example")
    assert (one.name, one.email) == ("Vera", "vera@home.example")


async def test_visitors_stay_whatever_is_taken_from_others(app: Webchat, bob: Visitor, desk: Any, vera: Frame) -> None:
    at, broker = app.state.house, app.state.doors["socket"].broker
    async with Frame(app) as hanna:
        assert (await hanna.form("/embed/blog/identify", token=signed(desk))).status_code == 204
        one, other = [await begun(app, visitor) for visitor in (vera, hanna)]
        async with (
            Ear(app, cookie(vera), one.room, "support") as first,
            Ear(app, cookie(hanna), other.room, "support") as second,
        ):
            await revocation.look(at, broker, -1)
            for talk, ear in ((one, first), (other, second)):
                await bob.do("post-message", room=talk.room, body="Still here?")
                await ear.hears("Still here?")
            await at.chat.commit(lambda tx: rights.erase_guest(tx, Guest(one.visitor, "")))
            await revocation.look(at, broker, -1)
            async with asyncio.timeout(10):
                while (message := await first._out.get())["type"] != "websocket.close":
                    pass
            assert message["code"] == 4401, "whoever is forgotten hears no more of it"
