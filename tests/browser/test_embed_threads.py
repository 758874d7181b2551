"""Answers, votes and orders in a thread on somebody's page, as two readers see them."""

import re
import time

from playwright.sync_api import Frame, expect

from tests.browser.blogs import Blog, live_frame, said, write

LONG = re.compile("one about this")
INDENTED = "rows => rows.map(row => row.offsetLeft > rows[0].offsetLeft)"


def press(frame: Frame, row: str, title: str) -> None:
    """Choose a tool of a row."""
    frame.locator("#log > li", has_text=row).hover()
    frame.get_by_title(title, exact=True).click()


def test_answers_votes_and_orders_are_live(blog: Blog) -> None:
    blog.say("one about this and that", "two")
    _page, mine = blog.read()
    page, theirs = blog.read()
    write(mine, "three", "Gus")
    expect(said(mine)).to_have_text([LONG, "two", "three"])
    for row, text in (("one about", "an answer"), ("an answer", "deeper")):
        press(mine, row, "Answer")
        expect(mine.locator(".answering")).to_contain_text("You answer G")
        write(mine, text)
        expect(mine.locator(".answering")).to_have_count(0)
    for frame in (mine, theirs):
        expect(said(frame)).to_have_text([LONG, "an answer", "deeper", "two", "three"])
        assert frame.locator("#log > li").evaluate_all(INDENTED) == [False, True, True, False, False]
        expect(frame.locator("#log .to:visible")).to_have_text(["answers Gus"])
    chip = theirs.locator("#log [data-u]")
    press(mine, "two", "React with 👍")
    expect(chip).to_have_text(["👍 1"])
    mine.locator("#log [data-u]").click()
    expect(chip).to_have_count(0)
    press(mine, "two", "React with 👍")
    expect(chip).to_have_text(["👍 1"])
    theirs.get_by_role("link", name="Best first").click()
    theirs = live_frame(page, blog.room)
    write(mine, "last")
    expect(said(theirs)).to_have_text(["two", LONG, "an answer", "deeper", "three", "last"])
    theirs.get_by_role("link", name="Newest first").click()
    theirs = live_frame(page, blog.room)
    write(mine, "very last")
    expect(said(theirs)).to_have_text(["very last", "last", "three", "two", LONG, "an answer", "deeper"])


def test_what_was_said_on_another_day_says_so_at_once_and_without_lines_between(blog: Blog) -> None:
    blog.say("one", "two")
    reader = blog.hosts.somebody(locale="en-US", timezone_id="UTC")
    reader.clock.set_fixed_time(time.time() + 3 * 86_400)
    _page, frame = blog.read(context=reader)
    expect(frame.locator("#log > li time")).to_have_text([re.compile(r"^[A-Z][a-z]{2} \d+, ")] * 2)
    expect(frame.locator("#log > .divider")).to_have_count(0)
    blog.say("three")
    expect(said(frame)).to_have_text(["one", "two", "three"])
    expect(frame.locator("#log > .divider")).to_have_count(0)
