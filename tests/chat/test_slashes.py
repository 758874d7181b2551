"""Commands that people write, and what admins tie to bots: asked and not said, by whom it may be, for those who ask."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from tests.chat.programs import URL, Clock, Program, dice, offer, said
from webchat import commands as c
from webchat.chat import deliveries, slashes
from webchat.chat.deliveries import COMMAND_WAITS
from webchat.errors import Conflict, Forbidden, Malformed, NotFound
from webchat.outside.webhooks import Answer
from webchat.store import callbacks, notifications, rooms

pytestmark = pytest.mark.anyio


async def test_a_command_is_asked_and_not_said(place: Place, program: Program) -> None:
    await offer(place)
    command = c.PostMessage("lobby", "/roll 2 dice", new_cid())
    place.told.clear()
    done = [await place.do(place.bob, command) for _ in range(2)]
    assert (done[0].id, done[1].id, place.told, await said(place)) == (0, 0, [], [])
    assert done[0].note
    program.says('{"text": "6", "response_type": "in_channel"}', "application/json")
    await deliveries.do_some(program.caller)
    assert (program.heard, await said(place)) == (["/roll 2 dice"], ["6"])
    told = json.loads(program.calls[0].body)
    assert told["type"] == "command.used"
    assert told["data"]["user"] == {"id": place.bob.id, "name": "bob", "title": "Bob"}
    assert (await place.message(1)).author == (await dice(place)).id


async def test_only_who_asked_is_told(place: Place, program: Program, clock: Clock) -> None:
    await offer(place)
    await place.do(place.bob, c.PostMessage("lobby", "/roll", new_cid()))
    program.says('{"text": "6", "response_type": "ephemeral"}', "application/json")
    await deliveries.do_some(program.caller)
    await place.do(place.bob, c.PostMessage("lobby", "/roll again", new_cid()))
    for _ in range(len(COMMAND_WAITS) + 1):
        program.answers = [Answer(502)]
        await deliveries.do_some(program.caller)
        clock.at += 60_000
    told = await place.store.read(lambda tx: notifications.newest(tx, place.bob.id, 9))
    assert [(one.title, one.body) for one in told] == [("The Dice", "✗ /roll: HTTP 502"), ("The Dice", "6")]
    assert await said(place) == []
    assert not await deliveries.do_some(program.caller), "a command is not asked hours later"


@pytest.mark.parametrize(
    ("text", "posted"),
    [
        ("//roll", "/roll"),
        ("///roll", "//roll"),
        ("/etc/hosts is a file", "/etc/hosts is a file"),
        ("/", "/"),
        ("/ roll", "/ roll"),
        ("// a note", "// a note"),
        ("see /roll", "see /roll"),
    ],
)
async def test_what_is_text(place: Place, program: Program, text: str, posted: str) -> None:
    await offer(place)
    await place.say(place.bob, "lobby", text)
    assert await said(place) == [posted]


async def test_the_first_words_to_somebody_are_read_as_those_that_follow(place: Place, program: Program) -> None:
    await offer(place)
    for text in ("//roll", "//roll again"):  # before the room is there, and then
        with pytest.raises(NotFound, match="There is no command /roll here"):
            await place.do(place.bob, c.OpenDirect(("cat",), new_cid(), "/roll for cat"))
        room = await place.store.read(lambda tx: rooms.by_slug(tx, f"~{place.bob.id}.{place.cat.id}"))
        assert (room is None) == (text == "//roll")
        done = await place.do(place.bob, c.OpenDirect(("cat",), new_cid(), text))
    bodies = await place.store.read(
        lambda tx: tx.all("SELECT m.body FROM messages m JOIN rooms r ON r.id = m.room_id WHERE r.slug = $1", done.id)
    )
    assert bodies == [("/roll",), ("/roll again",)]


async def test_who_may_use_which(place: Place, program: Program) -> None:
    number = await offer(place)

    def asks(actor: Any, room: str, body: str) -> Callable[[], Any]:
        return lambda: place.do(actor, c.PostMessage(room, body, new_cid()))

    before = await place.everything()
    for ask in (
        asks(place.bob, "lobby", "/nothing"),
        asks(place.bob, "team", "/roll"),  # the bot is not there
        asks(place.dan, "team", "/roll"),
        asks(place.bob, "nowhere", "/roll"),
    ):
        with pytest.raises(NotFound):
            await ask()
    assert await place.everything() == before
    assert "begin it with //" in slashes.NO_SUCH
    await place.store.write(lambda tx: callbacks.disable(tx, number, 1, "x"))
    with pytest.raises(Conflict):
        await asks(place.bob, "lobby", "/roll")()
    bot = await dice(place)
    await asks(bot, "lobby", "/roll")()
    assert await said(place) == ["/roll"], "what programs say is text"


@pytest.mark.parametrize("url", ["http://dice.example/", "https://127.0.0.1/", "https://dice.example:22/", "x"])
async def test_what_is_no_address(place: Place, program: Program, url: str) -> None:
    for command in (c.CreateCallback("dice", "lobby", url, new_cid()), c.CreateCommand("dice", "x", url, new_cid())):
        before = await place.everything()
        with pytest.raises(Malformed):
            await place.do(place.ann, command)
        assert await place.everything() == before


@pytest.mark.parametrize("name", ["", "a b", "a/b", "a" * 33, "a.b", "//x"])
async def test_what_is_no_command(place: Place, program: Program, name: str) -> None:
    with pytest.raises(Malformed):
        await place.do(place.ann, c.CreateCommand("dice", name, URL, new_cid()))


async def test_a_room_that_the_admin_is_not_in(place: Place, program: Program) -> None:
    for command in (c.CreateHook("dice", "team", new_cid()), c.CreateCallback("dice", "team", URL, new_cid())):
        with pytest.raises(NotFound):
            await place.do(place.ann, command)
        with pytest.raises(Forbidden):
            await place.do(place.bob, command)
