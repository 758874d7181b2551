"""Programs at the doors, with a token: what it opens and what it does not."""

from typing import Any

import httpx2
import pytest

from tests.test_commands import SIGNALS, WHOLE
from tests.web.conftest import URL, Visitor
from webchat.app import Webchat
from webchat.chat import scopes, tokens
from webchat.chat.clock import now
from webchat.commands import CreateToken
from webchat.routes import ROUTES
from webchat.store import tokens as stored
from webchat.web.api.problems import ROOT

pytestmark = pytest.mark.anyio
SCOPES = sorted(scopes.SCOPES)
CID = "the-cid-of-a-program"
POST = {"do": "post-message", "room": "lobby", "body": "x", "cid": CID}


async def made(app: Webchat, user: str, *scopes: str) -> str:
    command = CreateToken(user, scopes, CID)
    return str((await app.state.house.chat.commit(lambda tx: tokens.create(tx, None, command))).secret)


class Program(Visitor):
    """Shows a token, and keeps no cookies."""

    def __init__(self, app: Webchat, secret: str) -> None:
        super().__init__(app)
        self.headers["Authorization"] = f"Bearer {secret}"

    async def asks(self, do: str, **fields: Any) -> httpx2.Response:
        self.count += 1
        return await self.post("/do", data={"do": do, "cid": f"{CID}-{self.count}", **fields})


async def test_it_speaks_for_its_account_without_origin_or_cookie(app: Webchat, ann: Visitor) -> None:
    async with Program(app, await made(app, "builds", "post")) as program:
        answer = await program.asks("post-message", room="lobby", body="The build passed.")
        assert answer.status_code == 200
        assert answer.json() == {"ack": f"{CID}-1", "id": 1}
        assert "set-cookie" not in answer.headers
    page = (await ann.get("/rooms/lobby")).text
    assert "The build passed." in page
    assert ">builds</b>" in page


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
async def test_the_scheme_is_read_as_the_standard_says(app: Webchat, ann: Visitor, scheme: str) -> None:
    async with Program(app, "") as program:
        program.headers["Authorization"] = f"{scheme} {await made(app, 'builds', 'post')}"
        assert (await program.asks("post-message", room="lobby", body="x")).status_code == 200


@pytest.mark.parametrize("secret", ["", "webchat_", "webchat_" + "x" * 43, "é" * 20, "x" * 9_000, "a b"])
async def test_a_wrong_token_is_nobody(app: Webchat, ann: Visitor, secret: str) -> None:
    """Not even whoever's cookie comes with it."""
    headers = {b"Authorization": f"Bearer {secret}".encode(), b"Origin": URL.encode()}
    answer = await ann.post(
        "/do", data={"do": "post-message", "room": "lobby", "body": "x", "cid": CID}, headers=headers
    )
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json() == {"nack": None, "why": tokens.ENDED}
    assert await ann.rows("/rooms/lobby") == []


async def test_a_token_with_a_cookie_is_the_token(app: Webchat, ann: Visitor) -> None:
    headers = {"Authorization": f"Bearer {await made(app, 'builds', 'post')}"}
    answer = await ann.post("/do", data={"do": "create-invitation", "cid": CID}, headers=headers)
    assert answer.status_code == 403, "which the admin's cookie could do"
    answer = await ann.post(
        "/do", data={"do": "post-message", "room": "lobby", "body": "x", "cid": CID}, headers=headers
    )
    assert answer.status_code == 200, "without an Origin"


async def test_a_page_of_another_site_cannot_use_one(app: Webchat, ann: Visitor) -> None:
    async with Program(app, await made(app, "builds", "post")) as program:
        program.headers["Origin"] = "https://evil.test"
        assert (await program.asks("post-message", room="lobby", body="x")).status_code == 403


@pytest.mark.parametrize("header", ["Basic YTpi", "webchat_x", "Bearerwebchat_x", ""])
async def test_another_kind_of_authorization_is_not_ours(ann: Visitor, header: str) -> None:
    """Such as that of a proxy before us."""
    answer = await ann.get("/admin", headers={"Authorization": header})
    assert answer.status_code == 200


PAGES: list[Any] = [route for route in ROUTES if getattr(route, "methods", None)]


TAKE_TOKENS = {"/do", "/stream", "/poll"}
"""The doors that are no pages."""


@pytest.mark.parametrize(
    "route", [page for page in PAGES if not page.path.startswith(ROOT)], ids=lambda page: page.path
)
async def test_to_all_pages_it_is_a_stranger(app: Webchat, ann: Visitor, route: Any) -> None:
    """Also with the cookie of somebody: it is not looked at."""
    path = route.path.replace("{slug}", "team").replace("{name}", "ann").replace("{code}", "x").replace("{seq}", "1")
    if "{" in path or path in TAKE_TOKENS:
        return
    await ann.do("create-room", room="team", kind="closed")
    secret = await made(app, "ann", *SCOPES)
    method = "GET" if "GET" in route.methods else "POST"
    with_token = await ann.request(method, path, headers={"Authorization": f"Bearer {secret}", "Accept": "text/html"})
    async with Visitor(app) as stranger:
        without = await stranger.request(method, path, headers={"Accept": "application/json"})
    assert with_token.status_code == without.status_code
    assert "Ann" not in with_token.text


@pytest.mark.parametrize("word", WHOLE)
async def test_every_scope_by_every_command_at_the_form(app: Webchat, ann: Visitor, word: str) -> None:
    fields = {name: " ".join(value) if isinstance(value, tuple) else str(value) for name, value in WHOLE[word].items()}
    for scope in SCOPES:
        async with Program(app, await made(app, "ann", scope)) as program:
            answer = await program.asks(word, cid=f"{CID}-{scope}", **fields)
        outside = answer.status_code == 403 and answer.json()["why"] == tokens.NOT_IN_SCOPE
        assert outside == (word not in SIGNALS and scopes.scope(word) != scope), (scope, answer.text)


async def test_a_new_token_comes_with_the_answer(app: Webchat, ann: Visitor) -> None:
    async with Program(app, await made(app, "ann", "admin")) as program:
        answer = await program.asks("create-token", user="more", scopes="post")
    assert answer.json()["secret"].startswith("webchat_")


async def test_that_it_is_used_is_noted_once_a_minute(
    app: Webchat, ann: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = [now()]
    monkeypatch.setattr(tokens, "now", lambda: at[0])
    secret, used = await made(app, "builds", "post"), []
    async with Program(app, secret) as program:
        for later in (0, 59_000, 2_000):
            at[0] += later
            await program.asks("post-message", room="lobby", body="x")
            [kept] = await app.state.house.store.read(lambda tx: stored.newest(tx, 9))
            used.append(kept.used)
    assert used == [at[0] - 61_000, at[0] - 61_000, at[0]]
