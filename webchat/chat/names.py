"""The shape of slugs and names: 1 to 64 letters of any script, digits, ``_``, ``-``; case-folded.

So that no two look the same: nothing that is not seen, no mark without a letter, and of the scripts whose letters look
alike (Latin, Cyrillic, Greek) only one in a name. Names that are alike as a whole, such as a Cyrillic ``сор``, are not
found by this.
"""

import re
import unicodedata

from webchat.errors import Malformed, sentence as _

LONGEST = 64
RESERVED = frozenset({"webchat", "admin", "everyone", "here", "room", "all", "system"})
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff]"
)
"""What shows nothing, also where it counts as a letter."""

_ALIKE = ("LATIN", "CYRILLIC", "GREEK")
_MARKS = frozenset({"Mn", "Mc"})
_LETTERS = _MARKS | {"Ll", "Lo", "Lm", "Nd"}


def slug(text: str) -> str:
    """The slug that ``text`` spells. Raises Malformed with what a slug may be."""
    spelled = folded(text)
    if not _shaped(spelled):
        raise Malformed(_("A room's address may have 1 to 64 letters, digits, _ and -."))
    _need_one_script(spelled)
    return spelled


def name(text: str) -> str:
    """The user name that ``text`` spells. Raises Malformed with what a name may be."""
    spelled = folded(text)
    if not _shaped(spelled):
        raise Malformed(_("A name may have 1 to 64 letters, digits, _ and -."))
    _need_one_script(spelled)
    if spelled in RESERVED:
        raise Malformed(_("This name is reserved. Choose another one."))
    return spelled


def is_slug(text: str) -> bool:
    """Whether ``text`` is a slug as it is kept."""
    return folded(text) == text and _shaped(text) and not _mixed(text)


def folded(text: str) -> str:
    """The form that slugs and names are kept and looked up in."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.strip()).casefold())


def _shaped(text: str) -> bool:
    return (
        1 <= len(text) <= LONGEST
        and all(letter in "_-" or unicodedata.category(letter) in _LETTERS for letter in text)
        and unicodedata.category(text[0]) not in _MARKS
        and not INVISIBLE.search(text)
    )


def _need_one_script(text: str) -> None:
    if _mixed(text):
        raise Malformed(_("Write it in letters of one script. Latin, Cyrillic and Greek ones look too much alike."))


def _mixed(text: str) -> bool:
    if text.isascii():
        return False
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in text}
    return len(scripts.intersection(_ALIKE)) > 1
