"""Where no WebSocket can be had, the page is live all the same: by a stream, or by asking again where that is held."""

import time

import pytest
import websocket
from playwright.sync_api import Page, expect

from tests.browser.persons import WAIT, Person, live, rows, webchat
from tests.browser.returning import Author, fresh, settled
from tests.tools.cable import Cable
from tests.tools.server import Server

CALM = "Reconnecting. What you send waits here."
SOON = 5.0
"""Seconds in which a page is live."""


def stands_in(page: Page, door: str) -> None:
    """Return once the page hears by that door."""
    name = {"stream": "hx-sse:connect", "poll": "hx-get"}[door]
    page.wait_for_function(
        """name => document.querySelector('chat-room')?.line?.live === true
            && document.querySelector('chat-room').line.place.firstElementChild.hasAttribute(name)""",
        arg=name,
    )


def say(server: Server, author: Author, part: int) -> None:
    """A hundred messages by the plain door, fifty at once."""
    socket = websocket.create_connection(f"{server.ws}/ws/hall/", cookie=author.visit.cookie, timeout=60)
    for half in range(2):
        first = part * 100 + half * 50 - 99
        for number in range(first, first + 50):
            socket.send(f"Message {number} of many")
        for _ in range(50):
            socket.recv()
    socket.close(timeout=1)


@pytest.mark.alone
@pytest.mark.parametrize("door", ["stream", "poll"])
def test_it_is_soon_live_without_a_socket(room: tuple[Person, Author, Cable], door: str) -> None:
    ann, _author, cable = room
    cable.refuse(streams=door == "stream")
    started = time.monotonic()
    page = ann.go("/rooms/hall")
    stands_in(page, door)
    assert time.monotonic() - started < SOON


@pytest.mark.timeout(300)
@pytest.mark.parametrize("door", ["stream", "poll"])
def test_live_without_a_socket_and_back_on_it(room: tuple[Person, Author, Cable], door: str) -> None:
    ann, author, cable = room
    cable.refuse(streams=door == "stream")
    page = ann.go("/rooms/hall")
    stands_in(page, door)
    expect(page.get_by_text(CALM)).to_be_hidden()
    ann.say("by a form")
    expect(page.locator("#log > li[id]")).to_have_count(1)
    expect(page.locator("#pending > li")).to_have_count(0)
    for part in range(1, 6):
        say(ann.server, author, part)
        said = page.locator("#log > li[id]", has_text=f"Message {part * 100} of many")
        expect(said).to_have_count(1, timeout=4 * WAIT)
        if part == 3:
            ann.say("in the middle")
    expect(page.locator("#log > li[id]", has_text="in the middle")).to_have_count(1)
    settled(page, fresh(Person(ann.context, ann.server, "ann"), "/rooms/hall?newest")[-50:])
    expect(page.get_by_text(CALM)).to_be_hidden()
    cable.allow()
    live(page)
    assert page.evaluate("() => document.querySelector('chat-room').line === undefined")
    author.post(1)
    expect(page.locator("#log > li[id]").last).to_contain_text("Message 1 of many")
    seqs = [int(row[1]) for row in rows(page)]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))


def test_a_socket_that_is_lost_for_good(room: tuple[Person, Author, Cable]) -> None:
    ann, author, cable = room
    page = ann.enter("/rooms/hall")
    author.post(2)
    expect(page.locator("#log > li[id]")).to_have_count(2)
    cable.refuse()
    author.post(3)
    stands_in(page, "stream")
    expect(page.locator("#log > li[id]")).to_have_count(5)
    author.delete(author.ids[0])
    expect(page.locator("#log .gone")).to_have_count(1)
    ann.server.kill()
    expect(page.get_by_text(CALM)).to_be_visible()
    ann.say("while it is away")
    ann.server.start()
    expect(page.locator("#log > li[id]")).to_have_count(6)
    expect(page.get_by_text(CALM)).to_be_hidden()
    assert not page.evaluate("() => document.querySelector('chat-room').open")


@pytest.mark.parametrize("door", ["stream", "poll"])
def test_who_is_removed_is_told_so_and_asks_no_more(room: tuple[Person, Author, Cable], door: str) -> None:
    ann, _author, cable = room
    cable.refuse(streams=door == "stream")
    page = ann.go("/rooms/lobby")
    stands_in(page, door)
    webchat(ann.server, "user", "passwd", "ann", "--password-stdin", said="another long one")
    expect(page.get_by_text("You are signed out here.")).to_be_visible()
    assert page.evaluate("() => document.querySelector('chat-room').line === undefined")


@pytest.mark.parametrize("door", ["stream", "poll"])
def test_an_element_of_another_page_polls(room: tuple[Person, Author, Cable], door: str) -> None:
    """`hx-get … every 2s`, as others write it, and `hx-sse:connect`."""
    ann, author, _cable = room
    page = ann.go("/rooms/hall?newest")
    page.wait_for_load_state()
    asks = {
        "poll": {"hx-get": "/poll?room=hall", "hx-trigger": "every 2s", "hx-swap": "outerHTML"},
        "stream": {"hx-sse:connect": "/stream?room=hall"},
    }[door]
    page.evaluate(
        """async asks => {
            await import(document.querySelector('script[type=module]').src.replace('main.js', 'fallback.js'));
            document.querySelector('chat-room').remove();
            const [list, asker] = [document.createElement('ol'), document.createElement('div')];
            Object.assign(list, { id: 'log' });
            list.dataset.end = '';
            for (const [name, value] of Object.entries(asks)) asker.setAttribute(name, value);
            document.body.append(list, asker);
            htmx.process(document.body);
        }""",
        asks,
    )
    if door == "poll":
        expect(page.locator("#poll")).to_have_count(1)
    else:
        page.wait_for_function("() => document.querySelector('[hx-sse\\\\:connect]')._htmx?.sse?.lastEventId")
    author.post(3)
    expect(page.locator("#log > li[id]")).to_have_count(3)
    author.post(2)
    expect(page.locator("#log > li[id]")).to_have_count(5)
