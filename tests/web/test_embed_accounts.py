"""People with an account here, in the frames of a site."""

import secrets

import anyio
import pytest

from tests.permissions.doors import Socket, request
from tests.web.conftest import PASSWORD, URL, Visitor
from tests.web.frames import COOKIE, THREAD, Frame, authors, handed_over, kept, let_in, signed
from webchat.app import Webchat
from webchat.chat import identities
from webchat.chat.clock import now
from webchat.model import Site
from webchat.web import revocation

pytestmark = pytest.mark.anyio


async def test_an_account_of_ours_in_a_frame(app: Webchat, bob: Visitor, frame: Frame) -> None:
    shown = await bob.get("/embed/blog/-/sign-in")
    assert "Write on Blog as Bob?" in shown.text
    assert shown.headers["cross-origin-opener-policy"] == "unsafe-none"
    assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]
    code = await handed_over(bob)
    assert (await frame.form("/embed/blog/redeem", code=code)).status_code == 204
    assert [*frame.cookies] == [COOKIE, f"{COOKIE}-apart"]
    assert await frame.says("hello") == 303
    assert await authors(app) == [("Bob", "hello")]
    answer = await frame.form("/embed/blog/redeem", code=code)
    assert (answer.status_code, answer.text) == (401, identities.NO_CODE)


async def test_codes_that_are_refused(
    app: Webchat, bob: Visitor, frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    await let_in(app, "shop")
    code = await handed_over(bob)
    before = await kept(app)
    for site, shown in (("shop", code), ("blog", code + "x"), ("blog", ""), ("blog", "é" * 5000)):
        answer = await frame.form(f"/embed/{site}/redeem", code=shown)
        assert (answer.status_code, "set-cookie" in answer.headers) == (401, False)
    assert "set-cookie" not in (await frame.get(f"/embed/blog/redeem?code={code}")).headers
    assert await kept(app) == before
    later = now() + identities.CODE
    monkeypatch.setattr("webchat.chat.identities.now", lambda: later)
    assert (await frame.form("/embed/blog/redeem", code=code)).status_code == 401
    monkeypatch.undo()
    codes = []

    async def show() -> None:
        codes.append((await frame.form("/embed/blog/redeem", code=code)).status_code)

    async with anyio.create_task_group() as tasks:
        for _ in range(6):
            tasks.start_soon(show)
    assert sorted(codes) == [204] + [401] * 5


async def test_a_code_is_of_no_use_after_signing_out(bob: Visitor, frame: Frame) -> None:
    code = await handed_over(bob)
    await bob.form("/sign-out")
    assert (await frame.form("/embed/blog/redeem", code=code)).status_code == 401


async def test_who_is_not_signed_in_does_that_first(app: Webchat, bob: Visitor, frame: Frame) -> None:
    async with Visitor(app) as window:
        first = await window.get("/embed/blog/-/sign-in")
        assert (first.status_code, first.headers["location"]) == (303, "/sign-in?next=/embed/blog/-/sign-in")
        asked = await window.get(first.headers["location"])
        wrong = await window.form("/sign-in", name="bob", password="wrong", next="/embed/blog/-/sign-in")
        right = await window.form("/sign-in", name="bob", password=PASSWORD, next="/embed/blog/-/sign-in")
        assert (right.status_code, right.headers["location"]) == (303, "/embed/blog/-/sign-in")
        kept = {answer.headers["cross-origin-opener-policy"] for answer in (first, asked, wrong, right)}
        assert kept == {"unsafe-none"}
        for path in ("/sign-in", "/sign-in?next=/rooms", "/sign-in?next=//embed/blog/-/sign-in"):
            assert (await window.get(path)).headers["cross-origin-opener-policy"] == "same-origin"
        assert (await window.form("/embed/blog/-/sign-in")).status_code == 200
    # What somebody is in a frame is no sign-in to anything.
    code = await handed_over(bob)
    await frame.form("/embed/blog/redeem", code=code)
    assert (await frame.get("/embed/blog/-/sign-in")).status_code == 303
    assert (await frame.form("/embed/blog/-/sign-in")).status_code == 303


async def test_a_sign_in_at_a_site_is_for_its_threads_only(app: Webchat, ann: Visitor, frame: Frame) -> None:
    """The session of an admin, in a frame: it can say something there, and nothing else."""
    shop = await let_in(app, "shop")
    assert shop.id
    await frame.form("/embed/blog/redeem", code=await handed_over(ann))
    held = f"{COOKIE}={frame.cookies[COOKIE]}"
    for path in ("/inbox", "/admin", "/settings/password"):
        assert (await frame.get(path)).status_code in (303, 405), path
    before = await kept(app)
    async with Socket(app, held, THREAD) as socket:
        for form in (
            {"do": "post-message", "room": "lobby", "body": "x"},
            {"do": "post-message", "room": "shop.post-1", "body": "x"},
            {"do": "create-token", "user": "ann", "scopes": "admin"},
            {"do": "create-user", "name": "eve"},
            {"do": "set-profile", "title": "Eve"},
            {"do": "end-other-sessions"},
            {"do": "open-direct", "users": "ann"},
            {"do": "edit-room", "room": THREAD, "title": "Mine"},
            {"do": "renew-secret", "site": "blog"},
            {"do": "change-place", "name": "Mine"},
            {"do": "read-notifications", "upto": "1"},
        ):
            socket.send(form | {"cid": secrets.token_urlsafe(16)})
            told = await socket.answer()
            assert told.get("why") == identities.ONLY_HERE, form
        assert await kept(app) == before
        socket.send({"do": "post-message", "room": THREAD, "body": "hello", "cid": secrets.token_urlsafe(16)})
        assert "ack" in await socket.answer()
    async with Socket(app, held, "lobby") as socket:
        assert socket.code == 4401
    assert await frame.says("and by a form") == 303
    assert await authors(app) == [("Ann", "hello"), ("Ann", "and by a form")]


@pytest.mark.parametrize("how", ["sign-out", "sign-out-user", "disable-user", "password", "leave"])
async def test_it_ends_with_the_session_that_it_was_made_from(
    app: Webchat, ann: Visitor, bob: Visitor, frame: Frame, how: str
) -> None:
    await frame.form("/embed/blog/redeem", code=await handed_over(bob))
    held = f"{COOKIE}={frame.cookies[COOKIE]}"
    assert await frame.says("hello") == 303
    async with Socket(app, held, THREAD) as socket:
        if how == "sign-out":
            await bob.form("/sign-out")
        elif how == "password":
            changed = {"current": PASSWORD, "password": "another long one"}
            assert (await bob.form("/settings/password", **changed)).status_code == 303
        elif how == "leave":
            await frame.form("/embed/blog/leave")
        else:
            assert (await ann.do(f"{how}:bob")).status_code == 303
        assert await socket.end() == 4401, "told at once, not found out later"
    form = {"do": "post-message", "room": THREAD, "body": "late", "cid": secrets.token_urlsafe(16)}
    await request(app, "/do", held, "POST", form, "application/json")
    assert ("Bob", "late") not in await authors(app)
    assert await app.state.house.store.read(lambda tx: tx.all("SELECT * FROM site_sessions")) == []


async def test_leaving_holds_where_nobody_was_told(
    app: Webchat, bob: Visitor, frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, broker = app.state.house, app.state.doors["socket"].broker
    await frame.form("/embed/blog/redeem", code=await handed_over(bob))
    seen = await revocation.look(at, broker, -1)
    async with Socket(app, f"{COOKIE}={frame.cookies[COOKIE]}", THREAD) as socket:
        monkeypatch.setattr("webchat.broker.broker.ended", lambda *_news: ())
        assert (await frame.form("/embed/blog/leave")).status_code == 204
        seen, before = await revocation.look(at, broker, seen), seen
        assert seen > before
        assert await socket.end() == 4401
    await frame.form("/embed/blog/leave")
    assert await revocation.look(at, broker, seen) == seen


async def test_what_else_signs_in_stays(app: Webchat, bob: Visitor, frame: Frame) -> None:
    """Ending one session ends what was made from it, and no other's."""
    async with Visitor(app) as other:
        await other.sign_in("bob")
        await frame.form("/embed/blog/redeem", code=await handed_over(bob))
        await other.form("/sign-out")
    assert await frame.says("hello") == 303
    assert await authors(app) == [("Bob", "hello")]


async def test_nobody_comes_in_by_an_account_where_only_the_sites_users_do(app: Webchat, bob: Visitor) -> None:
    await let_in(app, "shop", "none")
    assert (await bob.get("/embed/shop/-/sign-in")).status_code == 403
    assert (await bob.form("/embed/shop/-/sign-in")).status_code == 403


async def test_who_has_an_account_writes_where_guests_read(app: Webchat, bob: Visitor) -> None:
    await let_in(app, "shop", "read")
    assert (await bob.do("post-message", room="shop.post-1", body="hello")).status_code == 303
    assert await authors(app, "shop.post-1") == [("Bob", "hello")]


async def test_in_a_frame_one_is_who_one_is_there_and_elsewhere_oneself(app: Webchat, blog: Site, bob: Visitor) -> None:
    """Where the site and this place share a domain, a browser shows both cookies."""
    await bob.form("/embed/blog/identify", token=signed(blog))
    await bob.do("post-message", room=THREAD, body="on our page")
    bob.headers["Referer"] = f"{URL}/embed/blog/post-1"
    await bob.do("post-message", room=THREAD, body="in the frame")
    assert await authors(app) == [("Bob", "on our page"), ("Hanna", "in the frame")]


async def test_no_page_of_ours_knows_it_and_none_is_shown_to_it(app: Webchat, ann: Visitor, frame: Frame) -> None:
    """Whatever stands behind an address, and whatever a form says that it is about."""
    await ann.do("create-room", room="secret", title="The secret room", kind="closed")
    await ann.do("post-message", room="secret", body="between us")
    await frame.form("/embed/blog/redeem", code=await handed_over(ann))
    before = await kept(app)
    for path in ("/admin/users", "/admin/tokens", "/inbox", "/rooms/secret", "/rooms/secret/m/1", "/direct"):
        answer = await frame.get(f"{path}?room={THREAD}")
        assert answer.status_code in (303, 401), path
        assert "secret" not in answer.text, path
    changed = {"current": PASSWORD, "password": "another long one"}
    assert (await frame.form(f"/settings/password?room={THREAD}", **changed)).status_code == 401
    assert (await frame.form(f"/sign-out?room={THREAD}")).status_code == 303
    for form in (
        {"do": "create-token", "user": "ann", "scopes": "admin"},
        {"do": "create-user", "name": "eve"},
        {"do": "set-profile", "title": "Eve"},
        {"do": "edit-message:1", "body": "x", "based": "1"},
        {"do": "edit-room", "title": "Mine"},
        {"do": "approve-message:1"},
        {"do": "post-message", "body": ""},
    ):
        answer = await frame.do(**{"room": THREAD} | form)
        assert answer.status_code in (400, 403), form
        assert not any(text in answer.text for text in ("secret", "between us", "/admin/")), form
        assert "set-cookie" not in answer.headers
    assert await kept(app) == before
