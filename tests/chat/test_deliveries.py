"""What programs are owed: stored with the message, called in order, again if not taken, and no more in the end."""

import json
from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from tests.chat.programs import URL, Clock, Program, dice, hear, offer, said, state
from webchat import commands as c
from webchat.chat import Chat, callbacks as verbs, deliveries
from webchat.chat.deliveries import COMMAND_WAITS, LEASE, WAITS, Caller
from webchat.outside.webhooks import Answer, Call
from webchat.store import deliveries as stored, users

pytestmark = pytest.mark.anyio


async def test_what_is_said_is_told_in_order_and_the_answer_is_the_bots(place: Place, program: Program) -> None:
    number = await hear(place)
    for text in ("one", "two", "three"):
        await place.say(place.bob, "lobby", text)
    await place.say(place.bob, "team", "elsewhere")
    program.says("Heard **one**")
    assert await deliveries.do_some(program.caller)
    assert program.heard == ["one", "two", "three"]
    assert await said(place) == ["one", "two", "three", "Heard **one**"]
    told = json.loads(program.calls[0].body)
    assert told["type"] == "message.posted"
    assert told["data"]["room"] == {"room": "lobby", "title": "Lobby"}
    assert told["data"]["message"]["author"] == {"id": place.bob.id, "name": "bob", "title": "Bob"}
    assert len({call.id for call in program.calls}) == 3
    found = await state(place, number)
    assert (found.failures, found.status, found.waiting, found.disabled) == (0, 204, 0, 0)
    assert not await deliveries.do_some(program.caller)


async def test_no_bot_is_told_to_any(place: Place, program: Program) -> None:
    await hear(place)
    await place.do(place.ann, c.CreateBot("other", new_cid()))
    await place.do(place.ann, c.CreateCallback("other", "lobby", URL, new_cid()))
    other = await place.store.read(lambda tx: users.by_name(tx, "other"))
    for bot in (await dice(place), other):
        assert bot
        await place.say(bot, "lobby", "loop")
    assert not await deliveries.do_some(program.caller)
    await place.say(place.bob, "lobby", "go")
    for _ in range(2):
        program.says("answer")
    while await deliveries.do_some(program.caller):
        pass
    assert program.heard == ["go", "go"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("@dice hello", True),
        ("Hello, @Dice!", True),
        ("@dicey", False),
        ("ann@dice", False),
        ("dice", False),
        ("@dice-2", False),
    ],
)
async def test_only_what_names_it(place: Place, program: Program, text: str, told: bool) -> None:
    await hear(place, mentions=True)
    await place.say(place.bob, "lobby", text)
    assert await deliveries.do_some(program.caller) == told


async def test_what_is_not_taken_is_tried_again_with_the_same_id(place: Place, program: Program, clock: Clock) -> None:
    number = await hear(place)
    await place.say(place.bob, "lobby", "one")
    await place.say(place.bob, "lobby", "two")
    program.answers = [Answer(500, "", "text/plain", b"oh no"), Answer(0, "refused"), Answer(429, after=1000)]
    for wait in (WAITS[0], WAITS[1], 1_000_000):
        assert await deliveries.do_some(program.caller)
        clock.at += int(wait * 0.7)
        assert not await deliveries.do_some(program.caller), "too early"
        clock.at += int(wait * 0.6)
    found = await state(place, number)
    assert (found.failures, found.status, found.waiting) == (3, 429, 2)
    assert await deliveries.do_some(program.caller)
    assert program.heard == ["one"] * 4 + ["two"]
    assert len({(call.id, call.body) for call in program.calls}) == 2


async def test_in_the_end_it_is_called_no_more_until_an_admin_says_so(
    place: Place, program: Program, clock: Clock
) -> None:
    number = await hear(place)
    await place.say(place.bob, "lobby", "one")
    program.answers = [Answer(503, "", "text/plain", b"down")] * (len(WAITS) + 1)
    for _ in range(len(WAITS) + 1):
        assert await deliveries.do_some(program.caller)
        clock.at += 24 * 3_600_000
    found = await state(place, number)
    assert (found.disabled > 0, found.status, found.error, found.waiting) == (True, 503, "down", 1)
    await place.say(place.bob, "lobby", "two")
    assert not await deliveries.do_some(program.caller)
    await place.do(place.ann, c.EnableCallback(number, new_cid()))
    await place.say(place.bob, "lobby", "three")
    program.calls.clear()
    assert await deliveries.do_some(program.caller)
    assert program.heard == ["one", "three"]
    program.answers = [Answer(410)]
    await place.say(place.bob, "lobby", "four")
    await deliveries.do_some(program.caller)
    assert (await state(place, number)).disabled, "gone is gone"


async def test_a_process_that_dies_owes_it_still(place: Place, program: Program, clock: Clock) -> None:
    """Once between the commit and the call, and once in the middle of it, answered but not noted: it is called again
    under the same id, and what it answers is posted once."""
    await hear(place)
    await place.say(place.bob, "lobby", "one")
    place.store.close()
    place.store = place.reopen()
    place.chat = Chat(place.store, place.told.append)
    program.caller = Caller(place.store, place.chat, program.deliver)

    async def killed(call: Call, _at: int) -> Answer:
        program.calls.append(call)
        program.says("answer")
        return program.answers.pop(0)

    def lost(*_anything: object, **_more: object) -> None:
        raise RuntimeError("killed")

    taken, deliveries._taken = deliveries._taken, lost
    try:
        await deliveries.do_some(program.caller._replace(deliver=killed))
    finally:
        deliveries._taken = taken
    assert await said(place) == ["one", "answer"]
    assert not await deliveries.do_some(program.caller), "the lease is another process's"
    clock.at += LEASE + 1
    program.says("answer")
    assert await deliveries.do_some(program.caller)
    assert len({call.id for call in program.calls}) == 1
    assert await said(place) == ["one", "answer"]


async def test_what_is_not_theirs_any_more_is_not_told(place: Place, program: Program) -> None:
    await hear(place)
    gone = await place.say(place.bob, "lobby", "deleted")
    await place.do(place.bob, c.DeleteMessage(gone.id, new_cid()))
    await place.say(place.bob, "lobby", "kept")
    await deliveries.do_some(program.caller)
    await place.say(place.bob, "lobby", "said before")
    await place.do(place.ann, c.RemoveUser("lobby", "dice", new_cid()))
    await place.say(place.bob, "lobby", "said after")
    await deliveries.do_some(program.caller)
    assert program.heard == ["kept"]


@pytest.mark.parametrize("kind", [c.DisableUser, c.RemoveUser, c.RevokeCallback])
async def test_an_answer_that_comes_too_late_is_not_said(place: Place, program: Program, kind: Any) -> None:
    """The bot, or its call, is taken away while its program thinks."""
    number = await hear(place)
    ends: dict[Any, Any] = {
        c.DisableUser: c.DisableUser("dice", new_cid()),
        c.RemoveUser: c.RemoveUser("lobby", "dice", new_cid()),
        c.RevokeCallback: c.RevokeCallback(number, new_cid()),
    }
    await place.say(place.bob, "lobby", "one")

    async def slowly(_call: Call, _at: int) -> Answer:
        await place.do(place.ann, ends[kind])
        return Answer(200, "", "text/plain", b"too late")

    await deliveries.do_some(program.caller._replace(deliver=slowly))
    assert await said(place) == ["one"]


async def test_too_many_that_wait_end_it(place: Place, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbs, "WAITING", 2)
    number = await hear(place)
    for _ in range(4):
        await place.say(place.bob, "lobby", "x")
    found = await state(place, number)
    assert (found.waiting, found.disabled > 0, found.error) == (2, True, verbs.TOO_MANY)


@pytest.mark.parametrize(
    ("kind", "body", "posted", "why"),
    [
        ("application/json", '{"text": "hi"}', "hi", ""),
        ("application/json", '{"ok": true}', "", ""),
        ("application/json", "", "", ""),
        ("application/json", "{", "", "The answer is neither"),
        ("application/json", '{"text": 5}', "", "The answer is neither"),
        ("text/plain; charset=utf-8", "你好", "你好", ""),
        ("text/plain", "  ", "", ""),
        ("text/html", "<p>ok</p>", "", ""),
        ("", "ok", "", ""),
        ("text/plain", "x" * 10_001, "", "That is too long"),
        ("text/plain", "a\0b", "", "The text contains characters"),
        ("text/plain", "/roll", "/roll", ""),
    ],
)
async def test_what_an_answer_says(place: Place, program: Program, kind: str, body: str, posted: str, why: str) -> None:
    number = await hear(place)
    await place.say(place.bob, "lobby", "one")
    program.says(body, kind)
    await deliveries.do_some(program.caller)
    assert await said(place) == ["one", *([posted] if posted else [])]
    assert (await state(place, number)).error.startswith(why)


async def test_two_processes_do_not_call_at_once(place: Place, program: Program, clock: Clock) -> None:
    await hear(place)
    await place.say(place.bob, "lobby", "one")
    at = clock.at
    leased = [await place.store.write(lambda tx: stored.lease(tx, at, at + LEASE, 9)) for _ in range(2)]
    assert [len(one) for one in leased] == [1, 0]


async def test_after_a_command_that_is_given_up_nobody_else_takes_the_next(
    place: Place, program: Program, clock: Clock
) -> None:
    await offer(place)
    for text in ("/roll one", "/roll two"):
        await place.do(place.bob, c.PostMessage("lobby", text, new_cid()))
    others: list[int] = []

    async def deliver(call: Call, at: int) -> Answer:
        others.extend(await place.store.write(lambda tx: stored.lease(tx, clock.at, clock.at + LEASE, 9)))
        await program.deliver(call, at)
        return Answer(500)

    caller = program.caller._replace(deliver=deliver)
    while await deliveries.do_some(caller):
        clock.at += 2 * max(COMMAND_WAITS)
    assert program.heard == ["/roll one"] * 3 + ["/roll two"] * 3
    assert others == []
