"""The system's Chromium."""

import contextlib
from collections.abc import Iterator

from playwright.sync_api import Browser, Playwright

from tests.tools.needs import program


@contextlib.contextmanager
def launched(playwright: Playwright, *args: str) -> Iterator[Browser]:
    """A browser that runs, with more arguments for its command line."""
    path = program("chromium", "chromium-browser", "google-chrome")
    with playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *args]) as browser:
        yield browser
