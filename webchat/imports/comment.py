"""What the readers of other programs' files have in common."""

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, NamedTuple, cast
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, ParseError, iterparse

from webchat.errors import StartRefused

LATEST = 253_402_300_799_999
"""The last millisecond of the year 9999, after which nothing tells a time."""
NO_XML = re.compile("[\ufffe\uffff]")
"""What a text may have here, and not in XML."""
GZIP = b"\x1f\x8b"


class Comment(NamedTuple):
    """Somebody's comment on a page. ``id`` tells it from all others of its file, ``author`` those of one author from
    others', ``at`` is in milliseconds, the text is HTML or Markdown, and ``answers`` the id of another
    comment, or empty."""

    id: str
    page: str
    title: str
    author: str
    name: str
    text: str
    is_html: bool
    at: int
    answers: str = ""


Skipped = tuple[str]
"""Why something that is in a file is no comment to take over: a word for people, such as ``deleted``."""
Found = Comment | Skipped


def thread(page: str) -> str:
    """The part of a page's address that names its thread: ``https://blog.example/2020/Hello/`` is ``2020-hello``."""
    path = urlsplit(page).path if "://" in page or page.startswith("/") else page
    return re.sub(r"[\W_]+", "-", re.sub(r"\.(html?|php)$", "", path.strip("/").casefold())).strip("-") or "index"


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """A file, unpacked if it is packed by gzip.

    Raises:
        StartRefused: it cannot be read, or is broken.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == GZIP
        with gzip.open(path) if packed else path.open("rb") as file:
            yield cast(IO[bytes], file)
    except (gzip.BadGzipFile, EOFError) as error:
        raise StartRefused(f"{path.name} is broken: {error}.") from None


def elements(path: Path, names: frozenset[str]) -> Iterator[Element]:
    """The elements of an XML file that have one of these names, without namespaces, in order; each may be cleared.

    Raises:
        StartRefused: it is no XML.
    """
    with opened(path) as file:
        try:
            # Expat itself refuses entities that grow beyond measure, and reads nothing from elsewhere.
            for _event, element in iterparse(file):  # noqa: S314 # see above
                if local(element.tag) in names:
                    yield element
        except ParseError as error:
            raise StartRefused(f"{path.name} is no XML: {error}.") from None


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def children(element: Element) -> dict[str, Element]:
    """What is in an element, by name; of several the first."""
    found: dict[str, Element] = {}
    for child in element:
        found.setdefault(local(child.tag), child)
    return found


def text(element: Element | None) -> str:
    """What an element says."""
    return (element.text or "").strip() if element is not None else ""


def moment(written: str) -> int:
    """A time in ISO 8601, of UTC if it does not say, in milliseconds. Raises ValueError."""
    found = datetime.fromisoformat(written)
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)
