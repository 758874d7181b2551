"""What WordPress exports (Tools, Export): WXR, which is RSS with the comments in each item."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from webchat.imports.comment import Comment, Found, children, elements, local, moment, text

NOT_SAID = {"0": "waiting for approval", "spam": "spam", "trash": "deleted", "post-trashed": "deleted"}


def read(path: Path) -> Iterator[Found]:
    """Its comments. Raises StartRefused for what is no XML."""
    for item in elements(path, frozenset({"item"})):
        parts = children(item)
        page, title = text(parts.get("link")), text(parts.get("title"))
        for element in item:
            if local(element.tag) == "comment":
                yield _comment(children(element), page, title)
        item.clear()


def _comment(parts: dict[str, Element], page: str, title: str) -> Found:
    said = {name.removeprefix("comment_"): text(part) for name, part in parts.items()}
    if why := NOT_SAID.get(said.get("approved", "")):
        return (why,)
    if said.get("type", "") not in ("", "comment"):
        return ("a pingback or a trackback",)
    if not page or not said.get("content"):
        return ("without a page or a text",)
    name = said.get("author", "")
    known = said.get("author_email") or name
    # Its editor keeps paragraphs as empty lines, among the tags.
    written = said["content"].replace("\r\n", "\n").replace("\n\n", "<p>").replace("\n", "<br>")
    at = moment(said.get("date_gmt", ""))
    return Comment(said.get("id", ""), page, title, known, name, written, True, at, said.get("parent", "").lstrip("0"))
