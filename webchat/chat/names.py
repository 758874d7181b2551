"""The shape of slugs and names: 1 to 64 letters of any script, digits, ``_``, ``-``; case-folded."""

import unicodedata

from webchat.errors import Malformed, sentence as _

LONGEST = 64
_RESERVED = frozenset({"webchat", "admin", "everyone", "here", "room", "all", "system"})


def slug(text: str) -> str:
    """The slug that ``text`` spells. Raises Malformed with what a slug may be."""
    spelled = folded(text)
    if not _shaped(spelled):
        raise Malformed(_("A room's address may have 1 to 64 letters, digits, _ and -."))
    return spelled


def name(text: str) -> str:
    """The user name that ``text`` spells. Raises Malformed with what a name may be."""
    spelled = folded(text)
    if not _shaped(spelled):
        raise Malformed(_("A name may have 1 to 64 letters, digits, _ and -."))
    if spelled in _RESERVED:
        raise Malformed(_("This name is reserved. Choose another one."))
    return spelled


def is_slug(text: str) -> bool:
    """Whether ``text`` is a slug as it is kept."""
    return folded(text) == text and _shaped(text)


def folded(text: str) -> str:
    """The form that slugs and names are kept and looked up in."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text.strip()).casefold())


def _shaped(text: str) -> bool:
    return 1 <= len(text) <= LONGEST and all(
        letter in "_-" or unicodedata.category(letter) in _LETTERS for letter in text
    )


_LETTERS = frozenset({"Ll", "Lo", "Lm", "Nd", "Mn", "Mc"})
