"""What waits for one thread, which is woken through a pipe.

A thread that waits for a lock is woken by one that has the interpreter, and must sleep again at once until that lets go
of it: three changes of threads for each wake on one core. To write to a pipe lets go of the interpreter first.
"""

import os
from collections import deque
from contextlib import suppress
from typing import Generic, TypeVar

T = TypeVar("T")


class Backlog(Generic[T]):
    """Things that wait, first in first out. Any thread may put, one takes. Close it once that has ended."""

    def __init__(self) -> None:
        self._items: deque[T] = deque()
        self._bell, self._rope = os.pipe()
        os.set_blocking(self._rope, False)
        self._asleep = False

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: T) -> None:
        """Let something wait. Never blocks."""
        self._items.append(item)
        if self._asleep:
            self._asleep = False
            with suppress(BlockingIOError):  # a pipe that is full wakes anyway
                os.write(self._rope, b"\0")

    def take(self) -> T:
        """What waits longest; blocks until there is something."""
        while not self._items:
            self._asleep = True
            if self._items:  # put between the two lines above, by a thread that needs no lock for it: nobody rang
                self._asleep = False
                break
            os.read(self._bell, 64)  # a ring too many only makes this look again
        return self._items.popleft()

    def close(self) -> None:
        """Give the pipe back."""
        os.close(self._bell)
        os.close(self._rope)
