"""Every page and form without JavaScript: what it shows, where it leads, what it says when it cannot."""

import re

import pytest

from tests.web.conftest import URL, Visitor, add_user
from webchat.app import Webchat

pytestmark = pytest.mark.anyio


async def test_post_edit_react_delete_by_plain_forms(ann: Visitor, bob: Visitor) -> None:
    assert (await ann.do("post-message", room="lobby", body="Hello *Bob*")).headers["location"] == "/rooms/lobby"
    page = (await bob.get("/rooms/lobby")).text
    assert "<p>Hello <em>Bob</em></p>" in page
    assert 'href="/rooms/lobby/m/1"' in page
    assert (await bob.do("add-reaction:1", emoji="👍")).headers["location"] == "/rooms/lobby/m/1"
    own = (await ann.get("/rooms/lobby/m/1")).text
    assert "edit-message" not in own, "it is there for who asks for it"
    assert 'href="/rooms/lobby/m/1?edit"' in own
    own = (await ann.get("/rooms/lobby/m/1?edit")).text
    assert re.search(r"<textarea [^>]*autofocus>Hello \*Bob\*</textarea>", own)
    assert '<a class="button quiet" href="/rooms/lobby/m/1">Cancel</a>' in own
    for path in ("/rooms/lobby/m/1", "/rooms/lobby/m/1?edit"):
        page = (await bob.get(path)).text
        assert "edit-message" not in page
        assert "m/1?edit" not in page
    await ann.do("edit-message", message="1", body="Hello all", based="1")
    page = (await bob.get("/rooms/lobby")).text
    assert "Hello all" in page
    assert "(edited)" in page
    await ann.do("delete-message:1")
    page = (await bob.get("/rooms/lobby")).text
    assert "Hello all" not in page
    assert "This message was deleted." in page


async def test_a_form_that_is_sent_twice_posts_once(ann: Visitor) -> None:
    for _ in range(3):
        await ann.do("post-message", room="lobby", body="Once", cid="0123456789abcdef")
    assert await ann.rows("/rooms/lobby") == ["m-1"]


async def test_a_refused_post_keeps_the_text(ann: Visitor) -> None:
    long = "x" * 10_001
    answer = await ann.do("post-message", room="lobby", body=long)
    assert answer.status_code == 413
    assert "too long by 1 characters" in answer.text
    assert long in answer.text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 400),
        ({"do": "nonsense"}, 400),
        ({"do": "post-message"}, 400),
        ({"do": "post-message", "room": "lobby", "body": "x"}, 400),
        ({"do": "post-message", "room": "lobby", "body": "x", "cid": "short"}, 400),
        ({"do": "post-message", "room": "lobby", "body": "x", "cid": "has a space in it"}, 400),
        ({"do": "post-message", "room": "lobby", "body": "a\x00b", "cid": "0" * 16}, 400),
        ({"do": "post-message", "room": "nowhere", "body": "x", "cid": "0" * 16}, 404),
        ({"do": "post-message", "room": "x" * 130, "body": "x", "cid": "0" * 16}, 400),
        ({"do": "edit-message", "message": "1", "body": "x", "based": "first", "cid": "0" * 16}, 400),
        ({"do": "edit-message", "message": "1", "body": "x", "based": "-1", "cid": "0" * 16}, 400),
        ({"do": "delete-message:first", "cid": "0" * 16}, 400),
        ({"do": "delete-message:99", "cid": "0" * 16}, 404),
        ({"do": "delete-message:99999999999999999999", "cid": "0" * 16}, 400),
        ({"do": "create-room", "room": "a b", "cid": "0" * 16}, 400),
        ({"do": "create-room", "room": "x", "kind": "secret", "cid": "0" * 16}, 400),
        ({"do": "start-typing", "room": "lobby"}, 400),
    ],
)
async def test_what_cannot_be_done_says_why_and_changes_nothing(
    app: Webchat, ann: Visitor, fields: dict[str, str], status: int
) -> None:
    def count(tx: object) -> object:
        return [tx.one(f"SELECT count(*) FROM {table}") for table in ("messages", "rooms", "receipts")]  # type: ignore[attr-defined] # noqa: S608

    before = await app.state.house.store.read(count)
    answer = await ann.form("/do", **fields)
    assert answer.status_code == status
    assert "<html" in answer.text
    assert "Traceback" not in answer.text
    as_json = await ann.post("/do", data=fields, headers={"Origin": URL, "Accept": "application/json"})
    assert as_json.status_code == status
    assert as_json.json()["why"]
    assert await app.state.house.store.read(count) == before


async def test_rooms_open_closed_and_direct(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    assert (await ann.do("create-room", room="Garden", title="The garden")).headers["location"] == "/rooms/garden"
    assert "The garden" in (await bob.get("/rooms")).text
    assert (await ann.do("create-room", room="team", kind="closed")).status_code == 303
    assert (await bob.get("/rooms/team")).status_code == 404
    assert (await bob.do("post-message", room="team", body="x")).status_code == 404
    await ann.do("invite-user", room="team", user="Bob")
    await bob.do("post-message", room="team", body="I am in")
    assert await ann.rows("/rooms/team") == ["m-1"]
    start = (await ann.get("/direct/bob")).text
    assert 'placeholder="Write to Bob"' in start
    assert '<input type="hidden" name="users" value="bob">' in start
    refused = await ann.do("open-direct", users="bob", body="x" * 10_001)
    assert refused.status_code == 413
    assert 'role="alert">That is too long' in refused.text
    assert f"{'x' * 10_001}</textarea>" in refused.text
    assert (await bob.get("/rooms/~2.3")).status_code == 404
    assert (await ann.do("open-direct", users="bob", body="Between us")).headers["location"] == "/direct/bob"
    refused = await ann.do("open-direct", users="bob", body=" ")
    assert refused.status_code == 400
    assert "Write something first." in refused.text
    assert 'id="m-2"' in refused.text, "the room that is there by now"
    assert "Between us" in (await bob.get("/direct/ann")).text
    await add_user(app, "Cat")
    async with Visitor(app) as cat:
        await cat.sign_in("cat")
        said = await cat.do("open-direct", users="ann", body="As I said to @bob")
        assert "Not in this room, and not told: Bob." in said.text
        assert "As I said to" in said.text
        for path in ("/rooms/~2.3", "/rooms/~2.3/m/1", "/rooms/~2.3?before=9", "/rooms/team"):
            assert (await cat.get(path)).status_code == 404, path
        assert (await cat.do("post-message", room="~2.3", body="x")).status_code == 404


async def test_what_is_not_there_and_what_is_not_yours_look_the_same(ann: Visitor, bob: Visitor) -> None:
    await ann.do("create-room", room="team", kind="closed")
    hidden, absent = await bob.get("/rooms/team"), await bob.get("/rooms/none")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.text.replace("team", "none") == absent.text


async def test_history_by_links_and_as_a_fragment(ann: Visitor) -> None:
    for n in range(60):
        await ann.do("post-message", room="lobby", body=f"{n}")
    newest = await ann.rows("/rooms/lobby")
    older = await ann.rows("/rooms/lobby?before=11")
    assert older + newest == [f"m-{n}" for n in range(1, 61)]
    fragment = (await ann.get("/rooms/lobby?before=11", headers={"HX-Request": "true"})).text
    assert fragment.startswith("<hx-partial")
    assert fragment.count("<li ") == 10
    assert "m-30" in await ann.rows("/rooms/lobby?around=30")
    assert "m-30" in await ann.rows("/rooms/lobby/m/30")
    for odd in ("before=x", "before=-1", "around=99999999999999999999", "before="):
        assert (await ann.get(f"/rooms/lobby?{odd}")).status_code == 200


async def test_guests_where_a_room_lets_them_in(ann: Visitor, stranger: Visitor) -> None:
    assert (await stranger.get("/rooms/lobby")).status_code == 303
    await ann.do("create-room", room="hall", guests="write")
    await ann.do("create-room", room="stage", guests="read")
    assert (await stranger.do("post-message", room="stage", body="x")).status_code == 403
    page = await stranger.get("/rooms/hall")
    assert page.status_code == 200
    assert (await stranger.do("post-message", room="hall", body="I am new")).status_code == 303
    assert "edit-message" in (await stranger.get("/rooms/hall/m/1?edit")).text
    assert (await stranger.do("create-room", room="mine")).status_code == 401


async def test_the_inbox(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    assert "Nothing here yet" in (await bob.get("/inbox")).text
    await app.notify("bob", "Build <passed>", title="CI")
    page = (await bob.get("/inbox")).text
    assert "Build &lt;passed&gt;" in page
    assert "CI" in page
    assert "Build" not in (await ann.get("/inbox")).text
    await bob.do("read-notifications", upto="1")


async def test_language_and_looks(stranger: Visitor, ann: Visitor) -> None:
    chinese = await stranger.get("/sign-in", headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"})
    assert 'lang="zh-CN"' in chinese.text
    await ann.form("/settings", lang="zh", next="/rooms/lobby")
    await ann.form("/settings", theme="dark")
    page = (await ann.get("/rooms/lobby")).text
    assert 'lang="zh-CN" data-theme="dark"' in page
    await ann.form("/settings", lang="xx", theme="<b>")
    assert 'lang="zh-CN" data-theme="dark"' in (await ann.get("/rooms/lobby")).text


async def test_every_answer_has_the_security_headers(ann: Visitor) -> None:
    for path in ("/rooms/lobby", "/nowhere", "/me/ann.css", "/setup"):
        headers = (await ann.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


async def test_forms_of_other_sites_and_too_large_ones_are_refused(ann: Visitor) -> None:
    fields = {"do": "post-message", "room": "lobby", "body": "x", "cid": "0" * 16}
    for headers in ({}, {"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}):
        assert (await ann.post("/do", data=fields, headers=headers)).status_code == 403
    assert (await ann.form("/do", **{**fields, "body": "x" * 200_000})).status_code == 413
    assert await ann.rows("/rooms/lobby") == []


@pytest.mark.parametrize("path", ["/rooms/lobby/m/99999999999999999999", "/rooms/lobby/m/x", "/rooms/lobby/m/0"])
async def test_numbers_that_no_row_has(ann: Visitor, path: str) -> None:
    assert (await ann.get(path)).status_code == 404
    assert (await ann.do("edit-message", message="9" * 20, body="x", based="1")).status_code == 400


async def test_a_room_has_one_address(ann: Visitor) -> None:
    answer = await ann.get("/rooms/LOBBY")
    assert (answer.status_code, answer.headers["location"]) == (303, "/rooms/lobby")


async def test_a_fragment_is_answered_with_one(ann: Visitor) -> None:
    fields = {"do": "post-message", "room": "lobby", "body": "x", "cid": "0" * 16}
    answer = await ann.post("/do", data=fields, headers={"Origin": URL, "HX-Request": "true"})
    assert (answer.status_code, answer.text) == (200, '<p role="status">Done.</p>')


async def test_what_breaks_tells_nothing(app: Webchat, ann: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr("webchat.chat.messages.last_page", broken)
    answer = await ann.get("/rooms/lobby")
    assert answer.status_code == 500
    assert "content-security-policy" in answer.headers
    assert "secret" not in answer.text
    assert "Try again" in answer.text


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_each_part_of_the_api_has_a_title(stranger: Visitor, lang: str) -> None:
    page = (await stranger.get("/api/v1/", headers={"Accept-Language": lang})).text
    parts = re.findall(r'<h2 id="of-([\w-]+)">([^<]+)</h2>', page)
    assert len(parts) > 10
    assert not [name for name, title in parts if title == name]
