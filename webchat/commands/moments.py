"""A time as people write it, of a notification that is due later or expires."""

import re
import time

from webchat.errors import Malformed, sentence as _

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SPAN = re.compile(r"(\d{1,6})\s*(s|m|h|d)(?:ec|in|our|ay)?(?:ond|ute)?s?", re.IGNORECASE)


def moment(text: str) -> int:
    """Milliseconds since 1970, of the end of a span from now such as ``30m``, or of a second since 1970. Raises
    Malformed."""
    if span := _SPAN.fullmatch(text):
        return time.time_ns() // 1_000_000 + int(span[1]) * _UNITS[span[2].lower()] * 1000
    if text.isascii() and text.isdigit() and len(text) < 12:
        return int(text) * 1000
    raise Malformed(_("A time is written as 30s, 15m, 2h or 3d, or in seconds since 1970."))
