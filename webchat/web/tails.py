"""What a frame is shown that gets no connection: the newest rows of its thread, which it asks for every few seconds.

They are the same for everybody, so that caches carry them; a process looks at a thread once a second at most, however
many ask, and draws it once a change.
"""

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import msgspec

from webchat.chat import access, messages, names
from webchat.errors import NotFound
from webchat.model import Guest, Page
from webchat.positions import Position
from webchat.store import Store, Tx
from webchat.web import embed_view
from webchat.web.drawings import Drawing, drawing, version
from webchat.web.render import Renderer

SHOWN = 30
"""Rows at most, which the document has too."""
FRESH = 1.0
"""Seconds for which a thread is not looked at again."""
TABLE = 1_000
"""The most tails that are kept; the longest unused go first."""

Key = tuple[str, str, str]
"""A site, a thread of it, and a language."""


class Tail(NamedTuple):
    """The newest rows as they go out, and until when they need not be looked at again."""

    etag: str
    drawn: Drawing
    until: float


class Tails:
    """The tails of one process."""

    def __init__(self, store: Store, renderer: Renderer, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._renderer = renderer
        self._clock = clock
        self._kept: dict[Key, Tail] = {}
        self._reading: dict[Key, asyncio.Task[Tail]] = {}

    async def newest(self, site: str, thread: str, lang: str, stranger: Guest) -> Tail:
        """The tail of a thread as strangers see it, at most a second old. Raises NotFound where they see nothing."""
        key = names.folded(site), names.folded(thread), lang
        kept = self._kept.get(key)
        if kept is not None and kept.until > self._clock():
            return kept
        if key not in self._reading:
            self._reading[key] = asyncio.ensure_future(self._read(key, stranger))
            self._reading[key].add_done_callback(partial(self._done, key))
        return await asyncio.shield(self._reading[key])  # whoever gives up must not take it from the others

    async def _read(self, key: Key, stranger: Guest) -> Tail:
        until, kept = self._clock() + FRESH, self._kept.pop(key, None)
        etag, page = await self._store.read(partial(self._look, key, stranger, kept.etag if kept else ""))
        if page is not None:
            kept = self._drawn(etag, page, key[2])
        assert kept, "nothing is known to be the same unless it is there"
        self._kept[key] = tail = kept._replace(until=until)
        if len(self._kept) > TABLE:
            del self._kept[next(iter(self._kept))]
        return tail

    def _look(self, key: Key, stranger: Guest, known: str, tx: Tx) -> tuple[str, Page | None]:
        """The version of a tail, and what it shows if that is not known."""
        site, room, _member = embed_view.found(tx, *key[:2], stranger)
        if not access.may_see(stranger, room, None):
            raise NotFound(embed_view.NO_THREAD)
        etag = version(Position(self._store.epoch, room.rev), site.id, room.id, key, self._renderer.assets.hash)
        return etag, None if etag == known else messages.run(tx, room, None, None, SHOWN)

    def _drawn(self, etag: str, page: Page, lang: str) -> Tail:
        if page.messages:  # the one before the first may be none that a frame has
            first, *others = page.messages
            page = msgspec.structs.replace(page, messages=(msgspec.structs.replace(first, continues=False), *others))
        return Tail(etag, drawing(self._renderer.fragment("tail", lang, page=page)), 0)

    def _done(self, key: Key, task: asyncio.Task[Tail]) -> None:
        del self._reading[key]
        if not task.cancelled():
            task.exception()  # told to those who still wait
