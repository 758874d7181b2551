"""Sites of others that have our chat in their pages: each at a name of its own, over TLS, as browsers see the internet.

Chromium keeps the cookies of third parties out of the contexts that tests make, as Safari does everywhere: in a frame
only those that are ``Partitioned`` come back.
"""

import contextlib
import threading
from collections.abc import Callable, Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.persons import WAIT, is_trouble
from tests.tools.authority import Authority
from tests.tools.cable import Cable
from tests.tools.server import Server


class Answer(NamedTuple):
    """What a site says at one of its addresses."""

    body: str
    type: str
    headers: Mapping[str, str]


class Site:
    """One site of somebody else: ``pages`` are what it has, and ``asked`` is what was asked of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.pages: dict[str, Answer] = {}
        self.asked: list[str] = []

    def put(self, path: str, body: str, type: str = "text/html; charset=utf-8", **headers: str) -> str:
        """Have something at a path; its address. ``Content_Security_Policy="…"`` is a header."""
        self.pages[path] = Answer(body, type, {name.replace("_", "-"): value for name, value in headers.items()})
        return self.url + path


class _Pages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, site: Site, *others: Any) -> None:
        self.site = site
        super().__init__(*others)

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.site.asked.append(path)
        found = self.site.pages.get(path)
        body = found.body.encode() if found else b""
        self.send_response(200 if found else 404)
        for name, value in found.headers.items() if found else ():
            self.send_header(name, value)
        self.send_header("Content-Type", found.type if found else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Nothing of it is of interest."""


class Hosts:
    """The chat at ``chat.example`` and any number of sites beside it. ``trouble`` is what pages complained of."""

    def __init__(self, authority: Authority, browser: Browser, make_server: Callable[..., Server]) -> None:
        self.browser = browser
        self.trouble: list[str] = []
        self._tls = authority.tls
        self._make_server = make_server
        self._open = contextlib.ExitStack()
        self._people = contextlib.ExitStack()

    def chat(self, *options: str, **environ: str) -> tuple[Server, Cable, str]:
        """A server that was started, the cable to it, and its address."""
        cable = self._open.enter_context(Cable(0, self._tls))
        url = f"https://chat.example:{cable.port}"
        server = self._make_server(*options, environ={"WEBCHAT_ORIGINS": url, "WEBCHAT_LIMITS": "off", **environ})
        cable.to = server.start().port
        return server, cable, url

    def site(self, name: str) -> Site:
        """A site at ``https://NAME``, a name under ``.example``."""
        site = Site("")
        behind = self._open.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), partial(_Pages, site)))
        threading.Thread(target=behind.serve_forever, args=(0.05,), daemon=True).start()
        self._open.callback(behind.shutdown)
        cable = self._open.enter_context(Cable(behind.server_port, self._tls))
        site.url = f"https://{name}:{cable.port}"
        return site

    def somebody(self, **options: Any) -> BrowserContext:
        """One browser of one person."""
        context = self._people.enter_context(contextlib.closing(self.browser.new_context(**options)))
        context.set_default_timeout(WAIT)
        return context

    def tab(self, context: BrowserContext | None = None) -> Page:
        """A tab, of a person of its own unless one is given. What it complains of is kept."""
        page = (context or self.somebody()).new_page()
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("console", lambda said: self.trouble.append(said.text) if is_trouble(said.type, said.text) else None)
        return page

    def leave(self) -> None:
        """Send everybody home, and see that no page had anything to complain of."""
        self._people.close()
        trouble, self.trouble = self.trouble, []
        assert not trouble, trouble

    def close(self) -> None:
        """End all of it."""
        self._people.close()
        self._open.close()
