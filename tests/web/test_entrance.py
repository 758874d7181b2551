"""Coming in: the first run, signing in and out, guests, an open server, an application inside another one."""

import asyncio
import re
from pathlib import Path

import httpx2
import pytest

from tests.web.conftest import PASSWORD, URL, Visitor
from webchat.app import Webchat, create_app
from webchat.settings import Settings

pytestmark = pytest.mark.anyio


async def test_every_page_of_an_empty_place_leads_to_the_first_run(stranger: Visitor) -> None:
    for path in (
        "/",
        "/nowhere",
        "/sign-in",
        "/rooms",
        "/rooms/lobby",
        "/rooms/lobby/m/1",
        "/direct/bob",
        "/inbox",
        "/settings",
    ):
        answer = await stranger.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/setup"), path


async def test_two_who_set_up_at_once_make_one_admin(app: Webchat) -> None:
    async with Visitor(app) as one, Visitor(app) as two:
        answers = await asyncio.gather(
            one.form("/setup", place="One", name="ann", password=PASSWORD),
            two.form("/setup", place="Two", name="eve", password=PASSWORD),
        )
    assert sorted(answer.status_code for answer in answers) == [303, 409]
    roles = await app.state.house.store.read(lambda tx: tx.all("SELECT role FROM users WHERE role = 'owner'"))
    assert len(roles) == 1


async def test_set_up_from_elsewhere_needs_the_link(app: Webchat, stranger: Visitor) -> None:
    forwarded = {"X-Forwarded-For": "192.0.2.1"}
    assert (await stranger.get("/setup", headers=forwarded)).status_code == 403
    page = await stranger.get(f"/setup?key={app.setup_key}", headers=forwarded)
    assert page.status_code == 200
    assert app.setup_key in page.text


async def test_the_set_up_marks_the_field_that_is_wrong(stranger: Visitor) -> None:
    assert "You will be its owner." in (await stranger.get("/setup")).text
    for name, password, wrong in (("a b", PASSWORD, "name"), ("ann", "short", "password")):
        page = (await stranger.form("/setup", place="P", name=name, password=password)).text
        assert re.findall(r'id="f-(\w+)"[^>]* autofocus aria-invalid="true"', page) == [wrong]
        assert page.count(" autofocus") == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"place": "", "name": "ann", "password": PASSWORD}, "name of at most 80"),
        ({"place": "P", "name": "a b", "password": PASSWORD}, "1 to 64 letters"),
        ({"place": "P", "name": "ann", "password": "short"}, "at least 8"),
        ({"place": "P", "name": "ann", "password": "x" * 129}, "at most 128"),
    ],
)
async def test_a_first_run_that_cannot_be_keeps_what_was_written(
    stranger: Visitor, fields: dict[str, str], says: str
) -> None:
    answer = await stranger.form("/setup", **fields)
    assert answer.status_code == 400
    assert says in answer.text
    assert f'value="{fields["place"] or fields["name"]}"' in answer.text
    assert fields["password"] not in answer.text
    assert (await stranger.get("/")).headers["location"] == "/setup"


async def test_signing_in_and_out(app: Webchat, ann: Visitor, stranger: Visitor) -> None:
    assert (await ann.get("/rooms/lobby")).status_code == 200
    cookie = dict(ann.cookies)
    answer = await ann.form("/sign-out")
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert (await ann.get("/rooms/lobby")).headers["location"] == "/sign-in?next=/rooms/lobby"
    stranger.cookies.update(cookie)
    replayed = await stranger.get("/rooms/lobby")
    assert replayed.status_code == 303
    answer = await ann.form("/sign-in", name="ANN", password=PASSWORD, next="/rooms/lobby")
    assert answer.headers["location"] == "/rooms/lobby"
    set_cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=lax" in set_cookie


@pytest.mark.parametrize(
    ("name", "password"), [("ann", "wrong password"), ("nobody", PASSWORD), ("", ""), ("ann", "x" * 9999)]
)
async def test_a_wrong_sign_in_says_the_same_whoever_it_was(
    ann: Visitor, stranger: Visitor, name: str, password: str
) -> None:
    answer = await stranger.form("/sign-in", name=name, password=password)
    assert answer.status_code == 403
    assert "Name and password do not match" in answer.text
    assert password not in answer.text or not password
    assert "webchat" not in stranger.cookies


async def test_a_stranger_elsewhere_cannot_lock_anybody_out(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path))
    async with app.running(), Visitor(app) as ann, Visitor(app) as eve:
        await ann.form("/setup", place="P", name="ann", password=PASSWORD)
        eve.headers["X-Forwarded-For"] = "192.0.2.9"
        tries = [(await eve.form("/sign-in", name="ann", password="wrong password")).status_code for _ in range(12)]
        assert tries[-1] == 429
        assert (await ann.form("/sign-in", name="ann", password=PASSWORD)).status_code == 303


@pytest.mark.parametrize("where", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", ""])
async def test_nobody_is_led_away_after_signing_in(ann: Visitor, where: str) -> None:
    answer = await ann.form("/sign-in", name="ann", password=PASSWORD, next=where)
    assert answer.headers["location"] == "/"


async def test_an_open_server_needs_no_set_up(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, open=True, limits=False))
    async with app.running(), Visitor(app) as guest:
        assert (await guest.get("/")).headers["location"] == "/rooms/lobby"
        page = await guest.get("/rooms/brand-new")
        assert page.status_code == 200
        await guest.do("post-message", room="brand-new", body="first")
        assert await guest.rows("/rooms/brand-new") == ["m-1"]
        assert (await guest.form("/sign-in", guest="Gus", next="/rooms/lobby")).headers["location"] == "/rooms/lobby"
        await guest.do("post-message", room="lobby", body="hello")
        assert ">Gus<" in (await guest.get("/rooms/lobby")).text


async def test_who_waits_for_a_start_that_is_stopped_waits_no_longer(tmp_path: Path) -> None:
    nowhere = Settings(data=tmp_path, store="postgresql://127.0.0.1:1/nowhere", bus="redis://127.0.0.1:1")
    app = create_app(nowhere)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=URL) as client:
        asked = asyncio.create_task(client.get("/"))
        for _ in range(9):  # it waits for the store by then
            await asyncio.sleep(0)
        await app.stop()
        done, _waiting = await asyncio.wait([asked], timeout=10)
        assert done == {asked}


async def test_a_mounted_application_starts_itself(tmp_path: Path) -> None:
    from starlette.applications import Starlette
    from starlette.routing import Mount

    inner = create_app(Settings(data=tmp_path, base="/chat"))
    outer = Starlette(routes=[Mount("/chat", inner)])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=outer), base_url=URL) as client:
        answers = await asyncio.gather(*(client.get("/chat/") for _ in range(5)))
        assert {answer.headers["location"] for answer in answers} == {"/chat/setup"}
        page = (await client.get("/chat/setup")).text
        assert 'action="/chat/setup"' in page
        style = page.split('rel="stylesheet" href="')[1].split('"')[0]
        assert (await client.get(style)).status_code == 200
    await inner.stop()


async def test_one_account_signs_in_so_often_and_no_more(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    """Each time leaves a session behind, and takes as long as a password does."""
    app.state.house.limits._enabled, app.state.house.limits._clock = True, lambda: 0.0
    async with Visitor(app) as again:
        codes = [(await again.form("/sign-in", name="ann", password=PASSWORD)).status_code for _ in range(31)]
        assert codes == [303] * 30 + [429]
        assert (await again.form("/sign-in", name="bob", password=PASSWORD)).status_code == 303
