"""The shape of slugs and names: 1 to 64 letters of any script, digits, ``_``, ``-``; case-folded.

So that no two look the same: what RFC 8265 (PRECIS) forbids in a user name is forbidden here, of the scripts whose
letters look alike (Latin, Cyrillic, Greek) only one is in a name, and names that are alike as a whole, such as a
Cyrillic ``сор`` and a Latin ``cop``, have the same `skeleton`, of which there can be only one.
"""

import re
import unicodedata
from collections import defaultdict
from functools import cache
from importlib.resources import files

import msgspec
from precis_i18n import get_profile

from webchat.errors import Malformed, sentence as _
from webchat.normal import normalized

LONGEST = 64
RESERVED = frozenset({"webchat", "admin", "everyone", "here", "room", "all", "system"})
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff]"
)
"""What shows nothing, or turns the line around, also where it counts as a letter."""

_ALIKE = ("LATIN", "CYRILLIC", "GREEK")
_MARKS = frozenset({"Mn", "Mc"})
_LETTERS = _MARKS | {"Ll", "Lo", "Lm", "Nd"}
_WRITTEN = _LETTERS | {"Lu", "Lt"}
_PRECIS = get_profile("UsernameCaseMapped")
_LEFT_TO_RIGHT = "\u200e"


def slug(text: str) -> str:
    """The slug that ``text`` spells. Raises Malformed with what a slug may be."""
    spelled = folded(text)
    if not _shaped(spelled):
        raise Malformed(_("A room's address may have 1 to 64 letters, digits, _ and -, and no spaces."))
    _need_one_script(spelled)
    return spelled


def of_title(title: str) -> str:
    """What a slug could be that says a title: its letters and digits, with ``-`` for spaces. It may be none."""
    kept = (letter if is_letter(letter) else " " * letter.isspace() for letter in folded(title))
    return "-".join("".join(kept).split()).strip("-_")[:LONGEST].rstrip("-_")


def name(text: str) -> str:
    """The user name that ``text`` spells. Raises Malformed with what a name may be."""
    spelled = folded(text)
    if not _shaped(spelled):
        raise Malformed(_("A name may have 1 to 64 letters, digits, _ and -, and no spaces."))
    _need_one_script(spelled)
    if skeleton(spelled) in RESERVED:
        raise Malformed(_("This name is reserved. Choose another one."))
    return spelled


def is_slug(text: str) -> bool:
    """Whether ``text`` is a slug as it is kept."""
    return folded(text) == text and _shaped(text) and not _mixed(text)


def is_letter(letter: str) -> bool:
    """Whether a name may hold this sign, as somebody may write it."""
    return letter in "_-" or unicodedata.category(letter) in _WRITTEN


def folded(text: str) -> str:
    """The form that slugs and names are kept and looked up in."""
    if text.isascii():  # which is normal
        return text.strip().lower()
    return normalized("NFKC", normalized("NFKC", text.strip()).casefold())


def skeleton(text: str) -> str:
    """What ``text``, which is folded, looks like: the same for whatever reads alike, in small letters or in capitals.

    ASCII stays as it is. That ``rn`` looks like ``m`` is no reason to refuse a name that anybody may have.
    """
    if text.isascii():
        return text
    looks = "".join(map(_look, normalized("NFD", text)))
    return normalized("NFC", looks)


def _shaped(text: str) -> bool:
    return (
        1 <= len(text) <= LONGEST
        and all(letter in "_-" or unicodedata.category(letter) in _LETTERS for letter in text)
        and unicodedata.category(text[0]) not in _MARKS
        and not INVISIBLE.search(text)
        and (text.isascii() or _is_precis(text))
    )


def _is_precis(text: str) -> bool:
    """Whether the text may be a user name by RFC 8265, which also keeps the letters of one in the order they are in."""
    try:
        _PRECIS.enforce(text)
    except UnicodeEncodeError:
        return False
    return True


def _need_one_script(text: str) -> None:
    if _mixed(text):
        raise Malformed(_("Write it in letters of one script. Latin, Cyrillic and Greek ones look too much alike."))


def _mixed(text: str) -> bool:
    if text.isascii():
        return False
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in text}
    return len(scripts.intersection(_ALIKE)) > 1


def _look(letter: str) -> str:
    """The letter that another one is shown as: an ASCII one if there is one, also if only their capitals look alike."""
    if letter.isascii():
        return letter
    look = _looks().get(letter, letter)
    capital = letter.upper()
    in_capitals = _looks().get(capital, letter).casefold()
    return in_capitals if in_capitals.isascii() and not look.isascii() else look


@cache
def _looks() -> dict[str, str]:
    """Letters, and the one that each looks like, by Unicode's table of confusables (UTS 39)."""
    table = files("confusable_homoglyphs").joinpath("confusables.json").read_bytes()
    alike: dict[str, set[str]] = defaultdict(set)
    for letter, rows in msgspec.json.decode(table, type=dict[str, list[dict[str, str]]]).items():
        alike[letter.strip(_LEFT_TO_RIGHT)].update(row["c"].strip(_LEFT_TO_RIGHT) for row in rows)
    # The table goes both ways: the letter that others are said to look like is the one with the most of them.
    looks = {}
    for letter, others in alike.items():
        if len(letter) == 1:
            among = {letter, *(other for other in others if len(other) == 1)}
            looks[letter] = min(among, key=lambda one: (not one.isascii(), -len(alike[one]), one))
    return looks
