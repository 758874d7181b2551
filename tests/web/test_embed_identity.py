"""Who somebody is in the threads of a site: the cookie, where it counts and where it does not."""

import base64
import secrets
from pathlib import Path

import pytest

from tests.permissions.doors import Socket, request
from tests.web.conftest import URL, Visitor
from tests.web.frames import COOKIE, THREAD, Frame, authors, handed_over, kept, let_in, opened, signed
from webchat.app import Webchat
from webchat.model import Site

pytestmark = pytest.mark.anyio


async def test_a_guest_of_a_site_stays_the_same(app: Webchat, frame: Frame) -> None:
    answer = await frame.form("/embed/blog/enter", name="Gus")
    assert (answer.status_code, answer.content) == (204, b"")
    assert [*frame.cookies] == [COOKIE, f"{COOKIE}-apart"]
    assert await frame.says("mine") == 303
    assert (await frame.form("/embed/blog/enter", name="Wil")).status_code == 204
    assert (await frame.do("edit-message:1", based="1", body="still mine")).status_code == 303
    assert await frame.says("more") == 303
    assert await authors(app) == [("Gus", "still mine"), ("Wil", "more")]


async def test_names_that_a_guest_cannot_have(app: Webchat, frame: Frame) -> None:
    before = await kept(app)
    for name in ("", "x" * 41, "<b>", "a\u200bb", "Ann", "admin"):
        answer = await frame.form("/embed/blog/enter", name=name)
        assert answer.status_code == (409 if name in ("Ann", "admin") else 400), name
        assert answer.text.endswith(".")
        assert "set-cookie" not in answer.headers
        assert await kept(app) == before


async def test_where_guests_do_not_write_nobody_enters_as_one(app: Webchat, ann: Visitor) -> None:
    for guests in ("none", "read"):
        await let_in(app, guests, guests)
        answer = await ann.form(f"/embed/{guests}/enter", name="Gus")
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


async def test_the_cookie_behind_tls_is_kept_for_each_page_around(tmp_path: Path) -> None:
    origin = "https://chat.example"
    async with opened(tmp_path, origins=(origin,)) as app:
        site = await let_in(app, "blog")
        headers = {"host": "chat.example", "origin": origin}
        token = {"token": signed(site, aud=f"{origin}/")}
        status, told, _body = await request(app, "/embed/blog/identify", "", "POST", token, headers=headers)
        assert status == 204
        name, *rest = told["set-cookie"].split("; ")
        assert name.startswith(f"__Host-{COOKIE}=host.")
        assert rest == ["Max-Age=1209600", "Path=/", "Secure", "HttpOnly", "SameSite=None", "Partitioned"]
        _status, told, _body = await request(app, "/embed/blog/leave", name, "POST", headers=headers)
        assert told["set-cookie"] == f"__Host-{COOKIE}=; Max-Age=0; " + "; ".join(rest[1:])


async def test_the_cookie_on_ones_own_machine(app: Webchat, frame: Frame) -> None:
    """A frame in a page of another origin there keeps one of the two, and both say the same."""
    answer = await frame.form("/embed/blog/enter", name="Gus")
    said = [cookie.split("; ") for cookie in answer.headers.get_list("set-cookie")]
    assert [one[1:] for one in said] == [
        ["Max-Age=31536000", "Path=/", "HttpOnly", "SameSite=Lax"],
        ["Max-Age=31536000", "Path=/", "Secure", "HttpOnly", "SameSite=None", "Partitioned"],
    ]
    held = [one[0].partition("=")[::2] for one in said]
    assert held == [(COOKIE, held[0][1]), (f"{COOKIE}-apart", held[0][1])]
    frame.cookies.clear()
    frame.headers["Cookie"] = said[1][0]
    assert await frame.says("known") == 303
    assert [by for by, _body in await authors(app)] == ["Gus"]
    left = await frame.form("/embed/blog/leave")
    assert [cookie.split("; ")[0] for cookie in left.headers.get_list("set-cookie")] == [f"{one}=" for one, _ in held]


async def test_elsewhere_without_tls_there_is_no_second_cookie(tmp_path: Path) -> None:
    async with opened(tmp_path, host="10.0.0.1") as app:
        await let_in(app, "blog")
        headers = {"host": "10.0.0.1", "origin": "http://10.0.0.1"}
        _status, told, _body = await request(app, "/embed/blog/enter", "", "POST", {"name": "Gus"}, headers=headers)
        assert told["set-cookie"].endswith("; SameSite=Lax")


async def test_a_site_in_another_script(app: Webchat, ann: Visitor) -> None:
    site = await let_in(app, "博客")
    async with Frame(app) as frame:
        answer = await frame.form("/embed/博客/identify", token=signed(site, iss="博客"))
        assert answer.status_code == 204
        assert answer.headers["set-cookie"].isascii()
        frame.headers["Referer"] = f"{URL}/embed/x"
        assert (await Visitor.do(frame, "post-message", room="博客.post-1", body="hello")).status_code == 303
    assert await authors(app, "博客.post-1") == [("Hanna", "hello")]


def changed(value: str) -> list[str]:
    kind, key, title, *rest = value.split(".")
    other = base64.urlsafe_b64encode(b"Ann").decode()
    return [
        value + "0",
        ".".join([kind, "another-key", title, *rest]),
        ".".join([kind, key, other, *rest]),
        ".".join(["guest" if kind == "host" else "host", key, title, *rest]),
        f"user.{key}",
        "é",
        "....",
        kind,
    ]


@pytest.mark.parametrize("how", ["enter", "identify"])
async def test_a_cookie_that_was_changed_is_nobodys(app: Webchat, blog: Site, frame: Frame, how: str) -> None:
    await frame.form(f"/embed/blog/{how}", name="Gus", token=signed(blog))
    assert await frame.says("mine") == 303
    held = frame.cookies[COOKIE]
    edit = {"do": "edit-message:1", "based": "1", "body": "mine?", "cid": secrets.token_urlsafe(16)}
    for cookie in changed(held):
        status, _told, _body = await request(app, "/do", f"{COOKIE}={cookie}", "POST", edit, "application/json")
        assert status in (401, 403), cookie
    status, _told, _body = await request(app, "/do", f"{COOKIE}={held}", "POST", edit, "application/json")
    assert status == 200


async def test_a_cookie_counts_at_its_site_only(app: Webchat, blog: Site, ann: Visitor, frame: Frame) -> None:
    await let_in(app, "shop")
    await ann.do("create-room", room="hall", guests="write")
    await frame.form("/embed/blog/identify", token=signed(blog))
    held = frame.cookies[COOKIE]
    # Shown as another site's, or as that of the place itself.
    frame.cookies.set("webchat-at-shop", held)
    frame.cookies.set("webchat-guest", held)
    for room in ("shop.post-1", "hall"):
        await Visitor.do(frame, "post-message", room=room, body="who am I")
        [(title, _body)] = await authors(app, room)
        assert title.startswith("Guest ")
    # And by a socket that was opened in a thread, into another room.
    await frame.says("hello")
    async with Socket(app, f"{COOKIE}={held}", f"{THREAD}&view=widget") as socket:
        for room, key in (("hall", "nack"), ("shop.post-1", "nack"), (THREAD, "ack")):
            cid = secrets.token_urlsafe(16)
            socket.send({"do": "post-message", "room": room, "body": "by socket", "cid": cid})
            assert key in await socket.answer()
    assert await authors(app) == [("Hanna", "hello"), ("Hanna", "by socket")]


async def test_each_door_of_a_thread_knows_them(app: Webchat, frame: Frame) -> None:
    shop = await let_in(app, "shop", "none")
    await frame.form("/embed/shop/identify", token=signed(shop, iss="shop"))
    held = f"webchat-at-shop={frame.cookies['webchat-at-shop']}"
    for path in ("/poll", "/stream"):
        assert (await request(app, f"{path}?room=shop.post-1"))[0] == 401
    assert (await request(app, "/poll?room=shop.post-1", held))[0] == 200
    assert (await request(app, "/poll?room=blog.post-1", held))[0] == 200
    async with Socket(app, "", "shop.post-1") as socket:
        assert socket.code == 4401
    async with Socket(app, held, "shop.post-1") as socket:
        socket.send({"do": "post-message", "room": "shop.post-1", "body": "first", "cid": secrets.token_urlsafe(16)})
        assert "ack" in await socket.answer()
    assert await authors(app, "shop.post-1") == [("Hanna", "first")]


async def test_a_sites_own_users_write_where_guests_do_not(app: Webchat, frame: Frame) -> None:
    for guests in ("read", "none"):
        site, room = await let_in(app, guests, guests), f"{guests}.post-1"

        async def says(cookie: str, room: str = room) -> int:
            form = {"do": "post-message", "room": room, "body": "hello", "cid": secrets.token_urlsafe(16)}
            return (await request(app, "/do", cookie, "POST", form, "application/json"))[0]

        await frame.form(f"/embed/{guests}/identify", token=signed(site, iss=guests))
        held = f"webchat-at-{guests}={frame.cookies[f'webchat-at-{guests}']}"
        assert await says("") == (403 if guests == "read" else 404)
        assert await authors(app, room) == []
        assert await says(held) == 200
        assert await says("") == (403 if guests == "read" else 404)


async def test_leaving(app: Webchat, blog: Site, frame: Frame) -> None:
    await frame.form("/embed/blog/identify", token=signed(blog))
    assert (await frame.form("/embed/blog/leave")).status_code == 204
    assert COOKIE not in frame.cookies
    assert (await frame.form("/embed/blog/leave")).status_code == 204


async def test_a_site_where_nobody_is_signed_in_forgets_its_own_users_only(
    app: Webchat, blog: Site, bob: Visitor, frame: Frame
) -> None:
    await frame.form("/embed/blog/enter", name="Gus")
    assert "set-cookie" not in (await frame.form("/embed/blog/leave", token="")).headers
    assert await frame.says("hello") == 303
    await frame.form("/embed/blog/redeem", code=await handed_over(bob))
    assert "set-cookie" not in (await frame.form("/embed/blog/leave", token="")).headers
    assert await frame.says("hello") == 303
    assert await authors(app) == [("Gus", "hello"), ("Bob", "hello")]
    await frame.form("/embed/blog/identify", token=signed(blog))
    await frame.form("/embed/blog/leave", token="")
    assert COOKIE not in frame.cookies


async def test_forms_lead_back_to_the_frame_and_nowhere_else(app: Webchat, blog: Site, frame: Frame) -> None:
    answer = await frame.form("/embed/blog/enter", name="Gus", next="/embed/blog/post-1?mode=live")
    assert (answer.status_code, answer.headers["location"]) == (303, "/embed/blog/post-1?mode=live")
    frame.cookies.clear()
    before = await kept(app)
    for path in ("/embed/shop/x", "//evil.example", "https://evil.example", "/embed/blog/../../admin", "/admin"):
        answer = await frame.form("/embed/blog/enter", name="Gus", next=path)
        assert (answer.status_code, "set-cookie" in answer.headers) == (400, False), path
    for path in ("/embed/blog/%2e%2e/x", "/embed/blog/\\evil", "/embed/blog/\r\nX: y"):
        token = signed(blog)
        assert (await frame.form("/embed/blog/identify", token=token, next=path)).status_code == 400
    assert await kept(app) == before
    by_script = {"Origin": URL, "Sec-Fetch-Dest": "empty"}
    form = {"name": "Gus", "next": "/embed/blog/post-1"}
    assert (await frame.post("/embed/blog/enter", data=form, headers=by_script)).status_code == 204
    # What is refused can be read in the frame, in the pages of the site only.
    answer = await frame.form("/embed/blog/enter", name="")
    assert "frame-ancestors 'self' https://blog.example" in answer.headers["content-security-policy"]


async def test_a_strangers_first_post_keeps_them_at_the_site(app: Webchat, frame: Frame) -> None:
    assert await frame.says("hello") == 303
    assert [*frame.cookies] == [COOKIE, f"{COOKIE}-apart"]
    assert (await frame.do("edit-message:1", based="1", body="mine")).status_code == 303


async def test_no_such_site(ann: Visitor) -> None:
    for door in ("enter", "identify", "leave", "redeem", "-/sign-in"):
        assert (await ann.form(f"/embed/nowhere/{door}")).status_code == 404


async def test_rates(tmp_path: Path) -> None:
    async with opened(tmp_path, limits=True) as app, Frame(app) as frame:
        app.state.house.limits._clock = lambda: 0.0
        site = await let_in(app, "blog")
        codes = [(await frame.form("/embed/blog/redeem", code="x")).status_code for _ in range(11)]
        assert codes == [401] * 10 + [429]
        answer = await frame.form("/embed/blog/enter", name="Gus")
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
        codes = [(await frame.form("/embed/blog/identify", token=signed(site))).status_code for _ in range(70)]
        assert codes[:60] == [204] * 60
        assert 429 in codes
