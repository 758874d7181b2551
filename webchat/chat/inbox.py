"""What whoever was told does with it: sees, reads, puts away or off, presses a button; once, for all devices."""

from webchat.chat import access, tokens
from webchat.chat.clock import MINUTE, now
from webchat.chat.done import Done
from webchat.chat.notifications import JOB
from webchat.commands import (
    ArchiveNotification,
    PressAction,
    ReadNotification,
    ReadNotifications,
    SeeNotifications,
    SnoozeNotification,
    UnreadNotification,
)
from webchat.errors import Conflict, NotFound, SignInNeeded, sentence as _
from webchat.events import Event
from webchat.model import Actor, Guest, User
from webchat.notices import Notification
from webchat.notified import BroadcastChanged, NotificationChanged, NotificationsRead
from webchat.store import Tx, jobs, notices, notifications as stored


def mark_read(tx: Tx, actor: Actor, command: ReadNotifications, session: str = "") -> Done:
    """Mark one's own read up to a number."""
    user = _owner(actor, "read-notifications")
    rev = stored.mark_read(tx, user.id, command.upto, now(), tokens.device(tx, session))
    if not rev:
        return Done(command.upto)
    return Done(command.upto, (NotificationsRead(user.id, stored.tally(tx, user.id), command.upto, rev),))


def see(tx: Tx, actor: Actor, command: SeeNotifications, session: str = "") -> Done:
    """Note that one was shown them. Nobody is told: nothing looks otherwise for it."""
    user = _owner(actor, "see-notifications")
    stored.mark_seen(tx, user.id, command.upto, now(), tokens.device(tx, session))
    return Done(command.upto)


def read(tx: Tx, actor: Actor, command: ReadNotification, session: str = "") -> Done:
    """Mark one read."""
    user, one = _own(tx, actor, "read-notification", command.notification)
    return _put(tx, user, one, one.read or now(), one.archived, 0, tokens.device(tx, session))


def unread(tx: Tx, actor: Actor, command: UnreadNotification) -> Done:
    """Have one back in the inbox, unread."""
    user, one = _own(tx, actor, "unread-notification", command.notification)
    return _put(tx, user, one, 0, 0, 0)


def archive(tx: Tx, actor: Actor, command: ArchiveNotification, session: str = "") -> Done:
    """Put one away."""
    user, one = _own(tx, actor, "archive-notification", command.notification)
    return _put(tx, user, one, one.read or now(), one.archived or now(), 0, tokens.device(tx, session))


def snooze(tx: Tx, actor: Actor, command: SnoozeNotification, session: str = "") -> Done:
    """Put one off."""
    user, one = _own(tx, actor, "snooze-notification", command.notification)
    until = now() + command.minutes * MINUTE
    jobs.hasten(tx, JOB, until)
    return _put(tx, user, one, one.read, 0, until, tokens.device(tx, session))


def press(tx: Tx, actor: Actor, command: PressAction, session: str) -> Done:
    """Press a button: whoever is first has done it for all who were told, on all their devices.

    Raises:
        Conflict: somebody was, and the sentence says who.
    """
    number, _dot, place = command.action.partition(".")
    user, one = _own(tx, actor, "press-action", int(number))
    if int(place) > len(one.actions) or one.actions[int(place) - 1].url:
        raise NotFound(_("There is no such notification."))
    label = one.actions[int(place) - 1].label
    device = tokens.device(tx, session)
    if one.pressed_at or not notices.press(tx, one.id, label, user.title, device, now()):
        raise Conflict(_("%(name)s was faster: %(action)s."), name=one.presser, action=one.pressed)
    if one.everyone:
        stored.put(tx, user.id, one.id, one.read or now(), 0, 0, now(), device)
    events: list[Event] = []
    for holder in stored.holders(tx, one.id):
        theirs = stored.find(tx, holder, one.id)
        assert theirs, "a holder has it"
        read_ = theirs.read or (now() if holder == user.id else 0)
        where = device if holder == user.id else ""
        stored.put(tx, holder, one.id, read_, theirs.archived, theirs.snoozed, theirs.seen or read_, where)
        events += _changed(tx, holder, one.id)
    if one.everyone and (found := notices.by_id(tx, one.id)):
        events.insert(0, BroadcastChanged(found))
    return Done(one.id, tuple(events))


def _put(tx: Tx, user: User, one: Notification, read_: int, archived: int, snoozed: int, device: str = "") -> Done:
    if (one.read, one.archived, one.snoozed) == (read_, archived, snoozed):
        return Done(one.id)
    seen = now() if read_ or archived or snoozed else 0
    stored.put(tx, user.id, one.id, read_, archived, snoozed, seen, device)
    return Done(one.id, tuple(_changed(tx, user.id, one.id)))


def _changed(tx: Tx, user_id: int, number: int) -> list[Event]:
    found = stored.find(tx, user_id, number)
    assert found, "it was there a moment ago"
    return [NotificationChanged(user_id, stored.tally(tx, user_id), found)]


def _own(tx: Tx, actor: Actor, what: str, number: int) -> tuple[User, Notification]:
    user = _owner(actor, what)
    found = stored.find(tx, user.id, number)
    if found is None:
        raise NotFound(_("There is no such notification."))
    return user, found


def _owner(actor: Actor, what: str) -> User:
    if isinstance(actor, Guest):
        raise SignInNeeded(_("Sign in to see your inbox."))
    assert access.may(what, actor), "everybody may, of their own"
    return actor
