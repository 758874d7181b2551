"""What all threads of a site ask of what is said in them, when they close, and how long guests edit."""

from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import chores, room_settings, rules
from webchat.chat.clock import DAY, MINUTE, now
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, SignInNeeded, TooFast
from webchat.events import RoomEdited
from webchat.model import Guest
from webchat.store import rules as stored

pytestmark = pytest.mark.anyio

GUS = Guest("gus-key", "Gus")


@pytest.fixture
async def blog(place: Place) -> Place:
    await place.do(place.ann, c.CreateSite("blog", ("https://blog.example",), new_cid()))
    return place


async def ruled(place: Place, **given: Any) -> None:
    await place.do(place.ann, c.SetSiteRules("blog", new_cid(), **given))


async def test_they_hold_in_threads_that_are_there_and_in_new_ones(blog: Place) -> None:
    await blog.say(GUS, "blog.old", "bad, but not yet")
    await ruled(blog, words=("bad",))
    for thread in ("blog.old", "blog.new"):
        with pytest.raises(Forbidden, match="of the words"):
            await blog.say(GUS, thread, "bad")
        await blog.say(GUS, thread, "good")
    await ruled(blog, words=())
    for thread in ("blog.old", "blog.new", "blog.newer"):
        await blog.say(GUS, thread, "bad")
        assert not (await blog.room(thread)).ruled


async def test_a_thread_has_its_own_until_it_goes_by_the_sites_again(blog: Place) -> None:
    await ruled(blog, slow=60, words=("bad",))
    await blog.say(GUS, "blog.post", "one")
    await blog.do(blog.ann, c.SetRules("blog.post", new_cid(), slow=0))
    await ruled(blog, words=("bad", "worse"))
    for text in ("two", "worse"):
        await blog.say(GUS, "blog.post", text)
    with pytest.raises(Forbidden, match="of the words"):
        await blog.say(GUS, "blog.post", "bad")
    for _ in range(2):
        await blog.do(blog.ann, c.SetRules("blog.post", new_cid(), own=False))
    with pytest.raises(Forbidden, match="of the words"):
        await blog.say(GUS, "blog.post", "worse")
    with pytest.raises(TooFast):
        await blog.say(GUS, "blog.post", "three")


async def test_own_rules_that_ask_nothing_stay_when_the_site_asks_something(blog: Place) -> None:
    await ruled(blog, slow=60)
    await blog.say(GUS, "blog.post", "one")
    await blog.do(blog.ann, c.SetRules("blog.post", new_cid(), slow=0))
    await ruled(blog, slow=30)
    for text in ("two", "three"):
        await blog.say(GUS, "blog.post", text)
    await blog.do(blog.ann, c.SetRules("lobby", new_cid(), own=False))


async def test_who_is_known_is_known_in_all_threads(blog: Place) -> None:
    await blog.say(GUS, "blog.one", "before there were rules")
    await ruled(blog, hold="first", known=2)
    assert (await blog.do(GUS, c.PostMessage("blog.two", "waits", new_cid()))).id == 0
    await blog.do(blog.ann, c.ApproveMessage(1, "blog.two", new_cid()))
    assert (await blog.do(GUS, c.PostMessage("blog.three", "known", new_cid()))).id != 0
    other = Guest("other-key", "Gus")
    assert (await blog.do(other, c.PostMessage("blog.three", "another Gus", new_cid()))).id == 0
    await blog.do(blog.cat, c.SetRules("team", new_cid(), hold="first", known=1))
    await blog.do(blog.ann, c.CreateSite("shop", ("https://shop.example",), new_cid()))
    await blog.do(blog.ann, c.SetSiteRules("shop", new_cid(), hold="first", known=1))
    assert (await blog.do(GUS, c.PostMessage("shop.one", "not known there", new_cid()))).id == 0


async def test_only_admins_set_them_and_not_over_others(blog: Place) -> None:
    before = await blog.everything()
    for actor, refused in ((blog.bob, Forbidden), (GUS, SignInNeeded)):
        with pytest.raises(refused):
            await blog.do(actor, c.SetSiteRules("blog", new_cid(), slow=1))
    with pytest.raises(NotFound):
        await blog.do(blog.ann, c.SetSiteRules("shop", new_cid(), slow=1))
    with pytest.raises(Malformed):
        await ruled(blog, words=("\u200b",))
    assert await blog.everything() == before
    await ruled(blog, slow=1, based=0)
    with pytest.raises(Conflict, match="these rules"):
        await ruled(blog, slow=2, based=0)
    assert (await blog.store.read(lambda tx: stored.of_site(tx, 1))).slow == 1


async def test_a_thread_closes_by_its_age_once(blog: Place) -> None:
    message = await blog.say(GUS, "blog.post")
    await blog.say(GUS, "blog.other")
    await ruled(blog, closes=30)
    await blog.do(blog.ann, c.SetRules("blog.other", new_cid(), closes=60))

    async def after(days: int) -> list[str]:
        told = await blog.store.write(lambda tx: room_settings.close_old(tx, now() + days * DAY))
        assert all(isinstance(event, RoomEdited) for event in told if event.topic.kind == "room")
        return [event.room.slug for event in told if isinstance(event, RoomEdited)]

    assert (await after(29), await after(30), await after(31)) == ([], ["blog.post"], [])
    for actor in (GUS, blog.bob):
        with pytest.raises(Forbidden):
            await blog.say(actor, "blog.post")
    with pytest.raises(Forbidden):
        await blog.do(GUS, c.EditMessage(message.id, "later", message.said, new_cid()))
    await blog.say(blog.ann, "blog.post", "moderators go on")
    await blog.do(blog.ann, c.EditRoom("blog.post", new_cid(), posting="everyone"))
    assert await after(59) == []
    await blog.say(GUS, "blog.post", "open again, for good")
    assert await after(61) == ["blog.other"]


async def test_the_chore_closes_some_at_a_time(blog: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room_settings, "TOGETHER", 2)
    for number in range(3):
        await blog.say(GUS, f"blog.post-{number}")
    await ruled(blog, closes=1)
    later = now() + 2 * DAY
    monkeypatch.setattr(chores, "now", lambda: later)
    runs = [await blog.store.write(chores.sweep) for _ in range(3)]
    assert [len([e for e in run.events if isinstance(e, RoomEdited)]) for run in runs] == [2, 1, 0]
    assert runs[0].due <= later < runs[2].due


async def test_guests_edit_for_some_minutes_and_others_always(blog: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {actor: await blog.say(actor, "blog.post") for actor in (GUS, blog.bob)}

    async def edited(actor: Any, minutes: int, text: str) -> None:
        later = now() + minutes * MINUTE
        monkeypatch.setattr(rules, "now", lambda: later)
        message = await blog.message(said[actor].id)
        await blog.do(actor, c.EditMessage(message.id, text, message.said, new_cid()))

    await edited(GUS, 14, "a")
    with pytest.raises(Forbidden, match="too long ago"):
        await edited(GUS, 16, "b")
    await edited(blog.bob, 1000, "c")
    await ruled(blog, editing=60)
    await edited(GUS, 59, "d")
    await ruled(blog, editing=0)
    await edited(GUS, 1000, "e")
    await blog.do(GUS, c.DeleteMessage(said[GUS].id, new_cid()))


async def test_they_are_nothing_to_conversations_with_support(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    place, slug = desk.place, await desk.ask(desk.vera)
    await place.do(place.ann, c.SetSiteRules("blog", new_cid(), hold="all", words=("bad",), closes=1))
    at = now() + 2 * DAY
    monkeypatch.setattr(chores, "now", lambda: at)
    await place.store.write(chores.sweep)
    for room in (slug, (await desk.one(slug)).notes):
        found = await place.room(room)
        assert (found.ruled, found.posting) == (False, "everyone")
    assert (await place.say(desk.vera, slug, "That is bad")).seq == 2
