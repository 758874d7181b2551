"""What a reader is made aware of, live in every tab: being named, what is unread, who is there."""

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.persons import Person, live, webchat
from tests.browser.returning import Author
from tests.tools.cable import Cable

People = Callable[..., list[Person]]


def badge(page: Page, room: str = "lobby") -> Locator:
    """How often the sidebar says that a room names its reader."""
    return page.locator(f"#rooms a[href='/rooms/{room}'] .badge")


def test_who_is_named_sees_it_in_every_tab_until_it_is_read_in_one(people: People) -> None:
    ann, bob = people("ann", "bob")
    webchat(ann.server, "room", "add", "den")
    ann.sign_in().enter("/rooms/lobby")
    bob.sign_in().enter("/rooms/den")
    inbox, third = bob.tab(), bob.tab()
    inbox.goto(bob.url + "/inbox")
    live(inbox)
    ann.say("Look, @Bob, and @bob again")
    ann.say("Look, @bob, `@bob`")
    for page in (bob.page, inbox):
        expect(badge(page)).to_have_text("@2")
        expect(page).to_have_title(re.compile(r"^\(2\) "))
        expect(page.locator("#rooms a[href='/rooms/lobby'] unread-badge")).to_have_text("2")
    bob.page.reload()
    expect(badge(bob.page)).to_have_text("@2")
    third.goto(bob.url + "/rooms/lobby")
    expect(third.locator("#log a", has_text="@bob").first).to_have_attribute("href", "/direct/bob")
    third.bring_to_front()
    for page in (bob.page, inbox, third):
        expect(badge(page)).to_have_text("")
        expect(page).to_have_title(re.compile(r"^[^(]"))
    colours = [
        page.locator("#log > li[id]").first.evaluate("row => getComputedStyle(row).backgroundColor")
        for page in (ann.page, third)
    ]
    assert colours[0] != colours[1], "the row is tinted for whom it names"


def test_the_author_is_told_who_is_not_in_the_room(people: People) -> None:
    ann, _bob = people("ann", "bob")
    webchat(ann.server, "room", "add", "den", "--kind", "closed")
    ann.sign_in().enter("/rooms/den")
    ann.say("Where is @bob?")
    expect(ann.page.locator("#refused")).to_have_text("Not in this room, and not told: bob.")
    expect(ann.page.locator("#log > li[id]")).to_have_count(1)


def test_a_room_opens_at_the_first_unread_which_stays_put(room: tuple[Person, Author, Cable]) -> None:
    ann, author, _cable = room
    author.post(10)
    page = ann.enter("/rooms/hall")
    expect(page.locator("#rooms a[href='/rooms/hall'] unread-badge")).to_have_text("")
    ann.enter("/rooms/lobby")
    author.post(140)
    expect(page.locator("#rooms a[href='/rooms/hall'] unread-badge")).to_have_text("140")
    ann.enter("/rooms/hall")
    line = page.locator("#log > .new")
    first = page.locator("#log > .new + li")
    expect(first).to_have_attribute("data-seq", "11")
    expect(line).to_be_in_viewport()
    expect(page.locator("#pill")).to_have_text(re.compile(r"^1\d\d new$"))
    page.locator("message-log").hover()
    page.mouse.wheel(0, 1_000)
    page.wait_for_function("() => Number(document.querySelector('#log > li:last-child').dataset.seq) > 60")
    expect(first).to_have_attribute("data-seq", "11")
    author.post(1)
    expect(page.locator("#rooms a[href='/rooms/hall'] unread-badge")).to_have_text("141")
    expect(line).to_have_count(1)
    page.locator("#pill").click()
    page.wait_for_url("**/rooms/hall?newest")
    expect(page.locator("#log > li[id]").last).to_contain_text("Message 151 of many")
    expect(line).to_have_count(0)  # it is further up
    expect(page.locator("#rooms a[href='/rooms/hall'] unread-badge")).to_have_text("")
    page.evaluate("document.querySelector('#log > .divider').kept = true")
    author.post(1)
    expect(page.locator("#log > li[id]").last).to_contain_text("Message 152 of many")
    assert page.evaluate("document.querySelector('#log > .divider').kept"), "what did not change costs no style"


def test_who_writes_while_far_up_sees_it_at_the_end(room: tuple[Person, Author, Cable]) -> None:
    ann, author, _cable = room
    author.post(120)
    ann.enter("/rooms/hall")
    ann.say("From far up")
    ann.page.wait_for_url("**/rooms/hall?newest")
    expect(ann.page.locator("#log > li[id]").last).to_contain_text("From far up")


def test_a_permalink_calls_nothing_new_that_was_read(room: tuple[Person, Author, Cable]) -> None:
    ann, author, _cable = room
    author.post(120)
    page = ann.enter("/rooms/hall?newest")
    expect(page.locator("#rooms a[href='/rooms/hall'] unread-badge")).to_have_text("")
    read = "() => document.querySelector('chat-room').outbox.entries.length === 0"
    page.wait_for_function(f"() => document.querySelector('message-log').read === 120 && ({read})()")
    ann.enter("/rooms/lobby")
    expect(page.locator("#rooms a[href='/rooms/hall'] unread-badge")).to_have_text("")
    ann.enter("/rooms/hall/m/11")
    pill = page.locator("#pill")
    expect(pill).to_be_visible()
    expect(pill).to_have_text("To the newest")
    author.post(1)
    expect(pill).to_have_text("1 new")


def test_what_is_further_down_is_neither_new_nor_said_aloud(room: tuple[Person, Author, Cable]) -> None:
    ann, author, cable = room
    author.post(100)
    ann.context.clear_cookies()  # a guest has read nothing
    page = ann.enter("/rooms/hall/m/40")
    page.evaluate(
        """() => { window.said = []; const news = document.getElementById('news');
            new MutationObserver(() => said.push(news.textContent)).observe(news, { childList: true }); }"""
    )
    page.wait_for_function(
        """() => { document.querySelector('message-log').scrollTop = 0;
            return 'end' in document.getElementById('log').dataset; }"""
    )
    expect(page.locator("#log > li[id]").last).to_contain_text("Message 100 of many")
    expect(page.locator("#log > .new")).to_have_count(0)
    author.post(1)
    page.wait_for_function("() => said.length > 0")
    cable.pull_out()
    author.post(1)
    author.delete(author.ids[-1])
    cable.plug_in()
    page.wait_for_function("() => said.length > 1")
    first, second = page.evaluate("said")
    assert first.endswith(": Message 101 of many, 0 of this run")
    assert second.endswith(": This message was deleted.")


def test_a_keyboard_that_opens_does_not_throw_the_list_with_the_next_message(
    room: tuple[Person, Author, Cable],
) -> None:
    ann, author, _cable = room
    author.post(45)
    page = ann.enter("/rooms/hall?newest")
    page.locator("message-log").evaluate(
        """log => { log.scrollTop = -400;
            return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))); }"""
    )
    page.set_viewport_size({"width": 1280, "height": 400})
    place = """() => document.getElementById('log').children[30].getBoundingClientRect().top"""
    page.wait_for_function("() => document.querySelector('message-log').clientHeight < 350")
    before = page.evaluate(place)
    author.post(1)
    expect(page.locator("#log > li[id]").last).to_contain_text("Message 46 of many")
    assert abs(page.evaluate(place) - before) < 2


def test_a_page_that_is_left_open_overnight_says_yesterday(people: People) -> None:
    (ann,) = people("ann")
    ann.page.clock.install()
    page = ann.sign_in().enter("/rooms/lobby")
    ann.say("Good night")
    day = page.locator("#log > .divider")
    expect(day).to_have_text("Today")
    page.clock.fast_forward("24:00:00")
    expect(day).to_have_text("Yesterday")
