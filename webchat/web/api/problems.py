"""How the API says no: RFC 9457's ``application/problem+json``, whatever went wrong."""

from http import HTTPStatus

import msgspec
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from webchat.errors import Refused, SignInNeeded
from webchat.web.house import house
from webchat.web.language import choose

ROOT = "/api/v1"
MEDIA_TYPE = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why not: ``reason`` is for programs, ``detail`` a sentence for people. The very same may be asked again in
    ``after`` seconds, if that is given."""

    title: str
    status: int
    detail: str
    reason: str
    type: str = "about:blank"
    after: int = 0


def is_asked(request: Request) -> bool:
    """Whether a request is one for the API, whether there is such an endpoint or not."""
    path = request.scope["path"].removeprefix(house(request).settings.base)
    return bool(path == ROOT or path.startswith(f"{ROOT}/"))


def problem(request: HTTPConnection, refused: Refused) -> Response:
    """Say why not, in the language of the one who asks."""
    lang = choose("", request.headers.get("accept-language", ""))
    why = house(request).renderer.translate(lang, refused.sentence, refused.values)
    told = Problem(HTTPStatus(refused.status).phrase, refused.status, why, type(refused).__name__, after=refused.after)
    headers = {"Retry-After": str(refused.after)} if refused.after else {}
    if isinstance(refused, SignInNeeded):
        headers["WWW-Authenticate"] = "Bearer"
    return Response(msgspec.json.encode(told), refused.status, headers, MEDIA_TYPE)
