"""What people write, as HTML that is safe to show to anybody: Markdown, then an allow-list."""

import re

import nh3
from markdown_it import MarkdownIt

from webchat.errors import TooLarge, sentence as _

HTML_LIMIT = 32 * 1024
"""The most bytes a message may have as HTML."""

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

# A line that starts with a letter and holds nothing that Markdown or the linkifier looks at is its own HTML.
_PLAIN = re.compile(r"[^\W\d_][^*_`~\[\]<>&\\|\n@\xa0]*")
_LINKISH = re.compile(r"//|mailto:|  |\s$", re.IGNORECASE)


def to_html(body: str) -> str:
    """The message as sanitised HTML. Raises TooLarge when that passes `HTML_LIMIT` bytes."""
    if _PLAIN.fullmatch(body) and not _LINKISH.search(body):
        return f"<p>{body}</p>"
    html = _CLEANER.clean(_MARKDOWN.render(body)).strip()
    if len(html.encode()) > HTML_LIMIT:
        raise TooLarge(_("That has too much formatting to be one message. Send it in parts."))
    return html
