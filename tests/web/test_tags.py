"""The page that makes what goes into the pages of a site, and shows it."""

import html
import re
from urllib.parse import urlencode

import pytest

from tests.web.conftest import URL, Visitor

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("blog")]

SCRIPT = f'<script type="module" async src="{URL}/embed.js"></script>\n'
THREAD = f"""<web-chat site="blog" room="post-1" style="display: block; min-height: 320px">
  <a href="{URL}/embed/blog/post-1">Comments</a>
</web-chat>"""


async def asked(ann: Visitor, **words: str) -> tuple[int, str]:
    """The status and the page."""
    answer = await ann.get(f"/admin/sites/blog/tag?{urlencode(words)}")
    assert answer.headers["content-security-policy"].endswith("; frame-src 'self'")
    return answer.status_code, answer.text


async def made(ann: Visitor, **words: str) -> str:
    """What is to be copied."""
    status, page = await asked(ann, **words)
    [snippet] = re.findall(r"<textarea readonly [^>]*>([^<]*)</textarea>", page)
    assert status == 200
    return html.unescape(snippet)


async def test_what_is_usual_is_what_the_page_of_the_site_shows(ann: Visitor) -> None:
    shown = html.unescape((await ann.get("/admin/sites/blog")).text)
    assert await made(ann) == SCRIPT + THREAD
    assert SCRIPT + THREAD in shown
    assert await made(ann, kind="bubble") in shown
    assert 'site="blog" room=' in html.unescape((await ann.get("/admin/sites/BLOG")).text), "by its own name"


async def test_what_was_chosen_is_in_the_tag_and_in_the_form(ann: Visitor) -> None:
    chosen = {
        "kind": "live", "room": "Film-7", "title": 'Talk & "more"', "theme": "dark", "lang": "zh", "accent": "#AA3300",
        "height": "600",
    }  # fmt: skip
    snippet = await made(ann, **chosen)
    assert (
        snippet
        == SCRIPT
        + f"""<web-chat site="blog" room="film-7" mode="live" theme="dark" lang="zh" \
style="display: block; height: 600px; --wc-accent: #aa3300">
  <a href="{URL}/embed/blog/film-7">Talk &amp; &#34;more&#34;</a>
</web-chat>"""
    )
    page = (await asked(ann, **chosen))[1]
    for value in ("Film-7", "Talk &amp; &#34;more&#34;", "#AA3300", "600"):
        assert f'value="{value}"' in page
    for value in ("live", "dark", "zh"):
        assert f'<option value="{value}" selected>' in page
    assert (
        '<tag-preview data-height="600px" data-accent="#aa3300"><web-chat site="blog" room="film-7" mode="live"' in page
    )


async def test_the_button_of_the_support_has_no_thread_and_no_height(ann: Visitor) -> None:
    assert await made(ann, kind="bubble", title="Ask", height="600", accent="#112233") == (
        SCRIPT
        + f"""<web-chat site="blog" mode="bubble" title="Ask" style="--wc-accent: #112233">
  <a href="{URL}/embed/blog/support">Ask</a>
</web-chat>"""
    )
    off = (await asked(ann, kind="bubble"))[1]
    assert "The support of this site is switched off." in off
    assert "<tag-preview" not in off
    await ann.do("set-support:blog", enabled="true")
    assert "at the corner of this page" in (await asked(ann, kind="bubble"))[1]


async def test_a_number_stands_in_a_sentence(ann: Visitor) -> None:
    tag = '<web-chat-count site="blog" room="post-1"></web-chat-count> comments'
    assert await made(ann, kind="count", accent="#112233") == SCRIPT + tag
    assert f"<tag-preview>{tag}</tag-preview>" in (await asked(ann, kind="count"))[1]


async def test_what_is_not_known_is_the_usual(ann: Visitor) -> None:
    assert await made(ann, kind="x", theme="x", lang="xx", height="", more="1") == SCRIPT + THREAD


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        *(("room", text, "The name of a thread") for text in ("a b", "a/b", '"><script>', "x" * 65, "\0")),
        *(("accent", text, "A colour is written") for text in ("red", "#12345", "#1234567", "#000;x:url(/)")),
        *(("height", text, "The height is 120 to 2000") for text in ("119", "2001", "-1", "1e3", "٣٠٠", "9" * 5_000)),
        ("title", "x" * 81, "The title has at most 80"),
    ],
)
async def test_what_cannot_be_is_said_and_shown_nowhere_else(ann: Visitor, field: str, text: str, why: str) -> None:
    status, page = await asked(ann, **{field: text})
    assert (status, f'role="alert">{why}' in page) == (400, True)
    assert "<textarea readonly" not in page
    assert "<tag-preview" not in page
    assert f'value="{html.escape(text[:40]).replace("&quot;", "&#34;")}' in page or "\0" in text, "it can be mended"


async def test_there_is_no_tag_for_a_site_that_is_not_there(ann: Visitor) -> None:
    assert (await ann.get("/admin/sites/nobody/tag")).status_code == 404
