"""What an endpoint of the API is: one row of the table from which its route, its limits and its documentation come."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, NamedTuple

import msgspec
from starlette.requests import Request

from webchat import commands as c
from webchat.chat import access, scopes
from webchat.chat.done import Done
from webchat.errors import Forbidden, Malformed, sentence as _
from webchat.model import User
from webchat.web.house import House
from webchat.web.numbers import whole_number

NOTHING_THERE = _("There is no such thing.")
Limit = Annotated[int, msgspec.Meta(ge=1, le=100)]


class NoQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


class Turned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``after`` is the ``next`` of the page before."""

    after: Annotated[str, msgspec.Meta(max_length=64)] = ""

    @property
    def number(self) -> int:
        """A cursor that is a number. Raises Malformed for what is none."""
        number = whole_number(self.after or "0")
        if number is None:
            raise Malformed(c.WRONG_FIELD, field="after")
        return number


class Paged(Turned, frozen=True, forbid_unknown_fields=True):
    """``limit`` is how many there are on a page."""

    limit: Limit = 50


class Ask(NamedTuple):
    """One request: who asks with which token, and what stands in its path and query; and what was done."""

    at: House
    actor: User
    credential: str
    path: Mapping[str, Any]
    query: Any
    done: Done = Done("")


Show = Callable[[Ask, Any], msgspec.Struct]
"""What is answered, read in one transaction. Its return annotation is the type in the documentation."""
Read = Callable[[Request], Awaitable[Mapping[str, object]]]


class Endpoint(NamedTuple):
    """A method of a path: what it asks, and what it shows.

    Either a ``command`` is performed, whose fields come from the path and a JSON object of the type ``body``, or it is
    only read, which ``needs`` a scope and has the parameters of ``query``. Without ``show`` an answer has no content.
    ``reads`` takes the fields out of a body that may be no JSON, of one of the media types ``accepts``. One that
    ``streams`` in a media type answers without end, each time with what it shows. ``gives`` is the media type of one
    that gives out what was sent as it is, and of one with a ``form`` that is where a file is sent. One that
    ``searches`` has goes of its own, and is read beside the event loop.
    """

    method: str
    path: str
    said: str
    show: Show | None = None
    command: type[Any] | None = None
    needs: str = "read"
    query: type[msgspec.Struct] = NoQuery
    status: int = 200
    body: type[msgspec.Struct] | None = None
    reads: Read | None = None
    accepts: tuple[str, ...] = ("application/json",)
    streams: str = ""
    gives: str = ""
    form: bool = False
    searches: bool = False

    @property
    def scope(self) -> str:
        """The scope that a token needs."""
        return scopes.scope(c.spelled(self.command)) if self.command else self.needs


def does(
    method: str, path: str, said: str, command: type[Any], show: Show | None = None, status: int = 0,
    without: frozenset[str] = frozenset(), called: str = "", **more: Any,
) -> Endpoint:  # fmt: skip
    """A row that performs a command, whose body is ``called`` like the command unless that has several, and is
    ``without`` some of its fields."""
    status = status or (200 if show else 204)
    body = _sent(command, path, without, called or command.__name__)
    return Endpoint(method, path, said, show, command, status=status, body=body, **more)


def shows(path: str, said: str, show: Show, query: type[msgspec.Struct] = NoQuery, needs: str = "read") -> Endpoint:
    """A row that only reads."""
    return Endpoint("GET", path, said, show, needs=needs, query=query)


def plain(path: str) -> str:
    """A path without the kinds of its parts, as the document writes it: ``/messages/{message}``."""
    return path.replace(":number}", "}").replace(":path}", "}")


def _sent(command: type[Any], path: str, without: frozenset[str], called: str) -> type[msgspec.Struct] | None:
    """The command's fields that are not in the path."""
    fields: list[Any] = [
        (one.name, one.type) if one.required else (one.name, one.type, one.default)
        for one in msgspec.structs.fields(command)
        if one.name not in {"cid", *without} and f"{{{one.name}}}" not in plain(path)
    ]
    if not fields:
        return None
    return msgspec.defstruct(called, fields, frozen=True, kw_only=True, forbid_unknown_fields=True)


def need_admin(ask: Ask) -> None:
    """Raises Forbidden for who does not look after the place."""
    if not access.may("change-place", ask.actor):
        raise Forbidden(_("Only admins may see this."))
