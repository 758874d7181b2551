"""A blog with live comments on its pages, and what stands in them."""

import secrets
from typing import Any

import httpx2
from playwright.sync_api import BrowserContext, Frame, Page

from tests.browser.hosts import Hosts
from tests.browser.persons import add_user, webchat

READY = "() => [...document.querySelectorAll('web-chat')].every(one => one.shadowRoot?.querySelector('iframe.ready'))"
LIVE = "() => document.querySelector('embed-room')?.open === true"


class Blog:
    """The chat, and a blog and a paper that are one site to it: ``blog``."""

    def __init__(self, hosts: Hosts, **environ: str) -> None:
        self.hosts = hosts
        self.server, self.cable, self.url = hosts.chat(**environ)
        add_user(self.server, "ann", admin=True)
        self.blog, self.paper = hosts.site("blog.example"), hosts.site("paper.example")
        webchat(self.server, "site", "add", "blog", "--origin", self.blog.url, "--origin", self.paper.url)
        self.number = 0

    def turn_the_page(self) -> None:
        """Go on to a page that nobody has written about yet."""
        self.number += 1

    @property
    def room(self) -> str:
        """The thread of this page."""
        return f"post-{self.number}"

    def markup(self, more: str = "", room: str = "") -> str:
        """What an owner pastes."""
        room = room or self.room
        link = f'<a href="{self.url}/embed/blog/{room}">Comments</a>'
        return f'<web-chat site="blog" room="{room}" {more}>{link}</web-chat>'

    @property
    def script(self) -> str:
        """The one script of a page."""
        return f'<script type="module" async src="{self.url}/embed.js"></script>'

    def page(self, body: str, **headers: str) -> str:
        """A page of the blog; its address."""
        icon = '<link rel="icon" href="data:,">'
        return self.blog.put("/", f"<!doctype html><title>A post</title>{icon}{self.script}<body>{body}", **headers)

    def read(self, body: str = "", context: BrowserContext | None = None, **headers: str) -> tuple[Page, Frame]:
        """Somebody who opened a page, and the frame in it that is live."""
        tab = self.hosts.tab(context)
        tab.goto(self.page(body or self.markup(), **headers))
        return tab, live_frame(tab, self.room)

    def say(self, *texts: str) -> None:
        """Some stranger writes, without a browser."""
        for text in texts:
            form = {"do": "post-message", "room": f"blog.{self.room}", "body": text, "cid": secrets.token_urlsafe(16)}
            answer = httpx2.post(f"{self.server.url}/do", data=form, headers={"Accept": "application/json"})
            assert answer.status_code == 200, answer.text


def live_frame(tab: Page, room: str) -> Frame:
    """A frame of a page, once its socket is open."""
    tab.wait_for_function(READY)
    [frame] = [frame for frame in tab.frames if f"/embed/blog/{room}?" in frame.url]
    frame.wait_for_function(LIVE)
    return frame


def write(frame: Frame, text: str, name: str = "") -> None:
    """Write as a reader does."""
    if name:
        frame.fill("#guest", name)
    frame.fill("#body", text)
    frame.press("#body", "Enter")


def said(frame: Frame) -> Any:
    """The texts of the list, to be expected."""
    return frame.locator("#log > li > div")
