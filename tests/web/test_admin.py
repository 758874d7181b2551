"""The admin's pages, by plain forms."""

import logging
import re

import pytest

from tests.broker.cast import FakeOutlet
from tests.web.conftest import PASSWORD, Visitor, add_user
from webchat.app import Webchat
from webchat.chat import sessions
from webchat.store import users

pytestmark = pytest.mark.anyio
PAGES = ["/admin", "/admin/users", "/admin/users/bob", "/admin/invitations", "/admin/tokens", "/admin/place"]


@pytest.fixture
async def second(app: Webchat, ann: Visitor) -> Visitor:
    """An admin who is not the owner."""
    await add_user(app, "Eve")
    await ann.do("set-role", user="eve", role="admin")
    return await Visitor(app).sign_in("eve")


@pytest.mark.parametrize("path", PAGES)
async def test_they_are_for_admins(ann: Visitor, bob: Visitor, stranger: Visitor, path: str) -> None:
    assert (await stranger.get(path)).headers["location"] == f"/sign-in?next={path}"
    assert (await bob.get(path)).status_code == 403
    answer = await ann.get(path)
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.text


async def test_a_guest_who_would_make_an_account_is_told_to_sign_in(stranger: Visitor) -> None:
    assert (await stranger.do("create-user", name="Cat", role="member")).status_code in (303, 401)


async def test_an_account_is_made_and_its_password_shown_once(app: Webchat, ann: Visitor, second: Visitor) -> None:
    assert ">Admin</option>" not in (await second.get("/admin/users")).text, "one makes those of a lower role"
    made = await second.do("create-user", name="Cat", role="moderator", cid="cid-of-the-account-1")
    found = re.search(r'<input readonly value="([\w-]{22})"', made.text)
    assert found, made.text
    again = await second.do("create-user", name="Cat", role="moderator", cid="cid-of-the-account-1")
    assert (again.status_code, again.headers["location"]) == (303, "/admin/users/cat")
    async with Visitor(app) as cat:
        answer = await cat.form("/sign-in", name="cat", password=found[1])
        assert answer.status_code == 303
        assert (await cat.get("/rooms/lobby")).status_code == 200
    for fields, status in (({"name": "CAT"}, 409), ({"name": "eva", "role": "admin"}, 403), ({"name": "a b"}, 400)):
        answer = await second.do("create-user", **fields)
        assert answer.status_code == status
        assert 'role="alert"' in answer.text
        assert f'value="{fields["name"]}"' in answer.text


async def test_the_overview_counts_and_leads_to_each(ann: Visitor, bob: Visitor) -> None:
    await ann.do("create-token", user="builds", scopes="post")
    await ann.do("create-invitation")
    await ann.do("disable-user:bob")
    page = (await ann.get("/admin")).text
    for words in ("2 people · 1 disabled", "1 works", "1 token", "1 room"):
        assert words in page
    for path in ("/admin/users", "/admin/invitations", "/admin/tokens", "/admin/place"):
        assert f'href="{path}"' in page


async def test_people_are_found_by_name_and_shown_in_pages(app: Webchat, ann: Visitor) -> None:
    def fill(tx: object) -> None:
        for n in range(60):
            users.add(tx, f"u{n:02}", f"u{n:02}", f"User {n:02}", "member", "", 1)  # type: ignore[arg-type]

    await app.state.house.store.write(fill)

    async def shown(path: str) -> list[str]:
        return re.findall(r'href="/admin/users/([^"?]+)"', (await ann.get(path)).text)

    first = await shown("/admin/users")
    assert (len(first), first[0], first[-1]) == (50, "ann", "u48")
    page = (await ann.get("/admin/users")).text
    [more] = re.findall(r'href="(/admin/users\?[^"]*after=[^"]+)"', page)
    assert await shown(more.replace("&amp;", "&")) == [f"u{n:02}" for n in range(49, 60)] + ["webchat"]
    assert await shown("/admin/users?q=U07") == ["u07"]
    assert await shown("/admin/users?q=ser+0") == [f"u{n:02}" for n in range(10)]
    assert await shown("/admin/users?q=%25") == []
    assert "Nobody has that name." in (await ann.get("/admin/users?q=_%5C")).text
    assert (await ann.get(f"/admin/users?q={'x' * 9_000}&after=%00%ff")).status_code == 200


async def test_when_somebody_was_seen_is_said(ann: Visitor, bob: Visitor) -> None:
    assert "last seen" in (await ann.get("/admin/users/bob")).text
    assert "never seen" in (await ann.get("/admin/users/webchat")).text


async def test_a_role_is_changed_and_counts_at_once(ann: Visitor, bob: Visitor) -> None:
    answer = await ann.do("set-role", user="bob", role="admin")
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/users/bob")
    assert 'value="admin" selected' in (await ann.get("/admin/users/bob")).text
    assert (await bob.get("/admin")).status_code == 200
    await ann.do("set-role", user="bob", role="member")
    assert (await bob.get("/admin")).status_code == 403
    assert (await bob.do("create-invitation")).status_code == 403


async def test_what_may_not_be_done_is_not_offered_and_refused_there(ann: Visitor, second: Visitor) -> None:
    page = (await second.get("/admin/users/ann")).text
    assert 'value="set-role"' not in page
    assert "disable-user" not in page
    for do, fields in (("set-role", {"role": "member"}), ("disable-user", {}), ("sign-out-user", {})):
        answer = await second.do(do, user="ann", **fields)
        assert answer.status_code == 403
        assert "people with a lower role than yours" in answer.text
        assert "<h2>@ann</h2>" in answer.text
    own = (await second.get("/admin/users/eve")).text
    assert "This is you." in own
    assert "disable-user" not in own


async def test_nobody_is_shown_who_is_not_there(ann: Visitor) -> None:
    assert (await ann.get("/admin/users/nobody")).status_code == 404
    answer = await ann.do("disable-user:nobody")
    assert answer.status_code == 404
    assert "nobody called nobody" in answer.text


async def test_who_is_disabled_is_out_and_hears_what_a_wrong_password_hears(
    app: Webchat, ann: Visitor, bob: Visitor
) -> None:
    store, broker = app.state.house.store, app.state.doors["socket"].broker
    user = await store.read(lambda tx: users.by_name(tx, "bob"))
    started = await store.write(lambda tx: sessions.start(tx, user))
    outlet = FakeOutlet()
    broker.connect(outlet, "room.en", user.id, started.session, "lobby")
    answer = await ann.do("disable-user:bob")
    assert answer.headers["location"] == "/admin/users/bob"
    assert outlet.code == 4401
    assert (await bob.get("/inbox")).headers["location"].startswith("/sign-in")
    async with Visitor(app) as again:
        right = await again.form("/sign-in", name="bob", password=PASSWORD)
        wrong = await again.form("/sign-in", name="bob", password="not this one at all")
    assert right.status_code == wrong.status_code == 403
    assert "Name and password do not match" in right.text
    page = (await ann.get("/admin/users/bob")).text
    assert "This account is disabled" in page
    await ann.do("enable-user:bob")
    await bob.sign_in("bob")


async def test_an_old_talk_with_who_is_disabled_can_be_read(ann: Visitor, bob: Visitor) -> None:
    await ann.do("open-direct:bob")
    await ann.do("disable-user:bob")
    assert (await ann.get("/direct/bob")).status_code == 200
    assert (await ann.get("/direct/nobody")).status_code == 404


async def test_signing_out_everywhere(ann: Visitor, bob: Visitor) -> None:
    await ann.do("sign-out-user:bob")
    assert (await bob.get("/inbox")).headers["location"].startswith("/sign-in")
    await bob.sign_in("bob")


async def test_one_session_of_somebody_is_ended(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    async with Visitor(app) as elsewhere:
        await elsewhere.sign_in("bob")
        page = (await ann.get("/admin/users/bob")).text
        words = re.findall(r'value="(end-session:[0-9a-f]+)"', page)
        assert len(words) == 2
        for word in words:
            answer = await ann.do(word, next="/admin/users/bob")
            assert answer.headers["location"] == "/admin/users/bob"
        assert (await elsewhere.get("/inbox")).headers["location"].startswith("/sign-in")
    assert "Not signed in anywhere." in (await ann.get("/admin/users/bob")).text
    assert "end-session" not in (await ann.get("/admin/users/ann")).text, "one's own are among the settings"


async def test_a_token_is_shown_once(ann: Visitor) -> None:
    assert "There are no tokens yet." in (await ann.get("/admin/tokens")).text
    cid = "the-cid-of-this-very-form"
    made = await ann.do("create-token", user="builds", scopes="post notify", days="30", cid=cid)
    assert made.status_code == 200
    [secret] = re.findall(r'value="(webchat_[\w-]{43})"', made.text)
    assert made.headers["cache-control"] == "no-store"
    again = await ann.do("create-token", user="builds", scopes="post notify", days="30", cid=cid)
    assert again.headers["location"] == "/admin/tokens"
    page = (await ann.get("/admin/tokens")).text
    assert secret not in page
    assert f"{secret[:14]}…</code> · post, notify" in page
    assert "never used" in page
    assert (await ann.do("revoke-token:1")).headers["location"] == "/admin/tokens"
    assert "There are no tokens yet." in (await ann.get("/admin/tokens")).text
    assert (await ann.do("revoke-token:1")).status_code == 404


async def test_a_token_that_cannot_be_is_said_at_the_form(ann: Visitor, bob: Visitor) -> None:
    for fields, says in (
        ({"user": "builds"}, "The field scopes is missing"),
        ({"user": "builds", "scopes": "all"}, "A scope is read, post"),
        ({"user": "bob", "scopes": "read"}, "only for yourself and for programs"),
        ({"user": "a b", "scopes": "read"}, "A name may have"),
        ({"user": "builds", "scopes": "read", "days": "-1"}, "The field days"),
    ):
        answer = await ann.do("create-token", **fields)
        assert answer.status_code in (400, 403)
        assert says in answer.text
        assert f'value="{fields["user"]}"' in answer.text
    assert "There are no tokens yet." in (await ann.get("/admin/tokens")).text


async def test_the_place_is_changed(ann: Visitor, bob: Visitor, stranger: Visitor) -> None:
    note = "Ask <b>Ann</b> for a link."
    answer = await ann.do("change-place", name="Home & Co", sign_up="open", makers="admin", note=note)
    assert answer.headers["location"] == "/admin/place"
    page = (await ann.get("/admin/place")).text
    assert 'value="Home &amp; Co"' in page
    assert 'value="open" selected' in page
    assert 'value="admin" selected' in page
    assert "Home &amp; Co" in (await bob.get("/rooms")).text
    assert "Ask &lt;b&gt;Ann&lt;/b&gt; for a link." in (await stranger.get("/sign-in")).text
    assert 'value="create-room"' not in (await bob.get("/rooms")).text
    assert (await bob.do("create-room", room="new")).status_code == 403
    assert (await ann.do("create-room", room="new")).status_code == 303


@pytest.mark.parametrize(
    "fields", [{"name": " "}, {"name": "x" * 81}, {"sign_up": "never"}, {"makers": "owner"}, {"note": "x" * 501}]
)
async def test_a_place_that_cannot_be_is_said_at_the_form(ann: Visitor, fields: dict[str, str]) -> None:
    answer = await ann.do("change-place", **({"name": "Home"} | fields))
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert "The Place" in (await ann.get("/rooms")).text


async def test_markup_in_names_is_text(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    await bob.do("set-profile", title="<script>alert(1)</script>")
    for path in ("/admin/users", "/admin/users/bob"):
        page = (await ann.get(path)).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)" in page


async def test_the_log_says_who_did_what_to_whom(ann: Visitor, bob: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "webchat.audit")
    made = await ann.do("create-token", user="builds", scopes="post")
    await ann.do("set-role", user="bob", role="moderator")
    await ann.do("disable-user", user="nobody\nevent=forged")
    await ann.do("change-place", name="Home\nwho=forged")
    await bob.do("set-role", user="ann", role="member")
    await bob.do("set-profile", title="Robert")
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        'Made a token. event=create-token who=ann from=127.0.0.1 user=builds scopes=post only="" days=365',
        "Changed a role. event=set-role who=ann from=127.0.0.1 user=bob role=moderator",
        'Refused. event=refused what=disable-user why=NotFound who=ann from=127.0.0.1 user="nobody\\nevent=forged"',
        'Changed the place. event=change-place who=ann from=127.0.0.1 name="Home\\nwho=forged" sign_up=""'
        ' makers="" note=""',
        "Refused. event=refused what=set-role why=Forbidden who=bob from=127.0.0.1 user=ann role=member",
    ]
    [secret] = re.findall(r'value="(webchat_[\w-]{43})"', made.text)
    assert secret not in "".join(lines)


async def test_what_moderators_did_is_read_by_admins_the_newest_first(
    ann: Visitor, bob: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Nothing yet." in (await ann.get("/admin/log")).text
    await ann.do("mute-user", room="lobby", user="bob", minutes="10", why="So <loud>")
    await ann.do("unmute-user", room="lobby", user="bob")
    page = (await ann.get("/admin/log")).text
    assert page.index("let Bob write again") < page.index("silenced Bob")
    assert "So &lt;loud&gt;" in page
    monkeypatch.setattr("webchat.web.admin_view.PAGE", 1)
    assert "silenced Bob" not in (await ann.get("/admin/log")).text
    assert "silenced Bob" in (await ann.get("/admin/log?before=2")).text
    assert (await bob.get("/admin/log")).status_code == 403


async def test_the_log_tells_an_admin_nothing_of_a_room_of_others(ann: Visitor, second: Visitor, bob: Visitor) -> None:
    await ann.do("create-room", room="den", title="The den", kind="closed")
    await ann.do("invite-user", room="den", user="bob")
    await ann.do("mute-user", room="den", user="bob", minutes="10", why="So loud")
    mine, theirs = (await ann.get("/admin/log")).text, (await second.get("/admin/log")).text
    for told in ("silenced Bob", "So loud", ">The den</a>", 'href="/rooms/den"'):
        assert (told in mine, told in theirs) == (True, False), told
    assert "silenced somebody" in theirs
    assert "a closed room" in theirs


@pytest.mark.usefixtures("blog")
async def test_what_goes_into_the_pages_of_a_site_can_be_copied(ann: Visitor) -> None:
    page = (await ann.get("/admin/sites/blog")).text
    assert "write another name for post-1 on each" in page
    assert len(re.findall(r"<copy-text><textarea readonly [^>]*>[^<]+</textarea><button", page)) == 2
