"""The page of the documentation that shows the table of permissions, written from the table.

``python -m tests.tools.permissions_page`` writes it anew; a rule holds it equal.
"""

from tests.tools import tree
from webchat.chat.access import PERMISSIONS, Condition, Row, no, yes

PATH = tree.ROOT / "docs/reference/permissions.md"
BEGINNING = """\
# Permissions

Who may do what: the one table that every door asks, in the transaction that does it. A row for each
[command](protocol.md) and for reading a room, a column for each role. What is asked in a room also needs the room to be
seen, the first row; whoever is banned from a room does not see it. What one may not see is answered as what is not
there. The [search](../how-to/search.md) finds messages by the first row, too, but in no room of a site.

"""
MEANING = """
## What the words mean

| Word | |
|---|---|
"""


def page() -> str:
    """The page as it should be."""
    rows = [f"| `{word}` | " + " | ".join(map(shown, row)) + " |" for word, row in PERMISSIONS.items()]
    used = dict.fromkeys(condition for row in PERMISSIONS.values() for condition in row)
    words = [f"| {shown(one)} | {said(one)} |" for one in used if one not in (no, yes)]
    head = "| | " + " | ".join(Row._fields) + " |\n|" + "---|" * (len(Row._fields) + 1) + "\n"
    return BEGINNING + head + "\n".join(rows) + "\n" + MEANING + "\n".join(words) + "\n"


def shown(condition: Condition) -> str:
    """A cell: the condition's name in words, or nothing for never."""
    return "" if condition is no else str(getattr(condition, "__name__", "")).replace("_", " ")


def said(condition: Condition) -> str:
    """What a condition says of itself, on one line."""
    return " ".join((condition.__doc__ or "").split())


if __name__ == "__main__":
    PATH.write_text(page(), "utf-8")
