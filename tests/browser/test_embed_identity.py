"""Who writes on the pages of others, in a browser that keeps no cookies of third parties."""

import secrets
import time

import jwt
import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.hosts import Hosts
from tests.browser.persons import PASSWORD, add_user, webchat

READY = "() => document.querySelector('web-chat').shadowRoot?.querySelector('iframe.ready')"
LIVE = "() => document.querySelector('embed-room')?.open === true"


class Blog:
    """A blog with comments on its page, and the chat that they are kept by."""

    def __init__(self, hosts: Hosts) -> None:
        self.server, _cable, self.url = hosts.chat()
        self.hosts, self.site = hosts, hosts.site("blog.example")
        add_user(self.server, "Ann", admin=True)
        self.secret = webchat(self.server, "site", "add", "blog", "--origin", self.site.url).split()[-1]
        element = '<web-chat site="blog" room="post" {}>…</web-chat>'
        script = f'<link rel="icon" href="data:,"><script type="module" src="{self.url}/embed.js"></script>'
        self.plain = self.site.put("/plain", f"<!doctype html>{script}{element.format('')}")
        self.knowing = self.site.put("/", f"<!doctype html>{script}{element.format('token-url=/chat-token')}")

    def says(self, sub: str, name: str) -> None:
        """Let the site know somebody: it signs a token for the next one who asks."""
        now = int(time.time())
        claims = {"iss": "blog", "aud": self.url, "sub": sub, "name": name, "iat": now, "exp": now + 60}
        token = jwt.encode(claims | {"jti": secrets.token_urlsafe(8)}, self.secret)
        self.site.put("/chat-token", token, "text/plain", Cache_Control="no-store")

    def frame(self, tab: Page, url: str = "") -> Frame:
        """The frame of a page that is opened, or loaded anew, once it is live."""
        if url:
            tab.goto(url)
        else:
            tab.reload()
        tab.wait_for_function(READY)
        [frame] = [frame for frame in tab.frames if "/embed/blog/post" in frame.url]
        frame.wait_for_function(LIVE)
        return frame


def writes_as(frame: Frame, name: str) -> None:
    expect(frame.locator("#foot .self").first).to_contain_text(f"You write as {name}.")


def write(frame: Frame, text: str) -> None:
    frame.fill("#body", text)
    frame.click("#write button[type=submit]")
    expect(frame.locator("#log > li > div").last).to_have_text(text)


def by(frame: Frame, *names: str) -> None:
    """Who wrote each message."""
    expect(frame.locator("#log > li > b")).to_have_text(list(names))


@pytest.fixture
def blog(hosts: Hosts) -> Blog:
    return Blog(hosts)


def test_a_user_of_the_site_is_known_without_a_click_and_after_a_reload(blog: Blog) -> None:
    tab = blog.hosts.tab()
    blog.says("7", "Hanna")
    frame = blog.frame(tab, blog.knowing)
    writes_as(frame, "Hanna")
    write(frame, "first")
    [cookie] = tab.context.cookies()
    assert (cookie["name"], cookie["sameSite"]) == ("__Host-webchat-at-blog", "None")
    assert cookie["partitionKey"]
    frame = blog.frame(tab, blog.plain)  # whose page says nothing: the cookie alone
    writes_as(frame, "Hanna")
    frame = blog.frame(tab)
    writes_as(frame, "Hanna")
    write(frame, "after a reload")
    other = blog.hosts.tab()
    blog.says("7", "Hanna")
    theirs = blog.frame(other, blog.knowing)
    writes_as(theirs, "Hanna")
    write(theirs, "from the phone")
    by(frame, "Hanna", "Hanna", "Hanna")
    # Nobody is signed in on the page any more.
    del blog.site.pages["/chat-token"]
    with tab.expect_response(lambda answer: answer.url.endswith("/leave")):
        frame = blog.frame(tab, blog.knowing)
    expect(frame.locator("#guest")).to_be_visible()
    assert tab.context.cookies() == []
    blog.hosts.trouble = [said for said in blog.hosts.trouble if "404" not in said]  # of the page's own address


def test_a_guest_stays_the_same_until_they_leave(blog: Blog) -> None:
    tab = blog.hosts.tab()
    frame = blog.frame(tab, blog.plain)
    frame.fill("#guest", "Ann")
    frame.fill("#body", "not as her")
    frame.click("#write button[type=submit]")
    expect(frame.locator("#refused")).to_have_text("This name is taken. Choose another one.")
    frame.fill("#guest", "Gus")
    write(frame, "hello")
    writes_as(frame, "Gus")
    frame = blog.frame(tab)
    writes_as(frame, "Gus")
    write(frame, "me again")
    by(frame, "Gus", "Gus")
    frame.click("#foot .self button")
    expect(frame.locator("#guest")).to_be_visible()
    assert tab.context.cookies() == []
    blog.hosts.trouble = [said for said in blog.hosts.trouble if "409" not in said]  # of the name


def test_somebody_with_an_account_says_so_in_a_window_of_ours(blog: Blog) -> None:
    tab = blog.hosts.tab()
    frame = blog.frame(tab, blog.plain)
    with tab.expect_popup() as opened:
        frame.click("text=Write with an account")
    window = opened.value
    window.fill("[name=name]", "ann")
    window.fill("[name=password]", PASSWORD)
    window.click("form[action$='/sign-in'] button[type=submit]")
    expect(window.locator("main")).to_contain_text("Write on blog as Ann?")
    with window.expect_event("close"):
        window.click("text=Write as Ann")
    writes_as(frame, "Ann")
    write(frame, "as myself")
    frame = blog.frame(tab)
    writes_as(frame, "Ann")
    by(frame, "Ann")
    ours = tab.context.new_page()
    ours.goto(f"{blog.url}/settings")
    ours.click("text=Sign out")
    expect(frame.locator("[data-code='4401']")).to_be_visible()
