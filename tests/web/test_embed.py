"""Threads in the pages of others, as they are fetched: the document, its foot, the script, and what others may read."""

import re
from typing import Any

import pytest

from tests.web.conftest import Visitor
from webchat.app import Webchat
from webchat.chat import sites
from webchat.commands import CreateSite, EditSite

pytestmark = pytest.mark.anyio

BLOG, OTHER = "https://blog.example", "https://other.example"
ATOM = {"a": "http://www.w3.org/2005/Atom"}
PATH = "/embed/blog/post-42"


@pytest.fixture
async def site(app: Webchat, ann: Visitor) -> None:
    """A site whose guests may write."""
    await add_site(app)


async def add_site(app: Webchat, name: str = "blog", **more: Any) -> None:
    draft = CreateSite(site=name, origins=(BLOG,), cid="c" * 22, **more)
    await app.state.house.store.write(lambda tx: sites.create(tx, None, draft))


async def change_site(app: Webchat, **more: Any) -> None:
    command = EditSite(site="blog", cid="c" * 22, **more)
    await app.state.house.store.write(lambda tx: sites.edit(tx, None, command))


async def say(visitor: Visitor, *texts: str, thread: str = "blog.post-42") -> None:
    for text in texts:
        answer = await visitor.do("post-message", room=thread, body=text)
        assert answer.status_code == 303, answer.text


def seqs(html: str) -> list[int]:
    """The messages that are shown."""
    return [int(seq) for seq in re.findall(r'<li id="m-[1-9]\d*" data-seq="(\d+)"', html)]


@pytest.mark.usefixtures("site")
async def test_the_document_holds_what_was_said_and_makes_nobody_known(ann: Visitor, stranger: Visitor) -> None:
    empty = await stranger.get(PATH)
    assert empty.status_code == 200
    assert '<ol id="log" hx-ignore data-end></ol>' in empty.text
    await say(ann, *(f"comment {number}" for number in range(31)))
    for reader in (ann, stranger):
        answer = await reader.get(PATH)
        assert seqs(answer.text) == [*range(2, 32)]
        assert f'href="{PATH}?before=2"' in answer.text
        assert "set-cookie" not in answer.headers
        assert answer.headers["cache-control"] == "public, max-age=0, s-maxage=2, stale-while-revalidate=30"
        assert f"frame-ancestors {BLOG}" in answer.headers["content-security-policy"]
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert (await ann.get(PATH)).text == (await stranger.get(PATH)).text


TALK = (
    "I have used this for a month now, and it is good to see that comments are live. One thing that I would add is a"
    " note about how it behaves when a proxy in front of it cuts connections after a minute.",
    "Thanks for writing this up! Does it also work with **two** threads on one page?",
    "Yes, it does. See [the documentation](https://chat.example/docs) for an example, and mind the `min-height`.",
    "+1",
)


@pytest.mark.usefixtures("site")
async def test_what_a_reader_waits_for_is_small(app: Webchat, ann: Visitor, bob: Visitor, stranger: Visitor) -> None:
    """The document with 30 comments and all that it loads before somebody writes, as it goes over the network."""
    for number in range(30):
        await say((ann, bob)[number % 2], f"{TALK[number % 4]} ({number})")
    document = await stranger.get(PATH)
    assert document.headers["content-encoding"] == "gzip"
    loads = re.findall(r'(?:href|src)="(/static/[^"]+\.(?:css|js))"', document.text)
    assert [path.rpartition("/")[2] for path in loads] == ["embed.css", "htmx.min.js", "hx-ws.min.js", "frame.js"]
    sizes = {path: int((await stranger.get(path)).headers["content-length"]) for path in loads}
    sizes[PATH] = int(document.headers["content-length"]) if "content-length" in document.headers else 0
    print(sizes, sum(sizes.values()))
    assert sum(sizes.values()) <= 30 * 1024
    script = await stranger.get("/embed.js")
    assert int(script.headers["content-length"]) <= 3 * 1024
    assert "icons.svg" not in document.text
