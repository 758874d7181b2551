"""The forms on the settings page that say where notifications are shown, and when."""

import re

import pytest

from tests.web.conftest import Visitor

pytestmark = pytest.mark.anyio

BACK = "/settings#notifications"


def section(html: str) -> str:
    """The part about notifications."""
    found = re.search(r'<section class="sheet wishes".*?</section>', html, re.DOTALL)
    assert found
    return found[0]


async def test_a_tag_is_an_exception_until_it_is_removed(bob: Visitor) -> None:
    page = section((await bob.get("/settings")).text)
    assert "All of it" in page
    assert "All but the tags below" not in page
    assert page.count('value="set-tag-level"') == page.count(f'value="{BACK}"') - 1 == 2
    answer = await bob.do("set-tag-level", tag="ci", level="inbox", next=BACK)
    assert (answer.status_code, answer.headers["location"]) == (303, BACK)
    page = section((await bob.get("/settings")).text)
    assert "All but the tags below" in page
    assert '<span class="tag" dir="auto">#ci</span>' in page
    await bob.do("set-tag-level", tag="ci", level="", next=BACK)
    assert "All of it" in section((await bob.get("/settings")).text)


async def test_quiet_hours_are_said_and_ended_by_a_button(bob: Visitor) -> None:
    page = section((await bob.get("/settings")).text)
    assert "There are none now." in page
    assert "<zone-field data-guess>" in page
    assert "No quiet hours" not in page
    await bob.do("set-quiet-hours", begins="21:30", ends="06:00", zone="Asia/Shanghai", next=BACK)
    page = section((await bob.get("/settings")).text)
    assert "Every day from 21:30 to 06:00 (Asia/Shanghai) only what is urgent is shown" in page
    assert "data-guess" not in page
    [form] = re.findall(r'<form id="never-quiet".*?</form>', page, re.DOTALL)
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert (await bob.form("/do", **fields)).headers["location"] == BACK
    assert "There are none now." in section((await bob.get("/settings")).text)


async def test_a_zone_that_is_none_keeps_what_was_written(bob: Visitor) -> None:
    answer = await bob.do("set-quiet-hours", begins="21:30", ends="06:00", zone="Nowhere/City", next=BACK)
    assert answer.status_code == 400
    page = section(answer.text)
    assert 'role="alert"' in page
    for value in ("21:30", "06:00", "Nowhere/City"):
        assert f'value="{value}"' in page
    assert "data-guess" not in page
