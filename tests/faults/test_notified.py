"""A notification reaches its user: away, in three tabs, or on the way from one page to the next; each once."""

import json
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

import anyio
import anyio.to_thread
import pytest

from tests.stories.conftest import signed_in
from tests.tools.clients import Visit
from tests.tools.pages import LivePage
from tests.tools.server import Server
from webchat.client import Client, Problem


@pytest.mark.timeout(1800)
async def test_each_is_shown_once_in_every_tab_and_counted_once(
    make_server: Callable[..., Server], long_run: bool
) -> None:
    server = make_server(environ={"WEBCHAT_LIMITS": "off"})
    passwords = {name: server.add_user(name, *options) for name, *options in (("ann", "--admin"), ("bob",), ("cat",))}
    server.start()
    ann, bob, cat = (signed_in(server, name, password) for name, password in passwords.items())
    count = 980 if long_run else 30  # with those below as many as are kept
    tabs = [LivePage(bob, path) for path in ("/inbox", "/inbox", "/rooms/lobby")]
    others = LivePage(cat, "/inbox")
    async with anyio.create_task_group() as tasks:
        for tab in (*tabs, others):
            tasks.start_soon(tab.run)
        await anyio.to_thread.run_sync(send, ann, range(count))
        for tab in tabs:
            await shows(tab, count)
        switched = [LivePage(bob, path) for path in ("/rooms", "/inbox")]  # and away from there, before they dial
        await anyio.to_thread.run_sync(send, ann, range(count, count + 10))
        for tab in switched:
            tasks.start_soon(tab.run)
        for tab in (*tabs, *switched):
            await shows(tab, count + 10)
        for tab in tabs[:2]:
            assert len(texts(tab)) == count + 10
        tasks.cancel_scope.cancel()
    assert texts(others) == []
    await anyio.to_thread.run_sync(send, ann, range(count + 10, count + 20))  # nobody is there
    back = LivePage(bob, "/inbox")
    assert badge(back) == count + 20
    assert texts(back)[:10] == [f"notification {number}" for number in reversed(range(count + 10, count + 20))]
    assert len(texts(back)) == len(set(texts(back)))
    assert server.stop() == 0
    assert "Traceback" not in server.errors.read_text()


DIES = """
import os
from webchat.chat import Chat
tell, mark = Chat._tell, os.environ["WEBCHAT_DATA"] + ".dies"
def dies(chat, done):
    if os.path.exists(mark):
        os._exit(9)
    tell(chat, done)
Chat._tell = dies
"""
"""A server that dies after a commit, before anybody is told or answered, while a file is there."""


def test_a_key_is_for_one_notification_whatever_dies(make_server: Callable[..., Server]) -> None:
    server = make_server(environ={"WEBCHAT_LIMITS": "off"}, patch=DIES)
    server.add_user("ann", "--admin")
    made = server.run("token", "add", "ann", "--scope", "notify", "--scope", "read")
    server.start()
    client = Client(server.url, made.stdout.split()[-1])
    hasty = Client(server.url, made.stdout.split()[-1], patience=0)
    mark = server.data.with_name(f"{server.data.name}.dies")
    mark.touch()
    with pytest.raises((OSError, HTTPException)):
        hasty.notify("ann", "once", key="build-42")
    mark.unlink()
    server.kill()
    server.start()
    with ThreadPoolExecutor(4) as threads:
        numbers = set(threads.map(lambda _: client.notify("ann", "once", key="build-42"), range(4)))
    assert len(numbers) == 1
    server.kill()
    server.start()
    assert {client.notify("ann", "once", key="build-42")} == numbers
    for other in ({"body": "twice"}, {"body": "once", "title": "Build"}):
        with pytest.raises(Problem) as refused:
            client.notify("ann", key="build-42", **other)
        assert (refused.value.status, refused.value.reason) == (422, "KeyReused")
    told = client.call("GET", "/me/notifications")
    assert ([one["body"] for one in told["notifications"]], told["unread"]) == (["once"], 1)
    assert server.stop() == 0


def send(ann: Visit, numbers: range) -> None:
    """Send each twice at once with the same cid."""
    with ThreadPoolExecutor(4) as threads:
        for number in numbers:
            form = {"do": "send-notification", "user": "bob", "body": f"notification {number}"}
            form["cid"] = secrets.token_urlsafe(16)
            answers = list(threads.map(lambda form: json.loads(ann.post("/do", form)), [form, form]))
            assert answers[0] == answers[1]


async def shows(tab: LivePage, count: int) -> None:
    """Return once a tab's badge says so many, and no text in it is there twice."""
    with anyio.fail_after(600):  # a thousand frames of a list of a thousand, all of them parsed here
        while badge(tab) < count:
            await tab.moved()
    assert badge(tab) == count
    assert len(texts(tab)) == len(set(texts(tab)))


def badge(tab: LivePage) -> int:
    found = tab.document.find("badge")
    assert found
    return int(found.attributes["data-own"])


def texts(tab: LivePage) -> list[str]:
    """What the inbox of a page shows, from above."""
    inbox = tab.document.find("inbox")
    spans = [span for row in (inbox.elements if inbox else ()) for span in row.select("span")]
    return [str(span.inside[0]) for span in spans if span.attributes.get("class") == "body"]
