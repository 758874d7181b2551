"""What a site says of its own users, by tokens that it signs."""

import base64
import hmac
import json
import re
import secrets
import time
from pathlib import Path
from typing import Any

import anyio
import jwt
import pytest

from tests.permissions.doors import Socket
from tests.web.conftest import URL, Visitor
from tests.web.frames import COOKIE, THREAD, Frame, authors, claims, kept, let_in, opened, signed
from webchat.app import Webchat
from webchat.chat import chores, identities
from webchat.chat.clock import HOUR, now
from webchat.model import Site
from webchat.store import sites as stored
from webchat.web import revocation

pytestmark = pytest.mark.anyio


async def test_a_site_says_who_somebody_is(app: Webchat, blog: Site, frame: Frame) -> None:
    assert (await frame.form("/embed/blog/identify", token=signed(blog))).status_code == 204
    assert await frame.says("from the laptop") == 303
    async with Frame(app) as phone:
        assert (await phone.form("/embed/blog/identify", token=signed(blog, name="Hanna B."))).status_code == 204
        assert await phone.says("from the phone") == 303
        assert (await phone.do("edit-message:1", based="1", body="mine on both")).status_code == 303
    async with Frame(app) as other:
        await other.form("/embed/blog/identify", token=signed(blog, sub="8"))
        assert (await other.do("edit-message:1", based="3", body="mine?")).status_code == 403
    assert await authors(app) == [("Hanna", "mine on both"), ("Hanna B.", "from the phone")]


async def test_the_same_user_of_two_sites_is_two_people(app: Webchat, blog: Site, frame: Frame) -> None:
    shop = await let_in(app, "shop")
    await frame.form("/embed/blog/identify", token=signed(blog))
    await frame.says("hello")
    await frame.form("/embed/shop/identify", token=signed(shop, iss="shop"))
    people = app.state.house.sessions.sites
    assert people.person(blog, "7", "Hanna").key != people.person(shop, "7", "Hanna").key
    frame.cookies.delete(COOKIE)
    assert (await frame.do("edit-message:1", based="1", body="mine?")).status_code != 303
    assert await authors(app) == [("Hanna", "hello")]


def forged(alg: str, secret: str = "", how: str = "sha512") -> str:
    """A token with an algorithm of somebody's choice."""
    text = ".".join(coded(json.dumps(part).encode()) for part in ({"alg": alg, "typ": "JWT"}, claims()))
    return f"{text}.{coded(hmac.digest(secret.encode(), text.encode(), how)) if secret else ''}"


def coded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


BAD: dict[str, Any] = {
    "nothing": lambda _s: "",
    "no token": lambda _s: "hello",
    "dots": lambda _s: "..",
    "not ASCII": lambda _s: "é.é.é",
    "deep": lambda _s: base64.urlsafe_b64encode(b'{"alg":' + b"[" * 2500).decode() + ".e30.x",
    "none": lambda _s: forged("none"),
    "None": lambda _s: forged("None"),
    "public key": lambda s: forged("RS256", s.secret),
    "HS512": lambda s: forged("HS512", s.secret),
    "none but signed": lambda s: forged("none", s.secret, "sha256"),
    "another secret": lambda _s: jwt.encode(claims(), secrets.token_urlsafe(32)),
    "changed": lambda s: signed(s)[:-3] + "AAA",
    "another site": lambda s: signed(s, iss="shop"),
    "another place": lambda s: signed(s, aud="https://chat.elsewhere.example"),
    "expired": lambda s: signed(s, iat=int(time.time()) - 900, exp=int(time.time()) - 60),
    "from the future": lambda s: signed(s, iat=int(time.time()) + 200),
    "too long good": lambda s: signed(s, exp=int(time.time()) + 700),
    "for ever": lambda s: signed(s, exp=10**400),
    "no end": lambda s: signed(s, exp=None),
    "no beginning": lambda s: signed(s, iat=None),
    "no jti": lambda s: signed(s, jti=None),
    "no sub": lambda s: signed(s, sub=None),
    "no iss": lambda s: signed(s, iss=None),
    "no aud": lambda s: signed(s, aud=None),
    "empty sub": lambda s: signed(s, sub=""),
    "long sub": lambda s: signed(s, sub="7" * 256),
    "a number": lambda s: signed(s, sub=7),
    "empty jti": lambda s: signed(s, jti=""),
    "long jti": lambda s: signed(s, jti="j" * 256),
    "over-long": lambda s: signed(s, more="x" * 5000),
    "long name": lambda s: signed(s, name="x" * 81),
    "no name": lambda s: signed(s, name=["Hanna"]),
    "heap of marks": lambda s: signed(s, name="Z" + "\u0335" * 9),
}


async def test_tokens_that_are_refused(app: Webchat, blog: Site, frame: Frame) -> None:
    token = forged("HS256", blog.secret, "sha256")
    assert (await frame.form("/embed/blog/identify", token=token)).status_code == 204, "as others are forged"
    before = await kept(app)
    for name, made in BAD.items():
        answer = await frame.form("/embed/blog/identify", token=made(blog))
        assert answer.status_code == 401, name
        assert re.fullmatch(r"[A-Z][^.]+\.( [A-Z][^.]+\.)?", answer.text), name
        assert answer.headers["content-type"].startswith("text/plain")
        assert "set-cookie" not in answer.headers
        assert await kept(app) == before, name


NAMES = {
    "O'Brien": "O'Brien",
    '<b>&"': '<b>&"',
    "名字": "名字",
    "x" * 80: "x{80}",
    "ann": r"ann \(blog\)",
    "Admin": r"Admin \(blog\)",
    "": r"Guest \d{4}",
}


async def test_names_of_a_sites_users(app: Webchat, blog: Site, frame: Frame) -> None:
    """None of them is taken for one of ours."""
    for name, shown in NAMES.items():
        token = signed(blog, name=name or None)
        assert (await frame.form("/embed/blog/identify", token=token)).status_code == 204
        assert await frame.says("hello") == 303
        title, _body = (await authors(app))[-1]
        assert re.fullmatch(shown, title), name


async def test_a_token_is_taken_once(app: Webchat, blog: Site, frame: Frame) -> None:
    shop, token = await let_in(app, "shop"), signed(blog)
    assert (await frame.form("/embed/shop/identify", token=token)).status_code == 401
    codes = []

    async def show() -> None:
        codes.append((await frame.form("/embed/blog/identify", token=token)).status_code)

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(show)
    assert sorted(codes) == [204] + [401] * 7
    # The same jti is another token of another site.
    jti = jwt.decode(token, blog.secret, ["HS256"], audience=URL)["jti"]
    assert (await frame.form("/embed/shop/identify", token=signed(shop, iss="shop", jti=jti))).status_code == 204
    assert (await frame.form("/embed/blog/identify", token=signed(blog, jti=jti))).status_code == 401


async def test_a_used_token_is_known_after_a_restart_and_until_it_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as app, Frame(app) as frame:
        token = signed(await let_in(app, "blog"))
        assert (await frame.form("/embed/blog/identify", token=token)).status_code == 204
        await app.state.house.store.write(chores.sweep)
    async with opened(tmp_path) as app, Frame(app) as frame:
        answer = await frame.form("/embed/blog/identify", token=token)
        assert (answer.status_code, answer.text) == (401, identities.USED)
        later = now() + 6 * 60_000
        monkeypatch.setattr("webchat.chat.chores.now", lambda: later)
        await app.state.house.store.write(chores.sweep)
        assert await app.state.house.store.read(lambda tx: tx.all("SELECT * FROM site_tokens")) == []


async def test_a_new_secret_ends_what_the_old_one_said(app: Webchat, blog: Site, ann: Visitor, frame: Frame) -> None:
    await frame.form("/embed/blog/identify", token=signed(blog))
    await frame.says("hello")
    at, held = app.state.house, f"{COOKIE}={frame.cookies[COOKIE]}"
    broker = app.state.doors["socket"].broker
    seen = await revocation.look(at, broker, -1)
    async with Socket(app, held, THREAD) as socket:
        await ann.do("edit-site:blog", title="The Blog")
        assert await revocation.look(at, broker, seen) >= seen
        assert (await ann.do("renew-secret:blog")).status_code == 200
        form = {"do": "post-message", "room": THREAD, "body": "late", "cid": secrets.token_urlsafe(16)}
        socket.send(form)
        assert "nack" in await socket.answer()
        assert await revocation.look(at, broker, seen) > seen
        assert await socket.end() == 4401
    assert (await frame.form("/embed/blog/identify", token=signed(blog))).status_code == 401
    await frame.do("edit-message:1", based="1", body="late")
    assert await authors(app) == [("Hanna", "hello")]
    new = await at.store.read(lambda tx: stored.by_name(tx, "blog"))
    assert (await frame.form("/embed/blog/identify", token=signed(new))).status_code == 204
    assert (await frame.do("edit-message:1", based="1", body="still mine")).status_code == 303


async def test_nobody_is_known_for_longer_than_said(
    app: Webchat, blog: Site, frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    await frame.form("/embed/blog/identify", token=signed(blog))
    await frame.says("hello")
    later = now() + identities.KNOWN + 1
    monkeypatch.setattr("webchat.chat.identities.now", lambda: later)
    assert (await frame.do("edit-message:1", based="1", body="late")).status_code != 303


async def test_who_is_known_no_longer_reads_no_longer(
    app: Webchat, frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is stored of what runs out, so no number moves."""
    at, broker = app.state.house, app.state.doors["socket"].broker
    held, until = await known_at_shop(app, frame), now() + identities.KNOWN
    seen = await revocation.look(at, broker, -1)
    async with Socket(app, held, "shop.post-1") as socket:
        for later in (until - 60_000, until + 60_000):
            assert "ack" in await said(socket)
            monkeypatch.setattr("webchat.chat.identities.now", lambda later=later: later)
            assert await revocation.look(at, broker, seen) == seen
        assert await socket.end() == 4401


async def test_what_a_kept_secret_said_ends_with_it(
    app: Webchat, ann: Visitor, frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, broker = app.state.house, app.state.doors["socket"].broker
    held = await known_at_shop(app, frame)
    async with Socket(app, held, "shop.post-1") as socket:
        assert (await ann.do("renew-secret:shop", keep="true")).status_code == 200
        seen = await revocation.look(at, broker, -1)
        [(until,)] = await at.store.read(lambda tx: tx.all("SELECT former_until FROM sites WHERE name = 'shop'"))
        for later, due in ((until - 1, until), (until, until + HOUR)):
            assert "ack" in await said(socket)
            for place in ("chores", "identities"):
                monkeypatch.setattr(f"webchat.chat.{place}.now", lambda later=later: later)
            assert (await at.store.write(chores.end)).due == due
            seen, before = await revocation.look(at, broker, seen), seen
            assert (seen > before) == (later == until)
        assert await socket.end() == 4401
    kept_of_it = await at.store.read(lambda tx: tx.all("SELECT former, former_until FROM sites WHERE name = 'shop'"))
    assert kept_of_it == [("", 0)]


async def known_at_shop(app: Webchat, frame: Frame) -> str:
    """The cookie of a user of a site whose threads nobody else reads."""
    shop = await let_in(app, "shop", "none")
    await frame.form("/embed/shop/identify", token=signed(shop, iss="shop"))
    return f"webchat-at-shop={frame.cookies['webchat-at-shop']}"


async def said(socket: Socket) -> dict[str, Any]:
    """What somebody is answered who says something there."""
    socket.send({"do": "post-message", "room": "shop.post-1", "body": "hello", "cid": secrets.token_urlsafe(16)})
    return await socket.answer()


async def test_what_ends_for_others_does_not_end_for_them(app: Webchat, frame: Frame) -> None:
    async with Socket(app, await known_at_shop(app, frame), "shop.post-1") as socket:
        assert "ack" in await said(socket)
        await revocation.look(app.state.house, app.state.doors["socket"].broker, -1)
        assert "ack" in await said(socket)


async def test_the_users_of_a_closed_site_scroll_back_and_nobody_else(app: Webchat, ann: Visitor) -> None:
    assert ann
    shop = await let_in(app, "shop", "none")
    asked = {"HX-Request": "true"}
    async with Frame(app) as frame, Visitor(app) as stranger:
        await frame.form("/embed/shop/identify", token=signed(shop, iss="shop"))
        for body in ("the first", "the second"):
            assert (await frame.do("post-message", room="shop.post-1", body=body)).status_code == 303
        path = "/embed/shop/post-1?before=2"
        answer = await frame.get(path, headers=asked)
        assert "the first" in answer.text
        assert answer.headers["cache-control"] == "no-store"
        # What a cache may keep is the same for everybody.
        for other in (await stranger.get(path, headers=asked), await frame.get(path), await stranger.get(path)):
            assert (other.status_code, "the first" in other.text) == (200, False)


@pytest.mark.parametrize("email", [7, "no address", "a@b\nBcc: c@d.example", f"{'a' * 250}@example.org"])
async def test_an_address_that_is_none_is_no_claim(blog: Site, frame: Frame, email: Any) -> None:
    answer = await frame.form("/embed/blog/identify", token=signed(blog, email=email))
    assert (answer.status_code, COOKIE in frame.cookies) == (401, False)
