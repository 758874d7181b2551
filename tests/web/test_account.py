"""The settings of an account: its password, and where it is signed in."""

import re

import pytest

from tests.web.conftest import PASSWORD, URL, Visitor
from webchat.app import Webchat

pytestmark = pytest.mark.anyio

NEW = "another long enough one"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def is_in(visitor: Visitor) -> bool:
    return (await visitor.get("/inbox")).status_code == 200


def listed(html: str) -> list[str]:
    """The sessions with a button that ends them."""
    return re.findall(r'value="end-session:([0-9a-f]{64})"', html)


async def test_another_password_ends_every_session_but_a_new_one(app: Webchat, bob: Visitor) -> None:
    async with Visitor(app) as elsewhere, Visitor(app) as replayed:
        await elsewhere.sign_in("bob")
        old = bob.cookies["webchat"]
        answer = await bob.form("/settings/password", current=PASSWORD, password=NEW)
        assert (answer.status_code, answer.headers["location"]) == (303, "/settings?changed=password")
        assert "Your password is changed" in (await bob.get("/settings?changed=password")).text
        assert bob.cookies["webchat"] != old
        assert await is_in(bob)
        assert not await is_in(elsewhere)
        replayed.cookies.set("webchat", old)
        assert not await is_in(replayed)
        assert (await elsewhere.form("/sign-in", name="bob", password=PASSWORD)).status_code == 403
        assert (await elsewhere.form("/sign-in", name="bob", password=NEW)).status_code == 303


@pytest.mark.parametrize(
    ("current", "password", "status", "says"),
    [
        ("wrong", NEW, 403, "This is not your password"),
        ("", NEW, 403, "This is not your password"),
        (PASSWORD, "short", 400, "at least 8"),
        (PASSWORD, "x" * 129, 400, "at most 128"),
        (PASSWORD, "password123", 400, "Many people have this password"),
        (PASSWORD, "", 400, "at least 8"),
    ],
)
async def test_a_password_that_stays(
    app: Webchat, bob: Visitor, current: str, password: str, status: int, says: str
) -> None:
    held = bob.cookies["webchat"]
    answer = await bob.form("/settings/password", current=current, password=password)
    assert answer.status_code == status
    assert says in answer.text
    assert not password or password not in answer.text
    assert bob.cookies["webchat"] == held
    assert await is_in(bob)
    async with Visitor(app) as again:
        await again.sign_in("bob")


async def test_only_who_is_signed_in_has_a_password(ann: Visitor, stranger: Visitor) -> None:
    answer = await stranger.form("/settings/password", current=PASSWORD, password=NEW)
    assert answer.status_code == 401
    assert "/settings/password" not in (await stranger.get("/settings")).text


async def test_the_list_says_where_one_is_signed_in(app: Webchat, bob: Visitor) -> None:
    async with Visitor(app) as elsewhere:
        elsewhere.headers.update({"User-Agent": FIREFOX, "X-Forwarded-For": "2001:db8:1:2:3::4"})
        await elsewhere.sign_in("bob")
        page = (await bob.get("/settings")).text
        assert "Firefox on Linux" in page
        assert "2001:db8" not in page, "no address is kept"
        assert page.count("This one") == 1
        [other] = listed(page)
        assert (await bob.do(f"end-session:{other}")).headers["location"] == "/settings"
        assert not await is_in(elsewhere)
        assert await is_in(bob)
        assert listed((await bob.get("/settings")).text) == []
        assert (await bob.do(f"end-session:{other}")).status_code == 404


async def test_signing_out_everywhere_else(app: Webchat, bob: Visitor) -> None:
    async with Visitor(app) as one, Visitor(app) as two:
        await one.sign_in("bob")
        await two.sign_in("bob")
        assert len(listed((await bob.get("/settings")).text)) == 2
        assert (await bob.do("end-other-sessions")).headers["location"] == "/settings"
        assert [await is_in(visitor) for visitor in (bob, one, two)] == [True, False, False]
        assert "end-other-sessions" not in (await bob.get("/settings")).text


async def test_a_session_of_somebody_else_is_not_there(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    async with Visitor(app) as elsewhere:
        await elsewhere.sign_in("ann")
        [anns] = listed((await ann.get("/settings")).text)
        there, nowhere = await bob.do(f"end-session:{anns}"), await bob.do(f"end-session:{'0' * 64}")
        assert there.status_code == nowhere.status_code == 404
        assert re.sub(r"cid-[\w-]+", "", there.text) == re.sub(r"cid-[\w-]+", "", nowhere.text)
        assert await is_in(elsewhere)


async def test_what_a_browser_says_it_is_cannot_be_markup(app: Webchat, bob: Visitor) -> None:
    async with Visitor(app) as odd:
        odd.headers["User-Agent"] = "<marquee> Firefox/1"
        await odd.sign_in("bob")
        page = (await bob.get("/settings")).text
    assert "Firefox" in page
    assert "<marquee" not in page


async def test_signing_in_gives_a_new_id_and_ends_the_one_before(app: Webchat, bob: Visitor) -> None:
    fixed = bob.cookies["webchat"]
    await bob.sign_in("bob")
    assert bob.cookies["webchat"] != fixed
    assert listed((await bob.get("/settings")).text) == []
    async with Visitor(app) as replayed:
        replayed.cookies.set("webchat", fixed)
        assert not await is_in(replayed)


async def test_an_id_that_somebody_else_chose_is_not_kept(app: Webchat, bob: Visitor) -> None:
    async with Visitor(app) as victim:
        form = {"name": "bob", "password": PASSWORD}
        chosen = {"Cookie": "webchat=an-id-that-somebody-else-chose", "Origin": URL}
        answer = await victim.post("/sign-in", data=form, headers=chosen)
        assert answer.status_code == 303
        assert "an-id-that-somebody-else-chose" not in answer.headers["set-cookie"]
        assert await is_in(victim)
