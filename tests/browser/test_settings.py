"""What a script adds to the page of one's settings."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.persons import Person


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
