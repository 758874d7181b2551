"""Every command, by everybody, at every door and in every situation: done or refused exactly as the one table says.

At one of the doors, whose answers are pages, a third of the situations stand for the others.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.permissions.doors import DOORS, Answer, Socket, request
from tests.permissions.matrix import Case, Fill, Matrix
from webchat.app import Webchat, create_app
from webchat.chat.access import PERMISSIONS
from webchat.commands import WORDS
from webchat.settings import Settings
from webchat.store import Tx

pytestmark = pytest.mark.anyio

FILLED: dict[str, Fill] = {
    "post-message": lambda at: {"room": at.room, "body": "hello"},
    "edit-message": lambda at: {"message": at.message, "body": "another", "based": 1},
    "delete-message": lambda at: {"message": at.message},
    "add-reaction": lambda at: {"message": at.message, "emoji": "x"},
    "remove-reaction": lambda at: {"message": at.message, "emoji": "x"},
    "mark-read": lambda at: {"room": at.room, "seq": 1},
    "mark-unread": lambda at: {"message": at.message},
    "create-room": lambda at: {"room": at.new},
    "join-room": lambda at: {"room": at.room},
    "leave-room": lambda at: {"room": at.room},
    "invite-user": lambda at: {"room": at.room, "user": at.subject},
    "edit-room": lambda at: {"room": at.room, "title": at.new},
    "set-rules": lambda at: {"room": at.room, "slow": 7},
    "try-judge": lambda at: {"room": at.room},
    "approve-message": lambda at: {"held": at.held, "room": at.room},
    "reject-message": lambda at: {"held": at.held, "room": at.room},
    "report-message": lambda at: {"message": at.message},
    "keep-message": lambda at: {"message": at.message},
    "pin-message": lambda at: {"message": at.message},
    "unpin-message": lambda at: {"message": at.message},
    "mute-user": lambda at: {"room": at.room, "user": at.fellow, "minutes": 5},
    "unmute-user": lambda at: {"room": at.room, "user": at.fellow},
    "withdraw-message": lambda at: {"held": at.held, "room": at.room},
    "archive-room": lambda at: {"room": at.room},
    "restore-room": lambda at: {"room": at.room},
    "remove-user": lambda at: {"room": at.room, "user": at.fellow},
    "ban-user": lambda at: {"room": at.room, "user": at.fellow},
    "unban-user": lambda at: {"room": at.room, "user": at.fellow},
    "set-room-role": lambda at: {"room": at.room, "user": at.fellow, "role": "moderator"},
    "open-direct": lambda at: {"users": at.subject},
    "set-profile": lambda at: {"title": at.new},
    "create-invitation": lambda at: {},
    "revoke-invitation": lambda at: {"invitation": at.link},
    "accept-invitation": lambda at: {"code": at.code},
    "end-session": lambda at: {"session": at.session},
    "end-other-sessions": lambda at: {},
    "create-user": lambda at: {"name": at.new},
    "set-role": lambda at: {"user": at.subject, "role": "member"},
    "disable-user": lambda at: {"user": at.subject},
    "enable-user": lambda at: {"user": at.subject},
    "erase-user": lambda at: {"user": at.subject},
    "sign-out-user": lambda at: {"user": at.subject},
    "change-place": lambda at: {"note": at.new},
    "create-site": lambda at: {"site": at.new, "origins": "https://blog.example"},
    "edit-site": lambda at: {"site": at.site, "title": at.new},
    "set-site-rules": lambda at: {"site": at.site, "slow": 7},
    "try-site-judge": lambda at: {"site": at.site},
    "renew-secret": lambda at: {"site": at.site},
    "set-support": lambda at: {"site": at.site, "enabled": "true"},
    "add-agent": lambda at: {"site": at.site, "user": at.subject},
    "remove-agent": lambda at: {"site": at.desk, "user": at.agent},
    "put-answer": lambda at: {"site": at.desk, "key": at.new, "text": "Hello"},
    "remove-answer": lambda at: {"site": at.desk, "key": "known"},
    "begin-conversation": lambda at: {"site": at.desk, "body": "hello"},
    "assign-conversation": lambda at: {"room": at.talk, "user": at.agent},
    "resolve-conversation": lambda at: {"room": at.talk},
    "snooze-conversation": lambda at: {"room": at.talk, "minutes": 60},
    "reopen-conversation": lambda at: {"room": at.talk},
    "tag-conversation": lambda at: {"room": at.talk, "tags": at.new},
    "rate-conversation": lambda at: {"room": at.mine, "rating": 5},
    "erase-person": lambda at: {"site": at.site, "sub": "7"},
    "create-bot": lambda at: {"user": at.new},
    "create-hook": lambda at: {"user": at.bot, "room": at.room},
    "revoke-hook": lambda at: {"hook": at.hook},
    "create-callback": lambda at: {"user": at.bot, "room": at.room, "url": "https://bot.example/"},
    "create-command": lambda at: {"user": at.bot, "command": at.new, "url": "https://bot.example/"},
    "enable-callback": lambda at: {"callback": at.callback},
    "revoke-callback": lambda at: {"callback": at.callback},
    "create-token": lambda at: {"user": at.subject, "scopes": "read"},
    "revoke-token": lambda at: {"token": at.token},
    "send-notification": lambda at: {"user": at.subject, "body": "hello"},
    "retract-notification": lambda at: {"user": at.told, "key": "known"},
    "read-notifications": lambda at: {"upto": 1},
    "see-notifications": lambda at: {"upto": 1},
    "read-notification": lambda at: {"notification": at.notification},
    "unread-notification": lambda at: {"notification": at.notification},
    "archive-notification": lambda at: {"notification": at.notification},
    "snooze-notification": lambda at: {"notification": at.notification},
    "press-action": lambda at: {"action": f"{at.notification}.1"},
    "set-tag-level": lambda at: {"tag": at.new, "level": "inbox"},
    "set-quiet-hours": lambda at: {"begins": "22:00", "ends": "07:00"},
}
"""How the form of each command is filled: a new command needs a line here, and nothing else."""
APART = {"read-room", "start-typing", "set-presence"}
"""What is no command that is stored: see the tests below."""
VOLATILE = {"sessions", "meta", "jobs"}


def fill(word: str) -> Fill:
    assert word in FILLED, f"Say in FILLED how the form of {word} is filled, so that its row of the table is tried."
    return FILLED[word]


@asynccontextmanager
async def place(data: Path, **settings: Any) -> AsyncIterator[Webchat]:
    app = create_app(Settings(data=data, limits=False, **settings))
    async with app.running():
        yield app


def facts(tx: Tx) -> dict[str, list[Any]]:
    """All that is stored, but for when somebody was here, and what the search makes of it in the background."""
    tables = [
        row[0] for row in tx.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'search%'")
    ]
    found = {}
    for table in set(tables) - VOLATILE:
        columns = [row[0] for row in tx.all(f"SELECT name FROM pragma_table_info('{table}')")]  # noqa: S608 - ours
        kept = ", ".join(column for column in columns if column != "seen")
        found[table] = tx.all(f"SELECT {kept} FROM {table} ORDER BY 1, 2")  # noqa: S608 - a name of ours
    return found


async def answered(app: Webchat, cases: Sequence[Case]) -> list[tuple[Case, Answer]]:
    """What each case is answered at its door."""
    found: list[tuple[Case, Answer]] = []
    for door, ask in DOORS.items():
        here = [case for case in cases if case.door == door]
        found += zip(here, await ask(app, [case.asked for case in here]), strict=True)
    return found


def otherwise(answers: list[tuple[Case, Answer]]) -> list[str]:
    """What the doors do that the table does not say."""
    return [
        f"{case.door}: {case.situation}: {answer.status} {answer.why[:200]}"
        for case, answer in answers
        if answer.done != case.allowed or answer.status >= 500
    ]


@pytest.mark.parametrize("word", sorted(PERMISSIONS.keys() - APART))
@pytest.mark.parametrize("welcome", [False, True], ids=["", "open-server"])
async def test_done_or_refused_as_the_table_says(tmp_path: Path, word: str, welcome: bool) -> None:
    async with place(tmp_path, open=welcome) as app:
        matrix = Matrix(app, word, fill(word), tuple(DOORS), welcome=welcome)
        cases, store = await matrix.cases(), app.state.house.store
        before = await store.read(facts)
        refused = await answered(app, [case for case in cases if not case.allowed])
        assert otherwise(refused) == []
        if not welcome:  # for whom a room that is not there may be made
            await looks_like_nothing(app, matrix, [(case, answer) for case, answer in refused if not case.seen])
        assert await store.read(facts) == before, "a refusal has changed something"
        assert otherwise(await answered(app, [case for case in cases if case.allowed])) == []


async def looks_like_nothing(app: Webchat, matrix: Matrix, unseen: list[tuple[Case, Answer]]) -> None:
    """What is not theirs answers as what is not there does: same status, same sentence, same page."""
    assert unseen or not matrix.needs & {"room", "message"}
    nothing = {(case.door, case.asked.cookie): matrix.nowhere(case) for case, _answer in unseen}
    for door, ask in DOORS.items():
        here = {cookie: asked for (at, cookie), asked in nothing.items() if at == door}
        said = dict(zip(here, await ask(app, list(here.values())), strict=True))
        for case, answer in unseen:
            if case.door == door:
                assert answer == said[case.asked.cookie], f"{door}: {case.situation}"


async def read(app: Webchat, case: Case) -> bool:
    """Whether a room's page and its socket let somebody read it; they agree."""
    slug = case.asked.form["room"]
    status, _headers, page = await request(app, f"/rooms/{slug}", case.asked.cookie)
    async with Socket(app, case.asked.cookie, slug) as socket:
        assert (status == 200) == (socket.code == 0), case.situation
    if status != 200 and not app.settings.open:
        elsewhere, _headers, nowhere = await request(app, "/rooms/nowhere", case.asked.cookie)
        assert (status, page) == (elsewhere, nowhere.replace("nowhere", slug)), case.situation
        assert socket.code == (4401 if case.situation.role == "guest" else 4403)
    return status == 200


async def types(app: Webchat, case: Case) -> bool:
    """Whether others are told that somebody writes. Nobody is told that it was refused."""
    slug = case.asked.form["room"]
    async with Socket(app, case.asked.cookie, slug) as socket:
        if socket.code:
            return False
        socket.send(case.asked.form)
        socket.send({"do": "nothing", "cid": "x" * 16})
        assert "nack" in await socket.answer(), "frames are answered in order, and the one before was not answered"
        return bool(app.state.house.presence._writers._rooms.get(slug))


@pytest.mark.parametrize("welcome", [False, True], ids=["", "open-server"])
@pytest.mark.parametrize(("word", "try_"), [("read-room", read), ("start-typing", types)], ids=["reading", "typing"])
async def test_reading_and_typing(tmp_path: Path, word: str, try_: Any, welcome: bool) -> None:
    async with place(tmp_path, open=welcome) as app:
        cases = await Matrix(app, word, lambda at: {"room": at.room}, ("page",), welcome=welcome).cases()
        wrong = [str(case.situation) for case in cases if await try_(app, case) != case.allowed]
        assert len(cases) > 20
        assert wrong == []


async def test_everybody_may_say_whether_a_page_is_used(tmp_path: Path) -> None:
    async with place(tmp_path) as app:
        cases = await Matrix(app, "set-presence", lambda at: {"state": "away"}, ("page",)).cases()
        for case in cases:
            async with Socket(app, case.asked.cookie, "hall" if case.situation.role == "guest" else "") as socket:
                socket.send(case.asked.form)
                socket.send({"do": "nothing", "cid": "x" * 16})
                assert "nack" in await socket.answer()
                away = not any(one.active for one in app.state.house.presence._everybody.values())
                assert away == case.allowed, case.situation


def test_no_row_and_no_command_is_left_out() -> None:
    assert set(FILLED) | APART == set(PERMISSIONS)
    assert set(WORDS) == set(PERMISSIONS) - {"read-room"}
