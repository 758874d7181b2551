"""The profile's form, and where it shows."""

import re

import anyio
import anyio.lowlevel
import pytest

from tests.broker.cast import FakeOutlet
from tests.web.conftest import Visitor
from webchat import topics
from webchat.app import Webchat
from webchat.chat.presence import Presence
from webchat.model import Person

pytestmark = pytest.mark.anyio


async def test_it_is_changed_on_the_settings_page(ann: Visitor, bob: Visitor) -> None:
    assert 'value="Bob"' in (await bob.get("/settings")).text
    answer = await bob.do("set-profile", title="Robert", status="at lunch")
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings")
    page = (await bob.get("/settings")).text
    assert 'value="Robert"' in page
    assert 'value="at lunch"' in page
    assert "Robert<small> at lunch</small>" in page, "at the foot of the sidebar"
    assert "Robert<small> at lunch</small>" in (await ann.get("/rooms/lobby")).text, "in the list of members"
    await ann.do("open-direct:bob")
    assert (await ann.get("/direct/bob")).text.count("Robert<small> at lunch</small>") >= 2


async def test_markup_is_shown_as_text(ann: Visitor, bob: Visitor) -> None:
    await bob.do("set-profile", title="<img src=x onerror=alert(1)>", status='"><script>alert(1)</script>')
    for page in ((await bob.get("/settings")).text, (await ann.get("/rooms/lobby")).text):
        assert "<img src=x" not in page
        assert "<script>alert" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"title": " "}, "Say what others should call you."),
        ({"status": "no title"}, "The field title is missing or wrong."),
        ({"title": "x" * 81}, "The field title is missing or wrong."),
        ({"title": "Bob", "status": "x" * 81}, "The field status is missing or wrong."),
        ({"title": "Bob\x07"}, "cannot be shown"),
        ({"title": "Ann"}, "This name is taken."),
    ],
)
async def test_a_refusal_stands_at_the_form_and_keeps_what_was_written(
    bob: Visitor, fields: dict[str, str], says: str
) -> None:
    answer = await bob.do("set-profile", **fields)
    assert answer.status_code in (400, 409)
    assert says in answer.text
    for value in fields.values():
        assert f'value="{value}"' in answer.text
    assert "Bob" in (await bob.get("/rooms/lobby")).text


async def test_who_is_here_hears_of_it(app: Webchat, bob: Visitor) -> None:
    """Also guests, whom the news of profiles do not reach: the list of people is told anew."""
    presence: Presence = app.state.house.presence
    presence.enter("lobby", "user 3", Person(3, "bob", "Bob"))
    await bob.do("set-profile", title="Robert", status="here")
    assert presence.here("lobby").people == (Person(3, "bob", "Robert", "here"),)


async def test_everybody_signed_in_is_told_with_the_markup_of_the_page(
    app: Webchat, ann: Visitor, bob: Visitor
) -> None:
    broker, outlet = app.state.doors["socket"].broker, FakeOutlet()
    reader = broker.connect(outlet, "room.en", 2)
    broker.subscribe(reader, topics.PLACE)
    await bob.do("set-profile", title="Robert", status="<3")
    with anyio.fail_after(5):
        while not outlet.texts:
            await anyio.lowlevel.checkpoint()
    [text] = outlet.texts
    assert 'hx-target=".u3" hx-swap="outerHTML"' in text
    [shown] = set(re.findall(r'<span class="who u3">.*?</span></span>', (await ann.get("/rooms/lobby")).text))
    assert shown in text
