"""What frames are told of those who are there: who writes."""

import re

import pytest

from tests.permissions.doors import Socket
from tests.web.conftest import Visitor
from tests.web.frames import COOKIE, THREAD, Frame, let_in
from webchat.app import Webchat

pytestmark = pytest.mark.anyio
TYPES = {"do": "start-typing", "room": THREAD}
PART = re.compile(r'hx-target="#typing" hx-swap="\w+">(.*?)</hx-partial>')


async def told(socket: Socket) -> str:
    """What the line of those who write says next."""
    while True:
        message = await socket._out.get()
        if found := PART.findall(message.get("text", "")):
            return re.sub(r"<[^>]*>", "", found[-1])


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
