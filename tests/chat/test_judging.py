"""A program elsewhere that judges what is said before it appears."""

import asyncio
import json

import pytest

from tests.chat.conftest import new_cid
from tests.chat.courts import GUS, Court
from webchat import commands as c
from webchat.chat import judging, rights
from webchat.chat.holding import author
from webchat.errors import Conflict, Forbidden, TooFast
from webchat.outside import webhooks
from webchat.queued import HeldChanged
from webchat.rules import Verdict
from webchat.store import held as stored_held

pytestmark = pytest.mark.anyio


async def test_what_it_allows_is_posted_and_it_is_told_who_says_what_where(court: Court) -> None:
    court.says("allow")
    number = await court.ask("Hello")
    assert (await court.place.message(number)).body == "Hello"
    (got,) = court.receiver.got
    told = json.loads(got.body)
    assert (told["type"], told["data"]["room"]["room"]) == ("message.written", "lobby")
    author = {"id": court.place.bob.id, "name": "bob", "title": "Bob"}
    assert told["data"]["message"] == {"body": "Hello", "edits": None, "author": author}
    call = webhooks.Call(court.receiver.url, court.secret, got.headers["webhook-id"], got.body)
    at = int(got.headers["webhook-timestamp"])
    assert got.headers["webhook-signature"] == webhooks.signature(call, at)
    assert court.metrics.judged["allow"] == 1


async def test_it_is_told_no_address_of_a_guest(court: Court) -> None:
    await court.place.do(court.place.ann, c.EditRoom("lobby", new_cid(), guests="write"))
    court.says("allow")
    await court.ask("Hello", GUS)
    body = court.receiver.got[0].body.decode()
    assert json.loads(body)["data"]["message"]["author"] == {"id": 0, "name": "", "title": "Gus"}
    assert not any(secret in body for secret in (GUS.key, GUS.network, GUS.email))


async def test_what_it_holds_waits_and_only_moderators_see_why(court: Court) -> None:
    court.says("hold", "Looks\nlike  spam")
    assert await court.ask("Buy this") == 0
    (held,) = await court.place.store.read(lambda tx: stored_held.waiting(tx, 1, 10))
    assert (held.body, held.why) == ("Buy this", "Looks like spam")
    assert [event.held.why for event in court.place.told if isinstance(event, HeldChanged)] == [""]
    kept = await court.place.store.read(lambda tx: rights.facts(tx, author(court.place.bob)))
    assert [line["why"] for line in kept.lines if line["kind"] == "held"] == [""]
    await court.place.do(court.place.ann, c.ApproveMessage(held.id, "lobby", new_cid()))
    assert (await court.place.room("lobby")).seq == 1
    assert court.asked == ["Buy this"]


@pytest.mark.parametrize(("reason", "said"), [("Be kind, please", "not let in: Be kind"), ("", "Say it differently")])
async def test_what_it_rejects_is_not_posted_and_its_author_reads_why(court: Court, reason: str, said: str) -> None:
    before = await court.place.everything()
    court.says("reject", reason)
    with pytest.raises(Forbidden, match=said):
        await court.ask("You fool")
    assert (await court.place.everything(), court.place.told) == (before, [])


@pytest.mark.alone
@pytest.mark.parametrize("budget", [judging.BUDGET])
@pytest.mark.parametrize(("unjudged", "seq"), [("allow", 1), ("hold", 0)])
async def test_a_judge_that_is_late_keeps_nobody_waiting(court: Court, unjudged: str, seq: int) -> None:
    over = asyncio.Event()

    async def hang(_writer: asyncio.StreamWriter) -> None:
        await over.wait()

    await court.opens(unjudged=unjudged)
    court.receiver.behave = hang
    began = asyncio.get_running_loop().time()
    number = await court.ask("Hello")
    assert asyncio.get_running_loop().time() - began < 0.5 + judging.BUDGET
    over.set()
    assert ((await court.place.room("lobby")).seq, number > 0) == (seq, seq > 0)
    judge = await court.judge()
    assert (judge.error, judge.failed > 0, judge.resting) == ("No answer within 0.3 seconds.", True, 0)
    assert court.metrics.judged["failed"] == 1


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (webhooks.Answer(200, "", "", b'{"action":"allow"}'), Verdict("allow")),
        (webhooks.Answer(201, "", "", b'{"action":"hold","reason":"x","more":1}'), Verdict("hold", "x")),
        (webhooks.Answer(200, "", "", b'{"action":"reject","reason":"' + b"x" * 999 + b'"}'), None),
        (webhooks.Answer(200, "", "", b'{"action":"drop"}'), judging.NO_VERDICT),
        (webhooks.Answer(200, "", "", b'{"action":"hold","reason":"\\u0000"}'), Verdict("hold")),
        (webhooks.Answer(200, "", "", b'{"action":"allow","reason":null}'), Verdict("allow")),
        (webhooks.Answer(200, "", "", b'{"action":"reject","reason":"so: \\ud83d"}'), Verdict("reject")),
        (webhooks.Answer(200, "", "", b'{"reason":"x"}'), judging.NO_VERDICT),
        (webhooks.Answer(200, "", "", b"[" * 100_000), judging.NO_VERDICT),
        (webhooks.Answer(200, "", "", b'{"action":"\xff"}'), judging.NO_VERDICT),
        (webhooks.Answer(204), judging.NO_VERDICT),
        (webhooks.Answer(302, "", "", b'{"action":"allow"}'), "HTTP 302"),
        (webhooks.Answer(200, "The answer is too long."), "The answer is too long."),
        (webhooks.Answer(0, "x" * 999), "x" * judging.LONGEST_WHY),
    ],
)
def test_what_an_answer_means(answer: webhooks.Answer, verdict: Verdict | str | None) -> None:
    expected = Verdict("reject", "x" * judging.LONGEST_REASON) if verdict is None else verdict
    assert judging.read(answer) == expected


def test_a_reason_that_is_cut_ends_what_turns_it_around() -> None:
    said = json.dumps({"action": "hold", "reason": "\u202e" + "x" * 999})
    verdict = judging.read(webhooks.Answer(200, "", "", said.encode()))
    assert isinstance(verdict, Verdict)
    assert verdict.reason.endswith("x\u202c")


async def test_one_authors_posts_keep_their_order_and_nobody_else_waits(court: Court) -> None:
    second = asyncio.Event()

    async def judge(writer: asyncio.StreamWriter) -> None:
        text = court.asked[-1]
        if text == "one":
            await second.wait()
        body = b'{"action":"allow"}'
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()

    court.receiver.behave = judge
    place = court.place
    asked = [place.chat.begin(place.bob, c.PostMessage("lobby", text, new_cid())) for text in ("one", "two", "three")]
    assert (await place.message(await court.ask("dan's", place.dan))).seq == 1
    second.set()
    seqs = [(await place.message(int((await one).id))).seq for one in asked]
    assert seqs == [2, 3, 4]


async def test_what_was_sent_twice_is_posted_once(court: Court) -> None:
    for _ in range(3):
        court.says("allow")
    command = c.PostMessage("lobby", "Hello", new_cid())
    asked = [court.place.chat.begin(court.place.bob, command) for _ in range(2)]
    first, again = [int((await one).id) for one in asked]
    assert (first, (await court.place.room("lobby")).seq) == (again, 1)
    assert (await court.place.do(court.place.bob, command)).id == first
    assert len({got.headers["webhook-id"] for got in court.receiver.got}) == 1


async def test_who_gave_up_waiting_has_said_it_all_the_same(court: Court) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def judge(writer: asyncio.StreamWriter) -> None:
        asked.set()
        await answer.wait()
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{"action":"allow"}')
        await writer.drain()

    court.receiver.behave = judge
    doing = asyncio.ensure_future(court.place.chat.begin(court.place.bob, c.PostMessage("lobby", "one", new_cid())))
    await asked.wait()
    doing.cancel()
    answer.set()
    await court.ask("two")
    assert (await court.place.room("lobby")).seq == 2


async def test_the_rooms_own_rules_come_first_and_hold_what_it_allows(court: Court) -> None:
    await court.opens(words=("bad",), slow=60)
    with pytest.raises(Forbidden, match="of the words"):
        await court.ask("bad")
    assert court.asked == []
    court.says("reject", "No")
    with pytest.raises(Forbidden, match="No"):
        await court.ask("Hello")  # which makes nobody wait
    court.says("allow")
    assert await court.ask("Hello") > 0
    with pytest.raises(TooFast):
        await court.ask("Hello")
    assert len(court.asked) == 2
    await court.opens(hold="all", slow=0)
    court.says("allow")
    assert await court.ask("Hello") == 0


async def test_moderators_and_programs_are_not_judged(court: Court) -> None:
    dice = await court.place.person("Dice", "bot")
    for actor in (court.place.ann, dice):
        assert await court.ask("Hello", actor) > 0
    assert court.asked == []


async def test_edits_are_judged_and_do_not_wait(court: Court) -> None:
    court.says("allow")
    message = await court.place.message(await court.ask("Hello"))
    edit = c.EditMessage(message.id, "Other", message.said, new_cid())
    for action, why in (("reject", "not let in: No"), ("hold", "waits for a moderator")):
        court.says(action, "No")
        with pytest.raises(Forbidden, match=why):
            await court.place.do(court.place.bob, edit)
    court.says("allow")
    await court.place.do(court.place.bob, edit)
    assert (await court.place.message(message.id)).body == "Other"
    assert json.loads(court.receiver.got[-1].body)["data"]["message"]["edits"] == message.id
    with pytest.raises(Conflict, match="edited elsewhere"):
        await court.place.do(court.place.bob, c.EditMessage(message.id, "Third", message.said, new_cid()))
    assert len(court.asked) == 4


async def test_a_judge_that_fails_rests_and_is_tried_again(court: Court, monkeypatch: pytest.MonkeyPatch) -> None:
    at = 1000.0
    monkeypatch.setattr(judging, "monotonic", lambda: at)
    for number in range(judging.FAILURES):
        assert (await court.judge()).resting == 0
        court.receiver.says("broken", status=500)
        assert await court.ask(f"{number}") == 0
    assert await court.ask("not asked") == 0
    assert (len(court.asked), court.metrics.judged["skipped"]) == (judging.FAILURES, 1)
    judge = await court.judge()
    assert (judge.error, judge.resting > judge.failed) == ("HTTP 500", True)
    at += judging.REST
    court.receiver.says("broken", status=500)
    for text in ("tried", "not asked either"):
        assert await court.ask(text) == 0
    assert court.asked[-1] == "tried"
    at += judging.REST
    for text in ("works", "works on"):
        court.says("allow")
        assert await court.ask(text) > 0
    judge = await court.judge()
    assert (judge.resting, judge.error) == (0, "HTTP 500")
