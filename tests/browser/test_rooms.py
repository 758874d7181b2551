"""Rooms change while people look at them: whatever tab is open shows what a fresh page would."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.persons import Person, live, webchat
from tests.browser.test_support import ask

People = Callable[..., list[Person]]


def entered(people: People, *names: str) -> list[Person]:
    made = people(*names)
    for person in made:
        person.sign_in()
    return made


def settle(person: Person, room: str, check: str = "", **texts: str) -> None:
    """Change a room on its settings page: fill its fields, and choose what is called ``check``."""
    page = person.go(f"/rooms/{room}/settings")
    form = page.locator("form:has([name=do][value=edit-room])")
    for name, text in texts.items():
        form.locator(f"[name={name}]").fill(text)
    if check:
        form.get_by_label(check).check()
    form.get_by_role("button", name="Save").click()
    page.wait_for_url("**/settings")


def shown(page: Page) -> dict[str, Any]:
    """What is on a page of the room, the list of messages apart, and what is new in every drawing or was turned to."""
    return dict(
        page.evaluate(
            """() => {
                const plain = (node) => {
                    if (!node) return '';
                    const copy = node.cloneNode(true);
                    for (const field of copy.querySelectorAll('[name="cid"]')) field.value = '';
                    for (const field of copy.querySelectorAll('[name="cid"]')) field.setAttribute('value', '');
                    copy.querySelector('[data-do="attach"]')?.removeAttribute('data-live');
                    return copy.outerHTML.replace(/\\s+/g, ' ');
                };
                return {
                    title: document.title, about: plain(document.getElementById('about')),
                    foot: plain(document.getElementById('foot')),
                    rooms: [...document.querySelectorAll('#rooms > li')].map(plain),
                };
            }"""
        )
    )


def same_as_fresh(person: Person, page: Page) -> None:
    """What a page that stayed open shows is what it shows after a reload."""
    stayed = shown(page)
    page.reload()
    live(page)
    assert stayed == shown(page)


def test_a_rename_a_posting_policy_and_an_archive_reach_pages_that_stay_open(people: People) -> None:
    ann, bob = entered(people, "ann", "bob")
    webchat(ann.server, "room", "add", "hall", "--title", "Hall")
    webchat(ann.server, "room", "add", "attic")
    page, other = bob.enter("/rooms/hall"), bob.tab()
    other.goto(bob.url + "/rooms/attic")
    live(other)

    settle(ann, "hall", title="The <b>hall", topic="Us")
    expect(page.locator("#about h1")).to_have_text("The <b>hall")
    expect(page.locator("#about .topic")).to_have_text("Us")
    expect(page).to_have_title("The <b>hall · webchat")
    expect(other.locator("#rooms")).to_contain_text("The <b>hall")
    same_as_fresh(bob, page)

    page.locator("#body").fill("A draft")
    settle(ann, "hall", "Only its moderators")
    expect(page.get_by_text("Only moderators write in this room.")).to_be_visible()
    expect(page.locator("#body")).to_have_count(0)
    same_as_fresh(bob, page)
    settle(ann, "hall", "Everybody in it")
    expect(page.locator("#body")).to_have_value("A draft")
    bob.say("Said after all")
    expect(page.locator("#log")).to_contain_text("Said after all")

    ann.go("/rooms/hall/settings")
    ann.page.get_by_role("button", name="Archive this room").click()
    expect(page.get_by_text("This room is archived.")).to_be_visible()
    expect(other.locator("#rooms")).not_to_contain_text("hall")
    same_as_fresh(bob, page)
    ann.page.get_by_role("button", name="Restore this room").click()
    expect(page.locator("#body")).to_be_visible()
    expect(other.locator("#rooms")).to_contain_text("The <b>hall")
    same_as_fresh(bob, page)
    same_as_fresh(bob, other)


def test_a_later_page_of_the_directory_stays_when_something_changes(people: People) -> None:
    (ann,) = entered(people, "ann")
    for number in range(51):
        ask(ann, "create-room", room=f"r{number}")
    ask(ann, "archive-room", room="r50")
    page = ann.enter("/rooms?page=2")
    expect(page.locator("#directory li")).to_have_count(1)
    page.get_by_text("Archived").click()
    ask(ann, "create-room", room="zoo")
    expect(page.locator("#directory li")).to_contain_text(["r9", "zoo"])
    ask(ann, "archive-room", room="r9")
    expect(page.locator("#archived li:visible")).to_contain_text(["r50", "r9"])
    expect(page.locator("#directory li")).to_contain_text(["zoo"])


def test_who_was_away_meanwhile_sees_it_when_back(people: People) -> None:
    ann, bob = entered(people, "ann", "bob")
    webchat(ann.server, "room", "add", "hall")
    page = bob.enter("/rooms/hall")
    bob.context.set_offline(True)
    page.evaluate("document.querySelector('chat-room').connection.socket.close()")
    page.wait_for_function("() => !document.querySelector('chat-room').open")
    settle(ann, "hall", "Only its moderators", title="Corridor")
    bob.context.set_offline(False)
    live(page)
    expect(page.locator("#about h1")).to_have_text("Corridor")
    expect(page.get_by_text("Only moderators write in this room.")).to_be_visible()
    same_as_fresh(bob, page)


def test_a_new_moderator_may_at_once_what_moderators_may(people: People) -> None:
    ann, bob = entered(people, "ann", "bob")
    webchat(ann.server, "room", "add", "hall")
    ann.enter("/rooms/hall")
    ann.say("Delete me")
    page = bob.enter("/rooms/hall")
    row = page.locator("#log > li").filter(has_text="Delete me")
    row.hover()
    expect(page.locator("message-tools [data-do=delete]")).to_be_hidden()
    ann.go("/rooms/hall/members")
    ann.page.get_by_role("button", name="Make a moderator bob").click()
    expect(page.locator("#foot[data-may~=moderate]")).to_be_attached()
    page.mouse.move(0, 0)
    row.hover()
    page.locator("message-tools [data-do=delete]").click()
    page.locator("message-tools [data-do=really]").click()
    expect(page.locator("#log .gone")).to_be_visible()


def test_who_is_invited_is_told_and_who_is_removed_is_out_in_every_tab(people: People) -> None:
    ann, bob = entered(people, "ann", "bob")
    ann.go("/rooms")
    ann.page.get_by_label("Address").fill("team")
    ann.page.get_by_label("Only those who are invited").check()
    ann.page.get_by_role("button", name="Make the room").click()
    ann.page.wait_for_url("**/rooms/team")
    page, listing = bob.enter("/rooms/lobby"), bob.tab()
    listing.goto(bob.url + "/rooms")
    live(listing)
    ann.page.locator(".here").click()
    ann.page.get_by_label("Invite somebody by name").focus()
    expect(ann.page.locator("#invitable option")).to_have_count(1)
    ann.page.get_by_label("Invite somebody by name").fill("bob")
    ann.page.get_by_role("button", name="Invite").click()
    expect(page.locator("#toasts")).to_contain_text("ann invited you to team")
    expect(page.locator("#rooms")).to_contain_text("team")
    expect(listing.locator("#directory")).to_contain_text("team")
    bob.enter("/rooms/team")
    ann.go("/rooms/team/members")
    ann.page.get_by_role("button", name="Remove bob").click()
    expect(page.get_by_text("You are not in this room any more.")).to_be_visible()
    expect(listing.locator("#rooms")).not_to_contain_text("team")
    expect(listing.locator("#directory")).not_to_contain_text("team")


def test_people_are_chosen_and_write_to_each_other_as_a_group(people: People) -> None:
    ann, _bob, cat = entered(people, "ann", "bob", "cat")
    cat.enter("/rooms/lobby")
    page = ann.go("/direct")
    page.get_by_role("checkbox", name="bob").check()
    page.get_by_label("Find people").fill("ca")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("checkbox", name="cat").check()
    page.get_by_role("button", name="Write to them").click()
    page.wait_for_url("**/direct/bob,cat")
    page.get_by_label("Write to bob, cat").fill("The three of us")
    page.reload()
    expect(page.get_by_label("Write to bob, cat")).to_have_value("The three of us")
    page.get_by_role("button", name="Send").click()
    expect(cat.page.locator("#directs").get_by_role("link", name="ann, bob")).to_be_visible()
    expect(cat.page.locator("#directs .group .avatar").first).to_be_hidden()
    cat.page.locator("#directs a").click()
    expect(cat.page.locator("#log")).to_contain_text("The three of us")


def test_what_is_being_written_survives_a_change_of_what_one_may(people: People) -> None:
    ann, bob = entered(people, "ann", "bob")
    webchat(ann.server, "room", "add", "hall")
    page = bob.enter("/rooms/hall")
    for text in ("One", "Two"):
        bob.say(text)
    expect(page.locator("#m-2")).to_contain_text("Two")
    page.locator("#m-1").hover()
    page.locator("message-tools [data-do=answer]").click()
    page.locator("#body").fill("An answer")
    page.locator("#m-2").hover()
    page.locator("message-tools [data-do=edit]").click()
    edit = page.locator("#edit-body")
    expect(edit).to_be_focused()
    edit.fill("Two, and more")
    edit.evaluate("field => field.setSelectionRange(3, 3)")
    elsewhere = page.get_by_title("Search this room")
    composer = page.locator("message-composer").element_handle()

    def moderates(yes: bool) -> None:
        ann.go("/rooms/hall/members")
        ann.page.get_by_role("button", name="Make a moderator bob" if yes else "Remove as a moderator bob").click()
        expect(page.locator("#foot[data-may~=moderate]")).to_have_count(int(yes))
        assert composer.evaluate("composer => composer.isConnected")

    moderates(True)
    expect(edit).to_be_focused()
    assert edit.evaluate("field => [field.value, field.selectionStart]") == ["Two, and more", 3]
    expect(page.locator("#write .answering")).to_contain_text("You answer bob")
    elsewhere.focus()
    moderates(False)
    expect(elsewhere).to_be_focused()
    edit.press("Enter")
    expect(page.locator("#m-2")).to_contain_text("Two, and more")
    bob.say("An answer")
    expect(page.locator("#m-3 .to")).to_have_text("answers bob")
    elsewhere.focus()
    settle(ann, "hall", "Only its moderators")
    expect(page.locator("#body")).to_have_count(0)
    settle(ann, "hall", "Everybody in it")
    expect(page.locator("#body")).to_be_visible()
    expect(elsewhere).to_be_focused()


def test_tabs_are_called_what_they_show(people: People) -> None:
    ann, bob = entered(people, "ann", "bob")
    webchat(ann.server, "room", "add", "plans", "--title", "(2024) Plans")
    page, other = bob.enter("/rooms/plans"), bob.tab()
    bob.say("One")
    expect(page.locator("#m-1")).to_contain_text("One")
    expect(page).to_have_title("(2024) Plans · webchat")
    other.goto(bob.url + "/rooms/plans/m/1")
    live(other)
    webchat(ann.server, "notify", "bob", "Look")
    expect(page).to_have_title("(1) (2024) Plans · webchat")
    settle(ann, "plans", title="(2025) Plans")
    expect(page).to_have_title("(1) (2025) Plans · webchat")
    expect(other.locator("#rooms")).to_contain_text("(2025) Plans")
    expect(other).to_have_title("(1) Message from bob · (2024) Plans")
