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
