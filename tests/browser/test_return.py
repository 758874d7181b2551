"""Coming back: whatever happened meanwhile, the list ends up as a fresh page shows it, and nothing written is lost."""

import contextlib
import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Person, live, rows, webchat
from tests.tools.cable import Cable
from tests.tools.clients import Visit

People = Callable[..., list[Person]]

ABOVE = "first => Number(document.querySelector('#log > li[id]').dataset.seq) < first"
CALM = "Reconnecting. What you send waits here."


class Author:
    """A guest who says and changes a lot in a room, over plain forms."""

    def __init__(self, person: Person, room: str) -> None:
        self.visit = Visit(person.server)
        self.visit.get(f"/rooms/{room}")
        self.room = room
        self.ids: list[int] = []

    def do(self, do: str, **fields: Any) -> Any:
        fields = {"do": do, "room": self.room, "cid": secrets.token_urlsafe(16), **fields}
        return json.loads(self.visit.post("/do", fields))

    def post(self, count: int) -> None:
        for n in range(count):
            self.ids.append(self.do("post-message", body=f"Message {len(self.ids) + 1} of many, {n} of this run")["id"])

    def edit(self, message: int, seen: dict[int, int]) -> None:
        self.do("edit-message", message=message, body=f"Edited {message} *well*", based=seen[message])

    def delete(self, message: int) -> None:
        self.do(f"delete-message:{message}")


def fresh(person: Person, path: str) -> list[list[str]]:
    """What a page that is opened now shows."""
    page = person.tab()
    page.goto(person.url + path)
    live(page)
    shown = rows(page)
    page.close()
    return shown


def settled(page: Page, expected: list[list[str]], whole: bool = False) -> None:
    """The page ends up showing these rows at its end, or these and no others; without a reload by anybody."""
    page.wait_for_function(
        """([expected, whole]) => {
            const list = [...document.querySelectorAll('#log > li[id]')].map(row => [row.id, row.dataset.seq,
                (row.querySelector(':scope > div, :scope > p.gone')?.innerHTML ?? ''),
                row.querySelector('[id^=r-]').innerHTML, row.querySelector('small')?.textContent ?? '']);
            const end = whole ? list : list.slice(-expected.length);
            return JSON.stringify(end) === JSON.stringify(expected);
        }""",
        arg=[expected, whole],
    )
    seqs = [int(row[1]) for row in rows(page)]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs))), "rows are missing, doubled or out of order"


@pytest.fixture
def cable() -> Iterator[Callable[[int], Cable]]:
    """Makes the cable to a port."""
    with contextlib.ExitStack() as stack:
        yield lambda port: stack.enter_context(Cable(port))


@pytest.fixture
def room(people: People, cable: Callable[[int], Cable]) -> tuple[Person, Author, Cable]:
    """A reader at the end of a cable, and a guest beside the server who may write in the same room."""
    (ann,) = people("ann")
    webchat(ann.server, "room", "add", "hall", "--guests", "write")
    between = cable(ann.server.port)
    ann.url = f"http://127.0.0.1:{between.port}"
    ann.sign_in()
    return ann, Author(ann, "hall"), between


@pytest.mark.parametrize("missed", [250, 1000])
def test_offline_through_posts_edits_and_deletions(room: tuple[Person, Author, Cable], missed: int) -> None:
    ann, author, cable = room
    author.post(60)
    page = ann.enter("/rooms/hall")
    page.locator("message-log").evaluate("log => { log.scrollTop = 0; }")  # it opens at the first unread message
    expect(page.locator("#pill")).to_be_hidden()
    cable.pull_out()
    author.post(missed)
    seen = {message: n + 1 for n, message in enumerate(author.ids)}
    for message in (author.ids[20], author.ids[30], author.ids[-3], author.ids[-40]):
        author.edit(message, seen)
    for message in (author.ids[25], author.ids[-5], author.ids[-41]):
        author.delete(message)
    expect(page.get_by_text(CALM)).to_be_visible()
    cable.plug_in()
    settled(page, fresh(ann, "/rooms/hall")[-50:])
    expect(page.get_by_text(CALM)).to_be_hidden()


def test_reactions_while_offline(room: tuple[Person, Author, Cable], people: People) -> None:
    ann, author, cable = room
    author.post(3)
    (bob,) = people("bob", server=ann.server)
    bob.sign_in().enter("/rooms/hall")
    page = ann.enter("/rooms/hall")
    cable.pull_out()
    bob.page.locator(f"#m-{author.ids[1]}").hover()
    bob.page.locator("message-tools button[data-emoji='🎉']").click()
    expect(bob.page.locator(f"#r-{author.ids[1]}")).to_contain_text("🎉 1")
    cable.plug_in()
    settled(page, fresh(ann, "/rooms/hall")[-50:])


def test_an_old_permalink_stays_what_a_fresh_one_is(room: tuple[Person, Author, Cable]) -> None:
    ann, author, cable = room
    author.post(120)
    page = ann.enter("/rooms/hall/m/40")
    cable.pull_out()
    author.post(30)
    seen = {message: n + 1 for n, message in enumerate(author.ids)}
    author.edit(author.ids[38], seen)
    author.delete(author.ids[41])
    cable.plug_in()
    settled(page, fresh(ann, "/rooms/hall/m/40"), whole=True)
    author.edit(author.ids[45], seen)
    settled(page, fresh(ann, "/rooms/hall/m/40"), whole=True)


def test_an_old_permalink_after_a_thousand(room: tuple[Person, Author, Cable]) -> None:
    ann, author, cable = room
    author.post(120)
    page = ann.enter("/rooms/hall/m/40")
    cable.pull_out()
    author.post(400)
    author.delete(author.ids[41])
    cable.plug_in()
    settled(page, fresh(ann, "/rooms/hall/m/40"), whole=True)


def test_what_is_written_offline_is_sent_once_and_in_order(room: tuple[Person, Author, Cable]) -> None:
    ann, _author, cable = room
    page = ann.enter("/rooms/hall")
    cable.pull_out()
    for n in range(120):
        ann.say(f"offline {n}")
    expect(page.locator("#pending > li")).to_have_count(120)
    cable.plug_in()
    expect(page.locator("#pending > li")).to_have_count(0)
    texts = [row[2] for row in rows(page)]
    assert texts == [f"<p>offline {n}</p>" for n in range(120)]


def test_a_line_that_stalls_loses_nothing(room: tuple[Person, Author, Cable]) -> None:
    """The browser's own offline switch lets connections stay and nothing pass."""
    ann, author, _cable = room
    page = ann.enter("/rooms/hall")
    ann.context.set_offline(True)
    for n in range(120):
        ann.say(f"stalled {n}")
    author.post(20)
    expect(page.locator("#pending > li")).to_have_count(120)
    ann.context.set_offline(False)
    expect(page.locator("#pending > li")).to_have_count(0)
    texts = [row[2] for row in rows(page) if "stalled" in row[2]]
    assert texts == [f"<p>stalled {n}</p>" for n in range(120)]


def test_what_is_written_offline_survives_a_reload(room: tuple[Person, Author, Cable]) -> None:
    ann, _author, _cable = room
    page = ann.enter("/rooms/hall")
    ann.server.stop()
    for n in range(3):
        ann.say(f"kept {n}")
    expect(page.locator("#pending > li")).to_have_count(3)
    ann.server.start()
    page.reload()
    live(page)
    expect(page.locator("#pending > li")).to_have_count(0)
    assert [row[2] for row in rows(page)] == [f"<p>kept {n}</p>" for n in range(3)]


def test_the_server_dies_and_comes_back_while_people_write(people: People) -> None:
    ann, bob = people("ann", "bob")
    for one in (ann, bob):
        one.sign_in().enter("/rooms/lobby")
    for n in range(6):
        ann.say(f"ann {n}")
        if n % 2:
            ann.server.kill()
            bob.say(f"bob {n}")
            ann.server.start()
    expect(ann.page.locator("#log > li[id]")).to_have_count(9)
    expect(bob.page.locator("#log > li[id]")).to_have_count(9)
    assert rows(ann.page) == rows(bob.page) == fresh(ann, "/rooms/lobby")
    texts = [row[2] for row in rows(ann.page)]
    assert [text for text in texts if "ann" in text] == [f"<p>ann {n}</p>" for n in range(6)]


def test_text_caret_and_focus_survive_what_arrives(room: tuple[Person, Author, Cable]) -> None:
    ann, author, _cable = room
    page = ann.enter("/rooms/hall")
    box = page.locator("#body")
    box.fill("a half-written thought")
    box.evaluate("box => box.setSelectionRange(2, 6)")
    author.post(30)
    ann.server.kill()
    ann.server.start()
    author.post(20)
    expect(page.locator("#log > li[id]").last).to_contain_text("Message 50 of many")
    assert box.evaluate("box => [box.value, box.selectionStart, box.selectionEnd, document.activeElement === box]") == [
        "a half-written thought",
        2,
        6,
        True,
    ]


def test_a_composition_survives_what_arrives(room: tuple[Person, Author, Cable]) -> None:
    ann, author, _cable = room
    page = ann.enter("/rooms/hall")
    page.locator("#body").focus()
    session = ann.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "ni hao", "selectionStart": 6, "selectionEnd": 6})
    author.post(20)
    expect(page.locator("#log > li[id]")).to_have_count(20)
    assert page.locator("#body").input_value() == "ni hao"
    session.send("Input.insertText", {"text": "你好"})
    assert page.locator("#body").input_value() == "你好"
    page.locator("#body").press("Enter")
    expect(page.locator("#log > li[id]").last).to_contain_text("你好")


def test_history_upward_is_endless_bounded_and_without_gaps(room: tuple[Person, Author, Cable]) -> None:
    ann, author, _cable = room
    author.post(700)
    page = ann.enter("/rooms/hall")
    seen: set[int] = set()
    most = 0
    while 1 not in seen:
        shown = [int(row[1]) for row in rows(page)]
        assert shown == list(range(shown[0], shown[0] + len(shown)))
        seen.update(shown)
        most = max(most, len(shown))
        if shown[0] > 1:
            page.locator("#log > li[id]").first.scroll_into_view_if_needed()
            page.wait_for_function(ABOVE, arg=shown[0])
    assert seen >= set(range(1, 651))
    assert most <= 300
    author.post(1)
    page.locator("#pill").click()
    expect(page.locator("#log > li[id]").last).to_contain_text("Message 701 of many")
    settled(page, fresh(ann, "/rooms/hall")[-50:])


def test_an_edit_of_an_old_message_that_is_shown_only_later_is_not_missed(room: tuple[Person, Author, Cable]) -> None:
    """History is read at one moment and shown at a later one; what changed between must not be lost."""
    ann, author, _cable = room
    author.post(120)
    seen = {message: n + 1 for n, message in enumerate(author.ids)}
    page = ann.go("/rooms/hall")
    held: list[Any] = []
    page.route("**/rooms/hall?before=*", lambda route: held.append((route, route.fetch())))
    live(page)
    with page.expect_request("**/rooms/hall?before=*"):
        page.locator("#log > li[id]").first.scroll_into_view_if_needed()
    while not held:
        page.wait_for_function("() => true")  # lets the route's handler run
    author.edit(author.ids[60], seen)
    route, answer = held[0]
    route.fulfill(response=answer)
    expect(page.locator(f"#m-{author.ids[60]}")).to_contain_text("Edited")
