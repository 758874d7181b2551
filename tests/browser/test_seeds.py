"""The pages and scripts that people have from tutorials on chat servers: Chromium runs them as they are."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.persons import WAIT
from tests.tools.server import Server

SEEDS = Path(__file__).parent / "seeds"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("seeds") / "data", "--open", environ={"WEBCHAT_LIMITS": "off"}).start()
    try:
        yield server
    finally:
        server.stop()
    assert "Traceback" not in server.errors.read_text()


class Tabs:
    """Tabs with a page of somebody else's at the server's own address, as their own server would serve it. ``said`` is
    what their scripts wrote to the console."""

    def __init__(self, browser: Browser, server: Server, stack: ExitStack) -> None:
        self.said: list[str] = []
        self._browser = browser
        self._server = server
        self._stack = stack

    def open(self, name: str, room: str = "") -> Page:
        text = (SEEDS / name).read_text("utf-8") if name else "<!DOCTYPE html><title>nothing</title>"
        text = text.replace("ROOM", room).replace("HOST", self._server.url.removeprefix("http://"))
        body = f"<!DOCTYPE html><script>{text}</script>" if name.endswith(".js") else text

        def note(message: ConsoleMessage) -> None:
            self.said.append(message.text)

        context = self._browser.new_context(bypass_csp=True)
        self._stack.callback(context.close)
        page = context.new_page()
        page.set_default_timeout(WAIT)
        page.on("console", note)
        page.goto(f"{self._server.url}/healthz")
        page.set_content(body)
        return page


@pytest.fixture
def tabs(browser: Browser, place: Server) -> Iterator[Tabs]:
    with ExitStack() as stack:
        yield Tabs(browser, place, stack)


def connected(page: Page) -> None:
    page.wait_for_function("() => socket.readyState === WebSocket.OPEN")


def test_a_room_of_json(tabs: Tabs) -> None:
    """Seed 004: what one types, all of its room see, and nobody else."""
    pages = [tabs.open("chat.html", room) for room in ("tea", "tea", "coffee")]
    for page in pages:
        connected(page)
    for number, page in enumerate((pages[2], *pages[:2])):
        page.fill("#message-input", f"number {number} 你好")
        page.click("text=Send")
        expect(page.locator("#chat-log > div").last).to_have_text(f"number {number} 你好")
        assert page.input_value("#message-input") == ""
    for page in pages[:2]:
        expect(page.locator("#chat-log > div")).to_have_text(["number 1 你好", "number 2 你好"])
    expect(pages[2].locator("#chat-log > div")).to_have_text(["number 0 你好"])


def test_a_group_of_texts(tabs: Tabs) -> None:
    """Seed 003: it says that it is connected, hears its own group only, and is closed by its button or by a word."""
    one, two = (tabs.open("group.html", "123") for _ in range(2))
    other = tabs.open("group.html", "connect")
    for page in (one, two, other):
        expect(page.locator("#message")).to_have_text("连接成功", use_inner_text=True)
    one.fill("#msg", "大家好")
    one.click("text=发送")
    for page in (one, two):
        expect(page.locator("#message")).to_have_text("连接成功 大家好", use_inner_text=True)
    other.fill("#msg", "only here")
    other.click("text=发送")
    expect(other.locator("#message")).to_have_text("连接成功 only here", use_inner_text=True)
    one.click("text=关闭连接")
    expect(one.locator("#message")).to_have_text("连接成功 大家好 连接关闭", use_inner_text=True)
    two.fill("#msg", "关闭")
    two.click("text=发送")
    expect(two.locator("#message")).to_have_text("连接成功 大家好 连接关闭", use_inner_text=True)


def test_a_script_of_a_room(tabs: Tabs) -> None:
    """Seed 001, from the console."""
    page = tabs.open("room.js", "myroom")
    connected(page)
    with page.expect_console_message(lambda said: said.text == "Received message: Hello <b>all</b>"):
        page.evaluate("sendMessage('Hello <b>all</b>')")
    with page.expect_console_message(lambda said: said.text == "WebSocket connection closed."):
        page.evaluate("socket.close()")
    assert tabs.said[0] == "WebSocket connection established."


@pytest.mark.parametrize("path", ["/", "/ws"])
def test_a_ping_from_the_console(tabs: Tabs, place: Server, path: str) -> None:
    """Seed 002, line by line; only that a person waits before the third one."""
    page = tabs.open("")
    page.evaluate("address => { ws = new WebSocket(address); }", place.ws + path)
    page.evaluate("() => { ws.onmessage = event => console.log(event.data); }")
    page.wait_for_function("() => ws.readyState === WebSocket.OPEN")
    with page.expect_console_message(lambda said: said.text == "pong!"):
        page.evaluate("() => ws.send('ping')")
