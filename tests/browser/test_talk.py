"""People talk: first run, open, closed and direct rooms, one named recipient; with JavaScript and without."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.browser.persons import PASSWORD, Person, add_user, live, rows, webchat
from tests.tools.server import Server

People = Callable[..., list[Person]]


def last(page: Page) -> Any:
    """The newest message."""
    return page.locator("#log > li[id]").last


def test_a_message_is_seen_by_everyone_in_the_same_room(people: People) -> None:
    """The first test of the Channels tutorial, part 4."""
    ann, bob = people("ann", "bob")
    for one in (ann, bob):
        one.sign_in().enter("/rooms/lobby")
    ann.say("hello")
    expect(last(ann.page)).to_contain_text("hello")
    expect(last(bob.page)).to_contain_text("hello")


def test_a_message_is_not_seen_by_anyone_in_a_different_room(people: People) -> None:
    """The second test of the Channels tutorial, part 4."""
    ann, bob = people("ann", "bob")
    webchat(ann.server, "room", "add", "one")
    webchat(ann.server, "room", "add", "two")
    ann.sign_in().enter("/rooms/one")
    bob.sign_in().enter("/rooms/two")
    ann.say("hello")
    expect(last(ann.page)).to_contain_text("hello")
    bob.say("world")
    expect(last(bob.page)).to_contain_text("world")
    assert [row[2] for row in rows(bob.page)] == ["<p>world</p>"]


def test_from_an_empty_folder_to_three_people_in_three_kinds_of_room(
    browser: Browser, make_server: Callable[..., Server], people: People
) -> None:
    server = make_server(environ={"WEBCHAT_LIMITS": "off"}).start()
    ann = Person(browser.new_context(), server, "Ann")
    page = ann.go("/")
    page.get_by_label("Name of the place").fill("The Green House")
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Open the place").click()
    page.wait_for_url("**/rooms/lobby")
    live(page)
    for name in ("Bob", "Cat"):
        add_user(server, name)
    bob, cat = (Person(browser.new_context(), server, name).sign_in() for name in ("Bob", "Cat"))
    for one in (bob, cat):
        one.enter("/")
    for one in (ann, bob, cat):
        one.say(f"{one.name} is here")
        for other in (ann, bob, cat):
            expect(last(other.page)).to_contain_text(f"{one.name} is here")
    expect(cat.page.locator("#here")).to_contain_text("3")

    page.goto(server.url + "/rooms")
    page.get_by_label("Address").fill("team")
    page.get_by_label("Only those who are invited").check()
    page.get_by_role("button", name="Make the room").click()
    page.wait_for_url("**/rooms/team")
    live(page)
    page.locator(".here").click()
    page.get_by_label("Invite somebody by name").fill("bob")
    page.get_by_role("button", name="Invite", exact=True).click()
    page.wait_for_load_state()
    live(page)
    expect(bob.page.locator("#rooms")).to_contain_text("team")
    bob.page.locator("#rooms").get_by_text("team").click()
    live(bob.page)
    ann.say("only us two")
    expect(last(bob.page)).to_contain_text("only us two")
    assert cat.go("/rooms/team").title().startswith("This is not here")

    page = bob.go("/direct/cat")
    expect(page.locator("#body")).to_be_focused()
    page.keyboard.type("Hello Cat")
    page.keyboard.press("Enter")
    expect(last(page)).to_contain_text("Hello Cat")
    live(bob.page)
    cat.enter("/direct/bob")
    bob.say("psst")
    expect(last(cat.page)).to_contain_text("psst")
    cat.say("yes?")
    expect(last(bob.page)).to_contain_text("yes?")
    assert [row[2] for row in rows(ann.page)] == ["<p>only us two</p>"]
    for one in (ann, bob, cat):
        assert not one.trouble
        one.context.close()


def test_unread_counts_move_in_rooms_one_is_not_looking_at(people: People) -> None:
    ann, bob = people("ann", "bob")
    webchat(ann.server, "room", "add", "garden")
    ann.sign_in().enter("/rooms/lobby")
    bob.sign_in().enter("/rooms/garden")
    for n in range(3):
        bob.say(f"{n}")
    badge = ann.page.locator("#rooms li", has_text="garden").locator("unread-badge")
    expect(badge).to_have_text("3")
    ann.page.locator("#rooms").get_by_text("garden").click()
    live(ann.page)
    other = ann.tab()
    other.goto(ann.server.url + "/rooms/lobby")
    ann.page.bring_to_front()
    expect(other.locator("#rooms li", has_text="garden").locator("unread-badge")).to_have_text("")


def test_typing_is_seen_by_others_and_not_by_oneself(people: People) -> None:
    ann, bob = people("ann", "bob")
    for one in (ann, bob):
        one.sign_in().enter("/rooms/lobby")
    ann.page.locator("#body").press_sequentially("Hel")
    expect(bob.page.locator("#typing")).to_contain_text("ann")
    expect(bob.page.locator("#typing")).to_be_visible()
    expect(ann.page.locator("#typing").get_by_text("ann")).to_be_hidden()
    ann.page.locator("#body").press("Enter")
    expect(bob.page.locator("#typing")).to_be_empty()


def test_edit_react_and_delete_with_the_toolbar(people: People) -> None:
    ann, bob = people("ann", "bob")
    for one in (ann, bob):
        one.sign_in().enter("/rooms/lobby")
    ann.say("Frist!")
    row = bob.page.locator("#m-1")
    expect(row).to_contain_text("Frist!")
    ann.page.locator("#body").press("ArrowUp")
    ann.page.locator("#edit-body").fill("First!")
    ann.page.locator("#edit-body").press("Enter")
    expect(row).to_contain_text("First!")
    expect(row).to_contain_text("(edited)")
    row.hover()
    bob.page.locator("message-tools button[data-emoji='👍']").click()
    expect(ann.page.locator("#r-1")).to_contain_text("👍 1")
    bob.page.locator("#r-1 span").click()
    expect(ann.page.locator("#r-1")).to_be_empty()
    ann.page.locator("#m-1").hover()
    ann.page.locator("message-tools [data-do=delete]").click()
    ann.page.locator("message-tools [data-do=really]").click()
    expect(row).to_contain_text("This message was deleted.")
    expect(row).not_to_contain_text("First!")


def test_a_notification_is_in_all_tabs_of_one_user_and_nobody_elses(people: People) -> None:
    ann, bob = people("ann", "bob")
    ann.sign_in().enter("/rooms/lobby")
    bob.sign_in().enter("/rooms/lobby")
    second = ann.tab()
    second.goto(ann.server.url + "/inbox")
    live(second)
    webchat(ann.server, "notify", "ann", "Build passed")
    for page in (ann.page, second):
        expect(page.locator("#toasts")).to_contain_text("Build passed")
        expect(page.locator("#badge")).to_have_attribute("data-count", "1")
    gap = "toast => toast.getBoundingClientRect().right - toast.lastElementChild.getBoundingClientRect().right"
    assert ann.page.locator(".toast").evaluate(gap) < 10, "its button is at the end, however short the text is"
    expect(second.locator("#inbox")).to_contain_text("Build passed")
    expect(bob.page.locator("#toasts")).to_be_empty()
    second.get_by_role("button", name="Mark all as read").click()
    expect(ann.page.locator("#badge")).to_have_attribute("data-count", "0")
    assert "Build passed" not in bob.page.content()


def test_a_notification_waits_for_a_user_who_is_away(people: People) -> None:
    (ann,) = people("ann")
    webchat(ann.server, "notify", "ann", "While you were out")
    ann.sign_in().enter("/rooms/lobby")
    expect(ann.page.locator("#badge")).to_have_attribute("data-count", "1")
    ann.go("/inbox")
    expect(ann.page.locator("#inbox")).to_contain_text("While you were out")


def test_what_a_command_posts_is_seen_at_once(people: People) -> None:
    (ann,) = people("ann")
    ann.sign_in().enter("/rooms/lobby")
    webchat(ann.server, "send", "lobby", "from *outside*")
    expect(last(ann.page)).to_contain_text("from outside")


def test_without_javascript(people: People) -> None:
    (ann,) = people("ann", java_script_enabled=False)
    page = ann.sign_in().go("/rooms/lobby")
    page.locator("#body").fill("Plain *forms*")
    page.get_by_role("button", name="Send").click()
    expect(last(page)).to_contain_text("Plain forms")
    last(page).locator("time").click()
    expect(page).to_have_url(re.compile(r"/rooms/lobby/m/1$"))
    page.get_by_role("link", name="Edit", exact=True).click()
    page.locator("#edit-body").fill("Plain text")
    page.get_by_role("button", name="Save").click()
    expect(last(page)).to_contain_text("Plain text")
    page.get_by_role("button", name="👍").click()
    expect(page.locator("#r-1")).to_contain_text("👍 1")
    page.get_by_role("button", name="Delete this message").click()
    expect(last(page)).to_contain_text("This message was deleted.")
    page.get_by_role("link", name="To the room").click()
    expect(page).to_have_url(re.compile(r"/rooms/lobby$"))
    expect(last(page)).to_contain_text("This message was deleted.")


def test_signing_out_ends_the_other_tab(people: People) -> None:
    (ann,) = people("ann")
    ann.sign_in().enter("/rooms/lobby")
    other = ann.tab()
    other.goto(ann.server.url + "/settings")
    other.get_by_role("button", name="Sign out").click()
    expect(ann.page.get_by_text("You are signed out here.")).to_be_visible()


def test_a_link_to_a_message_is_copied_or_opened(people: People) -> None:
    (ann,) = people("ann", permissions=["clipboard-read", "clipboard-write"])
    page = ann.sign_in().enter("/rooms/lobby")
    ann.say("look here")
    page.locator("#m-1").hover()
    link = page.get_by_role("link", name="Link to this message")
    link.click()
    expect(page.get_by_role("status").get_by_text("Link copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == ann.url + "/rooms/lobby/m/1"
    assert page.url == ann.url + "/rooms/lobby"
    page.locator("#m-1").hover()
    with ann.context.expect_page() as opened:
        link.click(modifiers=["ControlOrMeta"])
    expect(opened.value).to_have_url(ann.url + "/rooms/lobby/m/1")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(); }")
    page.locator("#m-1").hover()
    link.click()
    page.wait_for_url("**/rooms/lobby/m/1")
