"""The buttons of a notification as one text, in ntfy's short form: ``view, Open, https://…; press, Done``."""

import re

from webchat.errors import Malformed, sentence as _

# What is in no quotation marks ends where the next part begins: to look for spaces before that would begin at each.
_PART = re.compile(r"""\s*+(?:"([^"]*)"\s*+|'([^']*)'\s*+|([^,;]*+))([,;]|\Z)""")


def buttons(text: str) -> list[dict[str, str]]:
    """The actions that a text spells: each a kind, a label and, to be viewed, a link. Raises Malformed."""
    return [_button(parts) for parts in _split(text) if any(parts)]


def _split(text: str) -> list[list[str]]:
    """Parts, between commas, of what stands between semicolons; neither counts in quotation marks."""
    found: list[list[str]] = [[]]
    at = 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            raise Malformed(_("Actions are written as: view, LABEL, LINK; press, LABEL."))
        found[-1].append(part[1] or part[2] or (part[3] or "").rstrip())
        if part[4] == ";":
            found.append([])
        at = part.end()
    return found


def _button(parts: list[str]) -> dict[str, str]:
    kind = parts[0].lower()
    if kind == "view" and len(parts) >= 3:
        return {"label": parts[1], "url": parts[2]}
    if kind == "press" and len(parts) == 2:
        return {"label": parts[1]}
    raise Malformed(_("Actions are written as: view, LABEL, LINK; press, LABEL."))
