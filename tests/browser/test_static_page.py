"""The example of a page that any web server serves: what is said in a room is on it, live."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, expect

from tests.browser.persons import webchat
from tests.tools.server import Server
from tests.tools.tree import ROOT
from webchat.client import Client


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: Any) -> None:
        """Nothing of it is of interest."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of another web server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as site:
        threading.Thread(target=site.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{site.server_port}"
        finally:
            site.shutdown()


def test_it_shows_what_is_said_and_comes_back(
    browser: Browser, make_server: Callable[..., Server], tmp_path: Path
) -> None:
    site = tmp_path / "site"
    site.mkdir()
    with served(site) as url:
        server = make_server(environ={"WEBCHAT_ORIGINS": url})
        server.add_user("ann", "--admin")
        secret = server.run("token", "add", "robot", "--scope", "post").stdout.split()[-1]
        server.start()
        webchat(server, "room", "add", "hall", "--guests", "write")
        client = Client(server.url, secret)
        for path in (ROOT / "examples" / "static_page").iterdir():
            (site / path.name).write_text(path.read_text("utf-8").replace("http://127.0.0.1:8000", server.url), "utf-8")
        with browser.new_context() as context:
            page, wrong = context.new_page(), list[str]()
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.goto(url)
            expect(page.locator("#state")).to_have_text("Live")
            client.send("hall", "<b>one</b>")
            expect(page.locator("#live > li")).to_have_text(["robot: <b>one</b>"])
            page.fill("[name=message]", "two")
            page.click("text=Send")
            expect(page.locator("#live > li").last).to_contain_text(": two")
            server.kill()
            expect(page.locator("#state")).to_have_text("Reconnecting…")
            server.start()
            expect(page.locator("#state")).to_have_text("Live")
            client.send("hall", "three")
            expect(page.locator("#live > li").last).to_have_text("robot: three")
            webchat(server, "room", "edit", "hall", "--guests", "none")
            expect(page.locator("#state")).to_have_text("This room is not open to guests.")
            assert wrong == []
