"""The admin's links and what their receivers see, by plain forms."""

import html
import re
from pathlib import Path

import pytest

from tests.web.conftest import PASSWORD, URL, Visitor, add_user
from webchat.app import Webchat, create_app
from webchat.settings import Settings

pytestmark = pytest.mark.anyio


async def link(admin: Visitor, **fields: str) -> str:
    """Make a link; its path."""
    answer = await admin.do("create-invitation", **fields)
    assert answer.headers["location"] == "/admin/invitations", answer.text
    page = await admin.get("/admin/invitations")
    found = re.search(rf'value="{URL}(/join/[\w-]+)"', page.text)
    assert found
    return found[1]


async def test_from_a_link_to_the_lobby(ann: Visitor, stranger: Visitor) -> None:
    await ann.do("create-room", room="den", kind="closed", title="The Den")
    path = await link(ann, role="member", rooms="den", days="7", uses="0")
    page = await stranger.get(path)
    assert page.status_code == 200
    assert "The Den" in page.text
    answer = await stranger.form(path, name="Eve", password=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await stranger.get("/")).headers["location"] == "/rooms/lobby"
    assert (await stranger.get("/rooms/den")).status_code == 200
    assert (await stranger.get("/admin/invitations")).status_code == 403
    listed = (await ann.get("/admin/invitations")).text
    assert "used 1 time" in listed


async def test_several_rooms_of_one_form(ann: Visitor, stranger: Visitor) -> None:
    for slug in ("den", "cave"):
        await ann.do("create-room", room=slug, kind="closed")
    answer = await ann.post(
        "/do",
        data={"do": "create-invitation", "rooms": ["den", "cave"], "cid": "0123456789abcdef"},
        headers={"Origin": URL},
    )
    assert answer.status_code == 303
    page = (await ann.get("/admin/invitations")).text
    [path] = re.findall(rf'value="{URL}(/join/[\w-]+)"', page)
    await stranger.form(path, name="Eve", password=PASSWORD)
    for slug in ("den", "cave"):
        assert (await stranger.get(f"/rooms/{slug}")).status_code == 200


async def test_the_picture_is_made_here_and_inline(ann: Visitor) -> None:
    await link(ann)
    page = (await ann.get("/admin/invitations")).text
    [svg] = re.findall(r"<svg[^>]*class=\"qr\".*?</svg>", page)
    assert "style=" not in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("how", ["revoked", "expired", "used up", "unknown", "room gone"])
async def test_every_end_looks_the_same(app: Webchat, ann: Visitor, bob: Visitor, stranger: Visitor, how: str) -> None:
    await ann.do("create-room", room="den", kind="closed")
    path = await link(ann, rooms="den", uses="1")
    store = app.state.house.store
    if how == "revoked":
        assert (await ann.do("revoke-invitation:1")).status_code == 303
    elif how == "expired":
        await store.write(lambda tx: tx.run("UPDATE invitations SET expires = 1"))
    elif how == "used up":
        await bob.do(f"accept-invitation:{path.removeprefix('/join/')}")
    elif how == "room gone":
        await store.write(lambda tx: tx.run("UPDATE rooms SET archived = 1 WHERE slug = 'den'"))
    else:
        path = "/join/no-code-that-there-is"
    sentence = "This link does not work. Ask the person who sent it for a new one."
    for answer in (
        await stranger.get(path),
        await stranger.form(path, name="Eve", password=PASSWORD),
        await bob.get(path),
        await bob.do(f"accept-invitation:{path.removeprefix('/join/')}"),
    ):
        assert (answer.status_code, sentence in answer.text) == (404, True)
    assert "webchat" not in stranger.cookies


async def test_a_form_that_is_sent_twice_makes_one_account_and_signs_in(app: Webchat, ann: Visitor) -> None:
    path = await link(ann, uses="1")
    for _ in range(2):
        async with Visitor(app) as eve:
            answer = await eve.form(path, name="Eve", password=PASSWORD)
            assert answer.status_code == 303
            assert (await eve.get("/rooms/lobby")).status_code == 200
    assert "used 1 of 1 times" in (await ann.get("/admin/invitations")).text


async def test_a_taken_name_and_another_password_is_refused_with_what_was_written(
    ann: Visitor, bob: Visitor, stranger: Visitor
) -> None:
    path = await link(ann)
    answer = await stranger.form(path, name="Bob", password="not the one of bob")
    assert answer.status_code == 409
    assert "This name is taken" in answer.text
    assert 'value="Bob"' in answer.text
    assert "not the one of bob" not in answer.text
    assert "webchat" not in stranger.cookies


@pytest.mark.parametrize(
    ("name", "password"),
    [("a b", PASSWORD), ("", PASSWORD), ("eve", "short"), ("eve", "x" * 129), ("x" * 10_000, PASSWORD)],
)
async def test_what_cannot_be_is_said_and_uses_nothing_up(
    ann: Visitor, stranger: Visitor, name: str, password: str
) -> None:
    path = await link(ann, uses="1")
    assert (await stranger.form(path, name=name, password=password)).status_code == 400
    assert (await stranger.form(path, name="eve", password=PASSWORD)).status_code == 303


async def test_who_is_signed_in_comes_in_by_a_button(ann: Visitor, bob: Visitor) -> None:
    await ann.do("create-room", room="den", kind="closed")
    path = await link(ann, rooms="den")
    page = (await bob.get(path)).text
    assert "You are signed in as Bob." in page
    assert 'name="password"' not in page
    do = html.unescape(re.findall(r'name="do" value="([^"]+)"', page)[0])
    assert (await bob.do(do)).headers["location"] == "/rooms/den"
    assert (await bob.get("/rooms/den")).status_code == 200


async def test_an_admin_who_is_alone_is_shown_the_way_to_it(ann: Visitor, app: Webchat) -> None:
    assert "Nobody else knows this place yet?" in (await ann.get("/rooms/lobby")).text
    await add_user(app, "Bob")
    assert "Nobody else knows this place yet?" not in (await ann.get("/rooms/lobby")).text


async def test_only_admins_see_the_page_and_the_way_to_it(ann: Visitor, bob: Visitor, stranger: Visitor) -> None:
    assert (await stranger.get("/admin/invitations")).headers["location"] == "/sign-in?next=/admin/invitations"
    assert (await bob.get("/admin/invitations")).status_code == 403
    assert "/admin/invitations" not in (await bob.get("/rooms/lobby")).text
    assert "/admin/invitations" in (await ann.get("/admin")).text
    assert (await ann.get("/admin")).status_code == 200
    for do in ("create-invitation", "revoke-invitation:1"):
        assert (await bob.do(do)).status_code == 403


@pytest.mark.parametrize(
    "fields",
    [{"days": "-1"}, {"days": "366"}, {"uses": "many"}, {"role": "bot"}, {"role": "owner"}, {"rooms": "nowhere"}],
)
async def test_a_link_that_cannot_be_is_not_made(ann: Visitor, fields: dict[str, str]) -> None:
    assert (await ann.do("create-invitation", **fields)).status_code in (400, 404)
    assert "/join/" not in (await ann.get("/admin/invitations")).text


async def test_behind_a_proxy_links_begin_as_people_reach_the_place(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, limits=False, origins=("https://chat.example",)))
    async with app.running(), Visitor(app) as ann:
        await ann.form("/setup", place="P", name="Ann", password=PASSWORD)
        await ann.do("create-invitation")
        held = {"Host": "chat.example", "Cookie": f"__Host-webchat={ann.cookies['webchat']}"}
        page = await ann.get("/admin/invitations", headers=held)
        assert 'value="https://chat.example/join/' in page.text


async def test_sign_up_is_throttled(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path))
    async with app.running(), Visitor(app) as ann, Visitor(app) as eve:
        await ann.form("/setup", place="P", name="Ann", password=PASSWORD)
        await ann.do("create-invitation")
        [path] = re.findall(rf'value="{URL}(/join/[\w-]+)"', (await ann.get("/admin/invitations")).text)
        statuses = [(await eve.form(path, name="a b", password=PASSWORD)).status_code for _ in range(12)]
    assert set(statuses[:5]) == {400}
    assert statuses[-1] == 429


async def test_a_member_added_later_sees_no_trace_of_links(app: Webchat, ann: Visitor, bob: Visitor) -> None:
    await link(ann)
    await add_user(app, "Cat")
    assert "/join/" not in (await bob.get("/rooms")).text
