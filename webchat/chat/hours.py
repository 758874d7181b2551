"""Business hours as people write them: a line for each run of days, such as ``mon-fri 09:00-17:30``."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from webchat.errors import Malformed, sentence as _

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Week = tuple[tuple[int, int, int], ...]
"""The day, and from which minute of it to before which one."""

_LINE = re.compile(r"([a-z]{3})(?:-([a-z]{3}))?\s+([0-9:,\s-]+)")
_SPAN = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)\s*-\s*(?:([01]?\d|2[0-3]):([0-5]\d)|24:00)")
WRONG = _("%(line)s are not business hours. Write a line such as mon-fri 09:00-17:30.")


def week(text: str) -> Week:
    """When it is open in a week. Raises Malformed with the line that cannot be read."""
    spans: list[tuple[int, int, int]] = []
    for line in filter(None, map(str.strip, text.lower().splitlines())):
        found = _LINE.fullmatch(line)
        if found is None or not {found[1], found[2] or found[1]} <= set(DAYS):
            raise Malformed(WRONG, line=line)
        first, last = DAYS.index(found[1]), DAYS.index(found[2] or found[1])
        for span in found[3].split(","):
            begins, ends = _minutes(line, span.strip())
            spans += [((first + day) % 7, begins, ends) for day in range((last - first) % 7 + 1)]
    return tuple(spans)


def is_open(spans: Week, zone: str, at: int) -> bool:
    """Whether it is open at a time. Where nothing is said it always is."""
    moment = datetime.fromtimestamp(at / 1000, ZoneInfo(zone))
    minute = moment.hour * 60 + moment.minute
    return not spans or any(day == moment.weekday() and begins <= minute < ends for day, begins, ends in spans)


def opens(spans: Week, zone: str, at: int) -> int:
    """When it opens next after a time; 0 where it is always open."""
    moment = datetime.fromtimestamp(at / 1000, ZoneInfo(zone))
    for days in range(8):
        day = moment.date() + timedelta(days)
        for weekday, begins, _ends in sorted(spans):
            begin = datetime.combine(day, time(*divmod(begins, 60)), ZoneInfo(zone))
            if weekday == day.weekday() and begin > moment:
                return int(begin.timestamp() * 1000)
    return 0


def need_zone(zone: str) -> None:
    """Raises Malformed for what is no time zone."""
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, LookupError):  # one that is not there is either of the last two, by version
        raise Malformed(_("There is no such time zone. Write one such as Asia/Shanghai.")) from None


def _minutes(line: str, span: str) -> tuple[int, int]:
    found = _SPAN.fullmatch(span)
    if found is None:
        raise Malformed(WRONG, line=line)
    begins = int(found[1]) * 60 + int(found[2])
    ends = int(found[3]) * 60 + int(found[4]) if found[3] else 24 * 60
    if ends <= begins:
        raise Malformed(WRONG, line=line)
    return begins, ends
