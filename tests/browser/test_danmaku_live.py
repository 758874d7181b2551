"""A film on the page of another site, beside the thread that flies over it: said, seen, seen later, taken back."""

import secrets
from base64 import b64encode
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.films import film
from tests.browser.hosts import Hosts
from tests.browser.persons import PASSWORD, add_user, webchat

PAGE = """<!doctype html><title>A film</title><link rel="icon" href="data:,">
<script type="module" src="{url}/embed.js"></script><script type="module" src="{url}/danmaku.js"></script>
<web-danmaku site="blog" room="film" {more}>
<video muted src="{film}" style="height: 300px; background: #245"></video></web-danmaku>
<web-chat site="blog" room="film" mode="live" style="height: 400px"></web-chat>"""
FLYING = """() => {
    const { shadowRoot } = document.querySelector('web-danmaku');
    return [...shadowRoot.querySelectorAll('span')].map((span) => span.textContent);
}"""
SEEK = "(there) => { document.querySelector('video').currentTime = there; }"


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
        tab.goto(self.site.put("/", PAGE.format(url=self.url, film=self.film, more=more)))
        tab.wait_for_function("() => document.querySelector('video').readyState === 4")
        tab.wait_for_function("() => document.querySelector('web-chat').shadowRoot?.querySelector('iframe.ready')")
        frame = next(frame for frame in tab.frames if "/embed/blog/film?" in frame.url)
        frame.wait_for_function("() => document.querySelector('embed-room')?.open === true")
        return tab, frame

    def stored(self) -> list[list[Any]]:
        """What flies in the first minute, as anybody is told."""
        answer = httpx2.get(f"{self.server.url}/embed/blog/film/danmaku.json?s=0")
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


def test_without_a_film_nothing_flies(cinema: Cinema) -> None:
    _tab, frame = cinema.watch()
    _tab.evaluate("document.querySelector('web-danmaku').remove()")
    frame.fill("#body", "Only said")
    frame.press("#body", "Enter")
    expect(frame.locator("#log > li > div")).to_have_count(1)
    assert cinema.stored() == []
