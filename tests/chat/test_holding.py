"""What waits for a moderator: who sees it, and what becomes of it once."""

from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import Chat, chores, holding
from webchat.errors import Conflict, Forbidden, NotFound, Refused, SignInNeeded, TooFast
from webchat.events import MessagePosted
from webchat.queued import HeldChanged, QueueChanged
from webchat.rules import Held
from webchat.store import held as stored, messages

pytestmark = pytest.mark.anyio


@pytest.fixture
async def team(place: Place) -> Place:
    """`place`, in whose room team everything waits."""
    await place.do(place.cat, c.SetRules("team", new_cid(), hold="all"))
    place.told.clear()
    return place


async def post(place: Place, actor: Any, body: str = "Please", cid: str = "") -> Held:
    """Say something that waits."""
    cid = cid or new_cid()
    done = await place.do(actor, c.PostMessage("team", body, cid))
    assert (done.id, done.note) == (0, holding.WAITS)
    held = await place.store.read(lambda tx: stored.sent(tx, actor.id, cid))
    assert held
    return held


async def test_what_waits_is_not_in_the_room_and_is_told_to_its_author_and_moderators(team: Place) -> None:
    before = await team.room("team")
    held = await post(team, team.bob, "Please @cat")
    after = await team.room("team")
    assert (after.rev, after.seq) == (before.rev, before.seq)
    mine, theirs = team.told
    assert isinstance(mine, HeldChanged)
    assert isinstance(theirs, QueueChanged)
    assert (mine.topic.id, mine.held.body) == (str(team.bob.id), "Please @cat")
    assert (theirs.user, theirs.count, theirs.slug) == (team.cat.id, 1, "team")
    assert theirs.held
    assert (theirs.held.id, theirs.held.body) == (held.id, "Please @cat")
    assert held.cid not in str(team.told)


async def test_an_approval_posts_it_in_its_authors_name(team: Place) -> None:
    cid = new_cid()
    held = await post(team, team.bob, "Please @cat", cid)
    team.told.clear()
    number = (await team.do(team.cat, c.ApproveMessage(held.id, "team", new_cid()))).id
    message = await team.message(int(number))
    assert (message.author, message.title, message.cid, message.seq, message.body) == (
        team.bob.id,
        "Bob",
        cid,
        1,
        "Please @cat",
    )
    assert message.html == '<p>Please <a href="/direct/cat">@cat</a></p>'
    assert message.at >= held.at
    kinds = [type(event).__name__ for event in team.told]
    assert kinds == ["MessagePosted", "MentionsChanged", "HeldChanged", "QueueChanged"]
    assert (await team.do(team.bob, c.PostMessage("team", "Please @cat", cid))).id == number
    assert await team.store.read(lambda tx: stored.how_many(tx, 2)) == 0


async def test_it_is_approved_once_by_two_at_once_and_after_a_restart(team: Place) -> None:
    held = await post(team, team.bob)
    await team.do(team.cat, c.SetRoomRole("team", "bob", "moderator", new_cid()))
    command = c.ApproveMessage(held.id, "team", new_cid())
    both = [team.chat.begin(team.cat, command), team.chat.begin(team.bob, c.ApproveMessage(held.id, "team", new_cid()))]
    numbers = {(await one).id for one in both}
    team.store.close()
    team.store = team.reopen()
    team.chat = Chat(team.store, team.told.append)
    numbers.add((await team.do(team.cat, command)).id)
    numbers.add((await team.do(team.cat, c.ApproveMessage(held.id, "team", new_cid()))).id)
    assert len(numbers) == 1
    assert len([event for event in team.told if isinstance(event, MessagePosted)]) == 1
    with pytest.raises(Conflict, match="is approved"):
        await team.do(team.cat, c.RejectMessage(held.id, "team", new_cid()))


async def test_what_is_rejected_is_told_to_its_author_with_the_reason(team: Place) -> None:
    cid = new_cid()
    held = await post(team, team.bob, cid=cid)
    team.told.clear()
    for _ in range(2):
        await team.do(team.cat, c.RejectMessage(held.id, "team", new_cid(), "Not\nhere"))
    mine, theirs = team.told
    assert isinstance(mine, HeldChanged)
    assert isinstance(theirs, QueueChanged)
    assert (mine.held.state, mine.held.why, theirs.gone, theirs.count) == ("rejected", "Not here", held.id, 0)
    with pytest.raises(Conflict, match="is rejected"):
        await team.do(team.cat, c.ApproveMessage(held.id, "team", new_cid()))
    assert (await team.do(team.bob, c.PostMessage("team", "Please", cid))).id == 0
    [shown] = await team.store.read(lambda tx: stored.of(tx, 2, team.bob.id, ""))
    assert (shown.body, shown.why) == ("Please", "Not here")
    await team.do(team.bob, c.WithdrawMessage(held.id, "team", new_cid()))
    assert await team.store.read(lambda tx: stored.of(tx, 2, team.bob.id, "")) == []


async def test_who_lost_the_role_meanwhile_decides_nothing(team: Place) -> None:
    held = await post(team, team.bob)
    await team.do(team.cat, c.SetRoomRole("team", "cat", "member", new_cid()))
    before = await team.everything()
    team.told.clear()
    for command in (c.ApproveMessage(held.id, "team", new_cid()), c.RejectMessage(held.id, "team", new_cid())):
        with pytest.raises(Forbidden):
            await team.do(team.cat, command)
    assert (await team.everything(), team.told) == (before, [])
    await post(team, team.bob)
    assert not [event for event in team.told if isinstance(event, QueueChanged)], "nobody moderates this room"


async def test_only_its_author_takes_it_back(team: Place) -> None:
    held = await post(team, team.bob)
    with pytest.raises(NotFound):
        await team.do(team.cat, c.WithdrawMessage(held.id, "team", new_cid()))
    for _ in range(2):
        await team.do(team.bob, c.WithdrawMessage(held.id, "team", new_cid()))
    with pytest.raises(Conflict, match="taken this message back"):
        await team.do(team.cat, c.ApproveMessage(held.id, "team", new_cid()))
    approved = await post(team, team.bob)
    await team.do(team.cat, c.ApproveMessage(approved.id, "team", new_cid()))
    with pytest.raises(Conflict):
        await team.do(team.bob, c.WithdrawMessage(approved.id, "team", new_cid()))


async def test_a_guest_waits_and_hears_of_it_by_a_topic_of_that_guest(team: Place) -> None:
    await team.do(team.cat, c.EditRoom("team", new_cid(), guests="write"))
    team.told.clear()
    cid = new_cid()
    held = await post(team, team.guest, cid=cid)
    [mine] = [event for event in team.told if isinstance(event, HeldChanged)]
    assert mine.topic.id == team.guest.key
    others = [event for event in team.told if isinstance(event, QueueChanged)]
    assert {event.user for event in others} == {team.cat.id, team.ann.id}, "who looks after the place sees it now"
    assert team.guest.key not in str(others)
    with pytest.raises(Conflict):
        await team.do(team.welcome, c.PostMessage("team", "mine", cid))
    with pytest.raises(NotFound):
        await team.do(team.welcome, c.WithdrawMessage(held.id, "team", new_cid()))
    message = await team.message(int((await team.do(team.cat, c.ApproveMessage(held.id, "team", new_cid()))).id))
    assert (message.author, message.guest, message.title) == (0, team.guest.key, "Gus")
    await team.do(team.guest, c.DeleteMessage(message.id, new_cid()))


async def test_first_messages_wait_until_their_author_is_known(place: Place) -> None:
    await place.do(place.cat, c.SetRules("team", new_cid(), hold="first", known=1))
    held = await post(place, place.bob)
    await post(place, place.bob, "A second one, of who is not known yet")
    await place.do(place.cat, c.ApproveMessage(held.id, "team", new_cid()))
    message = await place.say(place.bob, "team", "At once")
    await place.do(place.bob, c.EditMessage(message.id, "Better", message.said, new_cid()))
    await place.say(place.cat, "team", "Who moderates never waits")


async def test_what_was_approved_stays_what_it_was(team: Place) -> None:
    held = await post(team, team.bob)
    message = await team.message(int((await team.do(team.cat, c.ApproveMessage(held.id, "team", new_cid()))).id))
    with pytest.raises(Forbidden, match="waits for a moderator"):
        await team.do(team.bob, c.EditMessage(message.id, "Something bad", message.said, new_cid()))


async def test_other_rules_are_kept_before_it_waits(team: Place) -> None:
    await team.do(team.cat, c.SetRules("team", new_cid(), slow=60, words=("bad",)))
    with pytest.raises(Forbidden):
        await post(team, team.bob, "bad")
    await post(team, team.bob)
    with pytest.raises(TooFast):
        await post(team, team.bob)


async def test_only_so_much_waits(team: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "MOST_OF_ONE", 2)
    for _ in range(2):
        await post(team, team.bob)
    before = await team.everything()
    with pytest.raises(TooFast, match="of your messages"):
        await post(team, team.bob)
    monkeypatch.setattr(holding, "MOST", 2)
    await team.do(team.cat, c.InviteUser("team", "dan", new_cid()))
    with pytest.raises(TooFast, match="moderators of this room"):
        await post(team, team.dan)
    assert [row for row in before if "waiting" in row] == [row for row in await team.everything() if "waiting" in row]


async def test_who_is_banned_has_nothing_waiting(team: Place) -> None:
    held = await post(team, team.bob)
    await team.do(team.cat, c.BanUser("team", "bob", new_cid()))
    with pytest.raises(Conflict):
        await team.do(team.cat, c.ApproveMessage(held.id, "team", new_cid()))


async def test_what_waits_goes_on_waiting_when_the_rule_ends(team: Place) -> None:
    cid = new_cid()
    held = await post(team, team.bob, cid=cid)
    await team.do(team.cat, c.SetRules("team", new_cid(), hold="none"))
    await team.say(team.bob, "team", "At once")
    assert (await team.do(team.bob, c.PostMessage("team", "Please", cid))).id == 0
    await team.do(team.cat, c.ApproveMessage(held.id, "team", new_cid()))
    found = await team.store.read(lambda tx: messages.posted(tx, team.bob.id, cid))
    assert found


async def test_what_is_over_is_forgotten_after_a_time(team: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    held, kept = await post(team, team.bob), await post(team, team.bob)
    await team.do(team.cat, c.RejectMessage(held.id, "team", new_cid()))
    later = held.at + chores.RECEIPTS + 1
    monkeypatch.setattr(chores, "now", lambda: later + 1)
    await team.store.write(chores.sweep)
    assert [row[0] for row in await team.store.read(lambda tx: tx.all("SELECT id FROM held"))] == [kept.id]


@pytest.mark.parametrize("kind", [c.ApproveMessage, c.RejectMessage])
@pytest.mark.parametrize(
    ("actor", "room", "why"),
    [
        ("guest", "team", SignInNeeded),
        ("bob", "team", Forbidden),
        ("ann", "team", NotFound),
        ("dan", "team", NotFound),
        ("cat", "nowhere", NotFound),
        ("cat", "own", NotFound),
    ],
)
async def test_who_may_not_decides_nothing(team: Place, kind: Any, actor: str, room: str, why: type[Refused]) -> None:
    await team.do(team.cat, c.CreateRoom("own", new_cid()))
    held = await post(team, team.bob)
    before = await team.everything()
    team.told.clear()
    with pytest.raises(why):
        await team.do(getattr(team, actor), kind(held.id, room, new_cid()))
    assert (await team.everything(), team.told) == (before, [])


@pytest.mark.parametrize("end", [c.RejectMessage, c.WithdrawMessage])
async def test_what_was_not_posted_is_not_when_the_room_asks_nothing_any_more(team: Place, end: Any) -> None:
    cid = new_cid()
    held = await post(team, team.bob, cid=cid)
    await team.do(team.cat if end is c.RejectMessage else team.bob, end(held.id, "team", new_cid()))
    await team.do(team.cat, c.SetRules("team", new_cid(), hold="none"))
    assert (await team.do(team.bob, c.PostMessage("team", "Please", cid))).id == 0
    assert (await team.room("team")).seq == 0
    assert (await team.do(team.bob, c.PostMessage("team", "Something else", new_cid()))).id


async def test_it_is_approved_though_its_author_used_its_cid_elsewhere(team: Place) -> None:
    cid = new_cid()
    held = await post(team, team.bob, cid=cid)
    assert (await team.do(team.bob, c.PostMessage("lobby", "Elsewhere", cid))).id
    done = await team.do(team.cat, c.ApproveMessage(held.id, "team", new_cid()))
    assert (await team.message(int(done.id))).body == "Please"
    assert (await team.room("team")).seq == 1
