"""The API: one table of endpoints, from which its routes, its document and its page come."""

from collections.abc import Iterable

from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.routing import Route

from webchat.web.api import (
    bots,
    files,
    messages,
    notifications,
    place,
    reference,
    rooms,
    search,
    sites,
    streams,
    support,
    users,
)
from webchat.web.api.door import door
from webchat.web.api.endpoint import Endpoint
from webchat.web.api.problems import ROOT

TABLE: tuple[Endpoint, ...] = (
    *rooms.ENDPOINTS,
    *messages.ENDPOINTS,
    *search.ENDPOINTS,
    *users.ENDPOINTS,
    *notifications.ENDPOINTS,
    *place.ENDPOINTS,
    *bots.ENDPOINTS,
    *sites.ENDPOINTS,
    *support.ENDPOINTS,
)


STREAMS = streams.ENDPOINTS
"""Those that go on: their routes are of the doors that stay open."""
FILES = files.ENDPOINTS
"""Those with a body, or an answer, that is no JSON."""
OWN_LIMIT = [Middleware(RequestBodyLimitMiddleware, max_body_size=2**62)]
"""In place of what all other bodies are limited by: see `door.body`."""


def routes(table: Iterable[Endpoint]) -> tuple[Route, ...]:
    """A route for each path, with all its methods."""
    paths: dict[str, dict[str, Endpoint]] = {}
    for endpoint in table:
        methods = paths.setdefault(endpoint.path, {})
        assert endpoint.method not in methods, f"{endpoint.method} {endpoint.path} is there twice"
        methods[endpoint.method] = endpoint
    return tuple(
        Route(ROOT + path, door(methods), methods=list(methods), middleware=OWN_LIMIT)
        for path, methods in paths.items()
    )


ROUTES = (
    Route(f"{ROOT}/", reference.page((*TABLE, *FILES, *STREAMS))),
    Route(f"{ROOT}/openapi.json", reference.document((*TABLE, *FILES, *STREAMS))),
    *routes(TABLE),
    *(Route(ROOT + one.path, files.DOORS[one.path], methods=[one.method], middleware=OWN_LIMIT) for one in FILES),
)
