"""Sessions: when they end by themselves, and who may end them."""

from collections.abc import Callable

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import access, chores, people, sessions
from webchat.chat.clock import DAY, HOUR
from webchat.errors import Conflict, NotFound, SignInNeeded
from webchat.events import SignedOut
from webchat.model import Guest, User
from webchat.store import meta, sessions as stored

pytestmark = pytest.mark.anyio

FIREFOX = sessions.Device("Firefox", "192.0.2.1")


class Clock:
    """The time, as the tests want it."""

    def __init__(self) -> None:
        self.at = 1_800_000_000_000

    def __call__(self) -> int:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (sessions, chores):
        monkeypatch.setattr(module, "now", clock)
    return clock


async def begin(place: Place, user: User, device: sessions.Device = FIREFOX) -> str:
    return (await place.store.write(lambda tx: sessions.start(tx, user, device))).session


async def lives(place: Place, session: str) -> bool:
    return await place.store.read(lambda tx: sessions.signed_in(tx, session)) is not None


async def use(place: Place, session: str) -> None:
    """As a page does it."""
    found = await place.store.read(lambda tx: sessions.visit(tx, session))
    if found and found[1]:
        await place.store.write(lambda tx: sessions.note_use(tx, [session]))


async def test_a_session_that_is_not_used_ends_after_14_days(place: Place, clock: Clock) -> None:
    session = await begin(place, place.bob)
    clock.at += 14 * DAY - 1
    assert await lives(place, session)
    clock.at += 1
    assert not await lives(place, session)
    await use(place, session)
    assert not await lives(place, session), "what is over stays over"


async def test_a_session_that_is_used_ends_after_90_days(place: Place, clock: Clock) -> None:
    session = await begin(place, place.bob)
    for _day in range(89):
        clock.at += DAY
        await use(place, session)
        assert await lives(place, session)
    clock.at += DAY - 1
    await use(place, session)
    assert await lives(place, session)
    clock.at += 1
    assert not await lives(place, session)


async def test_use_is_noted_once_an_hour(place: Place, clock: Clock) -> None:
    session = await begin(place, place.bob)
    began = clock.at
    for minutes, noted in ((59, 0), (60, 60), (100, 60), (119, 60), (121, 121)):
        clock.at = began + minutes * 60_000
        found = await place.store.read(lambda tx: sessions.visit(tx, session))
        assert found == (place.bob, noted == minutes)
        await use(place, session)
        [listed] = await place.store.read(lambda tx: sessions.listed(tx, place.bob))
        assert listed.seen == began + noted * 60_000


async def test_what_ends_sessions_comes_when_the_next_is_over(place: Place, clock: Clock) -> None:
    session = await begin(place, place.bob)
    await begin(place, place.cat)
    clock.at += 14 * DAY - 10 * 60_000
    await use(place, session)
    due = (await place.store.write(chores.end)).due
    assert due == clock.at + 10 * 60_000
    assert await place.store.read(meta.revoked) == 0
    clock.at = due
    chore = await place.store.write(chores.end)
    assert chore.due == clock.at + HOUR
    assert [event.user for event in chore.events if isinstance(event, SignedOut)] == [place.cat.id]
    assert await place.store.read(meta.revoked) == 0, "nobody is asked again for a session that was not used for days"
    assert await lives(place, session)


async def test_the_list_is_one_s_own(place: Place, clock: Clock) -> None:
    first = await begin(place, place.bob)
    clock.at += HOUR
    second = await begin(place, place.bob, sessions.Device("x" * 5_000, "2001:db8::/64"))
    await begin(place, place.cat)
    rows = await place.store.read(lambda tx: sessions.listed(tx, place.bob))
    assert [row.id for row in rows] == [second, first]
    assert len(rows[0].agent) == sessions.LONGEST_AGENT
    clock.at += 14 * DAY - 1
    assert len(await place.store.read(lambda tx: sessions.listed(tx, place.bob))) == 1


async def test_one_ends_one_s_own_session(place: Place) -> None:
    gone, stays = await begin(place, place.bob), await begin(place, place.bob)
    command = c.EndSession(gone, new_cid())
    assert (await place.do(place.bob, command)).events == (SignedOut(place.bob.id, gone),)
    assert not await lives(place, gone)
    assert await lives(place, stays)
    assert await place.store.read(meta.revoked) == 1
    before = await place.everything()
    assert (await place.do(place.bob, command)).events == (), "the same form once more"
    with pytest.raises(NotFound):
        await place.do(place.bob, c.EndSession(gone, new_cid()))
    assert await place.everything() == before


async def test_what_is_not_there_and_what_is_not_one_s_own_look_the_same(place: Place) -> None:
    anns = await begin(place, place.ann)
    said = set()
    for actor in (place.bob, place.cat, await place.person("Mod", "moderator")):
        for session in (anns, "0" * 64):
            with pytest.raises(NotFound) as refused:
                await place.do(actor, c.EndSession(session, new_cid()))
            said.add(str(refused.value))
    assert len(said) == 1
    with pytest.raises(NotFound):
        await place.do(await place.person("Adm", "admin"), c.EndSession(anns, new_cid()))
    assert await lives(place, anns)
    for command in (c.EndSession("0" * 64, new_cid()), c.EndOtherSessions(new_cid())):
        with pytest.raises((NotFound, SignInNeeded)):
            await place.do(place.guest, command)


async def test_admins_end_the_sessions_of_whom_they_outrank(place: Place) -> None:
    admin = await place.person("Adm", "admin")
    other = await place.person("Oth", "admin")
    for actor, owner, may in ((admin, place.bob, True), (place.ann, admin, True), (admin, other, False)):
        session = await begin(place, owner)
        assert access.may("end-session", actor, subject=owner) is may
        if may:
            done = await place.do(actor, c.EndSession(session, new_cid()))
            assert done.events == (SignedOut(owner.id, session),)
    assert not access.may("end-session", Guest("key", "Gus"), subject=place.bob)


async def test_signing_out_everywhere_else(place: Place) -> None:
    here, *others = [await begin(place, place.bob) for _ in range(3)]
    cats = await begin(place, place.cat)
    done = await place.chat.perform(place.bob, c.EndOtherSessions(new_cid()), here)
    assert set(done.events) == {SignedOut(place.bob.id, session) for session in others}
    assert [await lives(place, session) for session in (here, *others, cats)] == [True, False, False, True]
    assert (await place.chat.perform(place.bob, c.EndOtherSessions(new_cid()), here)).events == ()


def changing(session: str, before: str) -> Callable[..., object]:
    return lambda tx: people.change_password(tx, session, FIREFOX, before, "new hash")


async def test_a_new_password_leaves_one_new_session(place: Place) -> None:
    here, there = await begin(place, place.bob), await begin(place, place.bob)
    cats = await begin(place, place.cat)
    done = await place.chat.commit(changing(here, "hash"))  # type: ignore[arg-type]
    assert {event.session for event in done.events if isinstance(event, SignedOut)} == {here, there}
    new = sessions.hashed(str(done.id))
    assert [await lives(place, session) for session in (here, there, new, cats)] == [False, False, True, True]
    rows = await place.store.read(lambda tx: stored.of_user(tx, place.bob.id, 0))
    assert [row.id for row in rows] == [new]


async def test_a_password_is_not_changed_by_who_was_signed_out_or_too_late(place: Place) -> None:
    here = await begin(place, place.bob)
    before = await place.everything()
    with pytest.raises(Conflict):
        await place.chat.commit(changing(here, "another hash"))  # type: ignore[arg-type]
    assert await place.everything() == before
    await place.chat.commit(lambda tx: sessions.sign_out(tx, place.bob, here))
    before = await place.everything()
    with pytest.raises(SignInNeeded):
        await place.chat.commit(changing(here, "hash"))  # type: ignore[arg-type]
    assert await place.everything() == before
