"""Chromium pages of a real server, signed in, with every console message and error kept."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.browser.blogs import Blog
from tests.browser.hosts import Hosts
from tests.browser.persons import Person, add_user, webchat
from tests.browser.returning import Author
from tests.browser.shops import Shop
from tests.tools.authority import Authority
from tests.tools.cable import Cable
from tests.tools.chromium import launched
from tests.tools.server import Server


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """What drives browsers: this folder's, where no test has an event loop of its own."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One for all of them: starting it takes as long as a test."""
    with launched(playwright) as browser:
        yield browser


@pytest.fixture
def people(browser: Browser, make_server: Callable[..., Server]) -> Iterator[Callable[..., Any]]:
    """``people("ann", "bob")``: a server with these users (the first is the admin), each at a browser of their own."""
    made: list[Person] = []

    def make(*names: str, server: Server | None = None, **context: Any) -> list[Person]:
        server = server or make_server(environ={"WEBCHAT_LIMITS": "off"}).start()
        for number, name in enumerate(names):
            add_user(server, name, admin=number == 0)
            made.append(Person(browser.new_context(**context), server, name))
        return made[-len(names) :]

    yield make
    trouble = {person.name: person.trouble for person in made if person.trouble}
    for person in made:
        person.context.close()
    assert not trouble


@pytest.fixture
def cable() -> Iterator[Callable[[int], Cable]]:
    """Makes the cable to a port."""
    with contextlib.ExitStack() as stack:
        yield lambda port: stack.enter_context(Cable(port))


@pytest.fixture
def room(people: Callable[..., list[Person]], cable: Callable[[int], Cable]) -> tuple[Person, Author, Cable]:
    """A reader at the end of a cable, and a guest beside the server who may write in the same room."""
    (ann,) = people("ann")
    webchat(ann.server, "room", "add", "hall", "--guests", "write")
    between = cable(ann.server.port)
    ann.url = f"http://127.0.0.1:{between.port}"
    ann.sign_in()
    return ann, Author(ann, "hall"), between


@pytest.fixture
def screen(browser: Browser) -> Iterator[Page]:
    """A page of some other site, on which no error may happen."""
    wrong: list[str] = []
    with browser.new_context(viewport={"width": 800, "height": 500}) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: wrong.append(line.text) if line.type in ("error", "warning") else None)
        yield page
    assert wrong == []


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who vouches for every name under ``.example``."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="package")
def far_browser(authority: Authority, playwright: Playwright) -> Iterator[Browser]:
    """A browser of those who read our chat in the pages of others: it finds every name under ``.example`` on this
    machine, and takes the authority's certificates."""
    pin = f"--ignore-certificate-errors-spki-list={authority.pin}"
    with launched(playwright, "--host-resolver-rules=MAP *.example 127.0.0.1", pin, whole=True) as browser:
        yield browser


@pytest.fixture
def hosts(authority: Authority, far_browser: Browser, make_server: Callable[..., Server]) -> Iterator[Hosts]:
    """The chat and the sites of others, each at a name of its own over TLS."""
    hosts = Hosts(authority, far_browser, make_server)
    yield hosts
    trouble = hosts.trouble
    hosts.close()
    assert not trouble, trouble


@pytest.fixture(scope="module")
def all_hosts(authority: Authority, far_browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    """The same as ``hosts``, for the tests of a module together."""
    with contextlib.ExitStack() as stack:

        def make(*options: str, environ: dict[str, str]) -> Server:
            server = Server(tmp_path_factory.mktemp("hosts") / "data", *options, environ=environ)
            stack.callback(server.stop)
            return server

        hosts = Hosts(authority, far_browser, make)
        stack.callback(hosts.close)
        yield hosts


@pytest.fixture(scope="module")
def blogs(all_hosts: Hosts) -> Blog:
    """One blog for the tests of a module, each of which has a thread of its own: see ``blog``."""
    return Blog(all_hosts)


@pytest.fixture(scope="module")
def shops(all_hosts: Hosts) -> Shop:
    """One shop for the tests of a module: see ``shop``."""
    return Shop(all_hosts)


@pytest.fixture
def shop(shops: Shop) -> Iterator[Shop]:
    """A shop that answers, with nobody in it."""
    yield shops
    shops.cable.plug_in()
    shops.hosts.leave()


@pytest.fixture
def blog(blogs: Blog) -> Iterator[Blog]:
    """A blog with live comments, on a new page."""
    blogs.turn_the_page()
    yield blogs
    blogs.cable.plug_in()
    blogs.cable.allow()
    blogs.hosts.leave()
