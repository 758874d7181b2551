"""The agents' side of a support window, live in two browsers."""

import re
import secrets
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.persons import Person, live


def ask(person: Person, do: str, **fields: str | float | bool) -> None:
    """A command as a form sends it."""
    form: dict[str, str | float | bool] = {"do": do, "cid": secrets.token_urlsafe(16), **fields}
    answer = person.context.request.post(f"{person.url}/do", form=form, headers={"Origin": person.url})
    assert answer.ok, answer.text()


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
    ask(bob, "mark-read", room=slug, seq="2")
    expect(inbox.locator(".desk-live")).to_contain_text("The visitor has seen everything.")
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
