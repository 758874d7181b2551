"""Pages that did nothing for a while: the browser kept them when their reader went elsewhere, or the machine slept."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.browser.persons import Person, live
from tests.browser.returning import Author, fresh, settled
from tests.tools.cable import Cable
from tests.tools.chromium import WHOLE
from tests.tools.needs import program


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A Chromium that keeps the pages one goes back to, which Playwright's does not."""
    with playwright.chromium.launch(
        executable_path=program(*WHOLE), args=["--no-sandbox"], ignore_default_args=["--disable-back-forward-cache"]
    ) as chromium:
        yield chromium


def test_a_page_that_one_goes_back_to_is_complete_and_live(room: tuple[Person, Author, Cable]) -> None:
    ann, author, _cable = room
    author.post(3)
    page = ann.enter("/rooms/hall")
    page.goto(f"{ann.url}/settings")
    change(author)
    page.evaluate("history.back()")
    page.wait_for_url("**/rooms/hall")
    complete_and_live(ann, author)


def test_a_page_that_a_browser_kept_is_complete_and_live(room: tuple[Person, Author, Cable]) -> None:
    """Chromium keeps none that must not be stored, as ours; others do."""
    ann, author, _cable = room
    author.post(3)
    page = ann.enter("/rooms/hall")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    page.wait_for_function("() => document.querySelector('chat-room').open === false")
    change(author)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    complete_and_live(ann, author)


def test_a_page_that_slept_is_complete_and_live(room: tuple[Person, Author, Cable]) -> None:
    ann, author, cable = room
    author.post(3)
    page = ann.enter("/rooms/hall")
    asleep = ann.context.new_cdp_session(page)
    asleep.send("Page.setWebLifecycleState", {"state": "frozen"})
    cable.pull_out()
    change(author)
    cable.plug_in()
    asleep.send("Page.setWebLifecycleState", {"state": "active"})
    complete_and_live(ann, author)


def change(author: Author) -> None:
    """Say more, and change what was said."""
    author.post(5)
    author.edit(author.ids[1], {author.ids[1]: 2})
    author.delete(author.ids[2])


def complete_and_live(person: Person, author: Author) -> None:
    """The page shows all there is, and what comes now; by one socket."""
    settled(person.page, fresh(person, "/rooms/hall"))
    live(person.page)
    author.post(1)
    expect(person.page.locator("#log > li[id]").last).to_contain_text(f"Message {len(author.ids)} of many")
    while "webchat_sockets 1.0" not in author.visit.get("/metrics"):
        pass  # the socket of the fresh page is going
