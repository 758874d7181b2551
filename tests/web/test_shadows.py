"""Who is in the shadow: they see what they write, and no other door has it."""

import secrets
from typing import Any

import pytest

from tests.web.conftest import Visitor
from tests.web.frames import THREAD, Frame
from webchat.app import Webchat
from webchat.chat import tokens
from webchat.commands import CreateToken

pytestmark = pytest.mark.anyio
SAID = "Buy this"


@pytest.fixture
async def dark(app: Webchat, frame: Frame, ann: Visitor) -> Frame:
    """A frame of a guest who is in the shadow."""
    await frame.form("/embed/blog/enter", name="Gus")
    assert await frame.says("before") == 303
    answer = await ann.do("mute-user", room=THREAD, message="1", minutes="60", shadow="true")
    assert answer.status_code == 303
    return frame


async def everywhere(app: Webchat, visitor: Visitor) -> dict[str, str]:
    """What the doors show of the thread, those that anybody may ask."""
    names = ("post-1", "post-1.json", "post-1.atom", "post-1/danmaku.json?s=0", "counts.json?thread=post-1")
    return {name: (await visitor.get(f"/embed/blog/{name}")).text for name in names}


async def test_its_author_sees_it_after_a_reload_and_nobody_else_does(
    app: Webchat, dark: Frame, ann: Visitor, stranger: Visitor
) -> None:
    async with Visitor(app) as other:
        before = await everywhere(app, other)
        answer = await dark.do("post-message", room=THREAD, body=SAID, t="5")
        assert answer.status_code == 303
        foot = (await dark.get("/embed/blog/post-1?foot")).text
        assert SAID in foot
        for word in ("Waits for a moderator", "Take back", "not in the room"):
            assert word not in foot
        assert await everywhere(app, other) == before
        assert not [path for path, text in before.items() if SAID in text]
    for path in (f"/rooms/{THREAD}", f"/rooms/{THREAD}/m/1", "/embed/blog/post-1?foot", "/inbox"):
        assert SAID not in (await ann.get(path)).text, path
    queue = (await ann.get(f"/rooms/{THREAD}/queue")).text
    assert SAID in queue
    assert "Seen by nobody but their authors" in queue
    assert "is not told" in (await ann.get(f"/rooms/{THREAD}/settings")).text


async def test_a_program_of_theirs_is_answered_as_ever(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    await ann.do("mute-user", room="lobby", user="bob", minutes="60", shadow="true")
    command = CreateToken("bob", ("read", "post"), secrets.token_urlsafe(16))
    token: Any = await app.state.house.store.write(lambda tx: tokens.create(tx, None, command))
    async with Visitor(app) as program:
        program.headers["Authorization"] = f"Bearer {token.secret}"
        answer = await program.post("/api/v1/rooms/lobby/messages", json={"body": SAID})
        assert answer.status_code == 201
        said = answer.json()
        assert (said["body"], said["author"]["name"], said["id"] > 0, said["seq"]) == (SAID, "bob", True, 1)
        assert (await program.get("/api/v1/rooms/lobby/messages")).json()["messages"] == []
    assert SAID in (await bob.get("/rooms/lobby")).text
    assert SAID not in (await ann.get("/rooms/lobby")).text
