"""A reader on a phone, with fingers: no pointer hovers, and what is done with a message is on a sheet."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.persons import Person, webchat

People = Callable[..., list[Person]]
FIELDS = "input:not([type=hidden]), textarea"
PHONE = {"viewport": {"width": 360, "height": 720}, "has_touch": True, "is_mobile": True}


def say(person: Person, text: str) -> None:
    """Write, and press the button."""
    person.page.locator("#body").fill(text)
    person.page.get_by_role("button", name="Send", exact=True).tap()


def test_a_message_is_reacted_to_edited_and_deleted_on_the_sheet(people: People) -> None:
    (ann,) = people("ann", **PHONE)
    page = ann.sign_in().enter("/rooms/lobby")
    say(ann, "First")
    say(ann, "Second")
    row, sheet = page.locator("#m-1"), page.locator("message-tools")
    expect(row).to_be_visible()

    def act(name: str) -> None:
        row.tap()
        sheet.get_by_role("button", name="Actions", exact=True).tap()
        sheet.get_by_role("button", name=name, exact=True).tap()

    act("👍")
    expect(row.locator("[data-u]")).to_have_text("👍 1")
    act("Edit")
    page.locator("#edit-body").fill("First, edited")
    page.get_by_role("button", name="Save").tap()
    expect(row.locator("div")).to_have_text("First, edited")
    act("Close")
    expect(sheet).to_be_hidden()
    act("Delete")
    sheet.get_by_role("button", name="Delete?").tap()
    expect(row).to_contain_text("This message was deleted.")
    expect(page.locator("#m-2")).to_contain_text("Second")


def test_who_answers_on_the_sheet_writes_at_once(people: People) -> None:
    (ann,) = people("ann", **PHONE)
    page = ann.sign_in().enter("/rooms/lobby")
    say(ann, "First")
    page.locator("#m-1").tap()
    sheet, body = page.locator("message-tools"), page.locator("#body")
    sheet.get_by_role("button", name="Actions", exact=True).tap()
    sheet.get_by_role("button", name="Answer", exact=True).tap()
    expect(page.locator(".answering")).to_have_text(re.compile("You answer ann"))
    expect(sheet).to_be_hidden()
    expect(body).to_be_focused()
    body.tap()  # nothing lies over it
    say(ann, "Second")
    expect(page.locator("#m-2")).to_contain_text("Second")
    expect(page.locator(".answering")).to_have_count(0)


def test_nothing_lies_under_a_notch_and_no_field_enlarges_the_page(people: People) -> None:
    (ann,) = people("ann", **{**PHONE, "viewport": {"width": 800, "height": 360}})
    ann.sign_in()
    cdp = ann.context.new_cdp_session(ann.page)
    cdp.send("Emulation.setSafeAreaInsetsOverride", {"insets": {"left": 44, "right": 44}})
    page = ann.enter("/rooms/lobby")
    for part in ("#sidebar .place", "#sidebar footer a", "#write .box", ".head"):
        box = page.locator(part).bounding_box()
        assert box
        assert box["x"] >= 44, part
        assert box["x"] + box["width"] <= 756, part
    page.locator(".here").tap()
    box = page.locator("#people header button").bounding_box()
    assert box
    assert box["x"] + box["width"] <= 756
    sizes = page.eval_on_selector_all(FIELDS, "all => all.map((one) => parseFloat(getComputedStyle(one).fontSize))")
    assert min(sizes) >= 16


def test_a_second_line_is_written_with_enter(people: People) -> None:
    (ann,) = people("ann", **PHONE)
    page = ann.sign_in().enter("/rooms/lobby")
    body = page.locator("#body")
    expect(body).to_have_js_property("enterKeyHint", "enter")
    body.press_sequentially("one\ntwo")
    expect(body).to_have_value("one\ntwo")
    body.press("Control+Enter")
    expect(page.locator("#m-1 > div")).to_have_text(re.compile(r"one\s+two"))


def test_the_button_of_the_menu_says_what_is_unread_in_it(people: People) -> None:
    (ann,) = people("ann", **PHONE)
    (bob,) = people("bob", server=ann.server)
    webchat(ann.server, "room", "add", "den")
    page = ann.sign_in().enter("/rooms/den")
    bob.sign_in().enter("/rooms/lobby")
    menu, sign = page.locator(".head [popovertarget=sidebar]"), page.locator("#elsewhere")
    expect(menu).to_have_accessible_name("Rooms and people")
    expect(sign).to_be_hidden()
    bob.say("for all")
    expect(sign).to_be_visible()
    expect(menu).to_have_accessible_name("Rooms and people unread")
    bob.say("for @ann, too")
    expect(menu).to_have_accessible_name("Rooms and people 1 unread")
    menu.tap()
    page.locator("#rooms a[href='/rooms/lobby']").tap()
    page.wait_for_url("**/rooms/lobby")
    expect(sign).to_be_hidden()
