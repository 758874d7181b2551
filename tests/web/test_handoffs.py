"""Letters to visitors who have left: what was answered and not seen, once for each time they are away."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.tools.mail import Postbox
from tests.web.conftest import Visitor
from tests.web.frames import Frame
from tests.web.test_mail import Clock
from tests.web.test_support import begun
from webchat.app import Webchat, create_app
from webchat.chat import handoffs
from webchat.chat.clock import DAY, MINUTE
from webchat.outside.mail import Answer
from webchat.settings import Settings
from webchat.support import Conversation
from webchat.web import handoffs as web

pytestmark = pytest.mark.anyio


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(handoffs, "now", clock)
    return clock


@pytest.fixture
async def app(tmp_path: Path, box: Postbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Webchat]:
    async def nothing(_at: Any) -> None:
        """What is due is done when a test says so."""

    monkeypatch.setattr(web, "run", nothing)
    app = create_app(Settings(data=tmp_path, smtp=box.url, contact="mailto:chat@mail.example", limits=False))
    async with app.running():
        yield app


@pytest.fixture
async def vera(app: Webchat, ann: Visitor, bob: Visitor, blog: Any) -> AsyncIterator[Frame]:
    await ann.do("set-support", site="blog", enabled="true", prechat="never")
    await ann.do("add-agent", site="blog", user="bob")
    async with Frame(app) as visitor:
        yield visitor


@pytest.fixture
async def one(app: Webchat, vera: Frame) -> Conversation:
    return await begun(app, vera, name="Vera", email="vera@home.example", lang="en")


async def work(app: Webchat, send: Any = None) -> None:
    at = app.state.house
    while await handoffs.do_one(at.store, send or (lambda letter: web.send(at, letter))):
        pass


def text(letter: EmailMessage) -> str:
    return str(letter.get_content()).replace("\r\n", "\n")


async def test_what_is_not_seen_is_written_once(
    app: Webchat, bob: Visitor, vera: Frame, one: Conversation, box: Postbox, clock: Clock
) -> None:
    await bob.do("post-message", room=one.room, body="The *first* answer")
    await bob.do("post-message", room=one.notes, body="A note")
    await work(app)
    assert box.letters.empty(), "she may be reading"
    clock.at += 3 * MINUTE
    await bob.do("post-message", room=one.room, body="The second")
    await work(app)
    letter = box.next()
    assert (letter["To"], letter["Subject"]) == ("vera@home.example", "An answer from Blog")
    said = text(letter)
    assert "Bob:\nThe *first* answer\n" in said
    assert "Bob:\nThe second\n" in said
    assert said.rstrip().endswith("https://blog.example/help")
    for secret in ("A note", one.visitor, one.room, "anybody"):
        assert secret not in said
    await bob.do("post-message", room=one.room, body="A third")
    clock.at += DAY // 2
    await work(app)
    assert box.letters.empty(), "she has not been here since the letter"
    await vera.do("mark-read", room=one.room, seq="4")
    await bob.do("post-message", room=one.room, body="A fourth")
    clock.at += 3 * MINUTE
    await work(app)
    assert "A fourth" in text(box.next())
    assert box.letters.empty()


async def test_nothing_is_written_about_what_was_seen(
    app: Webchat, bob: Visitor, vera: Frame, one: Conversation, box: Postbox, clock: Clock
) -> None:
    await bob.do("post-message", room=one.room, body="An answer")
    await vera.do("mark-read", room=one.room, seq="2")
    clock.at += 3 * MINUTE
    await work(app)
    assert box.letters.empty()


async def test_nothing_is_written_to_who_left_no_address(
    app: Webchat, bob: Visitor, vera: Frame, box: Postbox, clock: Clock
) -> None:
    one = await begun(app, vera)
    await bob.do("post-message", room=one.room, body="An answer")
    clock.at += 3 * MINUTE
    await work(app)
    assert box.letters.empty()


async def test_it_is_tried_again_and_in_the_end_let_be(
    app: Webchat, bob: Visitor, one: Conversation, clock: Clock
) -> None:
    tried: list[handoffs.Handoff] = []

    async def send(letter: handoffs.Handoff) -> Answer:
        tried.append(letter)
        return Answer(False, "busy")

    await bob.do("post-message", room=one.room, body="An answer")
    for _turn in range(12):
        clock.at += 70 * MINUTE
        await work(app, send)
    assert len(tried) == handoffs.TRIES


async def test_what_is_old_is_not_written_any_more(
    app: Webchat, bob: Visitor, one: Conversation, box: Postbox, clock: Clock
) -> None:
    await bob.do("post-message", room=one.room, body="An answer")
    clock.at += 3 * DAY
    await work(app)
    assert box.letters.empty()


async def test_an_address_goes_into_no_other_header(
    app: Webchat, ann: Visitor, bob: Visitor, vera: Frame, box: Postbox, clock: Clock
) -> None:
    for address in (
        "a@b.example\nBcc: all@c.example",
        "a@b.example, c@d.example",
        "<a@b.example>",
        "a" * 250 + "@b.example",
    ):
        refused = await vera.do("begin-conversation", site="blog", body="Hello", email=address)
        assert refused.status_code in (400, 413), address
    await ann.do("edit-site", site="blog", title="Blog\u2028Bcc: x")
    one = await begun(app, vera, email="vera@home.example")
    await bob.do("post-message", room=one.room, body="Bcc: all@c.example\n.\nQUIT")
    clock.at += 3 * MINUTE
    await work(app)
    letter = box.next()
    assert letter["Bcc"] is None
    assert "\n.\nQUIT" in text(letter)


async def test_it_is_written_in_the_language_of_the_page(
    app: Webchat, bob: Visitor, vera: Frame, box: Postbox, clock: Clock
) -> None:
    one = await begun(app, vera, email="vera@home.example", lang="zh")
    await bob.do("post-message", room=one.room, body="你好")
    clock.at += 3 * MINUTE
    await work(app)
    letter = box.next()
    assert "你好" in text(letter)
    assert "An answer" not in letter["Subject"]
