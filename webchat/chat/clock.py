"""The time, in the project's unit."""

import time

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def now() -> int:
    """Milliseconds since 1970, UTC. Times are shown; order comes from seq and rev, never from a clock."""
    return time.time_ns() // 1_000_000
