"""Cookies: bound to the host behind TLS, signed for guests, and nothing that was tampered with."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from tests.web.conftest import PASSWORD, Visitor
from webchat.app import Webchat, create_app
from webchat.settings import Settings

pytestmark = pytest.mark.anyio


async def test_behind_a_proxy_with_tls_cookies_are_bound_to_its_host(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, origins=("https://chat.example",), limits=False))
    async with (
        app.running(),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://chat.example") as browser,
    ):
        fields = {"place": "P", "name": "ann", "password": PASSWORD, "key": app.setup_key}
        answer = await browser.post("/setup", data=fields, headers={"Origin": "https://chat.example"})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-webchat=")
        assert "Secure" in cookie
        assert "Path=/;" in cookie
        held = cookie.split(";")[0]
        assert (await browser.get("/rooms/lobby", headers={"Cookie": held})).status_code == 200
        assert (await browser.get("/rooms/lobby", headers={"Cookie": held.removeprefix("__Host-")})).status_code == 303


@pytest.mark.parametrize(
    "forge", [lambda c: c + "0", lambda c: "x" + c, lambda c: c.split(".")[0], lambda c: "..", lambda c: "é"]
)
async def test_a_guests_cookie_that_was_changed_is_a_strangers(
    app: Webchat, ann: Visitor, forge: Callable[[str], str]
) -> None:
    await ann.do("create-room", room="hall", guests="write")
    async with Visitor(app) as guest:
        await guest.form("/sign-in", guest="Gus")
        await guest.do("post-message", room="hall", body="mine")
        held = guest.cookies["webchat-guest"]
        assert "m/1?edit" in (await guest.get("/rooms/hall/m/1")).text
        guest.cookies.clear()
        answer = await guest.get("/rooms/hall/m/1?edit", headers={b"Cookie": f"webchat-guest={forge(held)}".encode()})
        assert answer.status_code == 200
        assert "edit-message" not in answer.text


@pytest.mark.parametrize("name", ["", " ", "x" * 41, "a\nb\x00", "<b>", "\u202eevil", "a\u200bb", "Z" + "\u0335" * 9])
async def test_guest_names_that_cannot_be(ann: Visitor, stranger: Visitor, name: str) -> None:
    await ann.do("create-room", room="hall", guests="read")
    answer = await stranger.form("/sign-in", guest=name)
    assert answer.status_code == 400
    assert "webchat-guest" not in stranger.cookies


async def test_a_guest_who_takes_another_name_stays_the_same(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    await ann.do("create-room", room="hall", guests="write")
    async with Visitor(app) as guest:
        await guest.form("/sign-in", guest="Gus")
        await guest.do("post-message", room="hall", body="mine")
        assert (await guest.form("/sign-in", guest="Wil")).status_code == 303
        assert "Here as Wil" in (await guest.get("/settings")).text
        assert "m/1?edit" in (await guest.get("/rooms/hall/m/1")).text
        answer = await guest.do("edit-message", message="1", based="1", body="still mine")
        assert answer.status_code == 303
        for taken in ("Bob", "ＢＯＢ", "ВОВ", "admin"):
            assert (await guest.form("/sign-in", guest=taken)).status_code == 409
        assert "Here as Wil" in (await guest.get("/settings")).text
