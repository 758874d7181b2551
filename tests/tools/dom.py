"""A small document: parsed HTML that takes what htmx would swap into it."""

from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser
from typing import Self

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Element:
    """An element and what is in it, in order."""

    __slots__ = ("attributes", "inside", "tag")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.inside: list[Element | str] = []

    def __iter__(self) -> Iterator["Element"]:
        """The element and all below it."""
        left = [self]
        while left:
            yield (element := left.pop())
            left += [child for child in reversed(element.inside) if isinstance(child, Element)]

    def __str__(self) -> str:
        named = "".join(f' {name}="{escape(value)}"' for name, value in self.attributes.items())
        inner = "".join(escape(part, quote=False) if isinstance(part, str) else str(part) for part in self.inside)
        return f"<{self.tag}{named}>{inner}" + ("" if self.tag in VOID else f"</{self.tag}>")

    @property
    def elements(self) -> list[Self]:
        """The elements directly inside."""
        return [child for child in self.inside if isinstance(child, type(self))]

    @property
    def id(self) -> str:
        """Its id, or an empty string."""
        return self.attributes.get("id", "")

    def find(self, id: str) -> "Element | None":
        """The first element with this id, here or below."""
        return next((element for element in self if element.id == id), None)

    def replaced(self, id: str, new: "Element") -> "Element":
        """The element with another one in place of what has that id directly inside; itself if nothing has it."""
        if not any(isinstance(part, Element) and part.id == id for part in self.inside):
            return self
        made = Element(self.tag, self.attributes)
        made.inside = [new if isinstance(part, Element) and part.id == id else part for part in self.inside]
        return made

    def select(self, tag: str) -> "list[Element]":
        """All elements of this tag, here or below."""
        return [element for element in self if element.tag == tag]


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if any(element.tag == tag for element in self.open[1:]):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def parse(html: str) -> Element:
    """An element without a tag that holds what ``html`` says."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.open[0]
