"""Markdown in, safe HTML out, whatever comes in."""

import contextlib
import re
import time

import nh3
import pytest
from hypothesis import given, strategies as st

from webchat.chat import text
from webchat.chat.text import HTML_LIMIT, to_html
from webchat.errors import TooLarge

TAG = re.compile(r"</?([a-z0-9-]+)([^>]*)>", re.IGNORECASE)


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("Hello", "<p>Hello</p>"),
        ("你好，世界", "<p>你好，世界</p>"),
        ("*a* **b** `c` ~~d~~", "<p><em>a</em> <strong>b</strong> <code>c</code> <s>d</s></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("# not a heading", "<p># not a heading</p>"),
        ("a <b>bold</b> & co", "<p>a &lt;b&gt;bold&lt;/b&gt; &amp; co</p>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("```\n<i>\n```", "<pre><code>&lt;i&gt;\n</code></pre>"),
        (
            "https://example.org/a_b",
            '<p><a href="https://example.org/a_b" rel="nofollow noopener noreferrer ugc">https://example.org/a_b</a></p>',
        ),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("![x](https://example.org/x.png)", None),
        ("| a |\n|---|\n| b |", None),
    ],
)
def test_the_dialect(body: str, html: str | None) -> None:
    made = to_html(body)
    if html is not None:
        assert made == html
    assert "<img" not in made


HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "<div hx-get=/x data-hx-on:click=alert(1) hx-ws:connect=wss://evil.test id=log class=gone>",
    "<hx-partial hx-target='#log' hx-swap=innerHTML>gone</hx-partial>",
    "<title>renamed</title>",
    "<style>*{display:none}</style>",
    "<svg onload=alert(1)>",
    "</li></ol><template hx type=partial>",
    "<!--><script>alert(1)</script>-->",
    "`<hx-partial>`",
    "a\n\n<hx-partial hx-target='#log'>x</hx-partial>\n",
    "[<hx-partial>](https://example.org)",
    '[x](https://example.org "title\\" onmouseover=alert(1)")',
    "[x]: javascript:alert(1)\n\n[x]",
    "&#60;script&#62;",
)


@pytest.mark.parametrize("body", HOSTILE)
def test_hostile_text_stays_text(body: str) -> None:
    assert_safe(to_html(body))


@given(st.text(max_size=300))
def test_any_text_is_safe(body: str) -> None:
    assert_safe(to_html(body))


@given(
    st.lists(
        st.sampled_from([*HOSTILE, "*", "`", "\n", "> ", "- ", "[", "](", ")", "<", "x", " ", "|", "~~"]), max_size=12
    )
)
def test_any_mix_of_hostile_text_is_safe(parts: list[str]) -> None:
    assert_safe(to_html("".join(parts)))


@given(
    st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=80)
    .map(str.strip)
    .filter(bool)
)
def test_the_short_way_for_plain_text_gives_what_the_long_way_gives(body: str) -> None:
    long_way = text._CLEANER.clean(text._MARKDOWN.render(body)).strip()
    assert to_html(body) == long_way


def test_it_is_done_in_time_and_size() -> None:
    for body in ("*" * 10_000, "[" * 10_000, "> " * 5_000, "`" * 9_999, "a@" * 5_000, "- " * 5_000, "|a" * 5_000):
        with contextlib.suppress(TooLarge):
            assert len(to_html(body).encode()) <= HTML_LIMIT
    with pytest.raises(TooLarge):
        to_html("\n".join("https://example.org/x" for _ in range(450)))


@pytest.mark.parametrize("piece", ["://", "http://a.", "<http://", "mailto:", "[", "[a](", "[](", "//a.", "MAILTO:"])
def test_no_text_takes_long(piece: str) -> None:
    """A text is made HTML while all others wait to be saved. The square of its length would show here: in seconds."""
    before = time.process_time()
    for _ in range(5):
        with contextlib.suppress(TooLarge):
            to_html(piece * (10_000 // len(piece)))
    assert time.process_time() - before < 1


def test_a_text_with_more_brackets_than_links_fit_is_still_shown() -> None:
    assert to_html("[x]" * 600 + " **b**") == "<p>" + "[x]" * 600 + " <strong>b</strong></p>"
    assert to_html("[x](http://a.b) " * 100).count("<a ") == 100


def assert_safe(html: str) -> None:
    """Only allowed elements, only the attributes that we put there, and cleaning it again changes nothing."""
    for name, attributes in TAG.findall(html):
        assert name in text._TAGS, html
        names = re.findall(r"\s([a-z-]+)=", re.sub(r'"[^"]*"', '""', attributes))
        assert set(names) <= {"href", "rel", "start"}, html
    assert "<hx-" not in html
    assert not re.search(r'href="(?!https?:|mailto:)', html, re.IGNORECASE), html
    assert text._CLEANER.clean(html) == html or nh3.clean(html)
