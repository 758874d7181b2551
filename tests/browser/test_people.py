"""People come by link, talk, are sent out and sign out elsewhere: with JavaScript and without; and all by keyboard."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.persons import PASSWORD, Person, live
from tests.tools.server import Server


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without"])
def scripted(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def comer(scripted: bool, browser: Browser, make_server: Callable[..., Server]) -> Iterator[Callable[[str], Person]]:
    """Makes people at browsers of their own, whom the place does not know yet."""
    server = make_server(environ={"WEBCHAT_LIMITS": "off"}).start()
    made: list[Person] = []

    def come(name: str) -> Person:
        made.append(Person(browser.new_context(java_script_enabled=scripted), server, name))
        return made[-1]

    yield come
    for person in made:
        assert not person.trouble
        person.context.close()


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.locator(f"main :is(input:not([type=hidden]), textarea)[name={name}]").fill(value)


def say(person: Person, text: str) -> None:
    fill(person.page, body=text)
    person.page.get_by_role("button", name="Send").click()
    expect(rows(person.page).last).to_contain_text(text)


def rows(page: Page) -> Locator:
    return page.locator("#log > li[id]")


def look(page: Page, scripted: bool) -> Page:
    """The page as it is now; without a script it is opened again."""
    if scripted:
        live(page)
    else:
        page.reload()
    return page


def link_for(ann: Person) -> str:
    """A link that works once, made by the form."""
    page = ann.go("/admin/invitations")
    page.get_by_label("How often").select_option("1")
    page.get_by_role("button", name="Make the link").click()
    page.wait_for_load_state()
    return page.get_by_label("Link", exact=True).first.input_value()


def join(person: Person, link: str) -> None:
    person.page.goto(link)
    fill(person.page, name=person.name, password=PASSWORD)
    person.page.get_by_role("button", name="Make an account").click()
    person.page.wait_for_url("**/rooms/lobby")


def test_who_comes_by_link_talks_is_removed_and_signs_out_elsewhere(
    comer: Callable[[str], Person], scripted: bool
) -> None:
    ann, bob, cat = comer("Ann"), comer("Bob"), comer("Cat")
    page = ann.go("/")
    fill(page, place="The Green House", name="Ann", password=PASSWORD)
    page.get_by_role("button", name="Open the place").click()
    page.wait_for_url("**/rooms/lobby")
    for one in (bob, cat):
        link = link_for(ann)
        join(one, link)
        expect(comer("a stranger").go(link.removeprefix(ann.url)).locator("h1")).to_have_text("This is not here")

    fill(ann.go("/rooms"), room="team")
    ann.page.get_by_label("Only those who are invited").check()
    ann.page.get_by_role("button", name="Make the room").click()
    ann.page.wait_for_url("**/rooms/team")
    for name in ("bob", "cat"):
        fill(ann.go("/rooms/team/members"), user=name)
        ann.page.get_by_role("button", name="Invite", exact=True).click()
        ann.page.wait_for_load_state()
    for one in (ann, bob, cat):
        look(one.go("/rooms/team"), scripted)
    for one in (ann, bob, cat):
        say(one, f"{one.name} is here")
        for other in (ann, bob, cat):
            expect(rows(look(other.page, scripted)).last).to_contain_text(f"{one.name} is here")

    page = ann.go("/rooms/team/members")
    page.get_by_role("button", name=re.compile("Remove\\s+Cat")).click()
    expect(page.get_by_role("button", name=re.compile("Remove\\s+Cat"))).to_have_count(0)
    look(ann.go("/rooms/team"), scripted)
    say(ann, "now we are two")
    if scripted:
        expect(cat.page.locator("[data-code='4403']")).to_be_visible()
        expect(rows(cat.page).last).to_contain_text("Cat is here")
    else:
        cat.page.reload()
    assert cat.go("/rooms/team").title().startswith("This is not here")
    expect(rows(look(bob.page, scripted)).last).to_contain_text("now we are two")

    elsewhere = comer("Bob").sign_in()
    look(elsewhere.go("/rooms/team"), scripted)
    page = bob.go("/settings")
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.get_by_role("button", name="Sign out everywhere else")).to_have_count(0)
    if scripted:
        expect(elsewhere.page.locator("[data-code='4401']")).to_be_visible()
    elsewhere.page.goto(elsewhere.url + "/rooms/team")
    elsewhere.page.wait_for_url("**/sign-in**")
    expect(look(bob.go("/rooms/team"), scripted).locator("main h1")).to_contain_text("team")


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, as somebody without a mouse does."""
    for _ in range(80):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not come to {target}.")


def test_all_of_it_by_keyboard(people: Callable[..., list[Person]]) -> None:
    ann, bob = people("ann", "bob")
    bob.sign_in().enter("/rooms/lobby")
    page = ann.go("/sign-in")
    tab_to(page, page.get_by_label("Your name"))
    page.keyboard.type("ann")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/rooms/lobby")
    live(page)
    expect(page.locator("#body")).to_be_focused()
    page.keyboard.type("By keyboard")
    page.keyboard.press("Enter")
    expect(rows(bob.page).last).to_contain_text("By keyboard")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#edit-body")).to_be_focused()
    page.keyboard.type(" alone")
    page.keyboard.press("Enter")
    expect(rows(bob.page).last).to_contain_text("By keyboard alone")

    page.keyboard.press("Shift+Tab")
    row = rows(page).last
    tab_to(page, row)
    tab_to(page, page.locator("message-tools").get_by_text("👍"))
    page.keyboard.press("Enter")
    expect(rows(bob.page).last).to_contain_text("👍")

    ann.go("/rooms")
    tab_to(page, page.get_by_label("Address"))
    page.keyboard.type("den")
    page.keyboard.press("Enter")
    page.wait_for_url("**/rooms/den")
    live(page)
    ann.go("/rooms/den/settings")
    tab_to(page, page.get_by_label("Title"))
    page.keyboard.press("Control+a")
    page.keyboard.type("The den")
    page.keyboard.press("Enter")
    expect(page.locator("#rooms")).to_contain_text("The den")
