"""History upward: endless, bounded, and never with a hole, whatever happens while it is on its way."""

from typing import Any

from playwright.sync_api import Route, expect

from tests.browser.persons import Person, live, rows
from tests.browser.returning import Author, fresh, settled
from tests.tools.cable import Cable

ABOVE = "first => Number(document.querySelector('#log > li[id]').dataset.seq) < first"


def test_history_upward_is_endless_bounded_and_without_gaps(room: tuple[Person, Author, Cable]) -> None:
    ann, author, _cable = room
    author.post(700)
    page = ann.enter("/rooms/hall?newest")
    seen: set[int] = set()
    most = 0
    while 1 not in seen:
        shown = [int(row[1]) for row in rows(page)]
        assert shown == list(range(shown[0], shown[0] + len(shown)))
        seen.update(shown)
        most = max(most, len(shown))
        if shown[0] > 1:
            page.locator("#log > li[id]").first.scroll_into_view_if_needed()
            page.wait_for_function(ABOVE, arg=shown[0])
    assert seen >= set(range(1, 651))
    assert most <= 300
    author.post(1)
    page.locator("#pill").click()
    expect(page.locator("#log > li[id]").last).to_contain_text("Message 701 of many")
    settled(page, fresh(ann, "/rooms/hall?newest")[-50:])


def test_history_that_arrives_after_the_list_was_replaced_leaves_no_hole(room: tuple[Person, Author, Cable]) -> None:
    ann, author, cable = room
    author.post(200)
    page = ann.go("/rooms/hall?newest")
    held: list[Any] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append((route, route.fetch()))

    page.route("**/rooms/hall?before=*", hold_the_first)
    live(page)
    page.locator("message-log").evaluate("log => { log.scrollTop = -log.scrollHeight; }")
    while not held:
        page.wait_for_function("() => true")  # lets the route's handler run
    cable.pull_out()
    author.post(400)
    cable.plug_in()
    expect(page.locator("#log > li[id]").last).to_contain_text("Message 600 of many")
    route, answer = held[0]
    route.fulfill(response=answer)
    settled(page, fresh(ann, "/rooms/hall?newest")[-50:])


def test_an_edit_of_an_old_message_that_is_shown_only_later_is_not_missed(room: tuple[Person, Author, Cable]) -> None:
    """History is read at one moment and shown at a later one; what changed between must not be lost."""
    ann, author, _cable = room
    author.post(120)
    seen = {message: n + 1 for n, message in enumerate(author.ids)}
    page = ann.go("/rooms/hall?newest")
    held: list[Any] = []
    page.route("**/rooms/hall?before=*", lambda route: held.append((route, route.fetch())))
    live(page)
    page.locator("#log > li[id]").first.scroll_into_view_if_needed()
    while not held:
        page.wait_for_function("() => true")  # lets the route's handler run
    author.edit(author.ids[60], seen)
    route, answer = held[0]
    route.fulfill(response=answer)
    expect(page.locator(f"#m-{author.ids[60]}")).to_contain_text("Edited")


def test_what_a_proxy_says_instead_replaces_nothing_and_is_asked_again(room: tuple[Person, Author, Cable]) -> None:
    ann, author, _cable = room
    author.post(120)
    page = ann.enter("/rooms/hall?newest")
    asked: list[str] = []

    def fail_twice(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) > 2:
            route.continue_()
        else:
            route.fulfill(status=502, content_type="text/html", body="<h1>Bad Gateway</h1>")

    page.route("**/rooms/hall?before=*", fail_twice)
    first = int(rows(page)[0][1])
    to_the_top = "log => { log.scrollTop = -log.scrollHeight; }"
    for times in (1, 2):
        with page.expect_event("requestfinished", lambda request: "before=" in request.url):
            page.locator("message-log").evaluate(to_the_top)
        assert len(asked) == times
        page.locator("message-log").evaluate("log => { log.scrollTop = 0; }")
        expect(page.locator("#earlier")).not_to_be_in_viewport()
    page.locator("message-log").evaluate(to_the_top)
    page.wait_for_function(ABOVE, arg=first)
    assert len(asked) == len(set(asked)) + 2, "nothing is asked for twice that came"
    page.route("**/rooms/hall?foot", lambda route: route.fulfill(status=503, body="Try again in a moment."))
    page.evaluate("htmx.ajax('GET', '?foot', { target: '#foot', swap: 'outerHTML' })")
    expect(page.locator("#foot #body")).to_be_visible()
    assert "Bad Gateway" not in page.content()
