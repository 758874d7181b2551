"""The API's documentation: as OpenAPI for programs, and as a page for people, of the same data."""

from collections.abc import Awaitable, Callable, Iterable
from functools import cache, partial
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from webchat.web import answers
from webchat.web.api import openapi
from webchat.web.api.endpoint import Endpoint, plain
from webchat.web.api.problems import ROOT
from webchat.web.house import house

Door = Callable[[Request], Awaitable[Response]]


def document(table: Iterable[Endpoint]) -> Door:
    """What answers with the OpenAPI document. It is the same for everybody, and needs no token."""
    written = cache(partial(_written, tuple(table)))

    async def answer(request: Request) -> Response:
        return Response(written(house(request).settings.base), media_type="application/json")

    return answer


def page(table: Iterable[Endpoint]) -> Door:
    """What answers with the page."""
    rows = tuple(table)

    async def answer(request: Request) -> Response:
        visitor = await house(request).sessions.visitor(request)
        told = openapi.document(rows, house(request).settings.base)
        sections: dict[str, list[Any]] = {}
        for endpoint in rows:
            path = plain(endpoint.path)
            operation = told["paths"][path][endpoint.method.lower()]
            sections.setdefault(path.split("/")[1], []).append((endpoint, path, operation))
        schemas = told["components"]["schemas"]
        return await answers.page(request, "api", visitor, lambda tx: {}, sections=sections, schemas=schemas, root=ROOT)

    return answer


def _written(table: tuple[Endpoint, ...], base: str) -> bytes:
    return msgspec.json.encode(openapi.document(table, base))
