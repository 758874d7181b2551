"""What blocks for as long as somebody else likes, in threads that nobody waits for who has given up, nor the end of the
process."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from anyio.to_thread import current_default_thread_limiter

T = TypeVar("T")


async def aside(function: Callable[..., T], *arguments: object, unwanted: Callable[[T], object] | None = None) -> T:
    """What ``function`` returns or raises in a thread of its own. Whoever is cancelled is so at once; what comes
    then is given to ``unwanted``."""
    async with current_default_thread_limiter():
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def settle(found: list[T], error: BaseException | None) -> None:
            if future.done():
                if found and unwanted:
                    unwanted(found[0])
            elif error:
                future.set_exception(error)
            else:
                future.set_result(found[0])

        def work() -> None:
            found: list[T] = []
            error: BaseException | None = None
            try:
                found.append(function(*arguments))
            except BaseException as raised:
                error = raised
            with suppress(RuntimeError):  # the loop has ended
                future.get_loop().call_soon_threadsafe(settle, found, error)

        threading.Thread(target=work, name="webchat-aside", daemon=True).start()
        return await future
