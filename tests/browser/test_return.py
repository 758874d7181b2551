"""Coming back: whatever happened meanwhile, the list ends up as a fresh page shows it, and nothing written is lost."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.persons import Person, live, rows
from tests.browser.returning import Author, fresh, newest, react, settled
from tests.tools.cable import Cable

People = Callable[..., list[Person]]

CALM = "Reconnecting. What you send waits here."


@pytest.mark.parametrize("missed", [250, 1000])
def test_offline_through_posts_edits_deletions_and_reactions(
    room: tuple[Person, Author, Cable], people: People, missed: int
) -> None:
    ann, author, cable = room
    author.post(45)
    (bob,) = people("bob", server=ann.server)
    bob.sign_in().enter("/rooms/hall")
    react(bob.page, author.ids[22], "👍")
    bob.page.goto(f"{bob.url}/settings")  # not to draw what comes
    page = ann.enter("/rooms/hall")
    page.locator("message-log").evaluate("log => { log.scrollTop = 0; }")  # it opens at the first unread message
    expect(page.locator("#pill")).to_be_hidden()
    cable.pull_out()
    author.post(missed)
    seen = {message: n + (1 if n < 45 else 2) for n, message in enumerate(author.ids)}  # a reaction is a change
    for message in (author.ids[20], author.ids[30], author.ids[-3], author.ids[-40]):
        author.edit(message, seen)
    for message in (author.ids[25], author.ids[-5], author.ids[-41]):
        author.delete(message)
    for message in (author.ids[22], author.ids[24], author.ids[-6]):
        react(bob.page, message, "🎉")
    react(bob.page, author.ids[22], "👍", "remove")
    expect(page.get_by_text(CALM)).to_be_visible()
    cable.plug_in()
    expect(page.locator("#log > li[id]").last).to_contain_text(f"Message {45 + missed} of many")
    settled(page, newest(bob, "hall", 300), end=True)  # no page keeps more of them
    assert len(rows(page)) == 295 if missed == 250 else len(rows(page)) >= 50
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
