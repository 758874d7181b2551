"""What frames are told of those who are there: who writes, and how many they are."""

import re

import pytest

from tests.permissions.doors import Socket
from tests.web.conftest import Visitor
from tests.web.frames import COOKIE, THREAD, Frame, let_in
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
