"""What is pushed after a command makes of an open page what a fresh one is: for every command and kind of reader.

The pages are opened once and take everything that is pushed in all cases, so that what one gets wrong stays.
"""

from collections.abc import Callable

import anyio
import anyio.to_thread
import pytest

from tests.stories.conftest import signed_in
from tests.stories.pushed_moderation import MODERATION
from tests.stories.pushed_notices import NOTICES
from tests.stories.pushed_programs import PROGRAMS
from tests.stories.pushed_support import SUPPORT
from tests.stories.pushes import CASES as OTHERS, Place
from tests.tools.clients import Visit
from tests.tools.pages import LIVE, MOMENTARY, LivePage
from tests.tools.server import Server
from webchat import commands as c

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("store_url")]

CASES = OTHERS | MODERATION | PROGRAMS | SUPPORT | NOTICES


def test_every_command_has_its_case() -> None:
    missing = set(c.WORDS) - set(CASES)
    assert not missing, f"Say in tests.stories.pushes what to do for {sorted(missing)}."
    assert set(CASES) == set(c.WORDS)


@pytest.fixture
def place(make_server: Callable[..., Server]) -> Place:
    server = make_server(environ={"WEBCHAT_LIMITS": "off"})
    passwords = {name: server.add_user(name, *options) for name, *options in (("ann", "--admin"), ("bob",), ("cat",))}
    server.start()
    ann, bob, cat = (signed_in(server, name, password) for name, password in passwords.items())
    ann.do("create-room", room="hall", guests="read")
    ann.do("create-room", room="away")
    bob.do("leave-room", room="away")
    ann.do("create-room", room="team", kind="closed")
    for name in ("bob", "cat"):
        ann.do("invite-user", room="team", user=name)
    ann.do("create-site", site="shop", origins="https://shop.example")
    ann.do("set-support", site="shop", enabled=True, prechat="never")
    cat.do("begin-conversation", site="shop", body="Hello?")
    guest = Visit(server)
    first = int(ann.do("post-message", room="hall", body="The first"))
    seq = next(row.attributes["data-seq"] for row in ann.whole("hall") if row.id == f"m-{first}")
    pages = [
        LivePage(visit, path)
        for visit, path in (
            (ann, "/rooms/hall"),
            (bob, "/rooms/hall"),
            (guest, "/rooms/hall"),
            (bob, f"/rooms/hall?around={seq}"),
            (bob, "/rooms/team"),
            (ann, "/rooms/team/queue"),
            (cat, "/rooms/team"),
            (bob, "/inbox"),
            (cat, "/rooms"),
            (ann, "/support"),
            (ann, "/support/1"),
        )
    ]
    return Place(server, ann, bob, cat, pages, passwords["cat"])


@pytest.mark.timeout(300)
async def test_what_is_pushed_makes_of_a_page_what_a_fresh_one_is(place: Place) -> None:
    async with anyio.create_task_group() as tasks:
        for page in place.pages:
            tasks.start_soon(page.run)
            await page.as_fresh()
        for word, act in [*CASES.items(), ("once more", CASES["post-message"])]:
            await anyio.to_thread.run_sync(act, place)
            for page in place.pages:
                await page.as_fresh(f"After {word} the page")
        tasks.cancel_scope.cancel()
    targets = {target for page in place.pages for target in page.targets}
    known = {f"#{name}" for name in (*LIVE, *MOMENTARY)} | {"#history", "ol[data-end]", "title"}
    apart = (
        "#desk-",
        "#q-",
        "#h-",
        "#queue-",
        "#m-",
        "#r-",
        "#room-",
        "#name-",
        "#title-",
        "#n-",
        "#t-",
        "#a-",
        "#p-",
        ".u",
        "[data-dot=",
        "[data-seen=",
    )
    assert {target for target in targets if not target.startswith(apart)} <= known
