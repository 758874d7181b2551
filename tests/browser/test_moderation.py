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


def test_slow_mode_keeps_only_the_next_post_waiting(people: Callable[..., list[Person]]) -> None:
    ann, bob = people("ann", "bob")
    ann.sign_in()
    bob.sign_in()
    settings = ann.go("/rooms/lobby/settings")
    settings.locator("[name=slow]").fill("3600")
    settings.locator("#rules").get_by_role("button", name="Save").click()
    settings.wait_for_url("**/settings**")
    page = bob.enter("/rooms/lobby")
    bob.say("One")
    row = page.locator("#log > li", has_text="One")
    expect(row).to_be_visible()
    bob.say("Two")
    waits = page.locator("#pending > li", has_text="Two").locator(".failed")
    expect(waits).to_contain_text("slow mode")
    expect(waits).to_contain_text("It is sent by itself at ")
    expect(waits.get_by_role("button", name="Retry")).to_have_count(0)
    expect(page.locator("#refused")).to_contain_text("slow mode")
    row.hover()
    page.locator("message-tools button[data-emoji='👍']").click()
    expect(page.locator("#r-1")).to_contain_text("👍 1")
    page.locator("#body").press("ArrowUp")
    page.locator("#edit-body").fill("One, better")
    page.locator("#edit-body").press("Enter")
    expect(page.locator("#log > li", has_text="One, better")).to_be_visible()
    page.reload()
    live(page)
    waits.get_by_role("button", name="Edit again").click()
    expect(page.locator("#body")).to_have_value("Two")
    bob.say("Three")
    page.locator("#pending").get_by_role("button", name="Discard").click()
    expect(page.locator("#pending > li")).to_have_count(0)
    page.wait_for_function("() => document.querySelector('chat-room').outbox.entries.length === 0")
