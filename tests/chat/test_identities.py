"""What is taken once is taken once, by whatever database, and what speaks for somebody ends when it should."""

import secrets
import time
from functools import partial
from typing import Any

import anyio
import jwt
import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import chores, clock, identities, sessions, sites, tokens
from webchat.chat.clock import now
from webchat.errors import Forbidden, NotFound, Refused, SignInNeeded
from webchat.model import Guest, Site

pytestmark = pytest.mark.anyio

HERE = "https://chat.example"


@pytest.fixture
async def blog(place: Place) -> Site:
    await place.do(place.ann, c.CreateSite("blog", ("https://blog.example",), new_cid(), guests="read"))
    return await place.store.read(lambda tx: sites.found(tx, "blog"))


def token(site: Site, **other: Any) -> str:
    at = int(time.time())
    said = {"iss": site.name, "aud": HERE, "sub": "7", "name": "Hanna", "iat": at, "exp": at + 60}
    return jwt.encode(said | {"jti": secrets.token_urlsafe(8)} | other, site.secret)


async def at_once(place: Place, fn: Any, times: int = 6) -> list[Any]:
    """What comes of doing the same several times at once; None where it was refused."""
    done: list[Any] = []

    async def one() -> None:
        try:
            done.append(await place.store.write(fn))
        except Refused:
            done.append(None)

    async with anyio.create_task_group() as tasks:
        for _ in range(times):
            tasks.start_soon(one)
    return [one for one in done if one is not None]


async def test_a_token_is_taken_once(place: Place, blog: Site) -> None:
    text = token(blog)
    taken = await at_once(place, lambda tx: identities.accept(tx, blog, text, [HERE]))
    assert taken == [identities.Said("7", "Hanna")]
    place.store.close()
    place.store = place.reopen()
    with pytest.raises(SignInNeeded, match="used already"):
        await place.store.write(lambda tx: identities.accept(tx, blog, text, [HERE]))


async def test_what_is_refused_uses_nothing_up(place: Place, blog: Site) -> None:
    before = await place.everything()
    for wrong in ({"name": "x" * 81}, {"exp": int(time.time()) + 900}, {"aud": "elsewhere"}):
        with pytest.raises(SignInNeeded):
            await place.store.write(partial(identities.accept, site=blog, token=token(blog, **wrong), audience=[HERE]))
    assert await place.everything() == before


async def test_used_tokens_and_codes_are_forgotten_once_they_are_over(
    place: Place, blog: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = await place.store.write(lambda tx: sessions.start(tx, place.bob))
    await place.store.write(lambda tx: identities.offer(tx, "blog", begun.session))
    await place.store.write(lambda tx: identities.accept(tx, blog, token(blog), [HERE]))
    before = await place.everything()
    await place.store.write(chores.sweep)
    assert await place.everything() == before
    later = now() + 60_000 + 31_000
    monkeypatch.setattr(chores, "now", lambda: later)
    await place.store.write(chores.sweep)
    both = "SELECT expires FROM site_tokens UNION SELECT expires FROM site_codes"
    assert await place.store.read(lambda tx: tx.all(both)) == []


async def signed_in(place: Place) -> tuple[str, str]:
    """A session of bob's, and one at the blog that was made from it."""
    begun = await place.store.write(lambda tx: sessions.start(tx, place.bob))
    site, code = await place.store.write(lambda tx: identities.offer(tx, "blog", begun.session))
    [(user, secret)] = await at_once(place, lambda tx: identities.redeem(tx, site, code))
    assert user == place.bob
    return begun.session, identities.hashed(secret)


async def test_a_session_at_a_site_speaks_in_its_threads_only(place: Place, blog: Site) -> None:
    _session, held = await signed_in(place)
    done = await place.chat.perform(place.bob, c.PostMessage("blog.post-1", "hello", new_cid()), held)
    edit = c.EditMessage(int(done.id), "hello!", (await place.message(int(done.id))).said, new_cid())
    await place.chat.perform(place.bob, edit, held)
    said = await place.say(place.bob, "lobby")
    before = await place.everything()
    for command in (
        c.PostMessage("lobby", "x", new_cid()),
        c.PostMessage("blog", "x", new_cid()),
        c.EditMessage(said.id, "x", said.said, new_cid()),
        c.DeleteMessage(said.id, new_cid()),
        c.AddReaction(said.id, "👍", new_cid()),
        c.SetProfile("x", "", new_cid()),
        c.EndOtherSessions(new_cid()),
        c.OpenDirect(("ann",), new_cid()),
    ):
        with pytest.raises(Forbidden, match="only for the comments"):
            await place.chat.perform(place.bob, command, held)
    assert await place.everything() == before

    def used(tx: Any) -> list[bool]:
        asked = (("read", ""), ("read", "lobby"), ("admin", "blog.x"), ("notify", "blog.x"), ("post", "blog.x"))
        return [tokens.may_use(tx, held, *one) for one in asked]

    assert await place.store.read(used) == [False] * 4 + [True]


async def test_it_ends_with_the_session_that_it_was_made_from(place: Place, blog: Site) -> None:
    session, held = await signed_in(place)
    _other, stays = await signed_in(place)
    done = await place.store.write(lambda tx: sessions.sign_out(tx, place.bob, session))
    assert {event.session for event in done.events} == {session, held}  # type: ignore[union-attr]
    assert await place.store.read(lambda tx: (tokens.lives(tx, held), tokens.lives(tx, stays))) == (False, True)
    with pytest.raises(SignInNeeded):
        await place.chat.perform(place.bob, c.PostMessage("blog.post-1", "late", new_cid()), held)
    done = await place.do(place.ann, c.DisableUser("bob", new_cid()))
    assert stays in {event.session for event in place.told if hasattr(event, "session")}
    assert await place.store.read(lambda tx: tokens.lives(tx, stays)) is False


async def test_its_use_is_that_of_the_session_that_it_was_made_from(place: Place, blog: Site) -> None:
    session, held = await signed_in(place)
    other = await place.store.write(lambda tx: sessions.start(tx, place.ann))
    credentials = {held, other.session, identities.credential(blog, now())}
    used = await place.store.read(lambda tx: identities.made_from(tx, credentials))
    assert used == {session, other.session}


async def test_whom_a_site_knows_speaks_while_its_secret_stays(place: Place, blog: Site) -> None:
    hanna = Guest("key", "Hanna", site=blog.id, vouched=True)
    held = identities.credential(blog, now() + identities.KNOWN)
    post = c.PostMessage("blog.post-1", "hello", new_cid())
    with pytest.raises(Forbidden):
        await place.do(Guest("other", "Gus"), post)
    with pytest.raises(NotFound):
        await place.do(Guest("key", "Hanna", site=blog.id + 1, vouched=True), post)
    await place.chat.perform(hanna, post, held)
    await place.do(place.ann, c.RenewSecret("blog", new_cid()))
    with pytest.raises(SignInNeeded):
        await place.chat.perform(hanna, c.PostMessage("blog.post-1", "late", new_cid()), held)
    over = identities.credential(await place.store.read(lambda tx: sites.found(tx, "blog")), now() - 1)
    with pytest.raises(SignInNeeded):
        await place.chat.perform(hanna, c.PostMessage("blog.post-1", "late", new_cid()), over)
    assert (await place.room("blog.post-1")).seq == 1


async def test_a_secret_that_is_kept_signs_for_another_day(
    place: Place, blog: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanna, held = Guest("key", "Hanna", site=blog.id, vouched=True), identities.credential(blog, now() + 3 * clock.DAY)

    async def signed(by: Site) -> None:
        await place.store.write(lambda tx: identities.accept(tx, sites.found(tx, "blog"), token(by), [HERE]))

    async def says() -> None:
        await place.chat.perform(hanna, c.PostMessage("blog.post-1", "hello", new_cid()), held)

    await place.do(place.ann, c.RenewSecret("blog", new_cid(), keep=True))
    after = await place.store.read(lambda tx: sites.found(tx, "blog"))
    for by in (blog, after):
        await signed(by)
    await says()
    later = now() + clock.DAY + 1
    with monkeypatch.context() as patch:
        patch.setattr(identities, "now", lambda: later)
        with pytest.raises(SignInNeeded):
            await says()
        with pytest.raises(SignInNeeded):
            await signed(blog)
    await says()
    await place.do(place.ann, c.RenewSecret("blog", new_cid()))
    for by in (blog, after):
        with pytest.raises(SignInNeeded):
            await signed(by)
    with pytest.raises(SignInNeeded):
        await says()
