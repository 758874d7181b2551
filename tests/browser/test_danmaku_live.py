"""A film on the page of another site, beside the thread that flies over it: said, seen, seen later, taken back."""

import secrets
import time
from base64 import b64encode
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.films import film
from tests.browser.hosts import Hosts
from tests.browser.persons import PASSWORD, add_user, webchat
from tests.tools.tree import ROOT

PAGE = """<!doctype html><title>A film</title><link rel="icon" href="data:,">
<script type="module" src="{url}/embed.js"></script><script type="module" src="{url}/danmaku.js"></script>
<web-danmaku site="blog" room="film" {more}>
<video muted src="{film}" style="height: 300px; background: #245"></video></web-danmaku>
<web-chat site="blog" room="film" mode="live" style="height: 400px"></web-chat>"""
POLICY = (
    "default-src 'none'; script-src {url}; connect-src {url}; frame-src {url}; media-src data:; img-src data:;"
    " style-src 'none'; style-src-attr 'unsafe-inline'"
)
"""The attributes are the page's own."""
FLYING = """() => {
    const { shadowRoot } = document.querySelector('web-danmaku');
    return [...shadowRoot.querySelectorAll('span')].map((span) => span.textContent);
}"""
STREAM = """async ([url, begun, ahead]) => {
    await import(`${url}/stream.js`);
    const video = document.querySelector('video');
    const stream = document.createElement('web-stream');
    stream.setAttribute('start', new Date(begun).toISOString());
    stream.date = () => new Date(begun + ahead + video.currentTime * 1000);
    document.querySelector('web-danmaku').append(stream);
    window.heard = [];
    document.addEventListener('webchat', ({ detail }) => heard.push(detail.type));
    video.currentTime = 15;
}"""
SEEK = "(there) => { document.querySelector('video').currentTime = there; }"


def opened(tab: Page, thread: str) -> Frame:
    """The frame of a thread, once it is live."""
    tab.wait_for_function("() => document.querySelector('web-chat').shadowRoot?.querySelector('iframe.ready')")
    frame = next(frame for frame in tab.frames if f"/embed/{thread}?" in frame.url)
    frame.wait_for_function("() => document.querySelector('embed-room')?.open === true")
    return frame


class Cinema:
    """The chat and a site with the film."""

    def __init__(self, hosts: Hosts) -> None:
        self.hosts = hosts
        self.server, _cable, self.url = hosts.chat()
        self.site = hosts.site("blog.example")
        add_user(self.server, "ann", admin=True)
        webchat(self.server, "site", "add", "blog", "--origin", self.site.url)
        self.film = f"data:audio/wav;base64,{b64encode(film(30)).decode()}"

    def watch(self, more: str = "") -> tuple[Page, Frame]:
        """Somebody at the film, and the frame beside it."""
        tab = self.hosts.tab()
        body = PAGE.format(url=self.url, film=self.film, more=more)
        tab.goto(self.site.put("/", body, Content_Security_Policy=POLICY.format(url=self.url)))
        tab.wait_for_function("() => document.querySelector('video').readyState === 4")
        return tab, opened(tab, "blog/film")

    def watch_live(self, begun: float, late: int) -> tuple[Page, Frame]:
        """Somebody at the stream that began then, who sees its pictures so many seconds late, and the frame."""
        tab, frame = self.watch()
        tab.evaluate(STREAM, [self.url, begun, 600_000 - late * 1_000])
        return tab, frame

    def stored(self, minute: int = 0) -> list[list[Any]]:
        """What flies in a minute, as anybody is told."""
        answer = httpx2.get(f"{self.server.url}/embed/blog/film/danmaku.json?s={minute}")
        found: list[list[Any]] = answer.json()
        return found

    def delete(self, number: int) -> None:
        """What a moderator does."""
        with httpx2.Client(base_url=self.server.url, headers={"Origin": self.server.url}) as ann:
            ann.post("/sign-in", data={"name": "ann", "password": PASSWORD})
            form = {"do": "delete-message", "message": str(number), "cid": secrets.token_urlsafe(16)}
            assert ann.post("/do", data=form, headers={"Accept": "application/json"}).status_code == 200


@pytest.fixture
def cinema(hosts: Hosts) -> Cinema:
    return Cinema(hosts)


def test_what_is_said_beside_the_film_flies_over_it_and_is_taken_out_of_the_air(cinema: Cinema) -> None:
    mine, frame = cinema.watch('mode="scroll" color="#ffcc00"')
    theirs, beside = cinema.watch()
    for tab in (mine, theirs):
        tab.evaluate(SEEK, 5)
    frame.fill("#body", "What a <b>goal</b>")
    frame.press("#body", "Enter")
    for tab in (mine, theirs):
        tab.wait_for_function(f"() => ({FLYING})().join() === 'What a <b>goal</b>'")
    expect(beside.locator("#log > li > div")).to_have_count(1)
    [[t, mode, color, text, number, _by]] = cinema.stored()
    assert (t, mode, color, text) == (5_000, "scroll", "#ffcc00", "What a <b>goal</b>")

    later, _frame = cinema.watch()
    later.evaluate(SEEK, 7)
    later.wait_for_function(f"() => ({FLYING})().length === 1")
    for tab in (mine, theirs):
        tab.evaluate("document.querySelector('video').play()")
    theirs.wait_for_function("() => document.querySelector('video').currentTime > 5.5")
    assert theirs.evaluate(FLYING) == ["What a <b>goal</b>"]
    cinema.delete(number)
    for tab in (mine, theirs, later):
        tab.wait_for_function(f"() => ({FLYING})().length === 0")
        assert tab.evaluate("document.querySelector('video').currentTime") < 13
    assert cinema.stored() == []


def test_of_a_stream_all_see_it_over_the_same_picture(cinema: Cinema) -> None:
    begun = time.time() * 1_000 - 640_000
    mine, frame = cinema.watch_live(begun, 0)
    late, beside = cinema.watch_live(begun, 12)
    early, _frame = cinema.watch_live(begun, -12)
    for text in ("What a goal", "No goal"):
        frame.fill("#body", text)
        frame.press("#body", "Enter")
        for tab in (mine, early):
            tab.wait_for_function(f"(text) => ({FLYING})().includes(text)", arg=text)
        expect(beside.locator("#log > li > div", has_text=text)).to_have_count(1)
    assert late.evaluate(FLYING) == []
    assert [row[0] for row in cinema.stored(10)] == [615_000, 615_000]

    cinema.delete(cinema.stored(10)[1][4])
    for tab in (mine, late, early):
        tab.wait_for_function("() => heard.includes('unfly')")
        assert "No goal" not in tab.evaluate(FLYING)
    late.evaluate(SEEK, 26.9)
    late.wait_for_function("() => !document.querySelector('video').seeking")
    assert late.evaluate(FLYING) == []
    late.evaluate(SEEK, 27.1)
    late.wait_for_function(f"() => ({FLYING})().join() === 'What a goal'")

    early.evaluate(SEEK, 2)
    early.wait_for_function(f"() => ({FLYING})().length === 0")
    early.evaluate(SEEK, 4)
    early.wait_for_function(f"() => ({FLYING})().join() === 'What a goal'")
    after, _frame = cinema.watch_live(begun, 0)
    after.wait_for_function(f"() => ({FLYING})().join() === 'What a goal'")


def test_without_a_film_nothing_flies(cinema: Cinema) -> None:
    _tab, frame = cinema.watch()
    _tab.evaluate("document.querySelector('web-danmaku').remove()")
    frame.fill("#body", "Only said")
    frame.press("#body", "Enter")
    expect(frame.locator("#log > li > div")).to_have_count(1)
    assert cinema.stored() == []


def test_the_example_of_a_page_with_a_video(cinema: Cinema) -> None:
    webchat(cinema.server, "site", "add", "films", "--origin", cinema.site.url)
    for path in (ROOT / "examples" / "video").iterdir():
        kind = {".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css"}[path.suffix]
        text = path.read_text("utf-8").replace("http://127.0.0.1:8000", cinema.url).replace("video.mp4", cinema.film)
        cinema.site.put(f"/{path.name}", text, kind)
    tab = cinema.hosts.tab()
    for _time in range(2):  # and again, as one had it
        tab.goto(f"{cinema.site.url}/index.html")
        assert tab.get_attribute("web-danmaku", "size") == ("1.5" if _time else "1")
        tab.fill("[name=size]", "1.5")
        assert tab.get_attribute("web-danmaku", "size") == "1.5"
    tab.select_option("[name=mode]", "top")
    tab.wait_for_function("() => document.querySelector('video').readyState === 4")
    frame = opened(tab, "films/our-video")
    tab.evaluate(SEEK, 5)
    frame.fill("#body", "Look here")
    frame.press("#body", "Enter")
    tab.wait_for_function(f"() => ({FLYING})().join() === 'Look here'")
    tab.click("text=Full screen")
    tab.wait_for_function("() => document.fullscreenElement?.localName === 'web-danmaku'")
    tab.wait_for_function(f"() => ({FLYING})().join() === 'Look here'")
    tab.reload()
    tab.wait_for_function("() => document.querySelector('web-heatmap').style.clipPath")
