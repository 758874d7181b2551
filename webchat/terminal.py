"""What a long command says on a terminal while it works, and how it ends tidily when it is told to."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SOON = 0.5
"""Seconds after which one wants to know what takes so long."""
OFTEN = 0.1


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A function that shows what is being done, in one line of stderr that is gone at the end; nothing unless that is a
    terminal. SIGTERM ends the block as an exception does, so that nothing half done is left."""
    begun = shown = time.monotonic()
    visible = False

    def tell(what: str) -> None:
        nonlocal shown, visible
        now = time.monotonic()
        if what and sys.stderr.isatty() and now - begun > SOON and now - shown > OFTEN:
            sys.stderr.write(f"\r\x1b[K{what} …")
            sys.stderr.flush()
            shown, visible = now, True
        elif not what and visible:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            visible = False

    before = signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))
    try:
        yield tell
    finally:
        signal.signal(signal.SIGTERM, before)
        tell("")
