"""What all tests share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright

from tests.tools import databases, redis
from tests.tools.chromium import launched
from tests.tools.postgres import Postgres, running
from tests.tools.server import Server

ALONE = ("benchmarks", "cluster", "faults", "wire")
"""Folders of tests of which many say something of time. bin/test runs them after the others, one by one."""
BESIDE = (
    "benchmarks/test_report.py",
    "faults/test_cancelled.py",
    "faults/test_convergence.py",
    "faults/test_power.py",
    "faults/test_workers.py",
    "wire/test_wire.py",
)
"""Files in those folders of which no test does."""

# How long an example takes says how busy the machine is.
settings.register_profile("webchat", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("webchat")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the long forms of the fault tests and properties")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        path = item.path.relative_to(Path(__file__).parent)
        if path.parts[0] in ALONE and path.as_posix() not in BESIDE:
            item.add_marker(pytest.mark.alone)


@pytest.fixture(scope="session")
def long_run(pytestconfig: pytest.Config) -> bool:
    """Whether the long forms are asked for."""
    return bool(pytestconfig.getoption("--long"))


@pytest.fixture(scope="session", autouse=True)
def prepared() -> Iterator[None]:
    """The schema is made once and not a thousand times; tests/store makes it by its steps."""
    with databases.prepared():
        yield


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """uvicorn and the store speak asyncio."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running Redis, for those who do nothing to it: places do not hear each other."""
    with redis.running(tmp_path_factory.mktemp("redis")) as server:
        yield server.url


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str:
    """What WEBCHAT_STORE is: nothing, for SQLite in the data folder, or the address of an empty database."""
    if request.param == "sqlite":
        return ""
    server: Postgres = request.getfixturevalue("postgres")
    return server.emptied("stored")


@pytest.fixture
def make_server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Server]]:
    """``make_server(*options, …)`` makes a `Server` that is not started yet; all are stopped at the end. A test that
    uses ``store_url`` too is run with one on each kind of database, and beside PostgreSQL with Redis."""
    made: list[Server] = []
    store = request.getfixturevalue("store_url") if "store_url" in request.fixturenames else ""
    shared = {"WEBCHAT_STORE": store, "WEBCHAT_BUS": request.getfixturevalue("redis_url")} if store else {}

    with ExitStack() as stopping:

        def make(*options: str, environ: dict[str, str] | None = None, patch: str = "") -> Server:
            environ = shared | (environ or {})
            made.append(Server(tmp_path / f"data-{len(made)}", *options, environ=environ, patch=patch))
            stopping.callback(made[-1].stop)
            return made[-1]

        yield make


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
    with sync_playwright() as playwright, launched(playwright) as browser:
        yield browser
