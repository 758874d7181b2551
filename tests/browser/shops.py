"""A shop that answers its visitors, on a site of its own."""

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx2
from playwright.sync_api import BrowserContext, Frame, Page, expect

from tests.browser.hosts import Hosts
from tests.browser.persons import PASSWORD, Person, add_user
from tests.tools.tree import ROOT

OPEN = "() => document.querySelector('web-chat').shadowRoot?.querySelector('dialog[open] iframe.ready')"
LIVE = "() => document.querySelector('support-room')?.open === true"


class Shop:
    """The chat, a shop that is one site to it, and those who answer there: ``ann``, who looks after it, and ``bob``."""

    def __init__(self, hosts: Hosts) -> None:
        self.hosts = hosts
        self.server, self.cable, self.url = hosts.chat()
        for name in ("ann", "bob"):
            add_user(self.server, name, admin=name == "ann")
        self.shop = hosts.site("shop.example")
        with self.signed_in("ann") as ann:
            for number, (do, fields) in enumerate((("create-site", {"origins": self.shop.url}), *SET_UP)):
                form = {"do": do, "site": "shop", "cid": f"cid-of-the-set-up-{number}"} | fields
                answer = ann.post("/do", data=form, headers={"Accept": "application/json"})
                assert answer.status_code == 200, answer.text

    def markup(self, more: str = "") -> str:
        """What an owner pastes."""
        link = f'<a href="{self.url}/embed/shop/support">Ask us</a>'
        return f'<web-chat site="shop" mode="bubble" title="Ask us" {more}>{link}</web-chat>'

    @property
    def script(self) -> str:
        """The one script of a page."""
        return f'<script type="module" async src="{self.url}/embed.js"></script>'

    def page(self, body: str = "", path: str = "/lamps", **headers: str) -> str:
        """A page of the shop; its address."""
        head = f'<!doctype html><title>Lamps</title><link rel="icon" href="data:,">{self.script}'
        return self.shop.put(path, f"{head}<body><h1>Lamps</h1>{body or self.markup()}", **headers)

    def example(self) -> str:
        """The page in examples/shop, at this shop; its address."""
        for name, kind in (("shop.css", "text/css"), ("index.html", "text/html; charset=utf-8")):
            text = (ROOT / "examples/shop" / name).read_text("utf-8").replace("http://127.0.0.1:8000", self.url)
            self.shop.put("/favicon.ico", "", "image/x-icon")
            address = self.shop.put(f"/{name}", text, kind)
        return address

    def visit(self, context: BrowserContext | None = None, url: str = "") -> Page:
        """Somebody who looks at a page, once its button is there."""
        tab = self.hosts.tab(context)
        tab.goto(url or self.page())
        expect(button(tab)).to_be_visible()
        return tab

    def agent(self, name: str) -> Person:
        """Somebody who answers, signed in."""
        person = Person(self.hosts.somebody(), self.server, name)
        with self.signed_in(name) as client:
            person.context.add_cookies([{"name": "webchat", "value": client.cookies["webchat"], "url": person.url}])
        return person

    @contextlib.contextmanager
    def signed_in(self, name: str) -> Iterator[httpx2.Client]:
        """The same without a browser."""
        with httpx2.Client(base_url=self.server.url, headers={"Origin": self.server.url}) as client:
            client.post("/sign-in", data={"name": name, "password": PASSWORD})
            yield client


SET_UP: tuple[tuple[str, dict[str, str]], ...] = (
    ("set-support", {"enabled": "true", "prechat": "always", "greeting": "Ask us anything about lamps."}),
    ("add-agent", {"user": "ann"}),
    ("add-agent", {"user": "bob"}),
    ("put-answer", {"key": "hi", "text": "Hello, this is the shop. What can I do for you?"}),
)


def button(tab: Page) -> Any:
    """The round button of a page."""
    return tab.locator("web-chat .bubble")


def opened(tab: Page) -> Frame:
    """The frame of the window, once it is shown."""
    tab.wait_for_function(OPEN)
    [frame] = [frame for frame in tab.frames if "/embed/shop/support" in frame.url]
    return frame


def live(frame: Frame) -> Frame:
    """The same with a conversation, once that is live."""
    frame.wait_for_function(LIVE)
    return frame
