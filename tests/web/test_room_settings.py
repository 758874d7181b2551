"""A room's own pages without JavaScript: its settings, its members, and what is refused on them."""

import re

import pytest

from tests.web.conftest import Visitor, add_user
from webchat.app import Webchat

pytestmark = pytest.mark.anyio


@pytest.fixture
async def team(app: Webchat, ann: Visitor, bob: Visitor) -> str:
    """A closed room of ann's, with bob in it."""
    await add_user(app, "Cat")
    await ann.do("create-room", room="team", kind="closed", topic="Us & them")
    await ann.do("invite-user", room="team", user="bob")
    return "team"


def value(page: str, name: str) -> str:
    """What a field of the form says."""
    return str(re.findall(rf'name="{name}"[^>]*? value="([^"]*)"', page)[0])


async def test_a_room_is_changed_on_its_settings_page(ann: Visitor, bob: Visitor, team: str) -> None:
    page = (await ann.get("/rooms/team/settings")).text
    assert (value(page, "title"), value(page, "topic"), value(page, "based")) == ("team", "Us &amp; them", "0")
    assert 'name="kind" value="closed" checked' in page
    form = {"room": "team", "title": "The team", "topic": "", "kind": "closed", "guests": "read", "posting": "everyone"}
    done = await ann.do("edit-room", **form, based="0")
    assert (done.status_code, done.headers["location"]) == (303, "/rooms/team/settings")
    assert "The team" in (await bob.get("/rooms/team")).text
    stale = await ann.do("edit-room", **form | {"title": "Mine"}, based="0")
    assert stale.status_code == 409
    assert "Somebody else changed this room" in stale.text
    assert (value(stale.text, "title"), value(stale.text, "based")) == ("The team", "1")
    long = await ann.do("edit-room", **form | {"title": "x" * 81, "topic": "Kept"}, based="1")
    assert long.status_code == 400
    assert value(long.text, "topic") == "Kept"


async def test_the_settings_are_for_who_moderates(ann: Visitor, bob: Visitor, stranger: Visitor, team: str) -> None:
    await ann.do("open-direct", users="bob")
    for visitor, path, status in (
        (bob, "/rooms/team/settings", 403),
        (ann, "/rooms/~2.3/settings", 403),
        (ann, "/rooms/nowhere/settings", 404),
        (ann, "/rooms/TEAM/settings", 303),
        (stranger, "/rooms/team/settings", 303),
        (stranger, "/rooms/team/members", 303),
        (bob, "/rooms/team/members", 200),
        (bob, "/rooms/nowhere/members", 404),
        (bob, "/rooms/team/members?page=99999999999999999999&q=%25", 200),
    ):
        assert (await visitor.get(path)).status_code == status, path
    assert "/settings" not in re.sub(r'href="/settings"', "", (await bob.get("/rooms/team")).text)


async def test_members_are_changed_on_their_page_and_refused_there(ann: Visitor, bob: Visitor, team: str) -> None:
    page = (await ann.get("/rooms/team/members")).text
    assert page.count('value="remove-user"') == 1
    assert "remove-user" not in (await bob.get("/rooms/team/members")).text
    done = await ann.do("set-room-role", room="team", user="bob", role="moderator")
    assert done.headers["location"] == "/rooms/team/members"
    assert (await bob.get("/rooms/team/members")).text.count("<small>moderator</small>") == 2
    assert (await bob.get("/rooms/team/settings")).status_code == 200
    refused = await bob.do("remove-user", room="team", user="ann")
    assert refused.status_code == 403
    assert "ranks higher" in refused.text
    assert 'value="invite-user"' in refused.text
    unknown = await ann.do("invite-user", room="team", user="nobody")
    assert (unknown.status_code, "nobody called nobody" in unknown.text) == (404, True)
    await ann.do("remove-user", room="team", user="bob")
    assert (await bob.get("/rooms/team")).status_code == 404


async def test_who_invites_several_stays_on_the_members_page(ann: Visitor, bob: Visitor) -> None:
    await ann.do("create-room", room="den", kind="closed")
    page = (await ann.get("/rooms/den")).text
    assert 'Nobody else is in this room yet. <a href="/rooms/den/members">' in page
    assert "Nobody else knows this place" not in page
    there = value((await ann.get("/rooms/den/members")).text.partition('value="invite-user"')[2], "next")
    done = await ann.do("invite-user", room="den", user="bob", next=there)
    assert done.headers["location"] == there == "/rooms/den/members"
    assert (await bob.get(there)).status_code == 200
    assert "Nobody else is in this room" not in (await ann.get("/rooms/den")).text


async def test_a_ban_is_asked_once_and_lifted_on_the_members_page(ann: Visitor, bob: Visitor, team: str) -> None:
    page = (await ann.get("/rooms/team/members")).text
    [ban] = re.findall(r"<details[^>]*>.*?</details>", page, re.S)
    assert 'value="ban-user"' in ban
    there = value(ban, "next")
    done = await ann.do("ban-user", room="team", user="bob", next=there)
    assert done.headers["location"] == there == "/rooms/team/members?banned=bob"
    page = (await ann.get(there)).text
    assert '<p role="status">Bob is banned.</p>' in page
    assert (await bob.get("/rooms/team")).status_code == 404
    back = value(page.partition('value="unban-user"')[2], "next")
    done = await ann.do("unban-user", room="team", user="bob", next=back)
    assert done.headers["location"] == "/rooms/team/members"
    for path in (there, "/rooms/team/members?banned=nobody"):
        assert "is banned" not in (await ann.get(path)).text
    await ann.do("ban-user", room="team", user="cat")
    await ann.do("invite-user", room="team", user="bob")
    assert "is banned" not in (await bob.get("/rooms/team/members?banned=cat")).text, "that is for who moderates"


async def test_a_ban_is_seen_and_lifted_on_the_settings_page(ann: Visitor, bob: Visitor, team: str) -> None:
    assert (await ann.do("ban-user", room="team", user="bob")).headers["location"] == "/rooms/team/settings"
    assert 'value="unban-user"' in (await ann.get("/rooms/team/settings")).text
    await ann.do("unban-user", room="team", user="bob")
    assert 'value="unban-user"' not in (await ann.get("/rooms/team/settings")).text


async def test_an_archived_room_says_so_and_is_restored(ann: Visitor, bob: Visitor, team: str) -> None:
    await ann.do("archive-room", room="team")
    page = (await bob.get("/rooms/team")).text
    assert "This room is archived" in page
    assert 'id="body"' not in page
    assert 'value="restore-room"' in (await ann.get("/rooms/team/settings")).text
    await ann.do("restore-room", room="team")
    assert 'id="body"' in (await bob.get("/rooms/team")).text


async def test_members_are_found_and_turned_over(app: Webchat, ann: Visitor) -> None:
    for number in range(55):
        await add_user(app, f"p{number}")
    first = (await ann.get("/rooms/lobby/members")).text
    second = (await ann.get("/rooms/lobby/members?page=2")).text
    names = [set(re.findall(r'class="person" href="/direct/([^"]+)"', page)) for page in (first, second)]
    assert [len(some) for some in names] == [50, 6]
    assert not names[0] & names[1]
    found = (await ann.get("/rooms/lobby/members?q=P54")).text
    assert re.findall(r'class="person" href="/direct/([^"]+)"', found) == ["p54"]
    assert "No member has that name" in (await ann.get("/rooms/lobby/members?q=zzz")).text
    room = (await ann.get("/rooms/lobby")).text
    assert "and 6 more" in room
    assert 'href="/rooms/lobby/members"' in room


async def test_who_could_be_asked_in_comes_as_options(ann: Visitor, team: str) -> None:
    answer = await ann.get("/rooms/team/members?invitable", headers={"HX-Request": "true"})
    assert answer.text.strip() == '<option value="cat">Cat</option>'
    assert '<option value="cat">Cat</option>' in (await ann.get("/rooms/team/members")).text


async def test_the_foot_alone(ann: Visitor, bob: Visitor, team: str) -> None:
    await ann.do("edit-room", room="team", posting="moderators")
    foot = (await bob.get("/rooms/team?foot", headers={"HX-Request": "true"})).text.strip()
    assert foot.startswith(
        '<div id="foot" data-room="2" data-gate="closed none moderators live" data-may="react vote">'
    )
    assert "Only moderators write in this room." in foot
    assert "<html" not in foot
    assert "message-composer" in (await ann.get("/rooms/team?foot", headers={"HX-Request": "true"})).text
