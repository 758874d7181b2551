"""What frames are told of those who are there: who writes, how many they are, and how much they want."""

import re
from pathlib import Path

import pytest

from tests.permissions.doors import Socket
from tests.web.conftest import Visitor
from tests.web.frames import COOKIE, THREAD, Frame, let_in, opened
from tests.web.test_embed import say, seqs
from webchat.app import Webchat
from webchat.chat import viewers

pytestmark = pytest.mark.anyio
TYPES = {"do": "start-typing", "room": THREAD}
PART = re.compile(r'hx-target="#(\w+)" hx-swap="innerHTML">(.*?)</hx-partial>')


async def told(socket: Socket, where: str = "typing") -> str:
    """What a line says next."""
    while True:
        message = await socket._out.get()
        assert message["type"] == "websocket.send", message
        for target, html in PART.findall(message["text"]):
            assert target != "viewers" or where == target, "only those beside a video are told"
            if target == where:
                return re.sub(r"<[^>]*>", "", html)


async def test_who_writes_is_shown_in_frames_and_strangers_only_once_they_have_a_name(
    app: Webchat, ann: Visitor, stranger: Frame
) -> None:
    await let_in(app, "blog")
    assert (await stranger.post("/embed/blog/enter", data={"name": "Gus"})).status_code < 400
    frame, account = f"{THREAD}&view=widget&lang=en", f"webchat={ann.cookies['webchat']}"
    guest = f"{COOKIE}={stranger.cookies[COOKIE]}"
    async with (
        Socket(app, "", frame) as reader, Socket(app, account, frame) as known, Socket(app, guest, frame) as named,
    ):  # fmt: skip
        reader.send(TYPES)  # has no name, and nobody is told
        known.send({**TYPES, "room": "lobby"})  # is not there
        named.send(TYPES)
        assert await told(reader) == "Gus typing…"
        known.send(TYPES)
        assert await told(reader) == "GusAnn typing…"
        known.send({"do": "post-message", "room": THREAD, "body": "done", "cid": "c" * 22})
        assert await told(reader) == "Gus typing…"


async def test_nobody_is_told_that_a_guest_writes_whose_words_would_wait(
    app: Webchat, ann: Visitor, stranger: Frame
) -> None:
    await let_in(app, "blog")
    await stranger.post("/embed/blog/enter", data={"name": "Gus"})
    await ann.do("post-message", room=THREAD, body="first")
    await ann.do("set-rules", room=THREAD, hold="all")
    frame, account = f"{THREAD}&view=widget&lang=en", f"webchat={ann.cookies['webchat']}"
    guest = f"{COOKIE}={stranger.cookies[COOKIE]}"
    async with (
        Socket(app, guest, frame) as named, Socket(app, "", frame) as reader, Socket(app, account, frame) as known,
    ):  # fmt: skip
        named.send(TYPES)
        known.send(TYPES)
        assert await told(reader) == "Ann typing…"


async def test_nor_in_a_thread_that_is_not_there_yet(app: Webchat, ann: Visitor, stranger: Frame) -> None:
    await let_in(app, "blog")
    await stranger.post("/embed/blog/enter", data={"name": "Gus"})
    await ann.do("set-site-rules:blog", hold="first")
    frame, guest = f"{THREAD}&view=widget&lang=en", f"{COOKIE}={stranger.cookies[COOKIE]}"
    async with Socket(app, guest, frame) as named, Socket(app, f"webchat={ann.cookies['webchat']}", frame) as known:
        named.send(TYPES)
        known.send(TYPES)
        assert await told(named) == "Ann typing…"


async def test_beside_a_video_stands_how_many_read(app: Webchat, ann: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewers, "REST", 0)
    await let_in(app, "blog")
    live = f"{THREAD}&view=live&lang=en"
    page = (await ann.get("/embed/blog/post-1?mode=live")).text
    assert f"room={THREAD}&amp;view=live&amp;" in page
    assert '<span id="viewers"></span>' in page
    assert "viewers" not in (await ann.get("/embed/blog/post-1")).text
    async with (
        Socket(app, "", live) as one, Socket(app, "", f"{THREAD}&view=widget&lang=en") as two, Socket(app, "", live),
    ):  # fmt: skip
        while await told(one, "viewers") != "3 watching":
            pass  # not all were there yet
        async with Socket(app, "", live.replace("en", "zh")) as late:
            assert await told(late, "viewers") == "3 人在看"
            account = f"webchat={ann.cookies['webchat']}"
            async with Socket(app, account, f"{THREAD}&view=widget&lang=en") as known:
                known.send(TYPES)
                assert await told(two) == "Ann typing…"


async def rows(socket: Socket, last: int) -> list[int]:
    """The messages that a connection is told of, until it is as far as the last one."""
    texts = [socket.first]
    while not re.fullmatch(rf'{{"at":"\w+\.{last}"}}', texts[-1]):
        texts.append((await socket._out.get())["text"])
    return seqs("".join(texts))


async def test_top_leaves_out_what_is_too_fast_and_all_does_not(tmp_path: Path) -> None:
    async with opened(tmp_path, fast_chat=1) as app, Visitor(app) as ann:
        await ann.get("/")
        await let_in(app, "blog")
        frame = f"{THREAD}&lang=en&since=0&view="
        async with Socket(app, "", f"{frame}live") as top, Socket(app, "", f"{frame}all") as every:
            await say(ann, *(f"number {number}" for number in range(1, 21)), thread=THREAD)
            assert await rows(every, 20) == [*range(1, 21)]
            assert 5 <= len(await rows(top, 20)) < 20
            async with Socket(app, "", f"{frame}all") as late:
                assert await rows(late, 20) == [*range(1, 21)]
        anew = await ann.get("/embed/blog/post-1?newest&anew", headers={"HX-Request": "true"})
        assert seqs(anew.text) == [*range(1, 21)]
        assert 'hx-target="#history" hx-swap="outerHTML"' in anew.text
