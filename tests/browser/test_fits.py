"""What is long, or written the other way round, stays within its place on a phone."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.persons import Person, add_user, box, webchat
from tests.browser.returning import Author
from tests.tools.cable import Cable

People = Callable[..., list[Person]]
LONG = "a" * 60


def widens(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def test_long_words_and_names_widen_nothing(people: People) -> None:
    (ann,) = people("ann", viewport={"width": 360, "height": 720})
    add_user(ann.server, LONG)
    page = ann.sign_in().enter("/rooms/lobby")
    page.locator("#body").fill("x" * 5000)
    assert not widens(page)
    page.locator("#body").fill("")
    page.locator(".here").click()
    name = box(page.locator("#people li", has_text=LONG).locator(".who > span").last)
    assert name["x"] + name["width"] <= 360
    ann.go("/admin/users")
    page.set_viewport_size({"width": 1280, "height": 720})
    account = page.locator(".people li", has_text=LONG)
    assert box(account.locator(".who > span").last)["width"] > 300, "what else is said of the account leaves room"


def test_a_name_that_runs_from_right_to_left_stands_in_its_column(people: People) -> None:
    (ann,) = people("ann")
    webchat(ann.server, "room", "add", "radio", "--title", "\u05e9\u05d9\u05d3\u05d5\u05e8")
    page = ann.sign_in().enter("/rooms/lobby")
    first = """row => { const range = document.createRange(); range.selectNodeContents(row.querySelector('[dir]'));
        return range.getBoundingClientRect().x; }"""
    lobby, radio = (page.locator(f"#rooms a[href='/rooms/{slug}']").evaluate(first) for slug in ("lobby", "radio"))
    assert lobby == radio


def test_the_way_to_the_newest_is_not_in_the_way_of_the_forms(room: tuple[Person, Author, Cable]) -> None:
    ann, author, _cable = room
    author.post(70)
    page = ann.enter("/rooms/hall/m/1")
    pill = page.locator("#pill")
    expect(pill).to_be_visible()
    assert box(pill)["y"] + box(pill)["height"] <= box(page.locator(".permalink"))["y"]


def test_a_long_name_leaves_room_for_what_stands_beside_it(people: People) -> None:
    (ann,) = people("ann", viewport={"width": 360, "height": 720})
    add_user(ann.server, LONG)
    browser = ann.context.browser
    assert browser
    bob = Person(browser.new_context(), ann.server, LONG)
    bob.sign_in().enter("/rooms/lobby")
    bob.say("first")
    page = ann.sign_in().enter("/rooms/lobby")
    row, tools = page.locator("#m-1"), page.locator("message-tools")
    time = row.locator("time")
    assert row.locator(":scope > b").evaluate("name => name.scrollWidth > name.clientWidth"), "it is cut"
    assert box(row.locator(":scope > b"))["width"] > 150
    assert box(time)["x"] + box(time)["width"] <= 360 - 12
    row.hover()
    tools.get_by_role("button", name="Answer", exact=True).click()
    cancel = page.locator(".answering button")
    assert box(cancel)["x"] + box(cancel)["width"] <= 360
    bob.context.close()
