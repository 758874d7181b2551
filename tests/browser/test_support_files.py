"""Files between a visitor of a shop and its agents: chosen, dropped, pasted, put away, refused, and opened."""

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import FilePayload, Frame, Route, expect

from tests.browser.shops import Shop, button, live, opened
from tests.browser.test_axe import found
from tests.browser.test_embed_support import ask, at_desk, texts
from tests.browser.test_files import PASTE, picture

PLAN = FilePayload(name="plan 计划.pdf", mimeType="application/pdf", buffer=b"%PDF")
DECODED = "async (picture) => { await picture.decode(); return picture.naturalWidth; }"


def choose(frame: Frame, *files: FilePayload) -> None:
    """Choose files with the paper clip."""
    frame.locator(".clip input").set_input_files(list(files))


def rows(frame: Frame) -> Any:
    """Those that are to be sent."""
    return frame.locator("talk-files li")


def sent(frame: Frame, count: int) -> None:
    """Wait until that many are there."""
    expect(rows(frame)).to_have_count(count)
    expect(rows(frame).locator("progress:visible")).to_have_count(0)


def test_a_visitor_and_an_agent_send_files_and_open_them(shop: Shop) -> None:
    tab = shop.visit(shop.hosts.somebody(viewport={"width": 360, "height": 640}, color_scheme="dark"))
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    button(tab).click()
    frame = opened(tab)
    ask(frame, "It looks broken.")
    frame = live(opened(tab))
    assert not [url for url in asked if re.search(r"talk-files|files\.css|\?files", url)], "not before the first"
    # One is chosen, one pasted, one dropped; one is put away; they go without a text.
    choose(frame, PLAN)
    sent(frame, 1)
    for how in ("paste", "drop"):
        frame.evaluate(PASTE, [picture(), how])
    sent(frame, 3)
    assert found(frame) == []
    rows(frame).nth(1).get_by_role("button", name="Remove").click()
    expect(frame.locator("#body")).to_be_focused()
    frame.press("#body", "Enter")
    expect(texts(frame)).to_have_count(2)
    expect(rows(frame)).to_have_count(0)
    agent = shop.agent("bob")
    agent.enter("/support")
    expect(agent.page.locator("#desks li")).to_contain_text("plan 计划.pdf")
    agent.page.locator("#desks li a").first.click()
    at_desk(agent.page)
    shown = agent.page.locator("#log > li[id]").last
    expect(shown.get_by_role("link", name="plan 计划.pdf 4 B")).to_be_visible()
    assert shown.locator("img").evaluate(DECODED) == 640
    # An agent's go to the visitor, who opens them where they are: in another tab nobody would know whose they are.
    agent.page.locator("#body").fill("Look:")
    agent.page.evaluate(PASTE, [picture(), "paste"])
    expect(agent.page.locator("#body")).to_have_value(re.compile(r"/files/"))
    agent.page.locator("#body").press("Enter")
    expect(texts(frame)).to_have_count(3)
    assert texts(frame).last.locator("img").evaluate(DECODED) == 640
    for link in (texts(frame).last.locator("a"), texts(frame).nth(1).get_by_role("link", name="plan 计划.pdf 4 B")):
        with tab.expect_download() as download:
            link.click()
        assert Path(download.value.path()).stat().st_size > 0
    assert download.value.suggested_filename == "plan 计划.pdf"
    assert Path(download.value.path()).read_bytes() == b"%PDF"
    assert len(tab.context.pages) == 1
    gone = {"nack": None, "why": "There is no such file, or it is not yours to see."}
    tab.route(re.compile("/files/"), lambda route: route.fulfill(status=404, json=gone))
    texts(frame).last.locator("a").click()
    expect(frame.locator("#refused")).to_have_text(str(gone["why"]))
    tab.unroute_all()
    shop.hosts.trouble.clear()
    # With a text; what cannot be sent says why, holds all back, and nothing of it is lost.
    large = "document.querySelector('talk-files').dataset.max = 3"
    choose(frame, FilePayload(name="notes.txt", mimeType="text/plain", buffer=b"abc"))
    frame.evaluate(large)
    choose(frame, PLAN)
    expect(rows(frame).last).to_contain_text("This file is too large.")
    frame.fill("#body", "Both of these")
    frame.press("#body", "Enter")
    expect(rows(frame).last.get_by_role("button")).to_be_focused()
    expect(texts(frame)).to_have_count(3)
    expect(frame.locator("#body")).to_have_value("Both of these")
    frame.page.keyboard.press("Enter")
    expect(rows(frame)).to_have_count(1)
    frame.press("#body", "Enter")
    expect(texts(frame)).to_have_count(4)
    expect(texts(frame).last).to_contain_text("Both of these")
    expect(texts(frame).last.get_by_role("link", name="notes.txt 3 B")).to_be_visible()
    # As many as a message shows, and no more.
    choose(frame, *(FilePayload(name=f"{n}.txt", mimeType="text/plain", buffer=b"a") for n in range(11)))
    sent(frame, 10)
    expect(frame.locator(".problem")).to_have_text("One message can have 10 files. Send these first.")
    assert not agent.trouble


def test_a_first_question_has_files_and_a_loss_is_mended_by_sending_again(shop: Shop) -> None:
    tab = shop.visit()
    button(tab).click()
    frame = opened(tab)
    frame.evaluate(PASTE, [picture(), "paste"])
    choose(frame, PLAN)
    expect(rows(frame)).to_have_count(2)
    lost: list[str] = []
    # A connection that breaks, and what a proxy may answer: a page, JSON of its own, and nothing.
    answers = [(0, ""), (413, "<h1>413</h1>"), (502, '{"message": "Bad gateway"}'), (413, ""), (200, "null")]

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        status, body = answers.pop(0) if len(lost) != 2 and answers else (201, "")
        if status == 201:
            route.continue_()
        elif status:
            route.fulfill(status=status, body=body)
        else:
            route.abort()

    tab.route(re.compile(r"/support/[0-9a-f]{16}/files$"), lose)
    ask(frame, "What is this?")
    for why in ("broke off", "too large", "broke off", "too large", "broke off"):
        expect(rows(frame).locator("em", has_text=why)).to_have_count(1)
        expect(frame.locator("talk-files [data-failed] button")).to_be_focused()
        frame.click("#begin button[type=submit]")
    frame = live(opened(tab))
    expect(texts(frame)).to_have_count(2)
    expect(texts(frame).first).to_have_text("What is this?")
    expect(texts(frame).last.locator("a")).to_have_count(2)
    assert len(lost) == 7
    shop.hosts.trouble.clear()
