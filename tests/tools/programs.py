"""Programs of others that never end by themselves."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def endless(command: list[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """A program that runs for the time of the block, and ends with it, also where something in it fails:
    `subprocess.Popen` alone would wait for it then, for ever."""
    with subprocess.Popen(command, **options) as process:  # which closes the pipes too
        try:
            yield process
        finally:
            process.kill()
