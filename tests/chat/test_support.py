"""How the support windows of sites are set up."""

from datetime import UTC, datetime

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import hours, support
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, SignInNeeded
from webchat.model import GivenRole, Site
from webchat.store import meta, sites as stored_sites, support as stored
from webchat.support import Answer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def site(place: Place) -> Site:
    await place.do(place.ann, c.CreateSite("blog", ("https://blog.example",), new_cid()))
    await place.do(place.ann, c.AddAgent("blog", "bob", new_cid()))
    found = await place.store.read(lambda tx: stored_sites.by_name(tx, "blog"))
    assert found
    return found


def at(day: int, hour: int, minute: int = 0) -> int:
    """A time of the week that began on Monday, 2026-11-23, in UTC."""
    return int(datetime(2026, 11, 22 + day, hour, minute, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("text", "zone", "moment", "is_open"),
    [
        ("", "UTC", at(7, 3), True),
        ("mon-fri 09:00-17:30", "UTC", at(5, 17, 29), True),
        ("mon-fri 09:00-17:30", "UTC", at(5, 17, 30), False),
        ("mon-fri 09:00-17:30", "UTC", at(6, 12), False),
        ("MON-FRI 9:00 - 12:00, 13:00-17:00\nsat 10:00-24:00", "UTC", at(6, 23, 59), True),
        ("mon-fri 09:00-12:00,13:00-17:00", "UTC", at(1, 12, 30), False),
        ("sat-mon 00:00-24:00", "UTC", at(7, 0), True),
        ("sat-mon 00:00-24:00", "UTC", at(2, 0), False),
        ("mon 09:00-17:00", "Asia/Shanghai", at(1, 1, 0), True),
        ("mon 09:00-17:00", "Asia/Shanghai", at(1, 9, 0), False),
        ("sun 02:00-04:00", "America/New_York", at(7, 7, 30), True),
    ],
)
def test_business_hours(text: str, zone: str, moment: int, is_open: bool) -> None:
    assert hours.is_open(hours.week(text), zone, moment) is is_open


@pytest.mark.parametrize(
    "text", ["always", "mon", "mon 9-17", "mon 17:00-09:00", "mon 09:00-09:00", "mon-xyz 09:00-10:00",
             "mon 25:00-26:00", "mon 09:00-10:00,", "mon 09:00-24:30", "mon\u200b 09:00-10:00"],
)  # fmt: skip
async def test_what_cannot_be_hours_is_refused(place: Place, site: Site, text: str) -> None:
    before = await place.everything()
    with pytest.raises(Malformed, match="business hours"):
        await place.do(place.ann, c.SetSupport("blog", new_cid(), hours=text))
    assert await place.everything() == before


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", "/etc/passwd", "Europe", "x\0y"])
async def test_what_is_no_time_zone_is_refused(place: Place, site: Site, zone: str) -> None:
    with pytest.raises(Malformed, match="time zone"):
        await place.do(place.ann, c.SetSupport("blog", new_cid(), zone=zone))


async def test_what_is_left_out_stays(place: Place, site: Site) -> None:
    await place.do(
        place.ann, c.SetSupport("blog", new_cid(), enabled=True, greeting=" Hello! ", hours="mon 09:00-10:00")
    )
    await place.do(place.ann, c.SetSupport("blog", new_cid(), away="Back soon", zone="Asia/Shanghai"))
    found = await place.store.read(lambda tx: support.settings(tx, site))
    assert (found.enabled, found.greeting, found.away, found.hours) == (True, "Hello!", "Back soon", "mon 09:00-10:00")
    frame = await place.store.read(lambda tx: support.frame(tx, site, at(1, 1, 30)))
    assert (frame.enabled, frame.is_open, frame.asks, frame.text) == (True, True, False, "Hello!")
    frame = await place.store.read(lambda tx: support.frame(tx, site, at(1, 9, 30)))
    assert (frame.is_open, frame.asks, frame.text) == (False, True, "Back soon")


async def test_only_admins_set_it_up_and_appoint(place: Place, site: Site) -> None:
    for command in (
        c.SetSupport("blog", new_cid(), enabled=True),
        c.AddAgent("blog", "cat", new_cid()),
        c.RemoveAgent("blog", "bob", new_cid()),
    ):
        with pytest.raises(Forbidden):
            await place.do(place.bob, command)
        with pytest.raises(SignInNeeded):
            await place.do(place.guest, command)


async def test_only_people_who_are_there_are_appointed(place: Place, site: Site) -> None:
    await place.do(place.ann, c.CreateBot("dice", new_cid()))
    await place.do(place.ann, c.DisableUser("cat", new_cid()))
    for name in ("dice", "cat", "nobody", "webchat"):
        with pytest.raises(NotFound):
            await place.do(place.ann, c.AddAgent("blog", name, new_cid()))
    with pytest.raises(NotFound):
        await place.do(place.ann, c.AddAgent("elsewhere", "dan", new_cid()))
    await place.do(place.ann, c.AddAgent("blog", "bob", new_cid()))  # once more is no harm


async def test_agents_have_answers_ready(place: Place, site: Site) -> None:
    await place.do(place.bob, c.PutAnswer("blog", "/Hi", "Hello! How can I help?", new_cid()))
    await place.do(place.ann, c.PutAnswer("blog", "hi", "Hi!", new_cid()))
    assert await place.store.read(lambda tx: stored.answers(tx, site.id)) == [Answer("hi", "Hi!")]
    for key in ("a b", "//", "<b>"):
        with pytest.raises(Malformed):
            await place.do(place.bob, c.PutAnswer("blog", key, "x", new_cid()))
    with pytest.raises(Malformed):
        await place.do(place.bob, c.PutAnswer("blog", "blank", " \n", new_cid()))
    for who in (place.dan, place.cat):
        with pytest.raises(Forbidden):
            await place.do(who, c.PutAnswer("blog", "hi", "Hm", new_cid()))
    await place.do(place.bob, c.RemoveAnswer("blog", "hi", new_cid()))
    with pytest.raises(NotFound):
        await place.do(place.bob, c.RemoveAnswer("blog", "hi", new_cid()))


async def test_there_are_so_many_answers_and_no_more(
    place: Place, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(support, "MOST_ANSWERS", 1)
    await place.do(place.bob, c.PutAnswer("blog", "hi", "Hi", new_cid()))
    await place.do(place.bob, c.PutAnswer("blog", "hi", "Hello", new_cid()))
    with pytest.raises(Conflict):
        await place.do(place.bob, c.PutAnswer("blog", "bye", "Bye", new_cid()))


async def test_who_is_no_admin_any_more_is_looked_after_at_once(place: Place, site: Site) -> None:
    await place.person("Eve")
    before = await place.store.read(meta.revoked)
    roles: tuple[tuple[GivenRole, int], ...] = (("admin", 0), ("moderator", 1), ("member", 1))
    for role, looks in roles:
        await place.do(place.ann, c.SetRole("eve", role, new_cid()))
        assert await place.store.read(meta.revoked) - before == looks, "an admin may listen to conversations"
