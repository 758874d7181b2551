"""Moderators who do not look are told what waits: a little later, once, as it stands then, and no more when it is
over."""

from typing import Any

import anyio
import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import alerts, chores, decisions
from webchat.chat.alerts import SOON, Waiting
from webchat.chat.clock import now
from webchat.errors import Forbidden, NotFound
from webchat.notices import Notification
from webchat.store import acts as stored_acts, held, notifications as stored

pytestmark = pytest.mark.anyio
SECRET = b"secret"


@pytest.fixture
async def team(place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """`place`, in whose room team everything waits, and time has come for what is owed."""
    await place.do(place.cat, c.SetRules("team", new_cid(), hold="all"))
    monkeypatch.setattr(chores, "now", lambda: now() + SOON + 1000)
    return place


async def inbox(place: Place, user: Any) -> list[Notification]:
    """What somebody was told."""
    while await chores.do_one(place.store, place.told.append):
        pass
    return await place.store.read(lambda tx: stored.newest(tx, user.id, 10))


async def post(place: Place, body: str = "Please") -> int:
    cid = new_cid()
    await place.do(place.bob, c.PostMessage("team", body, cid))
    found = await place.store.read(lambda tx: held.sent(tx, place.bob.id, cid))
    assert found
    return found.id


def link(place: Place, user: Any, number: int, kind: Any = "held") -> decisions.Link:
    links = decisions.Links(SECRET)
    return links.read(links.code(user.id, Waiting(0, kind, number, "", "")))


async def test_they_are_told_once_of_all_that_came_meanwhile_and_nobody_else_is(team: Place) -> None:
    for _ in range(3):
        await post(team, "a secret")
    [told] = await inbox(team, team.cat)
    assert (told.title, told.body, told.tags) == ("team", "⏳ 3", ("moderation",))
    assert (told.click, told.everyone) == ("/rooms/team/queue", False)
    assert await inbox(team, team.bob) == await inbox(team, team.ann) == await inbox(team, team.dan) == []


async def test_the_next_takes_its_place_and_nothing_is_left_of_it_in_the_end(team: Place) -> None:
    numbers = [await post(team)]
    [first] = await inbox(team, team.cat)
    numbers += [await post(team)]
    [second] = await inbox(team, team.cat)
    assert (second.id > first.id, second.body) == (True, "⏳ 2")
    await team.do(team.cat, c.ApproveMessage(numbers[0], "team", new_cid()))
    assert len(await inbox(team, team.cat)) == 1
    await team.do(team.bob, c.WithdrawMessage(numbers[1], "team", new_cid()))
    assert await inbox(team, team.cat) == []


async def test_what_is_decided_in_time_is_told_to_nobody(team: Place) -> None:
    await team.do(team.cat, c.RejectMessage(await post(team), "team", new_cid()))
    assert await inbox(team, team.cat) == []
    assert await team.store.read(lambda tx: tx.all("SELECT * FROM alerts")) == []


async def test_reports_are_told_and_what_waits_after_a_restart(team: Place) -> None:
    await team.do(team.cat, c.SetRules("team", new_cid(), hold="none"))
    message = await team.say(team.cat, "team", "Something bad")
    await team.do(team.bob, c.ReportMessage(message.id, new_cid(), "It is bad"))
    team.store.close()
    team.store = team.reopen()
    [told] = await inbox(team, team.cat)
    [about] = await team.store.read(lambda tx: alerts.waiting(tx, team.cat, [told]))
    assert about == Waiting(told.id, "reported", message.id, "Cat", "Something bad")


async def test_a_letter_shows_what_waits_to_moderators_only(team: Place) -> None:
    for number in range(alerts.SHOWN + 2):
        await post(team, f"text {number}")
    [told] = await inbox(team, team.cat)

    async def shown(user: Any, one: Notification = told) -> list[str]:
        return [about.body for about in await team.store.read(lambda tx: alerts.waiting(tx, user, [one]))]

    assert await shown(team.cat) == [f"text {number}" for number in range(alerts.SHOWN)]
    assert await shown(team.bob) == await shown(team.dan) == [], "whatever a program told them under such a key"
    for key in ("queue-", "queue-x", f"queue-{'9' * 60}", "queue-99", "", "support-1"):
        assert await shown(team.cat, Notification(1, "", "x", 0, key=key, tags=("moderation",))) == []


async def test_of_two_who_decide_at_once_one_is_first_and_the_other_is_told(team: Place) -> None:
    number = await post(team)
    await team.do(team.cat, c.SetRoomRole("team", "bob", "moderator", new_cid()))
    both = [(link(team, team.cat, number), "approve-message"), (link(team, team.bob, number), "reject-message")]

    async def decide(mine: decisions.Link, do: str) -> None:
        await team.chat.commit(lambda tx: decisions.decide(tx, mine, do))

    async with anyio.create_task_group() as together:
        for one in both:
            together.start_soon(decide, *one)
    acts = await team.store.read(lambda tx: [act for act in stored_acts.newest(tx, 99, 9) if act.whom == "Bob"])
    [first] = [act for act in acts if act.what in ("approve-message", "reject-message")]
    verb = "approved" if first.what == "approve-message" else "rejected"
    for mine, _do in both:
        case = await team.store.read(lambda tx, it=mine: decisions.look(tx, it))  # type: ignore[misc]
        assert case.decided
        told = case.decided.sentence % case.decided.values
        assert (case.body, told) == ("", f"{first.title} has {verb} this message.")


async def test_who_may_is_asked_when_they_do(team: Place) -> None:
    number = await post(team)
    mine, absent = link(team, team.cat, number), link(team, team.dan, number)
    before = await team.everything()
    for somebody, why in ((link(team, team.bob, number), Forbidden), (absent, NotFound)):
        with pytest.raises(why):
            await team.chat.commit(lambda tx, it=somebody: decisions.decide(tx, it, "approve-message"))  # type: ignore[misc]
    for gone in (link(team, team.cat, 99), link(team, team.cat, 99, "reported")):
        with pytest.raises(NotFound):
            await team.store.read(lambda tx, it=gone: decisions.look(tx, it))  # type: ignore[misc]
    assert await team.everything() == before
    await team.do(team.cat, c.ArchiveRoom("team", new_cid()))
    with pytest.raises(Forbidden):
        await team.chat.commit(lambda tx: decisions.decide(tx, mine, "approve-message"))


async def test_a_message_that_its_author_deleted_says_so(team: Place) -> None:
    await team.do(team.cat, c.SetRules("team", new_cid(), hold="none"))
    message = await team.say(team.bob, "team", "Something bad")
    await team.do(team.cat, c.ReportMessage(message.id, new_cid()))
    await team.do(team.bob, c.DeleteMessage(message.id, new_cid()))
    mine = link(team, team.cat, message.id, "reported")
    await team.chat.commit(lambda tx: decisions.decide(tx, mine, "keep-message"))
    case = await team.store.read(lambda tx: decisions.look(tx, mine))
    assert case.decided
    assert (case.body, case.decided.sentence) == ("", "This message was deleted.")
