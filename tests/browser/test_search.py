"""The search in a browser: from a room to what was said there, by keyboard and on a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.persons import Person, webchat


@pytest.mark.parametrize("width", [1024, 360])
def test_from_a_room_to_what_was_said_there(people: Callable[..., list[Person]], width: int) -> None:
    (ann,) = people("ann", viewport={"width": width, "height": 720})
    ann.sign_in()
    webchat(ann.server, "send", "lobby", "The weather is fine: 今天天气很好 <i>so</i>")
    page = ann.go("/rooms/lobby")
    page.get_by_role("link", name="Search this room").click()
    box = page.get_by_role("searchbox")
    expect(box).to_be_focused()
    expect(box).to_have_value("in:lobby ")
    box.press("End")
    box.press_sequentially("天气")
    box.press("Enter")
    found = page.get_by_role("list", name="Messages found").get_by_role("link")
    while not found.count():  # its words are put there in the background
        page.reload()
    expect(found.locator("mark")).to_have_text("天气")
    expect(found).to_contain_text("<i>so</i>")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/rooms/lobby/m/1")
    expect(page.get_by_role("log")).to_contain_text("The weather is fine")
