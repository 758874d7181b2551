"""For other people's programs: send, notify and listen, over the API of a running server.

    client = Client("https://chat.example", "webchat_…")
    client.notify("ann", "Build passed")
    for message in client.listen("lobby"):
        ...

`AsyncClient` has the same methods to await. What they give back is made of standard types. A request that got no answer
is sent again with the same key, so it is done once; a connection that is lost is made again, and goes on where it was.
"""

import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import anyio
from websockets.asyncio.client import connect as connect_async
from websockets.sync.client import connect

from webchat.client.door import Door, Problem
from webchat.client.ears import (
    GONE,
    Ear,
    File,
    Message,
    Notification,
    NotificationEar,
    RoomEar,
    message,
    messages_path,
    run,
)

__all__ = ["AsyncClient", "Client", "File", "Message", "Notification", "Problem"]
PATIENCE = 30.0
"""Seconds for which a request is sent again while nobody answers it."""
T = TypeVar("T")


class Client:
    """A server at ``url``, and the ``token`` to ask it with. For ``patience`` seconds it may be silent. Raises
    ValueError for what is no address, or no token."""

    def __init__(self, url: str, token: str, patience: float = PATIENCE) -> None:
        self._door = Door(url, token, patience)

    def send(self, room: str, body: str, key: str = "", files: Iterable[File | str] = ()) -> Message:
        """Say something in a room, with files that were sent there, or their ids. With a ``key`` of one's own it is
        said once, also by this program restarted."""
        ids = [one.id if isinstance(one, File) else one for one in files]
        return message(
            self._door.call("POST", messages_path(room), {"body": body} | ({"files": ids} if ids else {}), key)
        )

    def upload(self, room: str, path: str | Path, name: str = "") -> File:
        """Send a file into a room, under its own name or another one. It goes after a day if no message has it."""
        path = Path(path)
        told = self._door.send_file(f"/rooms/{quote(room, '')}/files", name or path.name, path.read_bytes())
        return File(**{field: told[field] for field in File.__dataclass_fields__})

    def download(self, file: File | str) -> bytes:
        """What is in a file, by its id."""
        return self._door.fetch(f"/files/{quote(file.id if isinstance(file, File) else file, '')}")

    def notify(self, user: str, body: str, key: str = "", **more: Any) -> int:
        """Tell a user something; the notification's id. ``more`` are the other fields, such as ``title``."""
        told = self._door.call("POST", f"/users/{quote(user, '')}/notifications", {"body": body, **more}, key)
        return int(told["id"])

    def messages(self, room: str, before: int | None = None, limit: int = 50) -> list[Message]:
        """The newest messages of a room, or those before the one with that seq."""
        asked = {"limit": limit} | ({} if before is None else {"before": before})
        return run(self._door.call("GET", f"{messages_path(room)}?{urlencode(asked)}"))

    def search(self, text: str) -> Iterator[Message]:
        """The messages that have all of these words, the newest first; each page of them is asked for when its turn
        comes. ``text`` may say ``from:ann``, ``in:lobby`` and so on, as on the page of the search."""
        after: str | None = ""
        while after is not None:
            found, after = self._found(text, after)
            yield from found

    def _found(self, text: str, after: str) -> tuple[list[Message], str | None]:
        told = self._door.call("GET", f"/search?q={quote(text, '')}&after={after}")
        return run(told), told["next"]

    def call(self, method: str, path: str, fields: dict[str, Any] | None = None, key: str = "") -> Any:
        """Anything else of the API: ``call("PUT", "/rooms/lobby/archived")``; the JSON that it answers, or None."""
        return self._door.call(method, path, fields, key)

    def listen(self, room: str, since: str = "") -> Iterator[Message]:
        """Each message of a room that is posted or changed from now on, or from a position, without end.

        Raises Problem when the token ends, or may not listen there.
        """
        return self._heard(RoomEar(self._door, room, since))

    def notifications(self, since: str = "") -> Iterator[Notification]:
        """What the token's own user is told from now on, or since a position, without end; and what becomes of it.

        Raises Problem when the token ends, or may not be used to listen.
        """
        return self._heard(NotificationEar(self._door, since))

    def _heard(self, ear: Ear[T]) -> Iterator[T]:
        ear.begin()
        while True:
            try:
                with connect(ear.url, additional_headers=self._door.headers, compression=None, max_size=None) as socket:
                    yield from ear.news()
                    for frame in socket:
                        if ear.is_behind(frame):
                            yield from ear.news()
                ear.lost(None)
            except GONE as error:
                ear.lost(error)
            time.sleep(ear.wait())


class AsyncClient:
    """As `Client`, to await."""

    def __init__(self, url: str, token: str, patience: float = PATIENCE) -> None:
        self._door = Door(url, token, patience)
        self._client = Client(url, token, patience)

    async def send(self, room: str, body: str, key: str = "", files: Iterable[File | str] = ()) -> Message:
        """See `Client.send`."""
        return await _in_thread(self._client.send, room, body, key, files)

    async def upload(self, room: str, path: str | Path, name: str = "") -> File:
        """See `Client.upload`."""
        return await _in_thread(self._client.upload, room, path, name)

    async def download(self, file: File | str) -> bytes:
        """See `Client.download`."""
        return await _in_thread(self._client.download, file)

    async def notify(self, user: str, body: str, key: str = "", **more: Any) -> int:
        """See `Client.notify`."""
        return await _in_thread(partial(self._client.notify, user, body, key, **more))

    async def messages(self, room: str, before: int | None = None, limit: int = 50) -> list[Message]:
        """See `Client.messages`."""
        return await _in_thread(self._client.messages, room, before, limit)

    async def search(self, text: str) -> AsyncGenerator[Message, None]:
        """See `Client.search`."""
        after: str | None = ""
        while after is not None:
            found, after = await _in_thread(self._client._found, text, after)
            for one in found:
                yield one

    async def call(self, method: str, path: str, fields: dict[str, Any] | None = None, key: str = "") -> Any:
        """See `Client.call`."""
        return await _in_thread(self._client.call, method, path, fields, key)

    def listen(self, room: str, since: str = "") -> AsyncGenerator[Message, None]:
        """See `Client.listen`."""
        return self._heard(RoomEar(self._door, room, since))

    def notifications(self, since: str = "") -> AsyncGenerator[Notification, None]:
        """See `Client.notifications`."""
        return self._heard(NotificationEar(self._door, since))

    async def _heard(self, ear: Ear[T]) -> AsyncGenerator[T, None]:
        await _in_thread(ear.begin)
        while True:
            try:
                dial = connect_async(ear.url, additional_headers=self._door.headers, compression=None, max_size=None)
                async with dial as socket:
                    for one in await _in_thread(ear.news):
                        yield one
                    async for frame in socket:
                        if ear.is_behind(frame):
                            for one in await _in_thread(ear.news):
                                yield one
                ear.lost(None)
            except GONE as error:
                ear.lost(error)
            await anyio.sleep(ear.wait())


async def _in_thread(function: Callable[..., T], *arguments: Any) -> T:
    return await anyio.to_thread.run_sync(partial(function, *arguments), abandon_on_cancel=True)
