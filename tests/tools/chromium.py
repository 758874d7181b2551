"""The system's Chromium."""

import contextlib
from collections.abc import Iterator

from playwright.sync_api import Browser, Playwright

from tests.tools.needs import program

WHOLE = ("chromium", "chromium-browser", "google-chrome")


@contextlib.contextmanager
def launched(playwright: Playwright, *args: str, whole: bool = False) -> Iterator[Browser]:
    """A browser that runs, with more arguments for its command line.

    It is the one without windows, which opens pages in a third of the time, unless the ``whole`` one is asked for: only
    that has the rules of its settings, such as what of others keeps a cookie.
    """
    path = program(*(() if whole else ("chromium-headless-shell",)), *WHOLE)
    with playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *args]) as browser:
        yield browser
