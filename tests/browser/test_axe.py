"""Every page, to everybody who gets to see it, as axe judges it by WCAG 2.2 AA: it finds nothing."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.resources import files
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Frame, Page

from tests.browser.persons import Person, add_user, webchat
from tests.permissions.routes import TABLE
from tests.tools.databases import connected
from tests.tools.server import Server

AXE = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
Scheme = Literal["light", "dark"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS: list[tuple[int, Scheme]] = [(1280, "light"), (360, "dark")]
MORE_LOOKS: list[tuple[int, Scheme]] = [(1280, "dark"), (360, "light")]
FRESH = re.compile(r'(?<=name="cid" value=")[^"]*')
NO_PAGES = (
    "/sw.js",
    "/danmaku.js",
    "/heatmap.js",
    "/stream.js",
    "/embed/{site}/{thread}/danmaku.json",
    "/embed.js",
    "/embed-{hash}.js",
    "/bubble.js",
    "/embed/{site}/support/{talk}/transcript.txt",
    "/embed/{site}/{thread}.",
    "/embed/{site}/{thread}/tail",
    "/embed/{site}/counts.json",
    "/api/",
    "/stream",
    "/poll",
    "/ws",
    "/rooms/{slug}/names",
    "/support/{number:number}/transcript.txt",
    "/files/",
    "/embed/{site}/{thread}/files",
    "/me/",
    "/avatar/",
    "/static/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/socket",
)
PATHS = [row.path for path, row in TABLE.items() if "GET" in row.methods and not path.startswith(NO_PAGES)]
PATHS += [
    "/api/v1/",
    "/search?in=lobby",
    "/rooms/lobby?around=1",
    "/rooms/hall",
    "/direct/bob",
    "/nothing-here",
    "/sign-in?next=/inbox",
]
MODERATED = """
UPDATE rooms SET ruled = 1 WHERE id = 1;
INSERT INTO held (room_id, author, guest, title, body, html, at, cid, state, why)
    SELECT 1, id, '', name, 'Hello', '', 1, name, 'waiting', '' FROM users WHERE role <> 'bot'
    UNION ALL SELECT 1, id, '', name, 'Hello', '', 1, name || '2', 'rejected', 'No ads' FROM users WHERE role <> 'bot';
INSERT INTO reported (message_id, room_id, state) SELECT id, 1, 'open' FROM messages WHERE room_id = 1 AND seq = 1;
INSERT INTO reports SELECT message_id, 0, 'x', 'Odd', 1 FROM reported;
INSERT INTO mutes (room_id, author, guest, title, until, why) VALUES (1, 0, 'x', 'Gus', 9007199254740991, '');
INSERT INTO acts (at, room_id, actor, title, what, whom, why) VALUES (1, 1, 2, 'Ann', 'mute-user', 'Gus', 'Loud');
"""
"""Something that waits, was reported, and was done."""
SUPPORTED = """
INSERT INTO support (site_id, enabled, prechat) SELECT id, 1, 'never' FROM sites;
INSERT INTO answers (site_id, key, text) SELECT id, 'hi', 'Hello!' FROM sites;
INSERT INTO rooms (slug, title, kind, guests, rev, seq, created, site_id, visitor)
    SELECT 'a-site.~1' || sign, 'Vera', 'direct', 'none', 1, 1, 1, id, who FROM sites,
    (SELECT '' AS sign, 'vera' AS who UNION SELECT '~', '@');
INSERT INTO messages (room_id, seq, born, said, rev, author, title, body, html, at, cid, guest, continues)
    SELECT id, 1, 1, 1, 1, 0, 'Vera', 'Hello', '<p>Hello</p>', 1, slug, 'vera', 0 FROM rooms WHERE visitor <> '';
INSERT INTO conversations (site_id, room_id, notes_id, visitor, name, email, page, lang, waiting, tags, rating, word,
    created, changed) SELECT r.site_id, r.id, n.id, 'vera', 'Vera', 'vera@home.example', 'https://site.example/help',
    'en', 1, 'bug', 4, 'Good', 1, 1 FROM rooms r, rooms n WHERE r.visitor = 'vera' AND n.visitor = '@';
"""
"""A visitor who waits, with a note."""
WHO = ("nobody", "bob", "mia", "ann")
"""Somebody who is not signed in, a member, a moderator and the owner. Whoever sees least is looked at in one way."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A place in which every page has something to show."""
    server = Server(tmp_path_factory.mktemp("axe") / "data", environ={"WEBCHAT_LIMITS": "off"})
    for name in ("ann", "bob", "mia"):
        add_user(server, name, admin=name == "ann")
    webchat(server, "room", "add", "hall", "--guests", "write")
    webchat(server, "send", "lobby", "Hello **all**, see https://example.org/ and `code`\n\n> so they say")
    webchat(server, "send", "hall", "Hello")
    webchat(server, "token", "add", "a-bot", "--scope", "post")
    webchat(server, "site", "add", "a-site", "--origin", "https://site.example")
    webchat(server, "notify", "bob", "Something happened")
    with closing(connected(server.data / "webchat.db")) as connection, connection:
        connection.execute("UPDATE users SET role = 'moderator' WHERE name = 'mia'")
        connection.execute(MODERATED + SUPPORTED)
        for command, disabled in (("roll", 0), ("deploy", 1)):
            connection.execute(
                "INSERT INTO callbacks (user_id, command, url, secret, created, disabled, failures, status, error)"
                " SELECT id, ?, 'https://bot.example/', 'x', 1, ?, 3, 500, 'broken' FROM users WHERE name = 'a-bot'",
                (command, disabled),
            )
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture(scope="module")
def judged() -> set[tuple[Any, ...]]:
    """The pages that were looked at, each in one way: who sees the same as somebody else gets no other answer."""
    return set()


def drawn(person: Person, path: str) -> str:
    """A page as it comes, without what is new in every drawing."""
    return FRESH.sub("", person.context.request.get(person.url + path).text())


def found(page: Page | Frame, again: bool = False) -> list[str]:
    """What axe finds: the rule, and the elements that break it. ``again`` is of a page that looked otherwise before."""
    if not again:
        page.evaluate(AXE)
    run = """tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})
        .then(result => result.violations)"""
    violations: list[dict[str, Any]] = page.evaluate(run, RULES)
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in violations]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("who", WHO)
def test_axe_finds_nothing(
    browser: Browser, place: Server, who: str, long_run: bool, judged: set[tuple[Any, ...]]
) -> None:
    wrong = []
    looks = LOOKS + MORE_LOOKS if long_run else (LOOKS if who == "ann" else [LOOKS[WHO.index(who) % 2]])
    person = Person(browser.new_context(reduced_motion="reduce"), place, who)
    if who != "nobody":
        person.sign_in()
    for path in PATHS:
        shown = drawn(person, path)
        for number, (width, scheme) in enumerate(one for one in looks if (*one, shown) not in judged):
            person.page.set_viewport_size({"width": width, "height": 720})
            person.page.emulate_media(color_scheme=scheme)
            page = person.page if number else person.go(path)
            wrong += [f"{path} at {width}, {scheme}: {one}" for one in found(page, again=number > 0)]
            judged.add((width, scheme, shown))
    person.context.close()
    assert not wrong, "\n".join(wrong)


def test_every_page_is_looked_at() -> None:
    assert len(PATHS) > 15


def test_axe_would_find_something(browser: Browser, people: Callable[..., list[Person]]) -> None:
    (ann,) = people("ann")
    ann.sign_in().go("/rooms/lobby")
    ann.page.evaluate(
        "document.querySelector('h1, h2').insertAdjacentElement('afterend', document.createElement('img'))"
    )
    assert [one for one in found(ann.page) if one.startswith("image-alt")]
