"""What a script adds to the page of one's settings."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.persons import Person
from tests.tools.server import Server
from webchat.web.assets import STATIC


def test_quiet_hours_begin_in_the_time_zone_of_the_browser(people: Callable[..., list[Person]]) -> None:
    (ann,) = people("ann", timezone_id="Asia/Shanghai")
    page = ann.sign_in().go("/settings")
    zone = page.get_by_label("Time zone")
    expect(zone).to_have_value("Asia/Shanghai")
    assert zone.evaluate("field => [...field.list.options].some(one => one.value === 'Europe/Berlin')")
    zone.fill("Europe/Berlin")
    page.get_by_role("button", name="Keep these hours quiet").click()
    expect(page.locator("#notifications")).to_contain_text("from 22:00 to 07:00 (Europe/Berlin)")
    expect(page.locator("#notifications")).to_be_in_viewport()
    expect(zone).to_have_value("Europe/Berlin")
    page.get_by_role("button", name="No quiet hours").click()
    expect(page.locator("#notifications")).to_contain_text("There are none now.")
    expect(zone).to_have_value("Asia/Shanghai")


def test_a_browser_that_lets_no_worker_be_says_so(
    people: Callable[..., list[Person]], make_server: Callable[..., Server]
) -> None:
    server = make_server(environ={"WEBCHAT_LIMITS": "off", "WEBCHAT_CONTACT": "mailto:ann@chat.example"}).start()
    (ann,) = people("ann", server=server)
    ann.page.add_init_script("navigator.serviceWorker.register = () => Promise.reject(new Error('private'));")
    page = ann.sign_in().go("/settings")
    page.get_by_role("button", name="Tell this browser, too").click()
    expect(page.get_by_text("The browser does not let this site show anything.")).to_be_visible()


def test_a_click_on_what_was_pushed_goes_to_the_tab_that_shows_it(screen: Page) -> None:
    done = screen.evaluate(
        """async (worker) => {
            const [heard, done] = [{}, []];
            const tab = { url: 'https://chat.example/rooms/lobby#m-1', focus: () => done.push('focus') };
            const clients = { matchAll: async () => [tab], openWindow: (url) => done.push(url) };
            const registration = { scope: 'https://chat.example/' };
            const addEventListener = (name, on) => { heard[name] = on; };
            new Function('self', worker)({ addEventListener, registration, clients });
            for (const click of ['/rooms/lobby', '/rooms/den', undefined]) {
                const notification = { close: () => 0, data: { click } };
                await new Promise((over) => {
                    heard.notificationclick({ notification, waitUntil: (all) => all.then(over) });
                });
            }
            return done;
        }""",
        (STATIC / "worker" / "sw.js").read_text("utf-8"),
    )
    assert done == ["focus", "https://chat.example/rooms/den", "https://chat.example/inbox"]
