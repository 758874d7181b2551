"""Telling one named user something, wherever that user is; kept until read."""

from webchat.chat import access, directs
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.commands import ReadNotifications, SendNotification
from webchat.errors import Forbidden, SignInNeeded, sentence as _
from webchat.events import NotificationSent, NotificationsRead
from webchat.model import Actor, Guest
from webchat.store import Tx, notifications as stored


def send(tx: Tx, actor: Actor, command: SendNotification) -> Done:
    """Store it and tell all of the user's connections."""
    if not access.may_notify(actor):
        raise Forbidden(_("Only admins and programs may send notifications."))
    user = directs.person(tx, command.user)
    notification = stored.add(tx, user.id, command.title, command.body, now())
    return Done(notification.id, (NotificationSent(user.id, notification, stored.unread(tx, user.id)),))


def mark_read(tx: Tx, actor: Actor, command: ReadNotifications) -> Done:
    """Mark one's own read up to a number."""
    if isinstance(actor, Guest):
        raise SignInNeeded(_("Sign in to see your inbox."))
    if not stored.mark_read(tx, actor.id, command.upto, now()):
        return Done(command.upto)
    return Done(command.upto, (NotificationsRead(actor.id, command.upto, stored.unread(tx, actor.id)),))
