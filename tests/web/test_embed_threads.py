"""Threads as they are read: what answers what, in which order, and what is included in the pages of a server."""

import base64
import hashlib
import html
import re
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from tests.web.conftest import URL, Visitor
from tests.web.test_embed import BLOG, PATH, add_site, change_site, say, seqs
from webchat.app import Webchat

pytestmark = pytest.mark.anyio

ATOM = {"a": "http://www.w3.org/2005/Atom", "t": "http://purl.org/syndication/thread/1.0"}


@pytest.fixture
async def site(app: Webchat, ann: Visitor) -> None:
    """A site whose guests may write."""
    await add_site(app)


async def answer(visitor: Visitor, to: int, text: str) -> None:
    done = await visitor.do("post-message", room="blog.post-42", body=text, answers=str(to))
    assert done.status_code == 303, done.text


@pytest.mark.usefixtures("site")
async def test_answers_stand_below_what_they_answer(ann: Visitor, stranger: Visitor) -> None:
    await say(ann, "one", "two")
    await answer(stranger, 1, "three")
    await answer(ann, 3, "four")
    page = (await stranger.get(PATH)).text
    assert seqs(page) == [1, 3, 4, 2]
    assert re.findall(r'data-seq="(\d)"[^>]* data-root="1"( data-deep)?>', page) == [("3", ""), ("4", " data-deep")]
    assert ">answers Ann</a>" in page
    assert seqs((await stranger.get(f"{PATH}?mode=live")).text) == [1, 2, 3, 4]
    told = (await stranger.get(f"{PATH}.json")).json()["messages"]
    assert [(message["seq"], message["answers"]) for message in told] == [(1, None), (2, None), (3, 1), (4, 3)]
    feed: Any = Xml.fromstring((await stranger.get(f"{PATH}.atom")).text)  # noqa: S314 - what we made
    refs = [one.attrib["ref"][-3:] for one in feed.findall("a:entry/t:in-reply-to", ATOM)]
    assert refs == ["m/3", "m/1"]


@pytest.mark.usefixtures("site")
async def test_the_orders_of_a_thread_are_links(ann: Visitor, stranger: Visitor) -> None:
    await say(ann, "one")
    assert 'class="sorts"' not in (await stranger.get(PATH)).text
    await say(ann, "two", "three")
    await ann.do("add-reaction:2", emoji="👍")
    page = (await stranger.get(f"{PATH}?theme=dark&lang=en")).text
    links = re.findall(r'<a href="\?([^"]*)" target="_self"( aria-current="true")?>', page)
    kept = "lang=en&amp;mode=thread&amp;theme=dark&amp;sort="
    assert links == [(kept, ' aria-current="true"'), (f"{kept}newest", ""), (f"{kept}best", "")]
    for sort, order in (("", [1, 2, 3]), ("newest", [3, 2, 1]), ("best", [2, 1, 3]), ("x", [1, 2, 3])):
        assert seqs((await stranger.get(f"{PATH}?sort={sort}")).text) == order, sort
        assert seqs((await stranger.get(f"{PATH}?mode=live&sort={sort}")).text) == [1, 2, 3]
    await say(ann, *(f"comment {number}" for number in range(30)))
    assert f'href="{PATH}?before=4&amp;sort=newest"' in (await stranger.get(f"{PATH}?sort=newest")).text


@pytest.mark.usefixtures("site")
async def test_an_answer_is_written_without_a_script(ann: Visitor, stranger: Visitor) -> None:
    await say(ann, "one")
    link = re.findall(
        r'href="(/rooms/blog.post-42\?[^"]*)">Answer<', (await stranger.get("/rooms/blog.post-42/m/1")).text
    )
    page = (await stranger.get(link[0].replace("&amp;", "&"))).text
    assert '<input type="hidden" name="answers" value="1"><span>You answer Ann</span>' in page
    for wrong in ("answers=2", "answers=x", "answers="):
        assert (
            'name="answers"'
            not in (await stranger.get(f"/rooms/blog.post-42?{wrong}")).text.partition("<message-tools")[0]
        )


@pytest.mark.usefixtures("site")
async def test_a_guest_votes_by_the_name_that_they_gave(ann: Visitor, stranger: Visitor) -> None:
    await say(ann, "one")
    assert (await stranger.do("add-reaction:1", room="blog.post-42", emoji="👍")).status_code == 403
    assert (await stranger.form("/embed/blog/enter", name="Gus")).status_code in (204, 303)
    assert (await stranger.do("add-reaction:1", room="blog.post-42", emoji="👍")).status_code == 303
    foot = (await stranger.get(f"{PATH}?foot")).text
    [mark] = re.findall(r'data-me="(g\w+)"', foot)
    assert f'data-u="{mark}"' in (await ann.get(PATH)).text
    assert 'data-may="post vote"' in foot
    assert "message-tools" in (await stranger.get(f"{PATH}?tools")).text


@pytest.mark.usefixtures("site")
async def test_as_html_for_servers_of_the_site(app: Webchat, ann: Visitor, stranger: Visitor) -> None:
    await say(ann, "a <b>", "gone")
    await answer(ann, 1, "an [answer](https://x.example)")
    await ann.do("delete-message:2")
    told = await stranger.get(f"{PATH}.html", headers={"Origin": BLOG})
    assert told.headers["access-control-allow-origin"] == BLOG
    assert "a &lt;b&gt;" in told.text
    assert told.text.count("<li ") == 2
    assert re.findall(r"<(?:script|style|iframe|img|form|input)|(?<=[\s])on\w+=|style=", told.text) == []
    assert all(link.startswith(("http://", "https://")) for link in re.findall(r'href="([^"]*)"', told.text))
    await change_site(app, guests="none")
    assert (await stranger.get(f"{PATH}.html")).status_code == 404


@pytest.mark.usefixtures("site")
async def test_a_thread_may_be_called_as_anything(ann: Visitor, stranger: Visitor) -> None:
    for name in ("sign-in", "enter", "redeem", "-"):
        await say(ann, "hello", thread=f"blog.{name}")
        assert seqs((await stranger.get(f"/embed/blog/{name}")).text) == [1], name


@pytest.mark.usefixtures("site")
async def test_on_our_page_too_a_guest_votes_and_nothing_else(ann: Visitor, stranger: Visitor) -> None:
    await say(ann, "one")
    await stranger.form("/embed/blog/enter", name="Gus")
    page = (await stranger.get("/rooms/blog.post-42/m/1")).text
    assert re.findall(r'name="emoji" value="([^"]+)"', page) in ([], ["👍"]), "no more than a vote"


@pytest.mark.usefixtures("site")
async def test_a_page_may_say_which_script_it_loads(ann: Visitor, stranger: Visitor) -> None:
    shown = html.unescape((await ann.get("/admin/sites/blog/tag?pinned=1")).text)
    [(path, digest)] = re.findall(rf'src="{URL}(/embed-\w+\.js)" integrity="sha384-([^"]+)"', shown)
    script = await stranger.get(path)
    assert base64.b64encode(hashlib.sha384(script.content).digest()).decode() == digest
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["access-control-allow-origin"] == "*"
    assert script.content == (await stranger.get("/embed.js")).content
    assert (await stranger.get("/embed-0000000000000000.js")).status_code == 404
