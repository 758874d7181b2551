"""What people write, as HTML that is safe to show to anybody: Markdown, then an allow-list."""

import re
from html import escape

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

FILE = re.compile(r"/files/([\w-]{22})/[\w.~%-]{1,1000}", re.ASCII)
"""The address of a file, in a text."""


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        """A link that is relative would lead somewhere else from each page that shows it. Those to files are looked at
        once more where a message is stored: see `webchat.chat.attachments`."""
        return url.lower().startswith(("http:", "https:", "mailto:")) or bool(FILE.fullmatch(url))


_MARKDOWN = _Markdown("commonmark", {"html": False, "linkify": True, "breaks": True})
_MARKDOWN.enable(["linkify", "strikethrough", "table"]).disable(["image", "heading", "lheading", "hr", "reference"])
assert _MARKDOWN.linkify
_MARKDOWN.linkify.set({"fuzzy_link": False, "fuzzy_email": False})

# A line that starts with a letter and holds nothing that Markdown or the linkifier looks at is its own HTML.
_PLAIN = re.compile(r"[^\W\d_][^*_`~\[\]<>&\\|\n@\xa0]*")
_MAILTO = re.compile("mailto:", re.IGNORECASE)


BUDGET = 16_000
"""The most microseconds that a body may take by `_cost`; one that may take longer is shown as it was typed."""
SHORT = 400
"""Characters of a body that cannot take long, whatever they are."""

# Microseconds that the parser was seen to take for each, at worst.
_COSTS = {
    "*": 16, "_": 16, "~": 9, "`": 5, "[": 20, "]": 6, "<": 8, ">": 8, "&": 5, "\\": 4, "@": 4, ":": 3, "|": 5,
    "\n": 11, "://": 80, "mailto:": 110,
}  # fmt: skip
_ITEM_COST, _CELL_COST = 30, 22
_ITEM = re.compile(r"^[ \t>]*(?:[-+*]|\d{1,9}[.)])(?=\s|$)", re.MULTILINE)
_INDENTED = re.compile(r"^[ \t>]*(?: {4}|\t)", re.MULTILINE)
_DELIMITER = re.compile(r"[ \t>]*[|:-][ \t|:-]*")
_FENCE = re.compile(r"(`{3,})[^`]*")
_FENCE_END = re.compile(r" {0,3}(`{3,})[ \t]*")


def to_html(body: str) -> str:
    """The message as sanitised HTML. Raises TooLarge when that passes `HTML_LIMIT` bytes.

    It is made in the event loop, so a body of which the parser would take too long is not parsed: nobody means a
    thousand stars as formatting.
    """
    if _PLAIN.fullmatch(body) and not _is_linkish(body):
        html = f"<p>{body}</p>"
    elif len(body) > SHORT and _cost(body) > BUDGET:
        html = f"<p>{escape(body, quote=False)}</p>".replace("\n", "<br>\n")
    else:
        html = _CLEANER.clean(_MARKDOWN.render(body)).strip()
    if len(html.encode()) > HTML_LIMIT:
        raise TooLarge(_("That has too much formatting to be one message. Send it in parts."))
    return html


def _is_linkish(line: str) -> bool:
    """Whether a line may hold a link, or spaces that Markdown takes for something."""
    return "//" in line or "  " in line or line[-1].isspace() or (":" in line and bool(_MAILTO.search(line)))


def _cost(body: str) -> int:
    """The microseconds that the parser may take."""
    text = _outside_fences(body)
    cells, columns = 0, 0
    for line in text.split("\n"):
        if _DELIMITER.fullmatch(line):
            columns = line.count("|") + 1
        elif not line.strip(" \t>"):
            columns = 0
        cells += columns
    marks = sum(text.count(mark) * each for mark, each in _COSTS.items())
    # Each bracket may look at all others, and each quote at all indented lines.
    pairs = text.count("[") ** 2 // 8 + text.count(">") * len(_INDENTED.findall(text))
    return marks + pairs + _CELL_COST * cells + _ITEM_COST * len(_ITEM.findall(text))


def _outside_fences(body: str) -> str:
    """The body without what is certainly in a code fence, which costs nothing."""
    outside: list[str] = []
    fence = ""
    for line in body.split("\n"):
        if fence:
            end = _FENCE_END.fullmatch(line)
            fence = "" if end and len(end[1]) >= len(fence) else fence
        elif start := _FENCE.fullmatch(line):
            fence = start[1]
            outside.append("")
        elif "```" in line or "~~~" in line:  # a fence in a list or a quote, or of the other kind: none is certain
            return body
        else:
            outside.append(line)
    return "\n".join(outside)
