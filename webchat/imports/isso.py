"""The database of isso, which is SQLite: comments in Markdown, with the path of their page."""

from collections.abc import Iterator
from pathlib import Path

import apsw

from webchat.errors import StartRefused
from webchat.imports.comment import Comment, Found

ACCEPTED, WAITING, DELETED = 1, 2, 4
_COMMENTS = (
    "SELECT c.id, t.uri, t.title, c.author, c.email, c.remote_addr, c.text, c.created, c.mode, c.parent"
    " FROM comments c JOIN threads t ON t.id = c.tid ORDER BY c.id"
)


def read(path: Path) -> Iterator[Found]:
    """Its comments. Raises StartRefused for what is no such database."""
    try:
        database = apsw.Connection(str(path), apsw.SQLITE_OPEN_READONLY)
        for number, page, title, name, email, address, text, created, mode, parent in database.execute(_COMMENTS):
            if mode != ACCEPTED:
                yield ("waiting for approval" if mode == WAITING else "deleted",)
                continue
            known = str(email or name or address)
            at = int(float(str(created)) * 1000)
            said = (known, str(name or ""), str(text), False, at, str(parent or ""))
            yield Comment(str(number), str(page), str(title or ""), *said)
    except apsw.Error:
        raise StartRefused(f"{path.name} is no database of isso.") from None
