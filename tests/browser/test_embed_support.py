"""The support window in the pages of a shop: what its button costs, what it stands up to, and two who answer."""

from typing import Any

from playwright.sync_api import Frame, Page, WebSocket, expect

from tests.browser.shops import LIVE, Shop, button, live, opened
from tests.browser.test_axe import found

KEPT = """async () => [
    [document, document.querySelector('web-chat').shadowRoot].map(one => one.querySelectorAll('iframe').length).join(),
    document.cookie, localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,
]"""
AGAIN = """() => {
    const one = document.querySelector('web-chat');
    one.remove();
    document.body.append(one);
    return one.shadowRoot.querySelectorAll('iframe').length;
}"""
FOCUSED = (
    "() => document.querySelector('web-chat').shadowRoot.activeElement?.className ?? document.activeElement.localName"
)
TAKEN = """([field, key]) => !document.querySelector(field).dispatchEvent(
    new KeyboardEvent('keydown', { key, keyCode: 229, bubbles: true, cancelable: true }))"""
INK = """name => {
    const one = document.querySelector('web-chat').shadowRoot.querySelector(`.${name}`);
    return [getComputedStyle(one, '::before'), getComputedStyle(one)].map((style) => style.backgroundColor);
}"""
AT = "([x, y]) => document.elementFromPoint(x, y).localName"


class Told:
    """All that the sockets of a page were sent."""

    def __init__(self) -> None:
        self.text = ""

    def listen(self, socket: WebSocket) -> None:
        """Keep what comes there."""
        socket.on("framereceived", self._keep)

    def _keep(self, payload: Any) -> None:
        self.text += str(payload)


def texts(frame: Frame) -> Any:
    """What was said, to be expected."""
    return frame.locator("#log > li > div")


def ask(frame: Frame, text: str = "Hello?") -> None:
    """Send the first question."""
    for field, said in (("#f-name", "Gus"), ("#f-email", "gus@example.org"), ("#body", text)):
        frame.fill(field, said)
    frame.click("#begin button[type=submit]")


def at_desk(page: Page) -> None:
    """Wait until the page of a conversation is live."""
    page.wait_for_function(
        "() => document.querySelector('support-desk') && document.querySelector('chat-room')?.open === true"
    )


def test_the_button_costs_nothing_until_it_is_pressed(shop: Shop) -> None:
    policy = f"default-src 'none'; script-src {shop.url}; frame-src {shop.url}; img-src data:"
    headers = {"Content_Security_Policy": f"{policy}; require-trusted-types-for 'script'"}
    asked: list[str] = []
    tab = shop.hosts.tab()
    tab.on("request", lambda request: asked.append(request.url.removeprefix(shop.url)))
    tab.goto(shop.page(**headers))
    expect(button(tab)).to_have_accessible_name("Ask us")
    expect(tab.get_by_role("link", name="Ask us")).to_be_hidden()
    assert tab.evaluate(KEPT) == ["0,0", "", 0, 0, 0]
    assert tab.context.cookies() == []
    assert [path for path in asked if path.startswith("/")] == ["/embed.js", "/bubble.js"]
    button(tab).click()
    frame = opened(tab)
    expect(frame.get_by_text("Ask us anything about lamps.")).to_be_visible()
    expect(frame.locator("#f-name")).to_be_focused()
    assert tab.context.cookies() == []
    frame.press("#f-name", "Escape")
    expect(tab.locator("web-chat dialog")).to_be_hidden()
    assert tab.evaluate(FOCUSED) == "bubble"


def test_it_is_a_screen_of_its_own_on_a_phone_and_comes_and_goes_with_its_page(shop: Shop) -> None:
    phone = shop.hosts.somebody(viewport={"width": 360, "height": 640}, color_scheme="dark")
    style = "<style>body * { display: none !important }</style>"
    tab = shop.visit(phone, shop.page(style + shop.markup('position="left" theme="dark"')))
    box = button(tab).bounding_box()
    assert box
    assert (box["x"], box["y"] + box["height"]) == (20, 620)
    tab.evaluate("() => document.querySelector('web-chat').open()")
    frame = opened(tab)
    expect(tab.locator("web-chat dialog:modal")).to_be_visible()
    assert frame.evaluate("() => [innerWidth, innerHeight]") == [360, 640]
    assert found(frame) == []
    tab.get_by_role("button", name="Close").click()
    expect(tab.locator("web-chat dialog")).to_be_hidden()
    assert tab.evaluate(AT, [180, 200]) != "web-chat"
    assert tab.evaluate(AGAIN) == 0
    button(tab).click()
    frame = opened(tab)
    ask(frame)
    assert found(live(opened(tab))) == []


def test_with_a_contrast_theme_signs_are_seen_and_what_is_chosen_has_a_line(shop: Shop) -> None:
    tab = shop.visit(shop.hosts.somebody(forced_colors="active"))
    for name in ("bubble", "shut"):
        sign, ground = tab.evaluate(INK, name)
        assert sign != ground
    button(tab).click()
    ask(opened(tab))
    frame = live(opened(tab))
    agent = shop.agent("ann")
    agent.page.emulate_media(forced_colors="active")
    page = agent.enter("/support")
    expect(page.locator("#sidebar [aria-current]")).to_have_css("outline-width", "2px")
    page.locator("#desks li a").last.click()
    at_desk(page)
    page.locator("#log > li[id]").first.hover()
    page.get_by_title("React with 👍").click()
    expect(page.locator("#log [data-u]")).to_have_css("outline-width", "2px")
    room = page.get_attribute("chat-room", "data-room")
    done = {"do": "resolve-conversation", "cid": "cid-of-the-end-of-it", "room": room}
    with shop.signed_in("ann") as ann:
        assert ann.post("/do", data=done, headers={"Accept": "application/json"}).status_code == 200
    frame.locator(".marks span").last.click()
    expect(frame.locator(".marks span").last).to_have_css("outline-style", "solid")


def test_keys_of_an_input_method_and_of_a_phone_neither_send_nor_close(shop: Shop) -> None:
    tab = shop.visit()
    tab.evaluate("() => { window.shut = 0; addEventListener('webchat', e => { shut += e.detail.type === 'close'; }); }")
    button(tab).click()
    frame = opened(tab)
    frame.fill("#body", "灯会")
    assert [frame.evaluate(TAKEN, ["#body", key]) for key in ("Enter", "Escape")] == [False, False]
    ask(frame)
    frame = live(opened(tab))
    frame.fill("#body", "灯会")
    assert [frame.evaluate(TAKEN, ["#body", key]) for key in ("Enter", "Escape")] == [False, False]
    expect(tab.locator("web-chat dialog")).to_be_visible()
    frame.press("#body", "Escape")
    expect(tab.locator("web-chat dialog")).to_be_hidden()
    assert tab.evaluate("() => shut") == 1
    expect(frame.locator("#body")).to_have_value("灯会")
    phone = shop.hosts.somebody(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    tab = shop.visit(phone)
    button(tab).click()
    frame = opened(tab)
    frame.focus("#body")
    for typed in ("one", "\n", "two"):
        frame.page.keyboard.type(typed)
    expect(frame.locator("#body")).to_have_value("one\ntwo")


def test_what_is_asked_is_still_there_on_another_page_and_gone_once_it_is_sent(shop: Shop) -> None:
    tab = shop.hosts.tab()
    tab.goto(f"{shop.url}/embed/shop/support")
    tab.fill("#body", "Does it d")
    tab.goto(f"{shop.url}/embed/shop/support?lang=zh")
    expect(tab.locator("#body")).to_have_value("Does it d")
    ask(tab.main_frame, "Does it dim?")
    tab.wait_for_function(LIVE)
    tab.goto(f"{shop.url}/embed/shop/support?new")
    expect(tab.locator("#f-name")).to_be_visible()
    expect(tab.locator("#body")).to_have_value("")


def test_without_the_server_the_button_becomes_the_link_of_the_owner(shop: Shop) -> None:
    tab = shop.hosts.tab(shop.hosts.somebody(viewport={"width": 360, "height": 640}))
    tab.clock.install()
    tab.goto(shop.example())
    expect(button(tab)).to_be_visible()
    shop.cable.pull_out()
    button(tab).click()
    expect(tab.locator("web-chat dialog")).to_be_visible()
    tab.clock.fast_forward(8_000)
    expect(tab.get_by_role("link", name="Ask the shop")).to_be_visible()
    expect(button(tab)).to_be_hidden()
    expect(tab.locator("web-chat dialog")).to_be_hidden()
    assert tab.evaluate(AT, [180, 200]) != "web-chat"
    shop.hosts.trouble.clear()


def test_a_visitor_is_answered_by_one_of_two_and_says_how_good_it_was(shop: Shop) -> None:
    tab, told = shop.hosts.tab(), Told()
    tab.on("websocket", told.listen)
    tab.goto(shop.page())
    ann, bob = (shop.agent(name) for name in ("ann", "bob"))
    for agent in (ann, bob):
        agent.enter("/support")
    # The first question, with a name and an address: both who answer are told of it.
    button(tab).click()
    frame = opened(tab)
    ask(frame, "Does the lamp dim?")
    frame = live(opened(tab))
    for agent in (ann, bob):
        expect(agent.page.locator("#toasts")).to_contain_text("Does the lamp dim?")
        expect(agent.page.locator("#desks li", has_text="Does the lamp dim?")).to_have_count(1)
    # One takes it, which the other sees; a text that is ready, typing, a note, an answer.
    ann.page.locator("#desks li", has_text="Does the lamp dim?").locator("a").first.click()
    at_desk(ann.page)
    expect(ann.page.get_by_text(f"{shop.shop.url}/lamps")).to_be_visible()
    ann.page.get_by_role("button", name="Take it").click()
    expect(bob.page.locator("#desks li", has_text="Does the lamp dim?")).to_contain_text("ann")
    frame.locator("#body").press_sequentially("An")
    expect(ann.page.locator("#typing")).to_contain_text("Gus")
    ann.page.locator("#note").fill("Our secret: it does not.")
    ann.page.get_by_role("button", name="Keep the note").click()
    expect(ann.page.locator(".notes")).to_contain_text("Our secret")
    ann.page.locator("#body").press_sequentially("/hi")
    expect(frame.locator("#typing")).to_contain_text("ann")
    expect(ann.page.locator("#names li")).to_have_count(1)
    ann.page.locator("#body").press("Tab")
    expect(ann.page.locator("#body")).to_have_value("Hello, this is the shop. What can I do for you? ")
    ann.page.locator("#body").press("Enter")
    expect(texts(frame)).to_have_text(["Does the lamp dim?", "Hello, this is the shop. What can I do for you?"])
    expect(ann.page.get_by_text("The visitor has seen everything.")).to_be_visible()
    # Closed, the button counts what comes.
    frame.press("#body", "Escape")
    expect(tab.locator("web-chat dialog")).to_be_hidden()
    ann.say("It dims down to a candle.")
    expect(button(tab)).to_have_accessible_name("Ask us: 1 new")
    button(tab).click()
    expect(texts(frame)).to_have_count(3)
    expect(button(tab)).to_have_accessible_name("Ask us")
    frame.fill("#body", "")
    frame.locator("#body").press_sequentially("Thanks!")
    frame.press("#body", "Enter")
    expect(frame.locator("#seen")).to_be_visible()
    ann.page.get_by_role("button", name="Done").click()
    frame.locator(".marks span").last.click()
    frame.fill("#word", "fast")
    frame.click("#rate button")
    expect(ann.page.get_by_text("Rated 5 of 5")).to_be_visible()
    # The same browser goes on with the same conversation.
    [cookie] = tab.context.cookies()
    assert cookie["partitionKey"]
    tab.reload()
    button(tab).click()
    frame = live(opened(tab))
    expect(texts(frame)).to_have_count(4)
    expect(frame.get_by_text("You gave it 5 of 5.")).to_be_visible()
    assert "It dims" in told.text
    assert "Our secret" not in told.text
    assert [agent.trouble for agent in (ann, bob)] == [[], []]
