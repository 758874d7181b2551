"""What comes in at the doors that stay open, read: the text or JSON of a frame, and where a reader stands."""

from typing import Any

import anyio
import msgspec
from starlette.requests import Request

from webchat import positions
from webchat.broker import Since
from webchat.errors import Malformed, TooLarge, sentence as _
from webchat.positions import Position
from webchat.web.numbers import whole_number

LONGEST = 64 * 1024
"""The most bytes of one frame."""

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def since(text: str | None) -> Since:
    """The position that a query spells. None if it says none; what cannot be one asks for a reset."""
    return None if text is None else positions.parse(text) or "reset"


def older(one: Since, other: Since) -> Since:
    """The position from which both are brought up to date."""
    if one is None or one == other:
        return other
    if isinstance(one, Position) and isinstance(other, Position) and one.epoch == other.epoch:
        return min(one, other)
    return "reset"


def seq(text: str | None) -> int | None:
    """The place that a query names."""
    return whole_number(text or "")


def plain(text: str | None) -> str:
    """The text of a frame, None for one that is not text. Raises Malformed or TooLarge."""
    if text is None:
        raise Malformed(_("Only text can be sent here."))
    if len(text) * 4 > LONGEST and len(text.encode(errors="replace")) > LONGEST:
        raise TooLarge(_("That is too long: one message to the server has at most 64 KiB."))
    return text


def form(text: str | None) -> dict[str, Any]:
    """The JSON object of a frame. Raises Malformed or TooLarge."""
    try:
        return _decode(plain(text))
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise Malformed(_("This is not a JSON object that can be read here.")) from None


async def until_gone(request: Request, serving: anyio.CancelScope) -> None:
    """End the serving of a request when whoever asked has gone."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    serving.cancel()
