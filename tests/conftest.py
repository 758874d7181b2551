"""What all tests share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.tools.needs import program
from tests.tools.server import Server


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long forms of the fault tests and properties")


@pytest.fixture(scope="session")
def long_run(pytestconfig: pytest.Config) -> bool:
    """Whether the long forms are asked for."""
    return bool(pytestconfig.getoption("--long"))


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """uvicorn and the store speak asyncio."""
    return "asyncio"


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """``make_server(*options, environ=…)`` makes a server that is not started yet; all are stopped at the end."""
    made: list[Server] = []

    def make(*options: str, environ: dict[str, str] | None = None) -> Server:
        made.append(Server(tmp_path / f"data-{len(made)}", *options, environ=environ))
        return made[-1]

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def server(make_server: Callable[..., Server]) -> Server:
    """A running server on an empty folder."""
    return make_server().start()


@pytest.fixture
def open_server(make_server: Callable[..., Server]) -> Server:
    """A running server with ``--open``."""
    return make_server("--open").start()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium. A module's and not the session's: while it is there, no other event loop can run."""
    path = program("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()
