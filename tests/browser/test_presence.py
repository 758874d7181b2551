"""Who is there, away or gone, as those see it who share a direct room; and who can be named."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.persons import Person, box, live, webchat

People = Callable[..., list[Person]]


def dot(page: Page, inside: str) -> Locator:
    """How somebody is, at their avatar."""
    return page.locator(f"{inside} .dot")


def test_online_away_gone_and_last_seen(people: People) -> None:
    ann, bob = people("ann", "bob")
    ann.sign_in().go("/direct/bob")
    ann.say("Are you there?")
    expect(ann.page.locator("#log > li[id]")).to_have_count(1)
    live(ann.page)
    for inside in ("#directs", "header.head"):
        expect(dot(ann.page, inside)).to_be_hidden()
    bob.page.clock.install()
    bob.sign_in().go("/inbox")
    live(bob.page)
    for inside in ("#directs", "header.head"):
        expect(dot(ann.page, inside)).to_have_text("online")
    expect(ann.page.locator("header.head")).to_contain_text("online")
    ann.page.reload()
    live(ann.page)
    expect(dot(ann.page, "#directs")).to_have_text("online")
    bob.page.clock.fast_forward("05:10")
    expect(dot(ann.page, "#directs")).to_have_text("away")
    expect(ann.page.locator("header.head .topic")).to_have_text("away")
    bob.page.mouse.move(50, 50)
    expect(dot(ann.page, "#directs")).to_have_text("online")
    bob.page.close()
    expect(ann.page.locator("header.head .topic")).to_contain_text("last seen")
    expect(dot(ann.page, "#directs")).to_be_hidden()
    ann.page.reload()
    expect(ann.page.locator("header.head .topic")).to_contain_text("last seen")


def test_names_are_offered_and_taken_by_keyboard(people: People) -> None:
    ann, _bob, _bo, _cat = people("ann", "bob", "Bo-Smith", "cat")
    page = ann.sign_in().enter("/rooms/lobby")
    box, offered = page.locator("#body"), page.get_by_role("option")
    box.press_sequentially("Hi @b")
    expect(offered).to_have_count(2)
    expect(offered.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", str(offered.first.get_attribute("id")))
    box.press("ArrowDown")
    expect(offered.nth(1)).to_have_attribute("aria-selected", "true")
    box.press("ArrowDown")
    expect(offered.nth(0)).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(box).to_have_value("Hi @bo-smith ")
    expect(page.locator("mention-list")).to_be_hidden()
    box.press_sequentially("and @bob")
    expect(offered).to_have_count(1)
    box.press("Escape")
    expect(page.locator("mention-list")).to_be_hidden()
    box.press("Enter")
    expect(page.locator("#log > li[id] a[href^='/direct/']")).to_have_text(["@bo-smith", "@bob"])
    box.press_sequentially("@ca")
    offered.click()
    expect(box).to_have_value("@cat ")
    expect(box).to_be_focused()
    box.press_sequentially("mail@cat")
    expect(page.locator("mention-list")).to_be_hidden()


def test_what_is_offered_is_for_the_place_where_the_caret_was(people: People) -> None:
    ann, _abe, _bob = people("ann", "abe", "bob")
    page = ann.sign_in().enter("/rooms/lobby")
    box, offered, names = page.locator("#body"), page.get_by_role("option"), page.locator("mention-list")
    box.press_sequentially("Look here, @b")
    expect(offered).to_have_count(1)
    for _ in range(6):
        box.press("ArrowLeft")
    expect(names).to_be_hidden()
    box.press("Enter")
    expect(page.locator("#log > li[id] > div")).to_have_text("Look here, @b")
    box.press_sequentially("@a")
    expect(offered).to_have_count(1)
    page.route("**/names?q=*", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        box.press("b")
    expect(names).to_be_hidden()
    expect(offered).to_have_count(0)
    page.unroute("**/names?q=*")
    box.fill("")
    box.press("ArrowUp")
    edit = page.locator("#edit-body")
    expect(edit).to_be_focused()
    edit.press("Home")
    edit.press_sequentially("@bo")
    expect(offered).to_have_count(1)
    edit.press("Enter")
    expect(edit).to_have_value("@bob Look here, @b")


def test_keys_of_an_input_method_and_of_the_browser_are_left_to_them(people: People) -> None:
    (ann,) = people("ann")
    page = ann.sign_in().enter("/rooms/lobby")
    for text in ("one", "two"):
        ann.say(text)
        expect(page.locator("#log > li", has_text=text)).to_be_visible()
    page.locator("#m-2").focus()
    pressed = """([target, key, more]) => document.querySelector(target).dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }))"""
    confirms = {"isComposing": True}
    assert page.evaluate(pressed, ["#m-2", "k", {"ctrlKey": True}]), "the browser has that one"
    expect(page.locator("#m-2")).to_be_focused()
    assert not page.evaluate(pressed, ["#m-2", "k", {}])
    expect(page.locator("#m-1")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("message-tools [data-do=answer]").press("Enter")
    answering = page.locator("#write .answering")
    expect(answering).to_be_visible()
    for more in (confirms, {"keyCode": 229}):
        page.evaluate(pressed, ["#body", "Escape", more])
    expect(answering).to_be_visible()
    page.evaluate(pressed, ["#body", "Escape", {}])
    expect(answering).to_have_count(0)
    page.locator("#m-1").focus()
    page.keyboard.press("Enter")
    page.locator("message-tools [data-do=more]").press("Enter")
    other = page.locator(".other input")
    expect(other).to_be_focused()
    other.fill("好")
    page.evaluate(pressed, [".other input", "Enter", confirms])
    page.evaluate(pressed, [".other input", "Enter", {}])
    expect(page.locator("#r-1")).to_have_text("好 1")
    assert page.evaluate("document.querySelector('chat-room').outbox.entries.length") == 0


def test_the_focus_goes_on_from_what_goes_away(people: People) -> None:
    (ann,) = people("ann")
    page = ann.sign_in().enter("/rooms/lobby")
    body, toasts = page.locator("#body"), page.locator("#toasts > li")
    link = page.locator("#rooms a")
    link.focus()
    page.evaluate("""() => { document.querySelector('#rooms > li').old = true;
        document.querySelector('chat-room').connection.socket.close(); }""")
    page.wait_for_function("() => !document.querySelector('#rooms > li').old")
    expect(link).to_be_focused()
    for text in ("First", "Second", "Third"):
        webchat(ann.server, "notify", "ann", text)
        expect(toasts.filter(has_text=text)).to_be_visible()
    toasts.first.hover()
    webchat(ann.server, "notify", "ann", "Fourth")
    expect(toasts).to_contain_text(["First", "Third", "Fourth"])
    page.mouse.move(0, 0)
    for text in ("First", "Third"):
        toasts.filter(has_text=text).get_by_role("button", name="Close").press("Enter")
        expect(toasts.filter(has_text=text)).to_have_count(0)
    expect(toasts.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(toasts).to_have_count(0)
    expect(body).to_be_focused()
    body.evaluate("box => { box.value = 'x'.repeat(10_001); }")
    body.press("Enter")
    expect(page.locator("#news")).to_contain_text("Not sent. That is too long")
    discard = page.locator("#pending").get_by_role("button", name="Discard")
    discard.focus()
    webchat(ann.server, "send", "lobby", "Meanwhile")
    expect(page.locator("#m-1")).to_contain_text("Meanwhile")
    expect(discard).to_be_focused()
    discard.press("Enter")
    expect(body).to_be_focused()
    for number in range(40):
        ann.say(f"Line {number}")
    expect(page.locator("#log > li[id]")).to_have_count(41)
    page.set_viewport_size({"width": 1280, "height": 400})
    page.locator("message-log").evaluate("log => { log.scrollTop = -log.scrollHeight; }")
    expect(page.locator("#pill")).to_be_visible()
    page.locator("#pill").press("Enter")
    expect(page.locator("#log > li[id]").last).to_be_focused()


def test_a_part_of_the_page_that_did_not_come_is_asked_for_again(people: People) -> None:
    ann, _bob = people("ann", "bob")
    ann.sign_in()
    for part in ("file-list", "mention-list", "answer-line"):
        ann.page.route(f"**/{part}.js", lambda route: route.abort(), times=1)
    with ann.page.expect_event("requestfailed"):
        page = ann.enter("/rooms/lobby")
        page.locator("#body").hover()
    page.mouse.move(1, 1)
    page.locator("#body").hover()
    expect(page.locator("[data-do=attach][data-live]")).to_be_visible()
    with page.expect_event("requestfailed"):
        page.locator("#body").press_sequentially("@")
    page.locator("#body").press_sequentially("b")
    page.evaluate("customElements.whenDefined('mention-list').then(() => 0)")
    page.locator("#body").press_sequentially("o")
    expect(page.get_by_role("option")).to_have_count(1)
    page.locator("#body").fill("one")
    page.locator("#body").press("Enter")
    page.locator("#m-1").hover()
    with page.expect_event("requestfailed"):
        page.locator("message-tools [data-do=answer]").click()
    page.locator("message-tools [data-do=answer]").click()
    expect(page.locator("#write .answering")).to_be_visible()


def test_what_can_be_pressed_in_a_room_stays_where_it_is_while_people_come(people: People) -> None:
    ann, bob, *_others = people("ann", "bob", *(f"member-{n}" for n in range(6)))
    bob.sign_in()
    page = ann.sign_in().enter("/rooms/lobby")
    page.locator("button.here").click()
    expect(page.locator("#present li")).to_have_count(1)
    leave = page.get_by_role("button", name="Leave this room")
    before = box(leave)
    bob.enter("/rooms/lobby")
    expect(page.locator("#present li")).to_have_count(2)
    assert box(leave) == before
    page.set_viewport_size({"width": 360, "height": 640})
    last = page.locator("#people > ul").last.get_by_role("link").last
    last.focus()
    assert box(last)["y"] + box(last)["height"] <= box(page.locator("#people .acts"))["y"], "Hidden behind them."
