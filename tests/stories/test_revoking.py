"""R21: whatever takes access away, nothing is written to the connections that it fed once the call has returned, and
they are closed with a code that says not to come back. Under 1,000 posts a second, by both ways out."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from tests.stories.revoking import Moment, NotedPlain, NotedWire, Person, Revoke, World, world
from tests.wire.live import until as until_within
from webchat.broker import Frame
from webchat.chat import people, sessions
from webchat.errors import Refused
from webchat.wire import Wire

pytestmark = pytest.mark.anyio

SOON = 0.1
"""Seconds until a connection is closed."""
TRIES = 10
"""The best of some tries counts for the time, and every one for what is written."""
TABS = 3
until = partial(until_within, seconds=30)


async def signs_out(at: World, who: Person, slug: str) -> None:
    assert (await who.browser.form("/sign-out")).status_code == 303


async def leaves(at: World, who: Person, slug: str) -> None:
    assert (await who.browser.do("leave-room", room=slug)).status_code == 303


async def signs_out_elsewhere(at: World, who: Person, slug: str) -> None:
    other = await at.again(who.user.name)
    assert (await other.browser.do("end-session", session=sessions.hashed(who.session))).status_code == 303


async def signs_out_everywhere_else(at: World, who: Person, slug: str) -> None:
    other = await at.again(who.user.name)
    assert (await other.browser.do("end-other-sessions")).status_code == 303


async def is_signed_out(at: World, who: Person, slug: str) -> None:
    done = await at.ann.browser.do("end-session", session=sessions.hashed(who.session))
    assert done.status_code == 303


async def gets_another_password(at: World, who: Person, slug: str) -> None:
    await at.at.chat.commit(partial(people.set_password, user=who.user, password="another"))


async def is_removed(at: World, who: Person, slug: str) -> None:
    assert (await at.ann.browser.do("remove-user", room=slug, user=who.user.name)).status_code == 303


async def is_banned(at: World, who: Person, slug: str) -> None:
    assert (await at.ann.browser.do("ban-user", room=slug, user=who.user.name)).status_code == 303


async def is_disabled(at: World, who: Person, slug: str) -> None:
    assert (await at.ann.browser.do("disable-user", user=who.user.name)).status_code == 303


async def is_signed_out_everywhere(at: World, who: Person, slug: str) -> None:
    assert (await at.ann.browser.do("sign-out-user", user=who.user.name)).status_code == 303


WAYS: dict[str, tuple[Revoke, int]] = {
    "signs out": (signs_out, 4401),
    "leaves a closed room": (leaves, 4403),
    "signs out elsewhere": (signs_out_elsewhere, 4401),
    "signs out everywhere else": (signs_out_everywhere_else, 4401),
    "is signed out by the owner": (is_signed_out, 4401),
    "is signed out everywhere by the owner": (is_signed_out_everywhere, 4401),
    "is disabled": (is_disabled, 4401),
    "is removed": (is_removed, 4403),
    "is banned": (is_banned, 4403),
    "gets another password": (gets_another_password, 4401),
}
"""Each way of revoking, and the code that the connections end with."""


@pytest.fixture(scope="module", params=[NotedWire, NotedPlain], ids=["wire", "queue"])
async def at(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    async with world(tmp_path_factory.mktemp("revoking"), request.param) as here:
        yield here


async def seconds_to_close(at: World, number: str, revoke: Revoke, code: int) -> float:
    """One try: three tabs of somebody in a busy closed room, with a member who stays."""
    slug, who = f"room-{number}", await at.person(f"eve-{number}")
    stays = await at.person(f"stays-{number}")
    await at.perform(at.ann, "create-room", room=slug, kind="closed")
    for person in (who, stays):
        await at.perform(at.ann, "invite-user", room=slug, user=person.user.name)
    async with (
        at.ear(slug, stays) as witness, at.ear(slug, who) as one, at.ear(slug, who) as two, at.ear(slug, who) as three,
        at.talk(slug),
    ):  # fmt: skip
        tabs = (one, two, three)
        await until(lambda: min(tab.seq for tab in (witness, *tabs)) > 200)
        await revoke(at, who, slug)
        returned, head, written = Moment.now(), await at.head(slug), [tab.writes for tab in tabs]
        await until(lambda: all(tab.ended for tab in tabs))
        await until(lambda: witness.seq > head + 100)
        assert [tab.writes for tab in tabs] == written, "something was written after the call had returned"
        assert all(tab.seq <= head for tab in tabs)
        assert [tab.code for tab in tabs] == [code] * TABS
        assert witness.code is None
    return max(tab.ended.since(returned) for tab in tabs if tab.ended)


@pytest.mark.parametrize("way", WAYS)
async def test_nothing_is_written_after_it(at: World, way: str) -> None:
    revoke, code = WAYS[way]
    took = []
    for attempt in range(TRIES):
        took.append(await seconds_to_close(at, f"{list(WAYS).index(way)}-{attempt}", revoke, code))
        if took[-1] <= SOON:
            return
    raise AssertionError(f"closing took {took} seconds")


@pytest.mark.parametrize("way", WAYS)
async def test_nothing_more_is_accepted(at: World, way: str) -> None:
    """S14: posts that race with it are stored up to some moment, and from then on refused."""
    number = f"race-{list(WAYS).index(way)}"
    slug, who = number, await at.person(number)
    await at.perform(at.ann, "create-room", room=slug, kind="closed")
    await at.perform(at.ann, "invite-user", room=slug, user=who.user.name)
    accepted: dict[int, bool] = {}

    async def post(turn: int) -> None:
        try:
            await at.perform(who, "post-message", room=slug, body=f"{turn}")
            accepted[turn] = True
        except Refused:
            accepted[turn] = False

    async with anyio.create_task_group() as posts:
        for turn in range(20):
            posts.start_soon(post, turn)
        async with anyio.create_task_group() as revoking:
            revoking.start_soon(WAYS[way][0], at, who, slug)
            for turn in range(20, 220):
                posts.start_soon(post, turn)
                await anyio.lowlevel.checkpoint()
        for turn in range(220, 240):
            posts.start_soon(post, turn)
    verdicts = [accepted[turn] for turn in range(240)]
    assert verdicts == sorted(verdicts, reverse=True)
    assert 20 <= verdicts.count(True) <= 220
    assert await at.head(slug) == verdicts.count(True)


async def test_a_token_is_revoked(at: World) -> None:
    made = await at.perform(at.ann, "create-token", user="listener", scopes=("read",))
    async with at.ear("lobby", at.ann) as witness, at.ear("lobby", token=made.secret) as bot, at.talk("lobby"):
        await until(lambda: min(witness.seq, bot.seq) > 100)
        assert (await at.ann.browser.do("revoke-token", token=str(made.id))).status_code in (200, 303)
        head, written = await at.head("lobby"), bot.writes
        await until(lambda: bot.ended and witness.seq > head + 100)
        assert (bot.writes, bot.code, witness.code) == (written, 4401, None)


async def test_a_demoted_admin_is_judged_as_what_they_are_now(at: World) -> None:
    """S14: what races with the demotion is done up to some moment, and from then on refused."""
    who = await at.person("was-admin", "admin")
    accepted: dict[int, bool] = {}

    async def act(turn: int) -> None:
        try:
            await at.perform(who, "send-notification", user="ann", body=f"{turn}")
            accepted[turn] = True
        except Refused:
            accepted[turn] = False

    async with anyio.create_task_group() as acts:
        for turn in range(20):
            acts.start_soon(act, turn)
        async with anyio.create_task_group() as demoting:
            demoting.start_soon(partial(at.perform, at.ann, "set-role", user=who.user.name, role="member"))
            for turn in range(20, 60):
                acts.start_soon(act, turn)
                await anyio.lowlevel.checkpoint()
        for turn in range(60, 80):
            acts.start_soon(act, turn)
    verdicts = [accepted[turn] for turn in range(80)]
    assert verdicts == sorted(verdicts, reverse=True)
    assert 20 <= verdicts.count(True) <= 60


async def test_a_room_is_closed_to_guests(at: World) -> None:
    """They hear nothing more. Their connections end with a code to come back, and at the door they hear why not; or
    with the latter at once, where the look at all connections that happens every five seconds came in between."""
    who = await at.person("looks-in")
    slug = "closing"
    await at.perform(at.ann, "create-room", room=slug, kind="closed", guests="read")
    async with at.ear(slug, at.ann) as witness, at.ear(slug, who) as user, at.ear(slug) as guest, at.talk(slug):
        tabs = (user, guest)
        await until(lambda: min(tab.seq for tab in (witness, *tabs)) > 100)
        assert (await at.ann.browser.do("edit-room", room=slug, guests="none")).status_code == 303
        head, written = await at.head(slug), [tab.writes for tab in tabs]
        await until(lambda: all(tab.ended for tab in tabs) and witness.seq > head + 100)
        assert [tab.writes for tab in tabs] == written
        assert user.code in (1013, 4403)
        assert guest.code in (1013, 4401)
        assert witness.code is None
    for person, code in ((who, 4403), (None, 4401)):
        async with at.ear(slug, person) as again:
            await until(lambda: again.ended)
            assert again.code == code


async def test_what_waits_for_a_slow_reader_is_dropped(tmp_path: Path) -> None:
    """A transport cannot take back what it was given, so such a connection is ended at once."""
    async with world(tmp_path, NotedWire) as at:
        who = await at.person("slow")
        async with at.ear("lobby", who) as tab:
            await until(lambda: tab.writes > 1)
            [reader] = at.app.state.doors["socket"].broker._roll.of_user(who.user.id)
            tab.client.transport.pause_reading()
            while reader.outlet.waiting() < 2**20:
                reader.write(Frame("x" * 2**20))
            [protocol] = [one for one in at.server.server_state.connections if isinstance(one, Wire)]
            await signs_out(at, who, "lobby")
            assert protocol.transport.is_closing()
            await until(lambda: not at.server.server_state.connections)
            tab.client.transport.resume_reading()
            await until(lambda: tab.ended)
            assert tab.code == 1006
        async with at.ear("lobby", who) as tab:
            await until(lambda: tab.ended)
            assert tab.code == 4401, "and that is what it hears when it comes again"
