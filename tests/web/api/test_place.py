"""Who is let in, by the API: an admin reads no code that leads into a room of others."""

import re

import pytest

from tests.web.api.conftest import Ask, refused
from tests.web.conftest import PASSWORD, Visitor
from webchat.app import Webchat
from webchat.chat import passwords, people
from webchat.store import Tx

pytestmark = pytest.mark.anyio


async def test_the_code_of_a_link_into_a_room_of_others_is_told_by_neither_door(app: Webchat, asker: Ask) -> None:
    ann = await asker("ann")
    hashed = await passwords.hashed(PASSWORD)

    def boss(tx: Tx) -> None:
        people.add(tx, "Boss", "admin", hashed)

    await app.state.house.store.write(boss)
    closed = (await ann.ask("POST", "/invitations", {"rooms": ["team"]})).json()
    place = (await ann.ask("POST", "/invitations", {})).json()
    assert (bool(closed["code"]), closed["rooms"]) == (True, ["team"]), "its maker is told"
    other = await asker("boss")
    told = {one["id"]: one for one in (await other.ask("GET", "/invitations")).json()["invitations"]}
    assert told[closed["id"]] == {**closed, "code": "", "rooms": []}
    assert told[place["id"]] == place
    async with Visitor(app) as visitor:
        page = (await (await visitor.sign_in("boss")).get("/admin/invitations")).text
    assert re.findall(r'/join/([\w-]+)"', page) == [place["code"]]
    assert closed["code"] not in page + (await other.ask("GET", "/invitations")).text
    answer = await other.ask("DELETE", f"/invitations/{closed['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert closed["code"] not in (await other.ask("GET", "/invitations")).text
    refused(await (await asker("bob")).ask("GET", "/invitations"), 403)
