"""How much each user wants to hear of notifications, by tag, and when to be left in peace."""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from webchat.chat import access
from webchat.chat.clock import MINUTE, now
from webchat.chat.done import Done
from webchat.chat.hours import need_zone
from webchat.commands import SetQuietHours, SetTagLevel
from webchat.errors import Conflict, Forbidden, sentence as _
from webchat.model import Actor, User
from webchat.notices import LEVELS, URGENT, Level, Notification, QuietHours
from webchat.store import Tx, preferences as stored

MOST = 50
"""Tags that one user may say something about."""
QUIET = 2
"""The priority up to which nothing is shown but in the inbox."""


def set_level(tx: Tx, actor: Actor, command: SetTagLevel) -> Done:
    """Say how much one wants to hear of a tag."""
    user = _owner(actor, "set-tag-level")
    tag = tag_of(command.tag)
    known = stored.levels(tx, user.id)
    if command.level and tag not in known and len(known) >= MOST:
        raise Conflict(_("You have chosen for %(count)s tags already. Remove one first."), count=MOST)
    stored.set_level(tx, user.id, tag, command.level)
    return Done(tag)


def set_quiet_hours(tx: Tx, actor: Actor, command: SetQuietHours) -> Done:
    """Say when one wants to be left in peace."""
    user = _owner(actor, "set-quiet-hours")
    hours = QuietHours(_minute(command.begins), _minute(command.ends), command.zone)
    need_zone(command.zone)
    stored.set_quiet_hours(tx, user.id, hours if hours.begins != hours.ends else None)
    return Done("")


def tag_of(text: str) -> str:
    """A tag as it is compared."""
    return text.strip().casefold()


def level(tx: Tx, user_id: int, notification: Notification, at: int) -> Level:
    """How far a notification may go at a user now: the least that is wished for its tags, and in quiet hours only what
    is urgent beyond the inbox."""
    chosen = wished(tx, user_id, notification)
    hours = stored.quiet_hours(tx, user_id)
    if hours and notification.priority < URGENT and is_quiet(hours, at):
        return least([chosen, "inbox"])
    return chosen


def wished(tx: Tx, user_id: int, notification: Notification) -> Level:
    """The same, whatever the hour."""
    by_tag = stored.levels(tx, user_id)
    chosen = least([by_tag[tag] for tag in notification.tags if tag in by_tag] or [by_tag.get("", "all")])
    return least([chosen, "inbox"]) if notification.priority <= QUIET else chosen


def quiet_until(tx: Tx, user_id: int, at: int) -> int:
    """When the user's quiet hours end; 0 if it is none of them now."""
    hours = stored.quiet_hours(tx, user_id)
    if hours is None or not is_quiet(hours, at):
        return 0
    moment = datetime.fromtimestamp(at / 1000, ZoneInfo(hours.zone))
    minutes = (hours.ends - moment.hour * 60 - moment.minute) % (24 * 60)
    return at + minutes * MINUTE


def least(levels: Iterable[Level]) -> Level:
    """The one that lets least through."""
    return max(levels, key=LEVELS.index)


def is_quiet(hours: QuietHours, at: int | None = None) -> bool:
    """Whether it is that time."""
    moment = datetime.fromtimestamp((now() if at is None else at) / 1000, ZoneInfo(hours.zone))
    minute = moment.hour * 60 + moment.minute
    if hours.begins < hours.ends:
        return hours.begins <= minute < hours.ends
    return minute >= hours.begins or minute < hours.ends


def _owner(actor: Actor, what: str) -> User:
    user = access.account(actor)
    if not access.may(what, user):
        raise Forbidden(_("Programs have no wishes of their own."))
    return user


def _minute(clock: str) -> int:
    hours, _colon, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)
