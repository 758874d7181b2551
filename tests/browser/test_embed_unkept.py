"""The support window in a page of another origin on one's own machine, without TLS, with and without its cookies."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, FilePayload, Page, Route, expect

from tests.browser.hosts import Site, _Pages
from tests.browser.persons import WAIT
from tests.browser.shops import button, opened
from tests.browser.test_support_files import PLAN
from tests.tools.server import Server


@pytest.fixture
def page(far_browser: Browser, make_server: Callable[..., Server]) -> Iterator[Page]:
    """A page at ``localhost`` with the button of a chat at ``127.0.0.1``: to a browser these are two sites."""
    site = Site("")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, site)) as behind:
        threading.Thread(target=behind.serve_forever, args=(0.05,), daemon=True).start()
        site.url = f"http://localhost:{behind.server_port}"
        server = make_server(environ={"WEBCHAT_LIMITS": "off"}).start()
        server.add_user("ann", "--admin")
        server.run("site", "add", "shop", "--origin", site.url)
        server.run("site", "support", "shop", "--enabled", "--prechat", "never")
        link = f'<a href="{server.url}/embed/shop/support">Ask us</a>'
        element = f'<web-chat site="shop" mode="bubble" title="Ask us">{link}</web-chat>'
        script = f'<script type="module" async src="{server.url}/embed.js"></script>'
        address = site.put("/", f"<!doctype html><title>Lamps</title>{script}<body>{element}")
        context = far_browser.new_context()
        context.set_default_timeout(WAIT)
        page = context.new_page()
        page.goto(address)
        button(page).click()
        yield page
        context.close()
        behind.shutdown()


def test_a_frame_of_another_origin_keeps_its_visitor(page: Page) -> None:
    frame = opened(page)
    frame.fill("#body", "Does it dim?")
    frame.press("#body", "Enter")
    expect(frame.locator("support-room #log")).to_contain_text("Does it dim?")


@pytest.mark.parametrize("files", [(), (PLAN,)])
def test_where_no_cookie_is_kept_it_says_so_and_opens_in_a_tab(page: Page, files: tuple[FilePayload, ...]) -> None:
    def forgets(route: Route) -> None:
        """What a browser does that keeps nothing of third parties."""
        answer = route.fetch(max_redirects=0)
        headers = {name: text for name, text in answer.headers.items() if name != "set-cookie"}
        route.fulfill(response=answer, headers=headers)

    frame = opened(page)
    page.route(lambda url: "/embed/shop/support" in url and "begun" not in url, forgets)
    frame.locator(".clip input").set_input_files(files)
    expect(frame.locator("talk-files li")).to_have_count(len(files))
    frame.fill("#body", "Does it dim?")
    frame.press("#body", "Enter")
    expect(frame.locator("support-start")).to_contain_text("Your message was sent.")
    page.unroute_all()
    with page.context.expect_page() as found:
        # By a key, which goes to what has the focus: a click is given to what was painted last at its place, and that
        # may still be the document before this one.
        frame.get_by_role("link", name="Open this window in a tab").press("Enter")
    tab = found.value
    tab.fill("#body", "And this?")
    tab.press("#body", "Enter")
    expect(tab.locator("support-room #log")).to_contain_text("And this?")
