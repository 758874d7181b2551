"""Letters about what stays unread: to who confirmed, one for all of it, and none about what was seen."""

import re
import secrets
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.tools.mail import Postbox
from tests.web.conftest import URL, Visitor
from webchat.app import Webchat, create_app
from webchat.chat import mails
from webchat.chat.clock import DAY, MINUTE, now
from webchat.commands import parse
from webchat.errors import StartRefused
from webchat.model import BOT
from webchat.outside.mail import Answer, Post
from webchat.settings import Settings, from_environment, require_supported
from webchat.store import mails as stored, users
from webchat.web import mail

pytestmark = pytest.mark.anyio
ADDRESS = "bob@mail.example"
ON = {"do": "on", "address": ADDRESS, "minutes": "15"}


class Clock:
    """The time, which a test moves."""

    def __init__(self) -> None:
        self.at = now()

    def __call__(self) -> int:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(mails, "now", clock)
    return clock


@pytest.fixture
async def app(tmp_path: Path, box: Postbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Webchat]:
    async def nothing(_at: Any) -> None:
        """What is due is done when a test says so."""

    monkeypatch.setattr(mail, "run", nothing)
    app = create_app(Settings(data=tmp_path, smtp=box.url, contact="mailto:chat@mail.example", limits=False))
    async with app.running():
        yield app


async def work(app: Webchat) -> None:
    at = app.state.house
    while await mails.do_one(at.store, lambda letter: mail.send(at, letter)):
        pass


def text(letter: EmailMessage) -> str:
    return str(letter.get_content()).replace("\r\n", "\n")


def link(letter: EmailMessage, what: str) -> str:
    found = re.search(rf"{URL}(/mail/{what}/[\w-]+)$", text(letter), re.MULTILINE)
    assert found, text(letter)
    return found[1]


@pytest.fixture
async def confirmed(app: Webchat, bob: Visitor, box: Postbox, clock: Clock) -> Visitor:
    assert (await bob.form("/settings/mail", **ON)).status_code == 303
    await work(app)
    assert (await bob.form(link(box.next(), "confirm"))).status_code == 200
    return bob


async def tell(app: Webchat, body: str, **more: object) -> int:
    return await app.notify("bob", body, **more)


async def test_an_address_is_used_once_it_is_confirmed(
    app: Webchat, bob: Visitor, stranger: Visitor, box: Postbox, clock: Clock
) -> None:
    assert (await bob.form("/settings/mail", **ON)).status_code == 303
    assert "A letter went to" in (await bob.get("/settings")).text
    await tell(app, "not to be mailed")
    await work(app)
    letter = box.next()
    assert (letter["To"], letter["From"]) == (ADDRESS, "The Place <chat@mail.example>")
    clock.at += DAY // 2
    await work(app)
    assert box.letters.empty(), "nothing goes there before"
    path = link(letter, "confirm")
    assert ADDRESS in (await stranger.get(path)).text
    assert "You are written to" not in (await bob.get("/settings")).text, "to look confirms nothing"
    assert (await stranger.form(path)).status_code == 200
    assert "You are written to" in (await bob.get("/settings")).text
    await tell(app, "<b>1</b>", title="CI", click="/rooms/lobby")
    clock.at = now() + 14 * MINUTE
    await work(app)
    assert box.letters.empty()
    clock.at += 2 * MINUTE
    await tell(app, "2")
    await work(app)
    letter = box.next()
    assert letter["Subject"] == "The Place: 3 notifications"
    assert f"CI\n<b>1</b>\n{URL}/rooms/lobby\n" in text(letter)
    assert f"{URL}/inbox" in text(letter)
    await work(app)
    clock.at += DAY
    await work(app)
    assert box.letters.empty(), "each is told once"


async def test_a_link_is_for_a_day_and_for_one_address(app: Webchat, bob: Visitor, box: Postbox, clock: Clock) -> None:
    await bob.form("/settings/mail", **ON)
    await work(app)
    first = link(box.next(), "confirm")
    await bob.form("/settings/mail", **ON | {"address": "other@mail.example"})
    await work(app)
    assert (await bob.form(first)).status_code == 404
    second = link(box.next(), "confirm")
    clock.at += DAY + 1
    assert (await bob.form(second)).status_code == (await bob.get(second)).status_code == 404
    for code in ("x", "%00", "x" * 43, "é" * 43):
        assert (await bob.get(f"/mail/confirm/{code}")).status_code == 404


async def test_what_comes_of_a_letter_is_nothing_to_another_address(
    app: Webchat, bob: Visitor, box: Postbox, clock: Clock
) -> None:
    await bob.form("/settings/mail", **ON | {"address": "typo@mail.example"})

    async def slowly(_letter: mails.Letter) -> Answer:
        await bob.form("/settings/mail", **ON)
        return Answer(True)

    assert await mails.do_one(app.state.house.store, slowly)
    await work(app)
    assert box.next()["To"] == ADDRESS


async def test_what_comes_while_a_letter_is_sent_goes_into_the_next_one(
    app: Webchat, confirmed: Visitor, box: Postbox, clock: Clock
) -> None:
    await tell(app, "first")
    clock.at += DAY

    async def slowly(_letter: mails.Letter) -> Answer:
        await tell(app, "meanwhile")
        await app.state.house.chat.perform(
            await app.state.house.store.read(lambda tx: users.by_id(tx, BOT)),
            parse({"do": "send-notification", "everyone": True, "body": "to all", "cid": secrets.token_urlsafe(16)}),
        )
        return Answer(True)

    assert await mails.do_one(app.state.house.store, slowly)
    clock.at += DAY
    await work(app)
    assert "\nmeanwhile\n" in text(box.next())


async def test_nothing_is_written_about_what_was_seen_or_is_not_wanted(
    app: Webchat, confirmed: Visitor, box: Postbox, clock: Clock
) -> None:
    number = await tell(app, "seen")
    assert (await confirmed.do("see-notifications", upto=str(number))).status_code == 303
    gone = await tell(app, "taken back", key="gone")
    await app.retract("bob", "gone")
    assert (await confirmed.do("set-tag-level", tag="ci", level="page")).status_code == 303
    await tell(app, "in pages only", tags=["ci"])
    await tell(app, "for the inbox", priority=2)
    await app.notify("bob", "other")
    await confirmed.do("read-notifications", upto=str(gone + 9))
    clock.at = now() + DAY
    await work(app)
    assert box.letters.empty()
    await tell(app, "unread")
    clock.at = now() + DAY
    await work(app)
    assert "\nunread\n" in text(box.next()), "a letter that said nothing stands in the way of none"


async def test_it_waits_for_the_end_of_quiet_hours_unless_it_is_urgent(
    app: Webchat, confirmed: Visitor, box: Postbox, clock: Clock
) -> None:
    minute = clock.at // MINUTE % (24 * 60)
    hours = [f"{one // 60:02}:{one % 60:02}" for one in ((minute - 5) % 1440, (minute + 60) % 1440)]
    await confirmed.do("set-quiet-hours", begins=hours[0], ends=hours[1], zone="UTC")
    await tell(app, "later")
    clock.at += 20 * MINUTE
    await work(app)
    assert box.letters.empty()
    clock.at += 45 * MINUTE
    await work(app)
    assert "\nlater\n" in text(box.next())
    await tell(app, "now", priority=5)
    clock.at = now() + 20 * MINUTE
    await work(app)
    assert "\nnow\n" in text(box.next())


async def test_no_more_of_them_by_a_post_of_anybody(
    app: Webchat, confirmed: Visitor, stranger: Visitor, box: Postbox, clock: Clock
) -> None:
    await tell(app, "one")
    clock.at += 20 * MINUTE
    await work(app)
    letter = box.next()
    url = letter["List-Unsubscribe"].strip("<> ").removeprefix(URL)
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link(letter, "stop") == url
    assert (await stranger.get(url)).status_code == 200
    assert (await app.state.house.store.read(lambda tx: stored.with_code(tx, url[-43:]))) is not None
    answer = await stranger.post(url, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200, "as mail programs do it: no cookie, no Origin"
    assert (await app.state.house.store.read(lambda tx: stored.with_code(tx, url[-43:]))) is None
    assert (await stranger.post(url)).status_code == 200, "and again"
    assert (await stranger.get(url)).status_code == 404
    await tell(app, "two")
    clock.at += DAY
    await work(app)
    assert box.letters.empty()


async def test_texts_of_others_stay_where_they_belong(
    app: Webchat, ann: Visitor, confirmed: Visitor, box: Postbox, clock: Clock
) -> None:
    assert (await ann.do("change-place", name='A "place", <x@evil.example> 熊')).status_code == 303
    await tell(app, ".\r\nQUIT\r\n", title="Hi\u2028Bcc: eve@evil.example 熊")
    clock.at += 20 * MINUTE
    await work(app)
    letter = box.next()
    assert [name for name in letter if name.lower() in ("bcc", "cc")] == []
    assert letter["From"].addresses[0].addr_spec == "chat@mail.example"
    assert "Hi Bcc: eve@evil.example 熊" in letter["Subject"]
    assert "\nQUIT\n" in text(letter)
    assert {to for to in box.to if "evil" in to} == set()


@pytest.mark.parametrize(
    "fields",
    [
        *({"address": text} for text in ("", "bob", "bob@host", "a b@c.example", "=?x?q?a=2C?=@b.example",
          "a@b.example\nBcc: c@d.example",
          "ä@b.example", "a@b..example", "<a@b.example>", "a@b.example,c@d.example", f"a@{'b' * 63}.{'c.' * 120}d")),
        *({"minutes": text} for text in ("", "0", "-1", "x", "10081")),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_and_nothing_is_noted(app: Webchat, bob: Visitor, fields: dict[str, str]) -> None:
    answer = await bob.form("/settings/mail", **ON | fields)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert await app.state.house.store.read(lambda tx: stored.is_due(tx, 2**50)) is False


async def test_a_server_that_takes_nothing_is_asked_again_and_not_for_ever(
    app: Webchat, confirmed: Visitor, box: Postbox, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    await tell(app, "one")
    box.answer, box.to[:] = "450 later", []
    for _ in range(20):
        clock.at += DAY
        await work(app)
    assert len(box.to) == mails.TRIES
    await tell(app, "two")
    box.answer, box.to[:] = "550 no such user", []
    for _ in range(20):
        clock.at += DAY
        await work(app)
    assert len(box.to) == 1
    assert ADDRESS not in caplog.text
    assert Post("smtp://127.0.0.1:9").send(EmailMessage()).is_taken is False


async def test_without_a_server_for_it_nothing_of_it_is_there(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, limits=False))
    async with app.running(), Visitor(app) as ann:
        await ann.form("/setup", place="The Place", name="Ann", password="a long enough one")
        assert "e-mail" not in (await ann.get("/settings")).text
        assert (await ann.form("/settings/mail", **ON)).status_code == 409
        assert (await ann.get("/mail/stop/" + "x" * 43)).status_code == 404


def test_the_settings_are_checked() -> None:
    for wrong in ("mail.example", "http://mail.example", "smtp://", "smtp://mail.example:x"):
        with pytest.raises(StartRefused, match="WEBCHAT_SMTP"):
            from_environment({"WEBCHAT_SMTP": wrong})
    for wrong in ("0", "x", "10081"):
        with pytest.raises(StartRefused, match="WEBCHAT_MAIL_AFTER"):
            from_environment({"WEBCHAT_MAIL_AFTER": wrong})
    for contact in ("https://chat.example", "mailto:a,b@mail.example", "mailto:a@mail.example?subject=x"):
        with pytest.raises(StartRefused, match="WEBCHAT_CONTACT"):
            require_supported(Settings(smtp="smtps://ann:x%40y@mail.example", contact=contact))
