"""The program that judges what is said, on the pages, at the doors and by the API."""

import json
import re

import pytest

from tests.permissions.doors import Socket
from tests.tools.receiver import Receiver
from tests.web.conftest import Visitor
from tests.web.test_bearer import Program, made
from tests.web.test_exposition import read
from tests.web.test_room_settings import value
from tests.web.test_rules import cookie
from webchat.app import Webchat

pytestmark = pytest.mark.anyio


@pytest.fixture
def app(calling: Webchat) -> Webchat:
    return calling


def says(receiver: Receiver, action: str, reason: str = "") -> None:
    receiver.says(json.dumps({"action": action, "reason": reason}), "application/json")


async def test_it_is_named_and_tried_on_the_settings_page(ann: Visitor, bob: Visitor, receiver: Receiver) -> None:
    assert 'value="try-judge"' not in (await ann.get("/rooms/lobby/settings")).text
    assert (await ann.do("try-judge", room="lobby")).headers["location"] == "/rooms/lobby/settings"
    form = {"room": "lobby", "judge": receiver.url, "unjudged": "allow", "based": "0"}
    wrong = await ann.do("set-rules", **form | {"judge": "http://elsewhere.example/"})
    assert wrong.status_code == 400
    assert '<p class="problem" role="alert" tabindex="-1" autofocus>Only https:// addresses' in wrong.text
    assert value(wrong.text, "judge") == "http://elsewhere.example/"
    named = await ann.do("set-rules", **form)
    assert (named.status_code, len(set(re.findall(r"whsec_[^\"]+", named.text)))) == (200, 1)
    page = (await ann.get("/rooms/lobby/settings")).text
    assert ("whsec_" in page, value(page, "judge"), "It has not failed yet" in page) == (False, receiver.url, True)
    assert 'name="unjudged" value="allow" checked' in page
    says(receiver, "reject", "Not <this>")
    assert "It answers in time: reject." in (await ann.do("try-judge", room="lobby")).text
    receiver.says("broken", status=500)
    failed = await ann.do("try-judge:lobby")
    assert (failed.status_code, "It does not judge: HTTP 500" in failed.text) == (409, True)
    assert "HTTP 500</span>" in (await ann.get("/rooms/lobby/settings")).text
    assert [json.loads(got.body)["data"]["trial"] for got in receiver.got] == [True, True]
    assert (await bob.do("try-judge", room="lobby")).status_code == 403
    assert len(receiver.got) == 2


async def test_who_writes_reads_what_it_says(app: Webchat, ann: Visitor, bob: Visitor, receiver: Receiver) -> None:
    await ann.do("set-rules", room="lobby", judge=receiver.url)
    says(receiver, "reject", "Not <this>")
    told = await bob.do("post-message", room="lobby", body="What I wrote")
    assert (told.status_code, "not let in: Not &lt;this&gt;" in told.text, "What I wrote" in told.text) == (
        *(403, True, True),
    )
    says(receiver, "hold", "Looks <odd>")
    told = await bob.do("post-message", room="lobby", body="Waits")
    assert ("waits until a moderator" in told.text, "odd" in told.text) == (True, False)
    assert "judge says: Looks &lt;odd&gt;" in (await ann.get("/rooms/lobby/queue")).text
    async with Socket(app, cookie(bob), "lobby") as socket:
        for number, action in enumerate(("allow", "reject", "allow")):
            says(receiver, action, "No")
            socket.send({"do": "post-message", "room": "lobby", "body": action, "cid": f"{number}" * 16})
            assert (await socket.answer()).get("why", "") == ("This was not let in: No" if action == "reject" else "")
    assert (await bob.get("/rooms/lobby")).text.count("<p>allow</p>") == 2
    numbers = read((await ann.get("/metrics")).text)
    assert [numbers[f"webchat_judged_total {verdict}"] for verdict in ("allow", "hold", "reject")] == [2, 1, 2]


async def test_that_of_a_site_on_its_page(ann: Visitor, bob: Visitor, stranger: Visitor, receiver: Receiver) -> None:
    await ann.do("create-site", site="blog", origins="https://blog.example")
    named = await ann.do("set-site-rules:blog", judge=receiver.url)
    assert (named.status_code, len(set(re.findall(r"whsec_[^\"]+", named.text)))) == (200, 1)
    says(receiver, "allow")
    assert "It answers in time: allow." in (await ann.do("try-site-judge:blog")).text
    assert "does not judge" in (await ann.do("try-site-judge:blog")).text
    says(receiver, "reject", "No")
    assert (await stranger.do("post-message", room="blog.post", body="Hello")).status_code == 403
    assert (await bob.do("try-site-judge:blog")).status_code == 403
    assert (await ann.do("try-site-judge:shop")).status_code == 404


async def test_by_the_api(app: Webchat, ann: Visitor, receiver: Receiver) -> None:
    path = "/api/v1/rooms/lobby/rules"
    async with Program(app, await made(app, "ann", "admin")) as program:
        named = (await program.patch(path, json={"judge": receiver.url, "unjudged": "allow"})).json()
        assert (named["judge"], named["unjudged"], named["secret"][:6]) == (receiver.url, "allow", "whsec_")
        says(receiver, "hold")
        assert (await program.post(f"{path}/trial")).json() == {"says": "hold"}
        assert (await program.post(f"{path}/trial")).status_code == 409
        told = (await program.get(path)).json()
        assert (told["secret"], told["judge_resting"], "no JSON" in told["judge_error"]) == ("", 0, True)
