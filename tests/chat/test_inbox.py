"""What whoever was told does with it, and how much each wants to hear."""

from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from tests.chat.test_notifications import has, telling, turn
from webchat import commands as c
from webchat.chat import sessions
from webchat.chat.clock import HOUR, now
from webchat.chat.preferences import is_quiet
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, SignInNeeded
from webchat.notices import Action, QuietHours
from webchat.notified import BroadcastChanged, NotificationChanged, NotificationSent
from webchat.store import Tx, notifications as stored, users

pytestmark = pytest.mark.anyio

PRESS = (Action("Yes"), Action("Look", "/rooms"))


async def told(place: Place, **fields: Any) -> int:
    number = int((await place.do(place.ann, telling(**{"user": "bob", **fields}))).id)
    place.told.clear()
    return number


async def unread(place: Place, user: Any) -> int:
    return (await place.store.read(lambda tx: stored.tally(tx, user.id))).total


@pytest.mark.parametrize("audience", [{"user": "bob"}, {"user": "", "everyone": True}], ids=["own", "common"])
async def test_one_is_read_put_away_and_brought_back(place: Place, audience: Any) -> None:
    number = await told(place, **audience)
    for command, listed, count in (
        (c.ReadNotification, True, 0),
        (c.UnreadNotification, True, 1),
        (c.ArchiveNotification, False, 0),
        (c.UnreadNotification, True, 1),
        (c.SnoozeNotification, False, 0),
    ):
        await place.do(place.bob, command(number, new_cid()))
        event = place.told[-1]
        assert isinstance(event, NotificationChanged)
        assert (event.user, event.notification.id, event.tally.total) == (place.bob.id, number, count)
        assert event.notification.is_listed == listed
        assert [one.id for one in await has(place, place.bob)] == [number] * listed
    heard = len(place.told)
    await place.do(place.bob, c.ArchiveNotification(number, new_cid()))
    await place.do(place.bob, c.ArchiveNotification(number, new_cid()))
    assert len(place.told) == heard + 1
    away = await place.store.read(lambda tx: stored.newest(tx, place.bob.id, 9, archived=True))
    assert [one.id for one in away] == [number]


async def test_what_was_put_off_comes_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    number, at = await told(place), now()
    await place.do(place.bob, c.SnoozeNotification(number, new_cid(), 60))
    place.told.clear()
    await turn(place, monkeypatch, at + HOUR // 2)
    assert place.told == []
    await turn(place, monkeypatch, at + HOUR + 60_000)
    [event] = place.told
    assert isinstance(event, NotificationSent)
    assert (event.notification.id, event.tally.total) == (number, 1)


async def test_what_is_put_off_was_seen_by_then(place: Place) -> None:
    number, before = await told(place), now()
    await place.do(place.bob, c.SnoozeNotification(number, new_cid(), 60))
    [receipt] = await place.store.read(lambda tx: stored.receipts(tx, number, 9))
    assert before <= receipt.seen <= now() < receipt.snoozed


async def test_somebody_elses_is_not_there(place: Place) -> None:
    number = await told(place)
    for command in (c.ReadNotification, c.UnreadNotification, c.ArchiveNotification, c.SnoozeNotification):
        with pytest.raises(NotFound):
            await place.do(place.cat, command(number, new_cid()))
        with pytest.raises(SignInNeeded):
            await place.do(place.guest, command(number, new_cid()))
    with pytest.raises(NotFound):
        await place.do(place.cat, c.PressAction(f"{number}.1", new_cid()))
    assert place.told == []
    assert await unread(place, place.bob) == 1


@pytest.mark.parametrize("audience", [{"users": ("bob", "cat")}, {"everyone": True}], ids=["several", "everyone"])
async def test_the_first_press_is_that_of_all(place: Place, audience: Any) -> None:
    number = await told(place, user="", actions=PRESS, **audience)

    def sign_in(tx: Tx) -> str:
        return sessions.start(tx, place.bob, sessions.Device("Mozilla/5.0 (iPhone) CriOS/1", "::1")).session

    session = await place.store.write(sign_in)
    await place.chat.perform(place.bob, c.PressAction(f"{number}.1", new_cid()), session)
    changed = [event for event in place.told if isinstance(event, NotificationChanged)]
    assert {event.user for event in changed} >= {place.bob.id}
    assert all(event.notification.presser == "Bob" for event in changed)
    assert "iPhone" in changed[0].notification.device
    assert isinstance(place.told[0], BroadcastChanged) == ("everyone" in audience)
    assert await unread(place, place.bob) == 0
    assert await unread(place, place.cat) == 1
    before = await place.everything()
    for actor in (place.bob, place.cat):
        with pytest.raises(Conflict, match=r"Bob was faster: Yes"):
            await place.do(actor, c.PressAction(f"{number}.1", new_cid()))
    assert await place.everything() == before


async def test_a_link_or_a_missing_button_cannot_be_pressed(place: Place) -> None:
    number = await told(place, actions=PRESS)
    for place_ in (2, 3):
        with pytest.raises(NotFound):
            await place.do(place.bob, c.PressAction(f"{number}.{place_}", new_cid()))


async def test_the_same_press_sent_again_is_the_same_press(place: Place) -> None:
    number, cid = await told(place, actions=PRESS), new_cid()
    for _ in range(2):
        assert (await place.do(place.bob, c.PressAction(f"{number}.1", cid))).id == number


async def test_what_was_shown_is_not_summed_up_again(place: Place) -> None:
    number = await told(place)
    common = await told(place, user="", everyone=True)
    assert [one.id for one in await place.store.read(lambda tx: stored.unseen(tx, place.bob.id))] == [common, number]
    await place.do(place.bob, c.SeeNotifications(common, new_cid()))
    assert await place.store.read(lambda tx: stored.unseen(tx, place.bob.id)) == []
    assert await unread(place, place.bob) == 2
    assert place.told == []


@pytest.mark.parametrize(
    ("levels", "tags", "stored_", "quiet"),
    [
        ({}, ("disk",), True, False),
        ({"disk": "inbox"}, ("Disk",), True, True),
        ({"disk": "inbox", "full": "all"}, ("disk", "full"), True, True),
        ({"disk": "none"}, ("disk", "other"), False, False),
        ({"": "inbox"}, (), True, True),
        ({"": "inbox", "disk": "page"}, ("disk",), True, False),
    ],
)
async def test_tags_say_how_far_it_may_go(place: Place, levels: Any, tags: Any, stored_: bool, quiet: bool) -> None:
    for tag, level in levels.items():
        await place.do(place.bob, c.SetTagLevel(tag, new_cid(), level))
    await place.do(place.ann, telling(users=("bob", "cat"), tags=tags))
    sent = {event.user: event for event in place.told if isinstance(event, NotificationSent)}
    assert (place.bob.id in sent) == stored_
    assert not sent[place.cat.id].quiet
    if stored_:
        assert sent[place.bob.id].quiet == quiet
    for tag in levels:
        await place.do(place.bob, c.SetTagLevel(tag, new_cid()))
    assert await place.store.read(lambda tx: tx.all("SELECT * FROM tag_levels")) == []


async def test_quiet_hours_let_only_what_is_urgent_through(place: Place) -> None:
    await place.do(place.bob, c.SetQuietHours("00:00", "23:59", new_cid(), "Asia/Shanghai"))
    await place.store.write(lambda tx: tx.run("UPDATE quiet_hours SET ends = 1440"))
    for priority in (3, 4, 5):
        await place.do(place.ann, telling(user="bob", priority=priority))
    assert [event.quiet for event in place.told if isinstance(event, NotificationSent)] == [True, True, False]
    await place.do(place.bob, c.SetQuietHours("10:00", "10:00", new_cid()))
    await place.do(place.ann, telling(user="bob", priority=2))
    await place.do(place.ann, telling(user="bob"))
    assert [event.quiet for event in place.told if isinstance(event, NotificationSent)][3:] == [True, False]


@pytest.mark.parametrize(
    ("hours", "quiet"),
    [((0, 60), True), ((60, 120), False), ((23 * 60, 60), True), ((23 * 60, 0), False), ((1, 0), False)],
)
def test_quiet_hours_may_go_over_midnight(hours: tuple[int, int], quiet: bool) -> None:
    assert is_quiet(QuietHours(*hours, "UTC"), 1000) == quiet
    assert is_quiet(QuietHours(8 * 60, 9 * 60, "Asia/Shanghai"), 1000)


async def test_wishes_that_make_no_sense_are_refused(place: Place) -> None:
    for zone in ("Nowhere/City", "../../etc/passwd", "/etc/passwd", ""):
        with pytest.raises(Malformed):
            await place.do(place.bob, c.SetQuietHours("10:00", "11:00", new_cid(), zone))
    for number in range(50):
        await place.do(place.bob, c.SetTagLevel(f"tag-{number}", new_cid(), "inbox"))
    with pytest.raises(Conflict):
        await place.do(place.bob, c.SetTagLevel("one-more", new_cid(), "inbox"))
    await place.do(place.bob, c.SetTagLevel("tag-1", new_cid(), "none"))
    bot = await place.store.read(lambda tx: users.by_id(tx, 1))
    assert bot
    with pytest.raises(Forbidden):
        await place.do(bot, c.SetTagLevel("x", new_cid(), "none"))


async def test_a_token_for_one_user_tells_nobody_else(place: Place) -> None:
    done = await place.do(place.ann, c.CreateToken("builds", ("notify",), new_cid(), ("bob",)))
    assert done.secret
    credential = await place.store.read(lambda tx: tx.all("SELECT hash FROM tokens")[0][0])
    bot = await place.store.read(lambda tx: users.by_name(tx, "builds"))
    assert bot
    await place.chat.perform(bot, telling(user="bob"), credential)
    for fields in (
        {"user": "cat"},
        {"users": ("bob", "cat")},
        {"users": ("bob",)},
        {"everyone": True},
        {"room": "team"},
    ):
        with pytest.raises(Forbidden):
            await place.chat.perform(bot, telling(**fields), credential)
