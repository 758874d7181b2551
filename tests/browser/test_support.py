"""The agents' side of a support window, live in two browsers."""

import re
import secrets
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.persons import Person, live
from tests.tools.databases import sql


def ask(person: Person, do: str, **fields: str | float | bool) -> None:
    """A command as a form sends it."""
    form: dict[str, str | float | bool] = {"do": do, "cid": secrets.token_urlsafe(16), **fields}
    answer = person.context.request.post(f"{person.url}/do", form=form, headers={"Origin": person.url})
    assert answer.ok, answer.text()


MANY = """
CREATE TEMP TABLE many AS WITH RECURSIVE n(n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM n WHERE n < 64)
    SELECT n, sign FROM n, (SELECT '' AS sign UNION SELECT '~');
INSERT INTO rooms (slug, title, kind, guests, rev, seq, created, site_id, visitor)
    SELECT 'blog.~' || n || sign, 'Vera', 'direct', 'none', 0, 0, 1, (SELECT id FROM sites), 'v' || n || sign FROM many;
INSERT INTO conversations (site_id, room_id, notes_id, visitor, name, email, page, lang, tags, word, created, changed)
    SELECT r.site_id, r.id, n.id, r.visitor, 'Vera', '', '', 'en', '', '', 1, 1 FROM rooms r, rooms n
    WHERE r.visitor <> '' AND n.slug = r.slug || '~';
"""
"""55 conversations, a page of the inbox and five."""


def test_a_later_page_of_the_inbox_stays_when_something_changes(people: Callable[..., list[Person]]) -> None:
    (ann,) = people("ann")
    ann.sign_in()
    ask(ann, "create-site", site="blog", origins="https://blog.example")
    ask(ann, "set-support", site="blog", enabled="true", prechat="never")
    sql(ann.server.data / "webchat.db", MANY)
    page = ann.go("/support?page=2")
    expect(page.locator("#desks li")).to_have_count(5)
    live(page)
    row = page.locator("#desks li").last
    href = row.get_by_role("link").first.get_attribute("href") or ""
    [number] = re.findall(r"\d+$", href)
    which = "SELECT slug FROM rooms JOIN conversations ON room_id = rooms.id WHERE conversations.id = ?"
    [(slug,)] = sql(ann.server.data / "webchat.db", which, int(number))
    ask(ann, "tag-conversation", room=slug, tags="later")
    expect(page.locator("#desks li", has_text="#later")).to_have_count(1)
    expect(page.locator("#desks li")).to_have_count(5)


def test_an_agent_answers_with_what_is_ready_and_takes_notes(people: Callable[..., list[Person]]) -> None:
    ann, bob = people("ann", "bob")
    ann.sign_in()
    bob.sign_in()
    ask(ann, "create-site", site="blog", origins="https://blog.example")
    ask(ann, "set-support", site="blog", enabled="true", prechat="never")
    ask(ann, "put-answer", site="blog", key="hi", text="Hello!\nHow can I help?")
    inbox = ann.go("/support")
    live(inbox)
    ask(bob, "begin-conversation", site="blog", body="Is **anybody** there?")
    expect(inbox.locator("#desks li")).to_contain_text("waits since")
    expect(inbox.locator("#toasts")).to_contain_text("Is **anybody** there?")
    inbox.locator("#desks li a", has_text="bob").click()
    live(inbox)
    expect(inbox.locator("#log li strong")).to_have_text("anybody")
    slug = inbox.locator("chat-room").get_attribute("data-room") or ""
    visitor = bob.enter(f"/rooms/{slug}")
    field = inbox.locator("#body")
    field.press_sequentially("/h")
    expect(inbox.locator("#names li")).to_have_text(re.compile("/hi"))
    field.press("Tab")
    expect(field).to_have_value("Hello!\nHow can I help? ")
    field.press("Enter")
    expect(visitor.locator("#log li").last).to_contain_text("How can I help?")
    expect(inbox.locator(".desk-live")).to_contain_text("has not seen 1 message")
    chosen = [inbox.get_by_label("Who has it"), inbox.get_by_label("For how long")]
    for select, label in zip(chosen, ("Nobody", "four hours"), strict=True):
        select.select_option(label=label)
    chosen[1].focus()
    ask(bob, "mark-read", room=slug, seq="2")
    expect(inbox.locator(".desk-live")).to_contain_text("The visitor has seen everything.")
    for select, value in zip(chosen, ("", "240"), strict=True):
        expect(select).to_have_value(value)
    expect(chosen[1]).to_be_focused()
    note = inbox.get_by_label("Write a note")
    note.fill("She is angry")
    inbox.get_by_role("button", name="Keep the note").click()
    expect(inbox.locator(".notes li")).to_contain_text("She is angry")
    expect(note).to_have_value("")
    expect(inbox.locator("#pending li")).to_have_count(0)
    visitor.locator("#body").press_sequentially("So")
    expect(inbox.locator("#typing")).to_contain_text("bob")
    inbox.get_by_role("button", name="Done").click()
    expect(inbox.locator(".desk-live > p").first).to_contain_text("Done")
    visitor.locator("#body").press("Enter")
    expect(inbox.locator(".desk-live > p").first).to_contain_text("Open")
    inbox.get_by_role("button", name="/hi").click()
    expect(field).to_have_value("Hello!\nHow can I help?")
    assert "angry" not in visitor.content()


def redraw(inbox: Page, by: Person, do: str, **fields: str) -> None:
    """Change a conversation, and return once the page that shows it has been answered what there is now."""
    inbox.evaluate("drawn = new Promise(done => addEventListener('htmx:finally:request', done, {once: true})), 0")
    ask(by, do, **fields)
    inbox.evaluate("drawn.then(() => 0)")


def test_a_button_that_is_pressed_while_the_conversation_changes_is_pressed(
    people: Callable[..., list[Person]],
) -> None:
    ann, bob = people("ann", "bob")
    ann.sign_in()
    bob.sign_in()
    ask(ann, "create-site", site="blog", origins="https://blog.example")
    ask(ann, "set-support", site="blog", enabled="true", prechat="never")
    ask(bob, "begin-conversation", site="blog", body="Is anybody there?")
    inbox = ann.go("/support")
    inbox.locator("#desks li a", has_text="bob").click()
    live(inbox)
    slug = inbox.locator("chat-room").get_attribute("data-room") or ""
    desk = inbox.locator(".desk-live")
    desk.get_by_role("button", name="Done").hover()
    inbox.mouse.down()
    redraw(inbox, ann, "tag-conversation", room=slug, tags="first")
    inbox.mouse.move(1, 1)
    inbox.mouse.up()
    expect(desk).to_contain_text("#first")
    expect(desk.locator("p").first).to_contain_text("Open")
    desk.get_by_role("button", name="Done").hover()
    inbox.mouse.down()
    redraw(inbox, ann, "tag-conversation", room=slug, tags="second")
    inbox.mouse.up()
    expect(desk.locator("p").first).to_contain_text("Done")
    expect(desk).to_contain_text("#second")


def test_what_can_be_pressed_stays_where_it_is_while_people_come(people: Callable[..., list[Person]]) -> None:
    ann, bob, cat = people("ann", "bob", "cat")
    for agent in (ann, cat):
        agent.sign_in()
    bob.sign_in()
    ask(ann, "create-site", site="blog", origins="https://blog.example")
    ask(ann, "set-support", site="blog", enabled="true", prechat="never")
    ask(ann, "add-agent", site="blog", user="cat")
    ask(bob, "begin-conversation", site="blog", body="Is anybody there?")
    inbox = ann.go("/support")
    inbox.locator("#desks li a", has_text="bob").click()
    live(inbox)
    expect(inbox.locator("#present li", has_text="ann")).to_have_count(1)
    inbox.get_by_role("button", name="Take it").hover()
    inbox.mouse.down()
    cat.go(inbox.url.removeprefix(ann.url))
    expect(inbox.locator("#present li", has_text="cat")).to_have_count(1)
    inbox.mouse.up()
    expect(inbox.locator(".desk-live p").first).to_contain_text("ann")
