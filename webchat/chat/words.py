"""Which words a text has: runs of letters and digits, without their accents, in lower case; and of scripts that put no
spaces between words, each two letters that stand together. What is looked for is cut in the same way."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from webchat.normal import normalized

LONGEST = 64
"""Letters of a word that count."""
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005\u3007\u3041-\u3096\u3099-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
_SIGNS = "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
"""What stands at letters, and is none by itself to Python's regular expressions."""
_RUN = re.compile(rf"([{_UNSPACED}]+)|(?:[^\W_{_UNSPACED}]|[{_SIGNS}])+")
_PLAIN = re.compile(r"()?[a-zA-Z0-9]+")
_LOWER = re.compile(r"[a-z0-9]+")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_SEPARATING = re.compile(r"[\x00-/:-@\[-`{-\x7f]+")


class Word(NamedTuple):
    """A word, where it stands in the text, and whether it is a single letter at the end of a run, which only those who
    look for such look for."""

    word: str
    start: int
    end: int
    last: bool = False


class Phrase(NamedTuple):
    """Words that are to stand one after the other; of the last one perhaps only the beginning."""

    words: tuple[str, ...]
    begins: bool = False


def normal(text: str) -> str:
    """The text in which words have their places."""
    return normalized("NFC", text)


def words(text: str) -> Iterator[Word]:
    """The words of a `normal` text, in order."""
    for run in (_PLAIN if text.isascii() else _RUN).finditer(text):
        start, end = run.span()
        folded = _folded(run[0])
        if not run[1]:
            if folded:
                yield Word(folded[:LONGEST], start, end)
            continue
        same = len(folded) == end - start  # not where two signs became one
        for place in range(len(folded)):
            pair = folded[place : place + 2]
            where = (start + place, min(start + place + 2, end)) if same else (start, end)
            yield Word(pair, *where, last=len(pair) == 1)


def spelled(text: str) -> list[str]:
    """Only what the words of a `normal` text are, where they stand does not matter."""
    if text.isascii():
        return [word[:LONGEST] for word in _LOWER.findall(text.lower())]
    return [one.word for one in words(text)]


def phrase(text: str) -> Phrase | None:
    """What is looked for by ``text``; None if there is no word in it."""
    found = list(words(normal(text)))
    if not found:
        return None
    begins = found[-1].last and (len(found) == 1 or found[-2].end != found[-1].end)
    if found[-1].last and not begins:
        found.pop()
    return Phrase(tuple(one.word for one in found), begins)


def places(phrase: Phrase, found: list[Word]) -> Iterator[tuple[int, int]]:
    """Where a phrase stands among the words of a text: its first and last letter, and one further. Both are looked at
    as texts, since to compare word by word takes minutes where all words of long texts are alike."""
    text = "".join(f" {one.word}" for one in found) + " "
    sought = f" {' '.join(phrase.words)}" + ("" if phrase.begins else " ")
    ends = [0, *accumulate(len(one.word) + 1 for one in found)]
    at = text.find(sought)
    while at >= 0:
        first = bisect_left(ends, at)
        yield found[first].start, found[first + len(phrase.words) - 1].end
        at = text.find(sought, at + 1)


def _folded(run: str) -> str:
    if run.isascii():
        return run.lower()
    plain = normalized("NFKD", normalized("NFKD", run).casefold())
    return _SEPARATING.sub("", normalized("NFC", _ACCENTS.sub("", plain)))
