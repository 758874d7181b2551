"""Making an account without a link, where that is allowed."""

from pathlib import Path

import pytest

from tests.web.conftest import PASSWORD, Visitor
from webchat.app import Webchat, create_app
from webchat.settings import Settings
from webchat.store import meta

pytestmark = pytest.mark.anyio


async def allow(app: Webchat) -> None:
    await app.state.house.store.write(lambda tx: meta.put(tx, "sign-up", "open"))


async def test_it_is_closed_unless_an_admin_opens_it(app: Webchat, ann: Visitor, stranger: Visitor) -> None:
    page = await stranger.get("/sign-up")
    assert page.status_code == 200
    assert "by invitation" in page.text
    assert 'name="password"' not in page.text
    answer = await stranger.form("/sign-up", name="eve", password=PASSWORD)
    assert answer.status_code == 403
    assert "by invitation" in answer.text
    assert "/sign-up" not in (await stranger.get("/sign-in")).text
    rows = await app.state.house.store.read(lambda tx: tx.all("SELECT 1 FROM users WHERE name = 'eve'"))
    assert rows == []


async def test_an_account_is_made_and_signed_in(app: Webchat, ann: Visitor, stranger: Visitor) -> None:
    await allow(app)
    assert 'href="/sign-up"' in (await stranger.get("/sign-in")).text
    assert 'name="password"' in (await stranger.get("/sign-up")).text
    for _ in range(2):  # the form sent twice is signed in twice, made once
        answer = await stranger.form("/sign-up", name="Eve", password=PASSWORD)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert (await stranger.get("/rooms/lobby")).status_code == 200
        stranger.cookies.clear()
    rows = await app.state.house.store.read(lambda tx: tx.all("SELECT role FROM users WHERE name = 'eve'"))
    assert rows == [("member",)]


async def test_who_is_signed_in_makes_no_other(app: Webchat, ann: Visitor) -> None:
    await allow(app)
    assert "You are signed in as Ann" in (await ann.get("/sign-up")).text
    answer = await ann.form("/sign-up", name="eve", password=PASSWORD)
    assert "You are signed in as Ann" in answer.text


@pytest.mark.parametrize(
    ("name", "password", "status", "says"),
    [
        ("ann", "not the one of ann", 409, "taken"),
        ("АNN", PASSWORD, 400, "one script"),
        ("webchat", PASSWORD, 400, "reserved"),
        ("a b", PASSWORD, 400, "1 to 64"),
        ("e" * 10_000, PASSWORD, 400, "1 to 64"),
        ("eve", "short", 400, "at least 8"),
        ("eve", "iloveyou", 400, "Many people"),
    ],
)
async def test_an_account_that_cannot_be(
    app: Webchat, ann: Visitor, stranger: Visitor, name: str, password: str, status: int, says: str
) -> None:
    await allow(app)
    answer = await stranger.form("/sign-up", name=name, password=password)
    assert answer.status_code == status
    assert says in answer.text
    assert password not in answer.text
    assert "webchat" not in stranger.cookies


async def test_one_network_makes_few(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path))
    async with app.running(), Visitor(app) as ann, Visitor(app) as eve:
        await ann.form("/setup", place="P", name="ann", password=PASSWORD)
        await allow(app)
        eve.headers["X-Forwarded-For"] = "192.0.2.9"
        made = []
        for number in range(13):
            eve.cookies.clear()
            made.append((await eve.form("/sign-up", name=f"eve{number}", password=PASSWORD)).status_code)
        assert made[:10] == [303] * 10
        assert made[10:] == [429] * 3
