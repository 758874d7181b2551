"""Telling people something: whom, what, when, once; and taking it back."""

from functools import partial
from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from tests.chat.counted import Counted
from webchat import commands as c
from webchat.chat import audiences, chores, notifications as verbs
from webchat.chat.clock import DAY, HOUR, now
from webchat.errors import Forbidden, Malformed, NotFound, Refused
from webchat.notices import Action, Notification, Tally
from webchat.notified import (
    BroadcastRetracted,
    BroadcastSent,
    NotificationRetracted,
    NotificationSent,
    NotificationsRead,
)
from webchat.store import Tx, notices, notifications as stored, users

pytestmark = pytest.mark.anyio


def telling(**fields: Any) -> c.SendNotification:
    return c.SendNotification(**{"body": "Hello", "cid": new_cid(), **fields})


async def has(place: Place, user: Any) -> list[Notification]:
    return await place.store.read(lambda tx: stored.newest(tx, user.id, 99))


async def test_a_notification_reaches_one_user_and_counts_until_read(place: Place) -> None:
    ids = [(await place.do(place.ann, telling(user="Bob", body=text))).id for text in ("one", "two")]
    sent = place.told[-1]
    assert isinstance(sent, NotificationSent)
    assert (sent.user, sent.notification.id, sent.notification.body) == (place.bob.id, ids[1], "two")
    assert (sent.tally, sent.notification.rev, sent.quiet) == (Tally(2), 2, False)
    await place.do(place.bob, c.ReadNotifications(int(ids[0]), new_cid()))
    assert place.told[-1] == NotificationsRead(place.bob.id, Tally(1), int(ids[0]), 3)
    assert [(one.id, bool(one.read)) for one in await has(place, place.bob)] == [(ids[1], False), (ids[0], True)]
    place.told.clear()
    await place.do(place.bob, c.ReadNotifications(int(ids[0]), new_cid()))
    assert place.told == []


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"users": ("bob", "CAT", "bob")}, {"bob", "cat"}),
        ({"role": "member"}, {"bob", "cat", "dan"}),
        ({"role": "owner"}, {"ann"}),
        ({"room": "team"}, {"bob", "cat"}),
    ],
)
async def test_several_are_told_each_once(place: Place, fields: Any, names: set[str]) -> None:
    await place.do(place.ann, telling(**fields))
    assert {event.user for event in place.told if isinstance(event, NotificationSent)} == {
        getattr(place, name).id for name in names
    }
    assert len(place.told) == len(names)


async def test_many_are_told_and_untold_by_as_few_statements_as_a_few(place: Place) -> None:
    """Nobody can post meanwhile."""
    people = [place.bob, place.cat, *[await place.person(f"P{number}") for number in range(7)]]
    await place.do(place.dan, c.SetTagLevel(tag="", level="none", cid=new_cid()))
    asked: list[list[int]] = []

    def run(few: int, tx: Tx) -> None:
        audience = audiences.Audience("some", [place.dan, *people[:few]])
        counted = Counted(tx)
        for _twice in range(2):
            verbs.told(counted, telling(key="door"), audience, now())
            asked[-1].append(len(counted.asked))
        verbs.take_back(counted, [user.id for user in people], "door", now())
        asked[-1].append(len(counted.asked))

    for few in (2, len(people)):
        asked.append([])
        await place.store.write(partial(run, few))
    assert asked[0] == asked[1]
    [(left, revs)] = await place.store.read(
        lambda tx: tx.all("SELECT count(*) - count(nullif(gone, 0)), count(DISTINCT rev) FROM notifications")
    )
    assert left == 0
    assert revs > 1, "each user's own are counted"


async def test_everyone_is_told_by_one_row(place: Place) -> None:
    await place.do(place.ann, telling(user="bob"))
    number = (await place.do(place.ann, telling(everyone=True, body="All"))).id
    assert isinstance(place.told[-1], BroadcastSent)
    count = await place.store.read(lambda tx: tx.all("SELECT user_id FROM notifications"))
    assert count == [(place.bob.id,)]
    for user in (place.ann, place.bob):
        assert number in [one.id for one in await has(place, user)]
    tally = await place.store.read(lambda tx: stored.tally(tx, place.bob.id))
    assert tally == Tally(1, (int(number),), int(number))
    await place.do(place.bob, c.ReadNotifications(int(number), new_cid()))
    assert (await place.store.read(lambda tx: stored.tally(tx, place.bob.id))).total == 0
    assert (await place.store.read(lambda tx: stored.tally(tx, place.dan.id))).total == 1
    await place.store.write(lambda tx: tx.run("UPDATE users SET created = $1 WHERE name = 'dan'", now() + HOUR))
    assert await has(place, place.dan) == [], "who came later was not told"


async def test_a_key_replaces_and_takes_back(place: Place) -> None:
    first = (await place.do(place.ann, telling(users=("bob", "cat"), key="build"))).id
    second = (await place.do(place.ann, telling(user="bob", key="build", body="passed"))).id
    sent = place.told[-1]
    assert isinstance(sent, NotificationSent)
    assert (sent.replaced, sent.tally.total) == (first, 1)
    assert [one.id for one in await has(place, place.bob)] == [second]
    assert [one.id for one in await has(place, place.cat)] == [first]
    await place.do(place.ann, c.RetractNotification(users=("bob", "cat", "dan"), key="build", cid=new_cid()))
    gone = [event for event in place.told if isinstance(event, NotificationRetracted)]
    assert [(one.user, one.id, one.tally.total) for one in gone] == [
        (place.bob.id, second, 0),
        (place.cat.id, first, 0),
    ]
    assert await place.store.read(lambda tx: tx.all("SELECT body FROM notices WHERE body <> ''")) == []
    missed = await place.store.read(lambda tx: stored.since(tx, place.bob.id, 0, 9))
    assert [(one.id, bool(one.gone)) for one in missed] == [(first, True), (second, True)]


async def test_what_everyone_was_told_is_replaced_and_taken_back(place: Place) -> None:
    first = (await place.do(place.ann, telling(everyone=True, key="news"))).id
    await place.do(place.bob, c.ReadNotification(int(first), new_cid()))
    second = (await place.do(place.ann, telling(everyone=True, key="news", body="Newer"))).id
    assert [one.id for one in await has(place, place.bob)] == [second]
    await place.do(place.ann, c.RetractNotification(everyone=True, key="news", cid=new_cid()))
    assert place.told[-1] == BroadcastRetracted(int(second), 4)
    assert await has(place, place.bob) == []


async def test_what_is_due_later_is_told_then_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    at = now()
    for due in (HOUR, 2 * HOUR):
        assert (await place.do(place.ann, telling(user="bob", key="alive", due=at + due))).id == 0
    await place.do(place.ann, telling(user="cat", key="never", due=at + HOUR))
    await place.do(place.ann, c.RetractNotification(user="cat", key="never", cid=new_cid()))
    place.told.clear()
    await turn(place, monkeypatch, at + HOUR)
    assert place.told == [], "it was moved"
    await turn(place, monkeypatch, at + 2 * HOUR)
    [sent] = place.told
    assert isinstance(sent, NotificationSent)
    assert sent.user == place.bob.id
    await turn(place, monkeypatch, at + 3 * HOUR)
    assert len(place.told) == 1


async def test_what_is_due_for_nobody_any_more_holds_up_nothing(place: Place, monkeypatch: Any) -> None:
    at = now()
    await place.do(place.ann, telling(user="bob", due=at + HOUR))
    await place.do(place.ann, telling(user="cat", due=at + HOUR))
    await place.do(place.ann, c.DisableUser("bob", new_cid()))
    place.told.clear()
    await turn(place, monkeypatch, at + HOUR)
    assert [event.user for event in place.told if isinstance(event, NotificationSent)] == [place.cat.id]


async def test_what_has_expired_is_gone_everywhere(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    at = now()
    for audience in ({"user": "bob"}, {"everyone": True}):
        await place.do(place.ann, telling(expires=at + HOUR, **audience))
    await turn(place, monkeypatch, at + HOUR)
    assert [type(event) for event in place.told[2:]] == [NotificationRetracted, BroadcastRetracted]
    assert await has(place, place.bob) == []


async def test_what_is_old_or_too_much_is_forgotten_and_that_is_known(place: Place) -> None:
    for _ in range(5):
        await place.do(place.ann, telling(user="bob"))
    await place.store.write(lambda tx: tx.run("UPDATE notices SET at = 1 WHERE id = 1"))
    assert await place.store.write(lambda tx: verbs.sweep(tx, now(), 9)) == 1
    assert [one.id for one in await has(place, place.bob)] == [5, 4, 3, 2]
    for share in range(stored.SHARES):
        forgotten = await place.store.write(partial(stored.trim, kept=3, share=share, most=9))
        assert forgotten == (place.bob.id % stored.SHARES == share)
    assert [one.id for one in await has(place, place.bob)] == [5, 4, 3]
    assert await place.store.read(lambda tx: stored.reached(tx, place.bob.id)) == (5, 2)


@pytest.mark.parametrize("audience", [{"user": "bob"}, {"everyone": True}])
async def test_what_was_put_off_is_not_forgotten_before_it_comes_again(
    place: Place, monkeypatch: pytest.MonkeyPatch, audience: Any
) -> None:
    at, number = now(), int((await place.do(place.ann, telling(**audience))).id)
    await place.do(place.bob, c.SnoozeNotification(number, new_cid(), 30 * 24 * 60))
    place.told.clear()
    for hours in (2, 3):
        await place.store.write(lambda tx: tx.run("UPDATE notices SET at = at - $1", 2 * HOUR))
        await turn(place, monkeypatch, at + 30 * DAY - hours * HOUR)
    assert place.told == []
    await turn(place, monkeypatch, at + 30 * DAY + HOUR)
    assert [type(event) for event in place.told] == [NotificationSent]
    await turn(place, monkeypatch, at + 30 * DAY + 3 * HOUR)
    assert [one.id for one in await has(place, place.bob)] == [number], "there is time to read it"
    await place.do(place.bob, c.ReadNotification(number, new_cid()))
    await place.do(place.bob, c.UnreadNotification(number, new_cid()))
    await turn(place, monkeypatch, at + 30 * DAY + 5 * HOUR)
    assert [one.id for one in await has(place, place.bob)] == [number], "also once it was opened"


@pytest.mark.parametrize(
    ("actor", "fields", "kind"),
    [
        ("bob", {"user": "ann"}, Forbidden),
        ("guest", {"user": "ann"}, Forbidden),
        ("ann", {"user": "nobody"}, NotFound),
        ("ann", {"users": ("bob", "nobody")}, NotFound),
        ("ann", {"room": "nowhere"}, NotFound),
        ("ann", {}, Malformed),
        ("ann", {"user": "bob", "everyone": True}, Malformed),
        ("ann", {"user": "bob", "click": "javascript:alert(1)"}, Malformed),
        ("ann", {"user": "bob", "click": "//evil.example"}, Malformed),
        ("ann", {"user": "bob", "click": "/\\evil.example"}, Malformed),
        ("ann", {"user": "bob", "click": "/\t/evil.example"}, Malformed),
        ("ann", {"user": "bob", "click": "https://ann@evil.example"}, Malformed),
        ("ann", {"user": "bob", "click": "data:text/html,x"}, Malformed),
        ("ann", {"user": "bob", "actions": (Action("Go", "ftp://x"),)}, Malformed),
        ("ann", {"user": "bob", "actions": (Action(""),)}, Malformed),
        ("ann", {"user": "bob", "actions": (Action("x" * 41),)}, Malformed),
        ("ann", {"user": "bob", "expires": 1}, Malformed),
        ("ann", {"user": "bob", "due": now() + 400 * DAY}, Malformed),
        ("ann", {"user": "bob", "tags": ("two words",)}, Malformed),
    ],
)
async def test_what_is_refused_changes_nothing(place: Place, actor: str, fields: Any, kind: type[Refused]) -> None:
    before = await place.everything()
    with pytest.raises(kind):
        await place.do(getattr(place, actor), telling(**fields))
    assert await place.everything() == before
    assert place.told == []


async def test_a_direct_room_is_nobody_to_be_told(place: Place) -> None:
    room = await place.do(place.bob, c.OpenDirect(("cat",), new_cid()))
    with pytest.raises(NotFound):
        await place.do(place.ann, telling(room=str(room.id)))
    with pytest.raises(NotFound):
        await place.do(place.ann, c.RetractNotification(user="bob", key="none", cid=new_cid()))
    with pytest.raises(Forbidden):
        await place.do(place.bob, c.RetractNotification(user="bob", key="none", cid=new_cid()))


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("view, Open, https://a.example/1", [{"label": "Open", "url": "https://a.example/1"}]),
        ("press, Yes; press, 'No, not now'", [{"label": "Yes"}, {"label": "No, not now"}]),
        ('view, "a; b", /rooms, clear=true;', [{"label": "a; b", "url": "/rooms"}]),
    ],
)
def test_buttons_are_written_as_ntfy_writes_them(text: str, actions: list[dict[str, str]]) -> None:
    command = c.parse({"do": "send-notification", "user": "bob", "body": "x", "cid": new_cid(), "actions": text})
    assert isinstance(command, c.SendNotification)
    assert command.actions == tuple(Action(**one) for one in actions)


@pytest.mark.parametrize("text", ["http, Close, https://a.example", "view, Open", "press", 'view, "x', "press, a, b"])
def test_what_is_no_button_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        c.parse({"do": "send-notification", "user": "bob", "body": "x", "cid": new_cid(), "actions": text})


async def turn(place: Place, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """Let it be that time, and do what is due then."""
    for module in ("chores", "notifications"):
        monkeypatch.setattr(f"webchat.chat.{module}.now", lambda: at)
    while await chores.do_one(place.store, place.told.append):
        pass


async def test_what_everyone_was_told_can_be_resumed(place: Place) -> None:
    await place.do(place.ann, telling(everyone=True, key="a"))
    await place.do(place.ann, telling(everyone=True))
    await place.do(place.ann, c.RetractNotification(everyone=True, key="a", cid=new_cid()))

    def read(tx: Tx) -> list[tuple[int, bool]]:
        assert users.by_id(tx, place.bob.id)
        return [(one.id, bool(one.gone)) for one in notices.common_since(tx, 1, 9)]

    assert await place.store.read(read) == [(2, False), (1, True)]
