"""Threads in the pages of others, as they are fetched: the document, its foot, the script, and what others may read."""

import re
from itertools import product
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from tests.permissions.doors import Socket
from tests.web.conftest import URL, Visitor
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
        assert f"frame-ancestors 'self' {BLOG}" in answer.headers["content-security-policy"]
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
    assert [path.rpartition("/")[2] for path in loads] == ["embed.css", "frame.js"]
    sizes = {path: int((await stranger.get(path)).headers["content-length"]) for path in loads}
    sizes[PATH] = int(document.headers["content-length"]) if "content-length" in document.headers else 0
    print(sizes, sum(sizes.values()))
    assert sum(sizes.values()) <= 30 * 1024
    assert (await ann.do("pin-message:30", room="blog.post-42")).status_code == 303
    pinned = await stranger.get(PATH)
    assert 'id="p-30"' in pinned.text
    sizes[PATH] = int(pinned.headers["content-length"])
    assert sum(sizes.values()) <= 30 * 1024
    live = await stranger.get(f"{PATH}?mode=live")
    [more] = set(re.findall(r'src="(/static/[^"]+\.js)"', live.text)) - sizes.keys()
    assert more.endswith("/js/live-choice.js")
    sizes |= {more: int((await stranger.get(more)).headers["content-length"])}
    sizes[PATH] = int(live.headers["content-length"])
    assert sum(sizes.values()) <= 30 * 1024
    script = await stranger.get("/embed.js")
    assert int(script.headers["content-length"]) <= 3 * 1024
    assert "icons.svg" not in document.text


@pytest.mark.usefixtures("site")
async def test_who_has_the_document_is_not_sent_it_again_until_something_changed(
    app: Webchat, ann: Visitor, stranger: Visitor
) -> None:
    await say(ann, "one")
    tags: list[str] = []

    async def asked(path: str = PATH, **headers: str) -> int:
        answer = await stranger.get(path, headers={"If-None-Match": tags[-1] if tags else "", **headers})
        if answer.status_code == 200:
            tags.append(answer.headers["etag"])
        else:
            assert answer.content == b""
            assert BLOG in answer.headers["content-security-policy"]
        return answer.status_code

    assert [await asked(), await asked()] == [200, 304]
    await ann.do("add-reaction:1", emoji="+1")
    assert [await asked(), await asked()] == [200, 304]
    await change_site(app, title="Another Title")
    assert [await asked(), await asked()] == [200, 304]
    assert [await asked(f"{PATH}?mode=live"), await asked(f"{PATH}?mode=live")] == [200, 304]
    assert [await asked(**{"Accept-Language": "zh"}), await asked(f"{PATH}?lang=zh-CN")] == [200, 304]
    assert len(set(tags)) == 5


@pytest.mark.usefixtures("site")
async def test_what_is_asked_of_it_in_no_way_is_as_if_it_were_not(stranger: Visitor) -> None:
    plain = (await stranger.get(PATH)).text
    for query in ("mode=<script>", "theme=%00", "lang=xx", "before=-1", "before=9999999999999999999", "after=x", "x=y"):
        answer = await stranger.get(f"{PATH}?{query}")
        assert (answer.status_code, answer.text) == (200, plain), query


@pytest.mark.usefixtures("site")
async def test_what_can_be_no_thread_is_not_there(stranger: Visitor) -> None:
    paths = ("blog/a.b", "blog/%20", f"blog/{'x' * 65}", "blog/a%2Fb", "nobody/post", "blog.x/post", "blog/%D0%B0a")
    for path, end in product(paths, ("", ".json", ".atom", "?foot")):
        answer = await stranger.get(f"/embed/{path}{end}")
        assert answer.status_code == 404, path + end
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_a_thread_of_a_site_that_lets_guests_see_nothing_is_empty(
    app: Webchat, ann: Visitor, stranger: Visitor
) -> None:
    await add_site(app)
    await say(ann, "between us")
    await change_site(app, guests="none")
    answer = await stranger.get(PATH)
    assert "between us" not in answer.text
    assert "The comments on this page are closed." in answer.text
    assert (await stranger.get(f"{PATH}.json")).status_code == 404
    assert (await stranger.get(f"{PATH}.atom")).status_code == 404
    assert (await stranger.get("/embed/blog/counts.json?thread=post-42")).json() == {"counts": {"post-42": 0}}
    await change_site(app, guests="read")
    answer = await stranger.get(PATH)
    assert "between us" in answer.text
    assert 'id="write"' not in answer.text
    assert "You may read here, but not write." in answer.text


@pytest.mark.usefixtures("site")
async def test_the_foot_is_of_who_asks_and_kept_by_nobody(app: Webchat, ann: Visitor, stranger: Visitor) -> None:
    await say(ann, "one")
    mine, theirs = await ann.get(f"{PATH}?foot"), await stranger.get(f"{PATH}?foot")
    assert "You write as Ann." in mine.text
    assert 'id="enter"' not in mine.text
    assert 'id="enter"' in theirs.text
    for answer in (mine, theirs):
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers


@pytest.mark.usefixtures("site")
async def test_older_comments_are_fetched_for_the_list(ann: Visitor, stranger: Visitor) -> None:
    await say(ann, *(f"comment {number}" for number in range(35)))
    answer = await stranger.get(f"{PATH}?before=6", headers={"HX-Request": "true"})
    assert seqs(answer.text) == [1, 2, 3, 4, 5]
    assert answer.headers["cache-control"] == "no-store"
    assert seqs((await stranger.get(f"{PATH}?before=6")).text) == [1, 2, 3, 4, 5]


@pytest.mark.usefixtures("site")
async def test_the_script_may_stand_in_every_page(stranger: Visitor) -> None:
    answer = await stranger.get("/embed.js", headers={"Origin": OTHER})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["cache-control"] == "public, max-age=3600, stale-while-revalidate=604800"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    again = await stranger.get("/embed.js", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["access-control-allow-origin"] == "*"


@pytest.mark.usefixtures("site")
async def test_as_json_for_the_pages_of_the_site(ann: Visitor, stranger: Visitor) -> None:
    await say(ann, *(f"comment {number}" for number in range(31)))
    answer = await stranger.get(f"{PATH}.json", headers={"Origin": BLOG})
    told = answer.json()
    assert (told["site"], told["thread"], told["count"], told["earlier"]) == ("blog", "post-42", 31, True)
    assert [message["seq"] for message in told["messages"]] == [*range(2, 32)]
    assert answer.headers["access-control-allow-origin"] == BLOG
    assert "access-control-allow-credentials" not in answer.headers
    older = (await stranger.get(f"{PATH}.json?before=2")).json()
    assert [message["body"] for message in older["messages"]] == ["comment 0"]
    for path in (f"{PATH}.json", f"{PATH}.atom", "/embed/blog/counts.json?thread=post-42"):
        other = await stranger.get(path, headers={"Origin": OTHER})
        assert "access-control-allow-origin" not in other.headers
        assert "Origin" in other.headers["vary"]


@pytest.mark.usefixtures("site")
async def test_as_a_feed(ann: Visitor, stranger: Visitor) -> None:
    await say(ann, "a <b> & ]]> \ufffec\uffff", "gone", "hidden")
    await ann.do("delete-message:2")
    await ann.do("set-rules", room="blog.post-42", reports="1")
    await stranger.do("report-message:3")
    answer = await stranger.get(f"{PATH}.atom")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed: Any = Xml.fromstring(answer.text)  # noqa: S314 - what we made
    assert [one.text for one in feed.findall("a:entry/a:title", ATOM)] == ["a <b> & ]]> c"]
    assert feed.find("a:entry/a:author/a:name", ATOM).text == "Ann"
    assert feed.find("a:entry/a:id", ATOM).text.endswith("/rooms/blog.post-42/m/1")
    empty: Any = Xml.fromstring((await stranger.get("/embed/blog/nothing.atom")).text)  # noqa: S314 - as above
    assert empty.findall("a:entry", ATOM) == []
    assert empty.find("a:updated", ATOM).text


@pytest.mark.usefixtures("site")
async def test_numbers_of_comments_are_asked_for_together(ann: Visitor, stranger: Visitor) -> None:
    await say(ann, "one", "two")
    await say(ann, "three", thread="blog.other")
    answer = await stranger.get("/embed/blog/counts.json?thread=Post-42&thread=other&thread=lobby")
    assert answer.json() == {"counts": {"Post-42": 2, "other": 1, "lobby": 0}}
    many = "&".join(f"thread=t{number}" for number in range(101))
    for query in ("", "thread=", "thread=a.b", "thread=%00", many):
        refused = await stranger.get(f"/embed/blog/counts.json?{query}")
        assert refused.status_code == 400, query
        assert "Ask for 1 to 100 threads" in refused.text


@pytest.mark.usefixtures("site")
async def test_the_page_of_a_thread_works_before_anything_was_said(
    app: Webchat, stranger: Visitor, ann: Visitor
) -> None:
    """Where a browser without a script writes."""
    assert (await stranger.get("/rooms/blog.post-42")).status_code == 200
    assert (await stranger.get("/rooms/nobody.post-42")).status_code == 303
    assert "post-42" not in (await ann.get("/rooms")).text, "nothing was made by looking"
    await say(stranger, "first")
    assert seqs((await ann.get(PATH)).text) == [1]


@pytest.mark.usefixtures("site")
async def test_the_owner_is_shown_what_to_put_into_a_page(ann: Visitor) -> None:
    page = (await ann.get("/admin/sites/blog")).text
    assert f"&lt;script type=&#34;module&#34; async src=&#34;{URL}/embed.js&#34;&gt;" in page
    assert "&lt;web-chat site=&#34;blog&#34; room=&#34;post-1&#34;" in page


async def heard(app: Webchat, cookie: str, room: str) -> list[str]:
    """The texts that a connection of a frame begins with, up to its position."""
    async with Socket(app, cookie, f"{room}&view=widget&since=0&lang=en") as socket:
        texts = [socket.first]
        while not texts[-1].startswith('{"at"'):
            texts.append((await socket._out.get())["text"])
        return texts


@pytest.mark.usefixtures("site")
async def test_a_frame_hears_of_its_thread_only_and_the_same_rows(
    app: Webchat, ann: Visitor, stranger: Visitor
) -> None:
    await say(ann, "one", "two")
    document = (await stranger.get(PATH)).text
    rows = re.findall(r'<li id="m-[1-9]\d*".*?</li>', document)
    assert len(rows) == 2
    cookie = f"webchat={ann.cookies['webchat']}"
    mine, theirs = await heard(app, cookie, "blog.post-42"), await heard(app, "", "blog.post-42")
    for texts in (mine, theirs):
        whole = "".join(texts)
        assert re.findall(r'<li id="m-[1-9]\d*".*?</li>', whole) == rows
        assert f"{PATH}?foot" in whole
        for target in ('#rooms"', '#badge"', '#here"', '#inbox"', "#title-"):
            assert f'hx-target="{target}' not in whole
    assert re.search(r"\[data-who='\d+'\]", mine[0])
    assert "[data-who='']" in theirs[0]


@pytest.mark.usefixtures("site")
async def test_a_frame_may_listen_before_anything_was_said(app: Webchat) -> None:
    assert '<ol id="log"' in "".join(await heard(app, "", "blog.not-yet"))
    for room in ("nobody.post", "blog.a.b", "lobby"):
        async with Socket(app, "", f"{room}&view=widget") as socket:
            assert socket.code == 4401
