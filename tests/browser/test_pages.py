"""Every page, narrow and wide, light and dark, in both languages: nothing sticks out, and the console is silent."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.persons import Person, live
from tests.tools.server import Server

People = Callable[..., list[Person]]
SIGNED_IN = (
    *("/rooms/lobby", "/rooms/lobby/m/2", "/rooms/lobby/settings", "/rooms/lobby/members", "/rooms", "/direct"),
    *("/inbox", "/settings"),
)
LONG = "a" * 300 + " https://example.org/" + "b" * 200 + "\n\n```\n" + "c" * 300 + "\n```\n\n" + "重" * 200


def sticks_out(person: Person, path: str) -> bool:
    person.go(path)
    return bool(person.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_no_page_sticks_out_or_complains(
    browser: Browser, people: People, make_server: Callable[..., Server], width: int, scheme: str, lang: str
) -> None:
    looks: dict[str, Any] = {"viewport": {"width": width, "height": 720}, "color_scheme": scheme, "locale": lang}
    empty = Person(browser.new_context(**looks), make_server().start(), "nobody")
    assert not sticks_out(empty, "/setup")
    assert not sticks_out(empty, "/rooms")
    (ann,) = people("ann", **looks)
    assert not sticks_out(ann, "/sign-in")
    page = ann.page
    page.locator("[name=name]").fill("ann")
    page.locator("[name=password]").fill("a long enough one")
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/rooms/**")
    live(page)
    ann.say("Hello")
    ann.say(LONG)
    page.locator("#m-2").wait_for()
    for path in SIGNED_IN:
        assert not sticks_out(ann, path), path
        live(page)
    assert not empty.trouble
    empty.context.close()
