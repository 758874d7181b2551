"""Other people's sites, and the threads on their pages."""

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import sites
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, SignInNeeded
from webchat.model import Actor, Site
from webchat.store import meta, sites as stored

pytestmark = pytest.mark.anyio

BLOG = c.CreateSite("Blog", ("https://blog.example/", "https://BLOG.example", "http://localhost:8080"), new_cid())


@pytest.fixture
async def blog(place: Place) -> Site:
    await place.do(place.ann, BLOG)
    return await site(place)


async def site(place: Place) -> Site:
    found = await place.store.read(lambda tx: stored.by_name(tx, "blog"))
    assert found
    return found


async def test_a_site_is_let_in_once_and_its_secret_is_told_once(place: Place) -> None:
    made = await place.do(place.ann, BLOG)
    assert (made.id, (await place.do(place.ann, BLOG)).secret) == ("blog", "")
    found = await site(place)
    assert found.origins == ("https://blog.example", "http://localhost:8080")
    assert (found.title, found.guests, found.secret) == ("blog", "write", made.secret)
    with pytest.raises(Conflict):
        await place.do(place.ann, c.CreateSite("BLOG", ("https://other.example",), new_cid()))


@pytest.mark.parametrize(
    "origin",
    [
        "blog.example",
        "ftp://blog.example",
        "https://",
        "https://blog.example/path",
        "https://blog.example?x",
        "https://ann@blog.example",
        "https://blog.example; script-src *",
        "https://blog.example https://evil.example",
        "https://*.example",
        "https://blög.example",
        "https://[::1",
        "https://blog.example:0",
        "https://blog.example:http",
    ],
)
async def test_what_is_no_origin_is_refused(place: Place, origin: str) -> None:
    before = await place.everything()
    with pytest.raises(Malformed, match="is not the address of a site"):
        await place.do(place.ann, c.CreateSite("blog", (origin,), new_cid()))
    assert await place.everything() == before


async def test_only_admins_let_sites_in_and_change_them(place: Place, blog: Site) -> None:
    before = await place.everything()
    asked = (
        c.CreateSite("shop", ("https://shop.example",), new_cid()),
        c.EditSite("blog", new_cid(), guests="none"),
        c.RenewSecret("blog", new_cid()),
    )
    for command in asked:
        with pytest.raises(Forbidden):
            await place.do(place.bob, command)
        with pytest.raises(SignInNeeded):
            await place.do(place.guest, command)
    for command in (c.EditSite("shop", new_cid()), c.RenewSecret("shop", new_cid())):
        with pytest.raises(NotFound):
            await place.do(place.ann, command)
    assert await place.everything() == before


async def test_another_secret_takes_the_place_of_the_first(place: Place, blog: Site) -> None:
    made = await place.do(place.ann, c.RenewSecret("blog", new_cid()))
    assert made.secret == (await site(place)).secret != blog.secret


async def test_a_thread_is_made_by_what_is_first_said_in_it(place: Place, blog: Site) -> None:
    first = await place.say(place.guest, "blog.post-42")
    second = await place.say(place.bob, "blog.Post-42")
    assert ((first.room, first.seq), (second.room, second.seq)) == (("blog.post-42", 1), ("blog.post-42", 2))
    room = await place.room("blog.post-42")
    assert (room.site, room.kind, room.guests, room.title) == (blog.id, "closed", "write", "post-42")


@pytest.mark.parametrize(
    "slug", ["shop.post", "blog.", ".post", "blog.a.b", "blog.a b", "blog." + "x" * 65, "blog.\u202ea"]
)
async def test_what_is_no_thread_of_a_site_is_not_there(place: Place, blog: Site, slug: str) -> None:
    before = await place.everything()
    for actor in (place.guest, place.bob, place.welcome):
        with pytest.raises((NotFound, Malformed)):
            await place.say(actor, slug)
    with pytest.raises(Malformed):
        await place.do(place.bob, c.CreateRoom("blog.mine", new_cid()))
    assert await place.everything() == before


async def test_guests_do_what_the_site_says_in_all_its_threads(place: Place, blog: Site) -> None:
    await place.say(place.guest, "blog.old")
    before = await place.store.read(meta.revoked)
    await place.do(place.ann, c.EditSite("blog", new_cid(), guests="read"))
    actors: tuple[Actor, ...] = (place.guest, place.bob)
    for slug in ("blog.old", "blog.new"):
        with pytest.raises(Forbidden):
            await place.say(place.guest, slug)
        assert (await place.say(place.bob, slug)).author == place.bob.id
    await place.do(place.ann, c.EditSite("blog", new_cid(), guests="none"))
    for slug in ("blog.old", "blog.newer"):
        for actor in actors:
            with pytest.raises(NotFound):
                await place.say(actor, slug)
    assert await place.store.read(meta.revoked) == before + 2
    assert await place.store.read(lambda tx: sites.unmade(tx, "blog.old")) is None


async def test_who_is_banned_in_a_thread_does_not_come_in_as_to_a_new_one(place: Place, blog: Site) -> None:
    await place.say(place.bob, "blog.post")
    await place.do(place.ann, c.BanUser("blog.post", "bob", new_cid()))
    with pytest.raises(NotFound):
        await place.say(place.bob, "blog.post")
