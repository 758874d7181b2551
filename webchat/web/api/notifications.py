"""The API's notifications: to tell people something, as JSON or in ntfy's words, and what becomes of it."""

from typing import Annotated

import msgspec

from webchat import commands as c
from webchat.chat import access, notifications
from webchat.errors import Forbidden, NotFound, sentence as _
from webchat.notices import Action, Notification as Stored, QuietHours, Receipt
from webchat.store import Tx, notices, notifications as stored, preferences
from webchat.web.api import ntfy
from webchat.web.api.endpoint import NOTHING_THERE, Ask, Limit, does, shows
from webchat.web.devices import called

MOST_RECEIPTS = 1_000


class NotificationQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many, at most; those before a number, the ``next`` of the page before; or those put away or off."""

    limit: Limit = 50
    before: Annotated[int, msgspec.Meta(ge=1, le=2**53)] = 2**53
    away: bool = False


class Notification(msgspec.Struct, frozen=True):
    """Something that one was told, perhaps as ``everyone`` was. ``pressed`` is the label of the button that ``presser``
    was the first to press; ``seen``, ``read``, ``archived`` and ``snoozed`` (until when) are times."""

    id: int
    title: str
    body: str
    at: int
    everyone: bool
    key: str
    priority: int
    tags: list[str]
    click: str
    actions: list[Action]
    expires: int
    pressed: str
    pressed_at: int
    presser: str
    seen: int
    read: int
    archived: int
    snoozed: int


class NotificationList(msgspec.Struct, frozen=True):
    """Notifications, the newest first, and how many are not read. ``next`` is the ``before`` of the next page."""

    notifications: list[Notification]
    unread: int
    next: int | None


class Sent(msgspec.Struct, frozen=True):
    """The id of a notification that was stored; 0 for one that is told later."""

    id: int


class ReceiptList(msgspec.Struct, frozen=True):
    """What became of a notification at those who were told, at most 1,000 of them; of what everyone was told, at those
    who have done something with it. ``seen_on`` and ``read_on`` are on what it was first: the browser and system, or
    how a token begins. ``pressed`` is the label of the button that ``presser`` pressed, on ``pressed_on``."""

    receipts: list[Receipt]
    pressed: str
    pressed_at: int
    presser: str
    pressed_on: str


class Wishes(msgspec.Struct, frozen=True):
    """How far what has a tag may go, the empty one being for all others; and the minutes of the day, in a zone, in
    which one is left in peace."""

    levels: dict[str, str]
    quiet: QuietHours | None


def view(one: Stored) -> Notification:
    """A notification as the API shows it."""
    values = {name: getattr(one, name) for name in Notification.__struct_fields__}
    return Notification(**values | {"tags": list(one.tags), "actions": list(one.actions)})


def listed(ask: Ask, tx: Tx) -> NotificationList:
    """What one was told."""
    query = ask.query
    found = stored.newest(tx, ask.actor.id, query.limit + 1, query.before, archived=query.away)
    shown = found[: query.limit]
    unread = stored.tally(tx, ask.actor.id).total
    return NotificationList([view(one) for one in shown], unread, shown[-1].id if len(found) > len(shown) else None)


def sent(ask: Ask, tx: Tx) -> Sent:
    """What was just sent."""
    return Sent(int(ask.done.id))


def receipts(ask: Ask, tx: Tx) -> ReceiptList:
    """What became of it, for those who may send such things."""
    if not access.may("send-notification", ask.actor):
        raise Forbidden(notifications.SENDERS_ONLY)
    found = notices.by_id(tx, ask.path["notification"])
    if found is None or found.gone:
        raise NotFound(NOTHING_THERE)
    told = stored.receipts(tx, found.id, MOST_RECEIPTS)
    shown = [msgspec.structs.replace(one, seen_on=called(one.seen_on), read_on=called(one.read_on)) for one in told]
    return ReceiptList(shown, found.pressed, found.pressed_at, found.presser, called(found.device))


def wishes(ask: Ask, tx: Tx) -> Wishes:
    """What you want to hear, and when."""
    return Wishes(dict(preferences.levels(tx, ask.actor.id)), preferences.quiet_hours(tx, ask.actor.id))


OF_USER = "/users/{user}/notifications"
MINE = "/me/notifications"
ONE = MINE + "/{notification:number}"
OTHERS = ntfy.AUDIENCES
ENDPOINTS = (
    does("POST", OF_USER, _("Tell somebody something"), c.SendNotification, sent, 201, OTHERS, "Told", **ntfy.SPOKEN),
    does(
        *("PUT", OF_USER + "/{key}", _("Tell it in place of what has its key"), c.SendNotification, sent, 200),
        *(OTHERS, "ToldByKey"),
        **ntfy.SPOKEN,
    ),
    does(
        "DELETE", OF_USER + "/{key}", _("Take it back, also before it was told"), c.RetractNotification, without=OTHERS
    ),
    does("POST", "/notifications", _("Tell several, or everyone"), c.SendNotification, sent, 201),
    does("DELETE", "/notifications/{key}", _("Take it back from several, or everyone"), c.RetractNotification),
    shows("/notifications/{notification:number}/receipts", _("What became of it"), receipts, needs="notify"),
    shows(MINE, _("List what you were told"), listed, NotificationQuery),
    does("PUT", MINE + "/read", _("Mark what you were told as read"), c.ReadNotifications),
    does("PUT", MINE + "/seen", _("Say that it was shown to you"), c.SeeNotifications),
    does("PUT", ONE + "/read", _("Mark it read"), c.ReadNotification),
    does("DELETE", ONE + "/read", _("Have it back, unread"), c.UnreadNotification),
    does("PUT", ONE + "/archived", _("Put it away"), c.ArchiveNotification),
    does("PUT", ONE + "/snoozed", _("Have it come again later"), c.SnoozeNotification),
    does("POST", "/me/presses/{action}", _("Press a button of it"), c.PressAction),
    shows("/me/wishes", _("What you want to hear, and when"), wishes),
    does("PUT", "/me/wishes/tags", _("Say how far a tag may go"), c.SetTagLevel),
    does("PUT", "/me/wishes/quiet-hours", _("Say when to be left in peace"), c.SetQuietHours),
)
