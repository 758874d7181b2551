"""A backup of remark42: a first line about all of it, then a line of JSON for each comment."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from webchat.errors import StartRefused
from webchat.imports.comment import Comment, Found, moment, opened


def read(path: Path) -> Iterator[Found]:
    """Its comments. Raises StartRefused for what is no such backup."""
    with opened(path) as file:
        for number, line in enumerate(file, 1):
            try:
                row = msgspec.json.decode(line, type=dict[str, Any])
                if "locator" in row:  # the first line is not of a comment
                    yield _comment(row)
            except (msgspec.MsgspecError, UnicodeDecodeError, KeyError, TypeError, AttributeError):
                raise StartRefused(f"{path.name} is no backup of remark42: see line {number}.") from None


def _comment(row: dict[str, Any]) -> Found:
    if row.get("delete"):
        return ("deleted",)
    user, written = row["user"], row.get("orig") or row.get("text") or ""
    if not written:
        return ("without a page or a text",)
    title = str(row.get("title") or "")
    is_html, name = not row.get("orig"), user["name"] or ""
    at = moment(row["time"])
    return Comment(
        str(row["id"]),
        row["locator"]["url"],
        title,
        str(user["id"]),
        name,
        written,
        is_html,
        at,
        str(row.get("pid") or ""),
    )
