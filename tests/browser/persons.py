"""People at browsers, and the command line beside them."""

from playwright.sync_api import BrowserContext, FloatRect, Locator, Page, expect

from tests.tools.server import Server

PASSWORD = "a long enough one"
WAIT = 15_000
"""Milliseconds that anything may take before a test calls it missing."""

expect.set_options(timeout=WAIT)


class Person:
    """One browser of one user."""

    def __init__(self, context: BrowserContext, server: Server, name: str) -> None:
        self.server = server
        self.url = server.url
        self.name = name
        self.context = context
        self.trouble: list[str] = []
        context.set_default_timeout(WAIT)
        self.page = self.tab()

    def tab(self) -> Page:
        """One more tab."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("console", lambda said: self.trouble.append(said.text) if is_trouble(said.type, said.text) else None)
        return page

    def go(self, path: str) -> Page:
        """Open a page."""
        self.page.goto(self.url + path)
        return self.page

    def enter(self, path: str) -> Page:
        """Open a room and wait until it is live."""
        self.go(path)
        live(self.page)
        return self.page

    def sign_in(self) -> "Person":
        """With what the form sends, and no page: most tests have another one to look at."""
        form: dict[str, str | float | bool] = {"name": self.name, "password": PASSWORD}
        asked = self.context.request
        answer = asked.post(f"{self.url}/sign-in", form=form, headers={"Origin": self.url}, max_redirects=0)
        assert answer.status == 303, answer.text()
        return self

    def say(self, text: str) -> None:
        """Write and press Enter."""
        box = self.page.locator("#body")
        box.fill(text)
        box.press("Enter")


def live(page: Page) -> None:
    """Return once the page's socket is open."""
    page.wait_for_function("() => document.querySelector('chat-room')?.open === true")


def rows(page: Page) -> list[list[str]]:
    """Every row of the list as a reader sees it: id, place, text, reactions."""
    return list(
        page.eval_on_selector_all(
            "#log > li[id]",
            """rows => rows.map(row => [row.id, row.dataset.seq,
                (row.querySelector(':scope > div, :scope > p.gone')?.innerHTML ?? ''),
                row.querySelector('[id^=r-]').innerHTML, row.querySelector('small')?.textContent ?? ''])""",
        )
    )


def box(found: Locator) -> FloatRect:
    """Where something is shown."""
    shown = found.bounding_box()
    assert shown
    return shown


def is_trouble(kind: str, text: str) -> bool:
    """Whether a line of the console is one that no page of ours may write."""
    expected = (
        "htmx:ws:error",
        "htmx:sse:error",
        "htmx:error",
        "htmx:response:error",
        "WebSocket connection to",
        "net::ERR_",
        "Failed to load resource",
    )
    return kind in ("error", "warning") and not any(word in text for word in expected)


def add_user(server: Server, name: str, admin: bool = False) -> None:
    """With the command line, while the server runs."""
    webchat(server, "user", "add", name, *(["--admin"] if admin else []), "--password-stdin", said=PASSWORD)


def webchat(server: Server, *words: str, said: str = "") -> str:
    """Run a command on a server's data; what it printed."""
    done = server.run(*words, stdin=said)
    assert done.returncode == 0, done.stderr
    return done.stdout
