"""What waits for a moderator, live in two browsers: who writes, and who looks at it first."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.persons import Person, live

AGAIN = """() => {
    document.getElementById('waiting').dataset.old = '';
    document.querySelector('chat-room').dial();
}"""
"""A connection that comes back."""


def test_what_waits_is_seen_decided_and_posted_live(people: Callable[..., list[Person]]) -> None:
    ann, bob = people("ann", "bob")
    ann.sign_in()
    bob.sign_in()
    page = ann.go("/rooms/lobby/settings")
    page.get_by_label("Everybody's").check()
    page.locator("#rules").get_by_role("button", name="Save").click()
    ann.enter("/rooms/lobby")
    bob.enter("/rooms/lobby")
    for text in ("One **post**", "Two"):
        bob.say(text)
        expect(bob.page.locator("#held li", has_text=text)).to_contain_text("Only you see it")
    expect(bob.page.locator("#pending li")).to_have_count(0)
    expect(bob.page.locator("#refused")).to_contain_text("until a moderator has looked at it")
    expect(ann.page.locator("#log li")).to_have_count(0)
    expect(ann.page.locator("#toasts")).to_contain_text("something waits for a moderator")
    clock = ann.page.get_by_title("Waiting for a moderator")
    expect(clock).to_contain_text("2")
    clock.click()
    queue = ann.page.locator("#queue > li")
    expect(queue).to_have_count(2)
    live(ann.page)
    bob.say("Three")
    expect(queue).to_have_count(3)
    queue.nth(0).get_by_role("button", name="Approve").click()
    expect(queue).to_have_count(2)
    expect(bob.page.locator("#log li strong")).to_have_text("post")
    expect(bob.page.locator("#held li")).to_have_count(2)
    queue.nth(0).get_by_label("Reason, for its author").fill("No ads")
    ann.page.evaluate(AGAIN)
    expect(ann.page.locator("#waiting[data-old]")).to_have_count(0)
    expect(queue.nth(0).get_by_label("Reason, for its author")).to_be_focused()
    queue.nth(0).get_by_label("Reason, for its author").press("Enter")
    expect(bob.page.locator("#held li", has_text="Two")).to_contain_text("Not approved: No ads")
    bob.page.get_by_role("button", name="Put away").click()
    expect(bob.page.locator("#held li")).to_have_count(1)
    bob.page.get_by_role("button", name="Take back").click()
    expect(queue).to_have_count(0)
    expect(ann.page.get_by_text("Nothing waits.")).to_be_visible()
    assert ann.trouble + bob.trouble == []
