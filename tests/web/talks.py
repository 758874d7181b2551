"""What visitors do in the support window of a site, without a script."""

import re
import secrets
from typing import Any

from tests.web.conftest import Visitor
from webchat.app import Webchat
from webchat.chat import support
from webchat.commands import SetSupport
from webchat.store import conversations
from webchat.support import Conversation

PATH = "/embed/blog/support"


async def sets(ann: Visitor, **how: str) -> None:
    """Set the support of the site up."""
    answer = await ann.do("set-support", site="blog", **how)
    assert answer.status_code == 303, answer.text


async def turn_on(app: Webchat) -> None:
    """The same for a place of its own."""
    command = SetSupport("blog", "c" * 22, enabled=True)
    await app.state.house.store.write(lambda tx: support.set_(tx, None, command))


async def asks(frame: Visitor, body: str = "Does it dim?", path: str = PATH, **more: str) -> Any:
    """What a visitor gets who asks the first thing."""
    form = {"do": "begin-conversation", "site": "blog", "cid": secrets.token_urlsafe(16)}
    return await frame.form(path, **{**form, "body": body, **more})


async def says(frame: Visitor, do: str, **fields: str) -> Any:
    """What a visitor gets who uses another form of the window."""
    return await frame.form(PATH, do=do, cid=secrets.token_urlsafe(16), **fields)


async def room_of(frame: Visitor, path: str = PATH) -> str:
    """The room of the conversation that the window shows."""
    [room] = re.findall(r'<support-room [^>]*data-room="(blog\.~[0-9a-f]{16})"', (await frame.get(path)).text)
    return str(room)


async def talks(app: Webchat) -> list[Conversation]:
    """All conversations, the oldest first."""
    return sorted(
        await app.state.house.store.read(lambda tx: conversations.listed(tx, [1], "", None, "", 50)),
        key=lambda one: one.id,
    )
