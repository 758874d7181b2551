"""The time, in the project's unit."""

import re
import time

from webchat.errors import Malformed, sentence as _

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
_UNITS = {"s": 1000, "m": MINUTE, "h": HOUR, "d": DAY}
_SPAN = re.compile(r"(\d{1,6})\s*(s|m|h|d)(?:ec|in|our|ay)?(?:ond|ute)?s?", re.IGNORECASE)


def now() -> int:
    """Milliseconds since 1970, UTC. Times are shown; order comes from seq and rev, never from a clock."""
    return time.time_ns() // 1_000_000


def moment(text: str) -> int:
    """The time that people write: after a span such as ``30m``, or at a second since 1970. Raises Malformed."""
    if span := _SPAN.fullmatch(text):
        return now() + int(span[1]) * _UNITS[span[2].lower()]
    if text.isascii() and text.isdigit() and len(text) < 12:
        return int(text) * 1000
    raise Malformed(_("A time is written as 30s, 15m, 2h or 3d, or in seconds since 1970."))
