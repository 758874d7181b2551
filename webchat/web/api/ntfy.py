"""A notification as ntfy's users write it, its text as the body and all else in headers; or as an object of JSON."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.requests import Request

from webchat import commands as c
from webchat.commands.moments import moment
from webchat.errors import Malformed, sentence as _
from webchat.web.api import door

NAMES: Mapping[str, tuple[str, ...]] = {
    "title": ("title", "t"),
    "priority": ("priority", "prio", "p"),
    "tags": ("tags", "tag", "ta"),
    "click": ("click",),
    "actions": ("actions", "action"),
    "key": ("key",),
    "due": ("delay", "at", "in"),
    "expires": ("ttl", "expires"),
}
"""Each field's headers, which may have ``X-`` before them."""
AUDIENCES = frozenset({"user", "users", "role", "room", "everyone"})
"""The fields that say whom it is for, which stands in the path."""
PRIORITIES = {"min": 1, "low": 2, "default": 3, "high": 4, "max": 5, "urgent": 5}
_JSON = msgspec.json.Decoder(dict[str, Any])


async def fields(request: Request) -> Mapping[str, object]:
    """What a request says of the notification. A body that is an object of JSON, and is said to be, is one."""
    body = await door.body(request)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
        return _object(body)
    try:
        found: dict[str, object] = {"body": body.decode()}
    except UnicodeError:
        raise Malformed(_("The text is not in UTF-8.")) from None
    for field, headers in NAMES.items():
        if (value := _header(request, headers)) is not None:
            found[field] = _READ.get(field, str)(value)
    return found


def _object(body: bytes) -> Mapping[str, object]:
    try:
        found = _JSON.decode(body)
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise Malformed(door.NOT_AN_OBJECT) from None
    known = set(c.SendNotification.__struct_fields__) - AUDIENCES - {"cid"}
    if unknown := set(found) - known:
        raise Malformed(c.WRONG_FIELD, field=min(unknown)[:64])
    return found


def _header(request: Request, names: tuple[str, ...]) -> str | None:
    """The value of the first of these headers. Servers take them for Latin-1, while programs write UTF-8."""
    for name in names:
        for spelled in (name, f"x-{name}"):
            if (value := request.headers.get(spelled)) is not None:
                try:
                    return value.encode("latin-1").decode().strip()
                except UnicodeError:
                    raise Malformed(_("The header %(name)s is not text in UTF-8."), name=spelled) from None
    return None


def _priority(text: str) -> object:
    return PRIORITIES.get(text.lower(), int(text) if text.isdecimal() and len(text) < 3 else text)


def _tags(text: str) -> list[str]:
    return [tag for part in text.split(",") if (tag := part.strip())]


_READ: Mapping[str, Any] = {"priority": _priority, "tags": _tags, "due": moment, "expires": moment}
SPOKEN: Mapping[str, Any] = {"reads": fields, "accepts": ("application/json", "text/plain")}
