"""What is the same for everybody who asks, as it was drawn: a page that thousands open at once costs one drawing."""

import gzip
import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from webchat.web.assets import takes_gzip

TABLE = 300
"""The most that are kept; the oldest goes first."""


class Drawing(NamedTuple):
    """HTML as it goes out."""

    body: bytes
    gzip: bytes


class Drawings:
    """The drawings of one process, each under a name that no other one ever has."""

    def __init__(self) -> None:
        self._kept: dict[str, Drawing] = {}

    def find(self, name: str) -> Drawing | None:
        """What was drawn under a name, if it is still kept."""
        return self._kept.get(name)

    def keep(self, name: str, html: str) -> Drawing:
        """Keep what was drawn."""
        kept = self._kept[name] = drawing(html)
        if len(self._kept) > TABLE:
            del self._kept[next(iter(self._kept))]
        return kept


def version(*parts: object) -> str:
    """The ETag of what is drawn from these and nothing else."""
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:20]}"'


def drawing(html: str) -> Drawing:
    """HTML, ready to go out."""
    body = html.encode()
    return Drawing(body, gzip.compress(body, 9, mtime=0))


def answer(request: Request, drawn: Drawing, headers: Mapping[str, str]) -> Response:
    """A drawing as this browser takes it."""
    if takes_gzip(request):
        return HTMLResponse(drawn.gzip, headers={**headers, "Content-Encoding": "gzip"})
    return HTMLResponse(drawn.body, headers=dict(headers))
