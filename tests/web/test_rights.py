"""All that is kept of who asks: at the doors of the pages, of frames, of the API."""

import json
import secrets
from pathlib import Path
from typing import Any

import pytest

from tests.web.conftest import PASSWORD, Visitor
from tests.web.frames import COOKIE, Frame, authors, let_in, opened, signed
from webchat.app import Webchat
from webchat.chat import rights, tokens
from webchat.commands import CreateToken
from webchat.model import Site

pytestmark = pytest.mark.anyio
SAID = "secret words"


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


async def test_an_account_gets_all_of_it_as_a_file(bob: Visitor) -> None:
    await bob.do("post-message", room="lobby", body=SAID)
    answer = await bob.form("/settings/export")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    assert answer.headers["content-disposition"] == 'attachment; filename="webchat.jsonl"'
    assert answer.headers["cache-control"] == "no-store"
    found = lines(answer.text)
    assert {"profile", "session", "membership", "message"} == {line["kind"] for line in found}
    assert [line["body"] for line in found if line["kind"] == "message"] == [SAID]


async def test_it_is_given_out_some_times_in_a_row_only(tmp_path: Path) -> None:
    async with opened(tmp_path, limits=True) as app:
        await let_in(app, "blog")
        async with Frame(app) as frame:
            await frame.form("/embed/blog/enter", name="Gus")
            found = [(await frame.form("/embed/blog/export")).status_code for _time in range(6)]
    assert found == [200] * 5 + [429]


async def test_who_says_the_password_is_erased_and_signed_out(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    await bob.do("post-message", room="lobby", body=SAID)
    for wrong in ("", "wrong"):
        answer = await bob.form("/settings/erase", current=wrong)
        assert (answer.status_code, "This is not your password" in answer.text) == (403, True)
    assert SAID in (await ann.get("/rooms/lobby")).text
    answer = await bob.form("/settings/erase", current=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "webchat" not in bob.cookies
    assert (await bob.form("/sign-in", name="bob", password=PASSWORD)).status_code == 403
    page = (await ann.get("/rooms/lobby")).text
    assert SAID not in page
    assert ">Bob<" not in page
    assert "This message was deleted." in page
    assert (await bob.form("/settings/erase", current=PASSWORD)).status_code == 401


async def test_the_last_owner_stays(app: Webchat, ann: Visitor) -> None:
    answer = await ann.form("/settings/erase", current=PASSWORD)
    assert (answer.status_code, "A place needs an owner" in answer.text) == (409, True)
    assert (await ann.get("/inbox")).status_code == 200


async def test_strangers_have_nothing(app: Webchat, ann: Visitor, stranger: Visitor) -> None:
    for path in ("/settings/export", "/settings/erase"):
        assert (await stranger.form(path)).status_code == 401
        assert (await stranger.get(path)).status_code == 405
    assert 'id="data"' not in (await stranger.get("/settings")).text


async def test_a_guest_of_a_frame_looks_gets_and_erases(app: Webchat, frame: Frame) -> None:
    page = await frame.get("/embed/blog/post-1/known")
    assert "Nothing is kept about you here." in page.text
    assert "frame-ancestors 'self' https://blog.example" in page.headers["content-security-policy"]
    assert (await frame.form("/embed/blog/export")).status_code == 404
    assert (await frame.form("/embed/blog/erase")).status_code == 404
    await frame.form("/embed/blog/enter", name="Gus")
    assert await frame.says(SAID) == 303
    foot = (await frame.get("/embed/blog/post-1?foot")).text
    assert 'href="/embed/blog/post-1/known"' in foot
    page = await frame.get("/embed/blog/post-1/known")
    assert "You write as Gus." in page.text
    assert page.headers["cache-control"] == "no-store"
    assert [line["body"] for line in lines((await frame.form("/embed/blog/export")).text)] == [SAID]
    answer = await frame.form("/embed/blog/erase", next="/embed/blog/post-1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/embed/blog/post-1")
    assert COOKIE not in frame.cookies
    assert await authors(app) == [(rights.NAMELESS, "")]
    assert (await frame.form("/embed/blog/erase", next="https://evil.example/")).status_code in (400, 404)


async def test_one_site_erases_nothing_of_another(app: Webchat, frame: Frame) -> None:
    await let_in(app, "shop")
    await frame.form("/embed/blog/enter", name="Gus")
    await frame.says(SAID)
    cookie = frame.cookies[COOKIE]
    frame.cookies.set("webchat-at-shop", cookie)
    assert (await frame.form("/embed/shop/erase")).status_code == 404
    assert await authors(app) == [("Gus", SAID)]


async def test_who_has_an_account_is_sent_to_its_page(app: Webchat, bob: Visitor) -> None:
    await let_in(app, "blog")
    page = await bob.get("/embed/blog/post-1/known")
    assert 'href="/settings#data"' in page.text
    assert (await bob.form("/embed/blog/erase")).status_code == 404


async def test_a_site_asks_for_its_own_user(app: Webchat, frame: Frame, blog: Site, ann: Visitor) -> None:
    await frame.form("/embed/blog/identify", token=signed(blog, sub="a/7 ü"))
    assert await frame.says(SAID) == 303
    secret = await token(app, "ann", "admin")
    async with Visitor(app) as host:
        host.headers["Authorization"] = f"Bearer {secret}"
        path = "/api/v1/sites/blog/people/a/7%20%C3%BC"
        first = (await host.get(path, params={"limit": 1})).json()
        assert [line["body"] for line in first["lines"]] == [SAID]
        assert (await host.get(path, params={"after": first["next"]})).json() == {"lines": [], "next": None}
        for _again in range(2):
            assert (await host.delete(path)).status_code == 204
        assert await authors(app) == [(rights.NAMELESS, "")]
        assert (await host.get(path)).json()["lines"] == []
        assert (await host.get("/api/v1/sites/blog/people/nobody")).json() == {"lines": [], "next": None}
        assert (await host.delete("/api/v1/sites/nowhere/people/7")).status_code == 404
        assert (await host.get(f"/api/v1/sites/blog/people/{'x' * 256}")).status_code == 404
        assert (await host.get("/api/v1/users/ann/data")).json()["lines"][0]["name"] == "ann"


async def token(app: Webchat, user: str, *scopes: str) -> str:
    command = CreateToken(user, scopes, secrets.token_urlsafe(16))
    done = await app.state.house.store.write(lambda tx: tokens.create(tx, None, command))
    return str(done.secret)


async def test_a_program_without_the_scope_gets_nothing(app: Webchat, frame: Frame, blog: Site, ann: Visitor) -> None:
    secret = await token(app, "ann", "read", "post", "notify")
    async with Visitor(app) as host:
        host.headers["Authorization"] = f"Bearer {secret}"
        for path in ("/sites/blog/people/7", "/users/ann/data"):
            assert (await host.get(f"/api/v1{path}")).status_code == 403
        for path in ("/sites/blog/people/7", "/users/ann"):
            assert (await host.delete(f"/api/v1{path}")).status_code == 403
