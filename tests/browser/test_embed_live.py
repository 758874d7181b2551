"""A chat beside a video: how many read it, and what of it is shown."""

import re

from playwright.sync_api import Frame, Locator, Page, expect

from tests.browser.blogs import Blog
from tests.browser.hosts import Hosts

LIVE = 'mode="live" style="display: block; height: 480px"'
KEPT = "() => Object.entries(localStorage)"


def choice(page: Page | Frame, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def test_a_live_chat_says_who_is_there_and_keeps_what_was_chosen(hosts: Hosts) -> None:
    blog = Blog(hosts, WEBCHAT_FAST_CHAT="1")
    alone = hosts.tab()  # in a frame this browser lets nothing be kept
    alone.goto(f"{blog.url}/embed/blog/{blog.room}?mode=live")
    expect(choice(alone, "Top")).to_have_attribute("aria-pressed", "true")
    _tab, frame = blog.read(blog.markup(LIVE))
    expect(alone.locator("#viewers")).to_have_text("2 watching")
    blog.say(*(f"number {number}" for number in range(1, 10)))
    expect(alone.locator("#fast")).to_be_visible()
    assert alone.evaluate(KEPT) == []
    for page in (alone, frame):
        choice(page, "All").click()
        expect(page.locator("#log > li[id]")).to_have_count(9)
        expect(page.locator("#fast")).to_have_count(0)
        expect(choice(page, "All")).to_have_attribute("aria-pressed", "true")
    assert alone.evaluate(KEPT) == [["webchat:live", "all"]]
    alone.reload()
    expect(choice(alone, "All")).to_have_attribute("aria-pressed", "true")
    expect(alone.locator("embed-room")).to_have_attribute("hx-ws:connect", re.compile("view=all"))
