"""A busy room, a proxy that lets no WebSocket through, and what the server refuses: the reader is never in the way."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, WebSocketRoute, expect

from tests.browser.persons import WAIT, Person, live, rows, webchat
from tests.browser.returning import Author, fresh
from tests.tools.cable import Cable
from tests.tools.server import Server

People = Callable[..., list[Person]]
Room = tuple[Person, Author, Cable]
TOO_LONG = "That is too long. The longest message has 10,000 characters."
REFUSED = "That is too long"
TOLD = """seq => { const log = document.querySelector('message-log');
    return log.read === seq && !log.telling && log.room.outbox.entries.length === 0; }"""


def sent(page: Page) -> list[dict[str, Any]]:
    """Fills up with every command that the page sends from now on, through whichever socket."""
    said: list[dict[str, Any]] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: said.append(json.loads(frame))))
    return said


def texts(page: Page) -> list[str]:
    return [row[2] for row in rows(page)]


def test_reading_a_busy_room_is_told_now_and_then(room: Room) -> None:
    ann, author, _cable = room
    said = sent(ann.page)
    page = ann.enter("/rooms/hall")
    for _ in range(40):
        author.post(1)
    expect(page.locator("#log > li[id]").last).to_contain_text("Message 40 of many")
    page.wait_for_function(TOLD, arg=40)
    told = [frame["seq"] for frame in said if frame["do"] == "mark-read"]
    assert told[-1] == 40
    assert told == sorted(told)
    assert len(told) < 10


def test_how_far_one_has_read_is_told_on_leaving(room: Room) -> None:
    ann, author, _cable = room
    said = sent(ann.page)
    page = ann.enter("/rooms/hall")
    author.post(1)
    expect(page.locator("#log > li[id]")).to_have_count(1)
    author.post(2)
    expect(page.locator("#log > li[id]")).to_have_count(3)
    ann.go("/settings")
    live(page)
    expect(page.locator("#rooms li", has_text="hall").locator("unread-badge")).to_have_text("")
    assert [frame["seq"] for frame in said if frame["do"] == "mark-read"][-1] == 3


def test_a_refusal_to_note_what_was_read_is_not_shown(room: Room) -> None:
    ann, author, _cable = room
    said: list[str] = []

    def refuse(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def heard(frame: str | bytes) -> None:
            form = json.loads(frame)
            if form["do"] != "mark-read":
                server.send(frame)
                return
            said.append(form["cid"])
            socket.send(json.dumps({"nack": form["cid"], "why": "That was too fast.", "after": 1}))

        socket.on_message(heard)

    ann.page.route_web_socket("**/socket?**", refuse)
    page = ann.enter("/rooms/hall")
    author.post(1)
    expect(page.locator("#log > li[id]")).to_have_count(1)
    page.wait_for_function(TOLD, arg=1)
    author.post(1)  # the next is told two seconds after, when the first would have come again
    page.wait_for_function(TOLD, arg=2)
    expect(page.locator("#refused")).to_be_hidden()
    assert len(said) == len(set(said)) == 2
    assert page.evaluate("document.querySelector('chat-room').outbox.entries") == []


def test_what_was_written_offline_is_sent_from_any_page(room: Room) -> None:
    ann, _author, cable = room
    webchat(ann.server, "room", "add", "other")
    page = ann.enter("/rooms/hall")
    held: list[Route] = []
    page.route("**/do", lambda route: held.append(route))  # only a page's socket may bring it
    cable.pull_out()
    ann.say("written offline")
    expect(page.locator("#pending > li")).to_have_count(1)
    cable.plug_in()
    ann.page.route_web_socket("**/socket?room=hall**", lambda socket: None)
    ann.enter("/rooms/other")
    expect(page.locator("#pending > li")).to_have_count(0)
    page.wait_for_function("() => document.querySelector('chat-room').outbox.entries.length === 0")
    assert texts(page) == []
    bob = ann.tab()
    bob.goto(ann.url + "/rooms/hall")
    assert texts(bob) == ["<p>written offline</p>"]


def test_an_inbox_sends_what_waits(room: Room) -> None:
    ann, _author, cable = room
    page = ann.enter("/rooms/hall")
    cable.pull_out()
    ann.say("written offline")
    expect(page.locator("#pending > li")).to_have_count(1)
    page.goto(ann.server.url + "/sign-in")  # no connection here, and another origin: nothing is sent from it
    cable.plug_in()
    ann.enter("/inbox")
    page.wait_for_function("() => document.querySelector('chat-room').outbox.entries.length === 0")
    assert [row[2] for row in fresh(ann, "/rooms/hall")] == ["<p>written offline</p>"]


def test_without_a_websocket_one_can_write(room: Room) -> None:
    ann, _author, _cable = room
    ann.page.add_init_script(
        "window.WebSocket = class extends EventTarget { static OPEN = 1; readyState = 3; close() {}"
        " constructor() { super(); setTimeout(() => this.dispatchEvent(new CloseEvent('close', { code: 1006 }))); } };"
    )
    page = ann.go("/rooms/hall")
    for n in range(3):
        ann.say(f"by fetch {n}")
    expect(page.locator("#pending > li")).to_have_count(0)
    expect(page.locator("#log > li[id]")).to_have_count(3)
    assert page.evaluate("document.querySelector('chat-room').outbox.entries") == []
    assert texts(page) == [f"<p>by fetch {n}</p>" for n in range(3)]
    page.locator("#body").evaluate("box => { box.value = 'x'.repeat(10_001); }")
    page.locator("#body").press("Enter")
    expect(page.locator("#pending .failed")).to_contain_text(REFUSED)


def test_pending_failed_retry_and_discard(room: Room) -> None:
    ann, _author, _cable = room
    page = ann.enter("/rooms/hall")
    page.locator("#body").evaluate("box => { box.value = 'x'.repeat(10_001); }")
    page.locator("#body").press("Enter")
    failed = page.locator("#pending .failed")
    expect(failed).to_contain_text(REFUSED)
    page.locator("#body").fill("meanwhile")
    failed.get_by_role("button", name="Edit again").click()
    expect(page.locator("#body")).to_be_focused()
    expect(page.locator("#body")).to_have_value("x" * 10_001 + "\nmeanwhile")
    ann.say("shorter")
    expect(page.locator("#log > li[id]").last).to_contain_text("shorter")
    expect(page.locator("#pending > li")).to_have_count(0)
    page.locator("#body").evaluate("box => { box.value = 'y'.repeat(10_001); }")
    page.locator("#body").press("Enter")
    failed.get_by_role("button", name="Discard").click()
    expect(page.locator("#pending > li")).to_have_count(0)
    page.reload()
    expect(page.locator("#log > li[id]")).to_have_count(1)
    expect(page.locator("#pending > li")).to_have_count(0)


def test_what_is_far_too_long_is_never_sent(room: Room) -> None:
    ann, _author, _cable = room
    said = sent(ann.page)
    page = ann.enter("/rooms/hall")
    page.locator("#body").evaluate("box => { box.value = 'x'.repeat(70_000); }")
    page.locator("#body").press("Enter")
    failed = page.locator("#pending .failed")
    expect(failed).to_contain_text(TOO_LONG)
    failed.get_by_role("button", name="Edit again").click()
    assert page.locator("#body").evaluate("box => box.validationMessage") == TOO_LONG
    expect(failed).to_have_count(0)
    ann.say("short")
    expect(page.locator("#log > li[id]")).to_have_count(1)
    assert [frame["body"] for frame in said if frame["do"] == "post-message"] == ["short"]
    page.locator("#body").press("ArrowUp")
    page.locator("#edit-body").fill("z" * 10_001)
    assert page.locator("#edit-body").evaluate("box => box.validationMessage") == TOO_LONG


def test_a_page_that_a_heartbeat_finds_behind_dials_again(room: Room) -> None:
    ann, author, _cable = room
    dials: list[str] = []

    def passes(frame: str) -> bool:
        """Of the first socket no other news comes, either: a page takes who is here for news about its list, too."""
        return len(dials) > 1 or frame[0] == "{" or 'id="m-1"' in frame

    def lose(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        dials.append(socket.url)
        server.on_message(lambda frame: socket.send(frame) if passes(str(frame)) else None)

    ann.page.route_web_socket("**/socket?**", lose)
    page = ann.enter("/rooms/hall")
    author.post(1)
    expect(page.locator("#log > li[id]")).to_have_count(1)
    author.post(1)
    expect(page.locator("#log > li[id]")).to_have_count(2, timeout=2 * WAIT)  # a heartbeat comes in 25 seconds
    assert len(dials) == 2


def test_a_refused_edit_can_be_made_again(people: People) -> None:
    (ann,) = people("ann")
    page = ann.sign_in().enter("/rooms/lobby")
    ann.say("first")
    expect(page.locator("#m-1")).to_contain_text("first")
    page.locator("#body").press("ArrowUp")
    page.locator("#edit-body").fill("mine")
    other = ann.tab()
    other.goto(ann.server.url + "/rooms/lobby/m/1")
    other.locator(".permalink").get_by_role("link", name="Edit").click()
    expect(other.locator("#edit-body")).to_be_focused()
    other.locator("#edit-body").fill("theirs")
    other.get_by_role("button", name="Save").click()
    expect(other.locator(".permalink blockquote")).to_have_text("theirs")
    expect(page.locator("#m-1")).to_contain_text("theirs")
    page.locator("#edit-body").press("Enter")
    expect(page.locator("#pending .failed")).to_be_visible()
    expect(page.locator("#pending").get_by_role("button", name="Retry")).to_have_count(0)
    page.locator("#pending").get_by_role("button", name="Edit again").click()
    expect(page.locator("#edit-body")).to_have_value("mine")
    expect(page.locator("#pending > li")).to_have_count(0)
    page.locator("#edit-body").press("Enter")
    expect(page.locator("#m-1")).to_contain_text("mine")


def test_two_people_under_the_default_limits(people: People, make_server: Callable[..., Server]) -> None:
    ann, bob = people("ann", "bob", server=make_server().start())
    for one in (ann, bob):
        one.sign_in().enter("/rooms/lobby")
    for n in range(6):
        for one in (ann, bob):
            one.page.locator("#body").press_sequentially(f"line {n} of {one.name}", delay=25)
            one.page.locator("#body").press("Enter")
    for one in (ann, bob):
        expect(one.page.locator("#log > li[id]")).to_have_count(12)
        expect(one.page.locator("#refused")).to_be_hidden()
    for n in range(40):
        ann.say(f"at once {n}")
    expect(ann.page.locator("#log > li[id]")).to_have_count(52, timeout=60_000)
    expect(bob.page.locator("#log > li[id]")).to_have_count(52)
    for one in (ann, bob):
        assert texts(one.page)[12:] == [f"<p>at once {n}</p>" for n in range(40)]
        expect(one.page.locator("#refused, .failed").locator("visible=true")).to_have_count(0)


def test_everything_by_keyboard(people: People) -> None:
    (ann,) = people("ann")
    ann.page.clock.install()
    page = ann.sign_in().enter("/rooms/lobby")
    for n in range(3):
        ann.say(f"line {n}")
    expect(page.locator("#log > li[id]")).to_have_count(3)
    page.locator("#body").focus()
    for _ in range(10):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.closest('#log > li')?.id") == "m-3":
            break
    expect(page.locator("#m-3")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#m-2")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("message-tools button[data-emoji='👍']")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#r-2")).to_contain_text("❤️ 1")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#body")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator("#edit-body")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#body")).to_be_focused()
    page.locator("#m-2").focus()
    page.keyboard.press("Enter")
    tools = page.locator("message-tools")
    delete, really = (tools.get_by_role("button", name=name, exact=True) for name in ("Delete", "Delete?"))
    delete.press("Enter")
    expect(really).to_be_focused()
    page.clock.fast_forward(20_000)  # nobody is hurried
    expect(really).to_be_focused()
    page.keyboard.press("Escape")
    expect(really).to_be_hidden()
    expect(delete).to_be_focused()
    delete.press("Enter")
    page.locator("#body").focus()
    expect(tools).not_to_have_attribute("data-asks", "delete")
    page.locator(".here").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#people")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator("#people")).to_be_hidden()
    expect(page.locator(".here")).to_be_focused()
