"""The gate for all text: what nobody could be shown is refused, and what would reach beyond its line is closed."""

import re
import unicodedata

from webchat.errors import Malformed, sentence as _
from webchat.normal import normalized

MARKS = 8
"""The most marks on one letter. No script needs more; a heap of them covers the lines around it."""

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_MAYBE_MARKS = re.compile(rf"[^\w\s]{{{MARKS + 1},}}")
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_POP, _POP_ISOLATE = "\u202c", "\u2069"
_CLOSED_BY = dict.fromkeys("\u202a\u202b\u202d\u202e", _POP) | dict.fromkeys("\u2066\u2067\u2068", _POP_ISOLATE)


def clean(text: str) -> str:
    """The text in NFC with ``\\n`` line ends, each line of which leaves the direction of what follows as it was.

    Raises Malformed for control characters, for halves of surrogate pairs, which one recipient's socket could not even
    encode, and for heaps of marks.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _CONTROLS.search(text):
        raise Malformed(_("The text contains characters that cannot be shown. Remove them and try again."))
    if text.isascii():
        return text
    text = normalized("NFC", text)
    if any(_is_heap(found[0]) for found in _MAYBE_MARKS.finditer(text)):
        raise Malformed(_("The text has too many marks on one letter. Remove some and try again."))
    return "\n".join(map(_balanced, text.split("\n"))) if _DIRECTIONS.search(text) else text


def _is_heap(signs: str) -> bool:
    """Whether more than `MARKS` marks follow each other."""
    kinds = "".join(unicodedata.category(sign)[0] for sign in signs)
    return "M" * (MARKS + 1) in kinds


def _balanced(line: str) -> str:
    """The line with every change of direction in it ended (UAX 9), and none ended that did not begin."""
    kept: list[str] = []
    owed: list[str] = []
    isolates = 0
    for sign in line:
        if sign in _CLOSED_BY:
            owed.append(_CLOSED_BY[sign])
            isolates += owed[-1] == _POP_ISOLATE
        elif sign in (_POP, _POP_ISOLATE):
            if not (isolates if sign == _POP_ISOLATE else owed[-1:] == [_POP]):
                continue
            while owed.pop() != sign:  # the end of an isolate ends what began in it, too
                pass
            isolates -= sign == _POP_ISOLATE
        kept.append(sign)
    return "".join(kept + owed[::-1])
