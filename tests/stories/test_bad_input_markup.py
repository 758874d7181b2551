"""Markup in everything that people can name or write comes out as text, in pages and in what is pushed."""

import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from typing import Any

import anyio
import anyio.to_thread
import pytest
from playwright.sync_api import Browser

from tests.stories.conftest import signed_in
from tests.tools.clients import Visit
from tests.tools.server import Server

HOSTILE = [
    "<script>window.hit=1</script>",
    '<img src=x onerror="window.hit=1">',
    '"><svg onload=window.hit=1>',
    "' autofocus onfocus=window.hit=1 x='",
    '<hx-partial hx-target="body" hx-swap="innerHTML">gone</hx-partial>',
    '</li></ol></hx-partial><hx-partial hx-target="#log">x',
    "<title>Stolen</title>",
    '<p id="m-1" data-seq="1" class="gone" hx-get="/sign-out" hx-trigger="load">x</p>',
    "<form hx-ws:send action=/sign-out method=post><button>x</button></form>",
    "[x](javascript:window.hit=1) <javascript:window.hit=1> [y](data:text/html,x)",
    '![x](https://evil.test/x.png) [a](https://a.b "onclick=x")',
    "</template></textarea></style></title><base href=//evil.test>",
    "{{ 7*7 }} {% raw %} %(name)s %s ${7*7}",
    "<!-- --!> <![CDATA[ ]]> &lt;script&gt; &#60;script&#62;",
    "`<hx-partial>` ```\n<script>\n```",
]
ELEMENTS = {"p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "table", "thead"}
ELEMENTS |= {"tbody", "tr", "th", "td", "hx-partial", "b", "i", "time", "div", "span", "small", "svg", "use", "button"}
ELEMENTS |= {"unread-badge", "local-time", "h1"}
OURS = {"#log", "#rooms", "#directs", "#badge", "#here", "#present", "#typing", "#toasts", "#inbox", "#directory"}
OURS |= {"#about", "#held", "#pin"}
NUMBERED = r"ol\[data-end\]|#(m|r|p|room|name|queue|title)-\d+|\[data-(dot|seen)='\d+'\]"
NUMBERED += r"|#foot:not\(\[data-\w+='[a-z ]+'\]\)"
ASKS: dict[str, str | None] = {"hx-trigger": "load", "hx-swap": "outerHTML"}
FOOT: dict[str, str | None] = {"hx-swap": "outerMorph", "hx-target": "#foot", "hx-sync": "#foot:replace"}


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(html)
    return parser.found


LEFT_OUT = ("hx-include", "hx-select", "hx-select-oob")


def is_ours(tag: str, attributes: Mapping[str, str | None]) -> bool:
    """Whether it is a picture that we draw, or what asks us for a part of the page anew."""
    if tag == "img":
        return set(attributes) == {"src", "alt", "loading"} and (attributes["src"] or "").startswith("/avatar/")
    asks = {name: value for name, value in attributes.items() if name not in LEFT_OUT}
    return tag == "i" and asks in (
        {"hidden": None, "hx-get": "/rooms"} | ASKS | {"hx-target": "#directory", "hx-sync": "#directory:replace"},
        {"hidden": None, "hx-get": "/rooms/den?foot"} | ASKS | FOOT,
    )


def assert_inert(html: str) -> None:
    """Nothing in a pushed text acts or leads elsewhere but the envelope around it."""
    for tag, attributes in tags(html):
        if is_ours(tag, attributes):
            continue
        assert tag in ELEMENTS, (tag, html)
        if tag == "hx-partial":
            target = attributes["hx-target"] or ""
            assert target in OURS or re.fullmatch(NUMBERED, target), html
            assert set(attributes) == {"hx-target", "hx-swap"}
            continue
        assert not [name for name in attributes if name.startswith(("hx-", "on", "style", "src"))], html
        link = attributes.get("href") or "/"
        assert link.startswith(("/", "http:", "https:", "mailto:")), html


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    """Ann, on a server of a place in which everything that has a name has a hostile one."""
    server = Server(tmp_path_factory.mktemp("marked") / "data", environ={"WEBCHAT_LIMITS": "off"})
    password = server.add_user("ann", "--admin")
    server.run("room", "add", "den", "--guests", "write", "--title", HOSTILE[0])
    try:
        yield signed_in(server.start(), "ann", password)
    finally:
        server.stop()
    assert "Traceback" not in server.errors.read_text()


async def frames(visit: Visit, room: str, act: Callable[[], Any]) -> list[str]:
    """All HTML that a connection is sent while ``act`` happens, up to a notification after it."""
    heard: list[str] = []
    marker = secrets.token_hex(8)
    with anyio.fail_after(20):
        async with visit.dial(room) as socket:
            await anyio.to_thread.run_sync(act)
            await anyio.to_thread.run_sync(lambda: visit.do("send-notification", user="ann", body=marker))
            async for frame in socket:
                if str(frame).startswith("<"):
                    heard.append(str(frame))
                    if marker in heard[-1]:
                        break
                else:
                    json.loads(str(frame))
    return heard


async def test_what_is_pushed_is_inert(marked: Visit) -> None:
    def act() -> None:
        for number, text in enumerate(HOSTILE):
            id = marked.do("post-message", room="den", body=text)
            marked.do("add-reaction", message=id, emoji=text[:16])
            marked.do("create-room", room=f"room-{number}", title=text[:80], topic=text[:250])
            marked.do("send-notification", user="ann", title=text[:250], body=text)
            marked.do("edit-message", message=id, body=f"{text} again", based=said(marked, int(id)))

    heard = await frames(marked, "den", act)
    assert len(heard) > 5
    for frame in heard:
        assert_inert(frame)
    everything = "".join(heard)
    assert "window.hit" in everything
    assert "evil.test" not in "".join(str(a) for t, a in tags(everything) if t not in ("a",))


def said(visit: Visit, message: int) -> int:
    """The ``based`` of an edit, from the message's own page."""
    for row in visit.whole("den"):
        if row.attributes["id"] == f"m-{message}":
            page = visit.get(f"/rooms/den/m/{row.attributes['data-seq']}?edit")
            return int(page.partition('name="based" value="')[2].partition('"')[0])
    raise AssertionError("There is no such message.")


def assert_ours(page: str) -> None:
    """Nothing in a page acts or leads elsewhere but what we put there."""
    for tag, attributes in tags(page):
        assert not [name for name in attributes if name.startswith("on") or name == "style"], (tag, attributes)
        assert tag not in ("iframe", "object", "base", "embed", "style")
        assert tag != "img" or is_ours(tag, attributes)
        assert not (attributes.get("src") or "/").startswith(("http", "//", "data:"))
        if tag == "script":
            assert (attributes.get("src") or "").startswith("/static/")
        assert not [value for name, value in attributes.items() if name == "hx-get" and "sign-out" in (value or "")]
    assert page.count("<title") == page.count("</title>") == 1


@pytest.mark.parametrize("path", ["/rooms/den", "/rooms/den/m/1", "/rooms", "/inbox", "/rooms/room-1", "/settings"])
def test_a_page_holds_no_markup_of_theirs(marked: Visit, path: str) -> None:
    page = marked.get(path)
    assert_ours(page)
    assert "49 {% raw %}" not in page


def test_nothing_of_it_happens_in_a_browser(marked: Visit, browser: Browser) -> None:
    with browser.new_context() as context:
        name, _, value = marked.cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": marked.server.url}])
        page = context.new_page()
        asked: list[str] = []
        blocked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda said: blocked.append(said.text) if "Content Security" in said.text else None)
        for path in ("/rooms/den", "/rooms/den/m/1", "/inbox", "/rooms"):
            page.goto(marked.server.url + path)
            page.wait_for_function("() => document.querySelector('chat-room').open")
            assert page.evaluate("window.hit") is None
            assert "Stolen" not in page.title()
        page.goto(f"{marked.server.url}/rooms/den?newest")  # wherever one has read up to
        page.wait_for_function("() => document.querySelector('chat-room').open")
        for text in HOSTILE:
            marked.do("post-message", room="den", body=text)
            marked.do("send-notification", user="ann", title=text[:250], body=text)
        last = str(marked.do("post-message", room="den", body="That was all."))
        page.wait_for_selector(f"#m-{last}")
        assert page.evaluate("window.hit") is None
        assert not [url for url in asked if not url.startswith((marked.server.url, marked.server.ws))]
        assert not [url for url in asked if "sign-out" in url]
        assert not blocked  # the policy is the second wall: nothing came as far as to it
        page.close()
