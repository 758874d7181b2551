"""A bot from nothing, as an admin makes it on the pages and people use it in a room; its program is the example."""

import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.persons import Person
from tests.examples.test_examples import loaded
from tests.tools.server import Server


@pytest.fixture
def program() -> Iterator[ThreadingHTTPServer]:
    example: Any = loaded("webhook_bot")
    example.Door.log_message = lambda *_said: None
    with ThreadingHTTPServer(("127.0.0.1", 0), example.Door) as program:
        thread = threading.Thread(target=program.serve_forever, args=(0.01,))
        thread.start()
        yield program
        program.shutdown()
        thread.join()


def test_a_command_from_its_making_to_its_answer(
    people: Callable[..., list[Person]],
    make_server: Callable[..., Server],
    program: ThreadingHTTPServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    host = f"localhost:{program.server_port}"
    server = make_server(environ={"WEBCHAT_LIMITS": "off", "WEBCHAT_HOOK_HOSTS": host}).start()
    (ann,) = people("ann", server=server)
    ann.sign_in()
    page = ann.go("/admin")
    page.get_by_role("link", name="Bots").first.click()
    page.get_by_label("Name", exact=True).fill("dice")
    page.get_by_role("button", name="Make the bot").click()
    page.get_by_label("Command").fill("roll")
    page.get_by_label("What it does").fill("Rolls a die")
    page.locator("#f-command-url").fill(f"http://{host}/")
    page.get_by_role("button", name="Make the command").click()
    monkeypatch.setenv("WEBCHAT_SECRET", page.get_by_label("The secret that signs").input_value())
    page.get_by_role("button", name="Give it this room").click()
    expect(page.get_by_role("button", name="Remove from this room")).to_be_visible()

    ann.enter("/rooms/lobby")
    body = page.locator("#body")
    body.press("/")
    expect(page.get_by_role("option")).to_have_text("/rollRolls a die")
    body.press_sequentially("ro")
    expect(page.get_by_role("option")).to_have_text("/rollRolls a die")
    body.press("Tab")
    expect(body).to_have_value("/roll ")
    body.press_sequentially("1")
    body.press("Enter")
    expect(page.locator("#refused")).to_contain_text("dice was asked: /roll")
    expect(page.locator("#log li div", has_text="ann rolls 1.")).to_be_visible()
    expect(page.locator("#pending li")).to_have_count(0)
    expect(page.locator("#log")).not_to_contain_text("/roll")

    ann.say("/nothing")
    expect(page.locator("#pending")).to_contain_text("There is no command /nothing here.")
    page.locator("#pending").get_by_role("button", name="Edit again").click()
    expect(body).to_have_value("/nothing")
    expect(page.locator("#pending li")).to_have_count(0)
    ann.say("//roll is what I mean")
    expect(page.locator("#log")).to_contain_text("/roll is what I mean")
