"""The door of the API: a token, a JSON object, one command or one look, and JSON back.

It takes no cookie, and so no page of another site can use one.
"""

import base64
import hashlib
import re
import secrets
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from webchat import commands as c
from webchat.chat import names, tokens
from webchat.chat.done import Done
from webchat.errors import Malformed, NotFound, SignInNeeded, TooLarge, sentence as _
from webchat.store import Tx
from webchat.web.api.endpoint import NOTHING_THERE, Ask, Endpoint
from webchat.web.audit import audited
from webchat.web.house import house, peer
from webchat.web.limits import network
from webchat.web.security import bearer

KEY = re.compile(r"[\x21-\x7e]{1,255}")
LONGEST_PART = {"sub": 255, "room": 129}
"""The most characters of a value in the path, where that is more than a name may have: a thread's has two names."""
LONGEST = 128 * 1024
"""The most bytes of a body."""
_NO_TEXT = ("Cc", "Cs", "Zl", "Zp")
"""The kinds of letters that nothing is called by: controls, halves of others, and ends of lines."""
_FIELD = re.compile(r"at `\$\.([a-z_]+)|field `([a-z_]+)`")
NO_TOKEN = _("Send a token in the Authorization header, as in “Bearer webchat_…”.")
NOT_AN_OBJECT = _("Send one JSON object.")


def door(endpoints: Mapping[str, Endpoint]) -> Callable[[Request], Awaitable[Response]]:
    """What answers at one path, by method."""

    async def answer(request: Request) -> Response:
        endpoint = endpoints[request.method]
        ask = await asked(request, endpoint)
        if endpoint.command is None:
            ask.at.limits.act(False, ask.actor, network(peer(request)))
            if endpoint.searches:
                ask.at.limits.search(ask.actor, network(peer(request)))
        else:
            ask = ask._replace(done=await _perform(request, endpoint, ask))
        if endpoint.show is None:
            return Response(status_code=endpoint.status)
        read = ask.at.store.browse if endpoint.searches else ask.at.store.read
        shown = await read(partial(_shown, endpoint, ask))
        return Response(msgspec.json.encode(shown), endpoint.status, media_type="application/json")

    return answer


async def asked(request: Request, endpoint: Endpoint) -> Ask:
    """What a request asks, and with which token. Raises SignInNeeded without one that is valid."""
    if bearer(request.headers) is None:
        raise SignInNeeded(NO_TOKEN)
    visitor = await house(request).sessions.speaker(request)
    assert visitor.user, "a token speaks for an account"
    path = {name: _in_path(value, LONGEST_PART.get(name, names.LONGEST)) for name, value in request.path_params.items()}
    query = converted(dict(request.query_params), endpoint.query)
    return Ask(house(request), visitor.user, visitor.session, path, query)


def _in_path(value: str | int, longest: int) -> str | int:
    """A value that stands in the path: one that cannot be, is of nothing."""
    if isinstance(value, int):  # of no more digits than a row could have, see `Number`
        return value
    # What joins the parts of an emoji is not printable, and is no control either.
    if len(value) > longest or any(unicodedata.category(sign) in _NO_TEXT for sign in value):
        raise NotFound(NOTHING_THERE)
    return value


def _shown(endpoint: Endpoint, ask: Ask, tx: Tx) -> msgspec.Struct:
    assert endpoint.show
    if endpoint.command is None:
        ask = ask._replace(actor=tokens.allowed(tx, ask.credential, endpoint.scope, ask.path))
    return endpoint.show(ask, tx)


async def _perform(request: Request, endpoint: Endpoint, ask: Ask) -> Done:
    assert endpoint.command
    fields = await endpoint.reads(request) if endpoint.reads else await _json(request, endpoint)
    key = request.headers.get("idempotency-key")
    command = c.build(endpoint.command, {**fields, **ask.path, "cid": cid_of(key)})
    ask.at.limits.ask(command, ask.actor, network(peer(request)))
    begun = ask.at.chat.begin(ask.actor, command, ask.credential, keyed=key is not None)
    return await audited(ask.actor, command, peer(request), begun)


def cid_of(key: str | None) -> str:
    """The command's id: a fresh one, or that of the key which its asker chose."""
    if key is None:
        return secrets.token_urlsafe(16)
    if not KEY.fullmatch(key):
        raise Malformed(_("An Idempotency-Key has 1 to 255 letters, digits and signs of ASCII."))
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()).decode().rstrip("=")


async def body(request: Request) -> bytes:
    """What was sent. Raises TooLarge: what limits other bodies says so in its own words, not as a problem."""
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > LONGEST:
            raise TooLarge(_("That is too large."))
    return bytes(found)


async def _json(request: Request, endpoint: Endpoint) -> Mapping[str, object]:
    text = await body(request)
    if endpoint.body is None:
        return {}
    try:
        said = msgspec.json.decode(text or b"{}", type=endpoint.body)
    except msgspec.ValidationError as error:
        raise _wrong(error) from None
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise Malformed(NOT_AN_OBJECT) from None
    # What was left out stays out: a text that is not there is right where one that is empty is not.
    named = ((one, getattr(said, one.name)) for one in msgspec.structs.fields(endpoint.body))
    return {one.name: value for one, value in named if value != one.default}


def converted(values: Mapping[str, str], into: type[msgspec.Struct]) -> Any:
    """What a query says. Raises Malformed."""
    try:
        return msgspec.convert(values, into, strict=False)
    except msgspec.ValidationError as error:
        raise _wrong(error) from None


def _wrong(error: msgspec.ValidationError) -> Malformed:
    if found := _FIELD.search(str(error)):
        return Malformed(c.WRONG_FIELD, field=found[1] or found[2])
    return Malformed(NOT_AN_OBJECT)
