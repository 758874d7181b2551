"""Unicode's normal forms, in a time that grows with the text and not with the square of it."""

import re
import unicodedata
from typing import Literal

MOST = 30
"""The most marks in a row that are put in order, as in the stream-safe text format (UAX 15, section 13)."""

# What is no letter may be a mark, and two letters of half a width become marks in the forms with a K.
_MANY = re.compile(rf"(?:[^\w\s]|[\uff9e\uff9f]){{{MOST + 1},}}")
_JOINER = "\u034f"


def normalized(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """The text in that form. Between `MOST` marks and the next ones a combining grapheme joiner is put first: to order
    all marks of a heap, each is compared with all before it."""
    if text.isascii():
        return text
    return unicodedata.normalize(form, _MANY.sub(_parted, text))


def _parted(found: re.Match[str]) -> str:
    kept: list[str] = []
    marks = 0
    for sign in found[0]:
        marks = marks + 1 if unicodedata.combining(unicodedata.normalize("NFKD", sign)[0]) else 0
        if marks > MOST:
            kept.append(_JOINER)
            marks = 1
        kept.append(sign)
    return "".join(kept)
