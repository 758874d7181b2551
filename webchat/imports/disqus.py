"""What Disqus exports: XML with all threads, then all posts. Its form: https://help.disqus.com/en/articles/1717164."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from webchat.imports.comment import Comment, Found, children, elements, local, moment, text


def read(path: Path) -> Iterator[Found]:
    """Its comments. Raises StartRefused for what is no XML."""
    threads: dict[str, tuple[str, str]] = {}
    for element in elements(path, frozenset({"thread", "post"})):
        parts = children(element)
        if local(element.tag) == "thread":
            if "link" in parts:  # in a post there is one of this name too, which only names it
                threads[_id(element)] = text(parts["link"]), text(parts.get("title"))
            continue
        yield _post(element, parts, threads)
        element.clear()


def _post(element: Element, parts: dict[str, Element], threads: dict[str, tuple[str, str]]) -> Found:
    for flag, why in (("isDeleted", "deleted"), ("isSpam", "spam")):
        if text(parts.get(flag)) == "true":
            return (why,)
    page = threads.get(_id(parts["thread"])) if "thread" in parts else None
    author = children(parts["author"]) if "author" in parts else {}
    if page is None or not text(parts.get("message")):
        return ("without a page or a text",)
    name = text(author.get("name"))
    known = text(author.get("username")) or text(author.get("email")) or name
    at = moment(text(parts.get("createdAt")))
    return Comment(
        _id(element),
        *page,
        known,
        name,
        text(parts["message"]),
        True,
        at,
        _id(parts["parent"]) if "parent" in parts else "",
    )


def _id(element: Element) -> str:
    return next((value for key, value in element.attrib.items() if local(key) == "id"), "")
