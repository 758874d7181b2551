"""What people write, as HTML that is safe to show to anybody: Markdown, then an allow-list."""

import re

import nh3
from markdown_it import MarkdownIt

from webchat.errors import TooLarge, sentence as _

HTML_LIMIT = 32 * 1024
"""The most bytes a message may have as HTML."""
MANY_LINKS = 500
"""Brackets and double slashes beyond which a text gets no links: looking for their ends takes time by the square."""

_TAGS = {
    "p", "br", "b", "i", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
# Without "*", the library lets lang and title in.
_ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow noopener noreferrer ugc",
    generic_attribute_prefixes=set(),
)
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
_MARKDOWN.enable(["linkify", "strikethrough", "table"]).disable(["image", "heading", "lheading", "hr", "reference"])
assert _MARKDOWN.linkify
_MARKDOWN.linkify.set({"fuzzy_link": False, "fuzzy_email": False})
_UNLINKED = MarkdownIt("commonmark", {"html": False, "breaks": True})
_UNLINKED.enable(["strikethrough", "table"]).disable(
    ["link", "autolink", "image", "heading", "lheading", "hr", "reference"]
)

# A line that starts with a letter and holds nothing that Markdown or the linkifier looks at is its own HTML.
_PLAIN = re.compile(r"[^\W\d_][^*_`~\[\]<>&\\|\n@\xa0]*")
_MAYBE_LINK = re.compile(r"\[|//|mailto:", re.IGNORECASE)
_LINKISH = re.compile(r"//|mailto:|  |\s$", re.IGNORECASE)


def to_html(body: str) -> str:
    """The message as sanitised HTML. Raises TooLarge when that passes `HTML_LIMIT` bytes."""
    if _PLAIN.fullmatch(body) and not _LINKISH.search(body):
        return f"<p>{body}</p>"
    markdown = _MARKDOWN if len(_MAYBE_LINK.findall(body)) <= MANY_LINKS else _UNLINKED
    html = _CLEANER.clean(markdown.render(body)).strip()
    if len(html.encode()) > HTML_LIMIT:
        raise TooLarge(_("That has too much formatting to be one message. Send it in parts."))
    return html
