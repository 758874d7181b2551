"""What happened to notifications: events of one user, with what that user has not read after it, and of everyone."""

import msgspec

from webchat import topics
from webchat.notices import Notification, Tally
from webchat.topics import Topic


class _Personal(msgspec.Struct, frozen=True, tag=True):
    user: int
    tally: Tally

    @property
    def topic(self) -> Topic:
        """All connections of that user."""
        return topics.user(self.user)


class NotificationSent(_Personal, frozen=True):
    """A user was told something, perhaps in the place of ``replaced``; what is ``quiet`` is for the inbox only."""

    notification: Notification
    replaced: int = 0
    quiet: bool = False


class NotificationChanged(_Personal, frozen=True):
    """A user's notification is in another state: read, put away, pressed."""

    notification: Notification


class NotificationRetracted(_Personal, frozen=True):
    """A user's notification is gone, as are its texts."""

    id: int
    rev: int = 0


class NotificationsRead(_Personal, frozen=True):
    """A user read all notifications up to number ``upto``."""

    upto: int
    rev: int = 0


class _Common(msgspec.Struct, frozen=True, tag=True):
    @property
    def topic(self) -> Topic:
        """Everybody signed in."""
        return topics.PLACE


class BroadcastSent(_Common, frozen=True):
    """Everyone was told something. Who has read how much of such is each reader's own to know."""

    notification: Notification
    replaced: int = 0
    quiet: bool = False


class BroadcastChanged(_Common, frozen=True):
    """Something that everyone was told is pressed."""

    notification: Notification


class BroadcastRetracted(_Common, frozen=True):
    """Something that everyone was told is gone."""

    id: int
    rev: int = 0


NoticeEvent = (
    NotificationSent
    | NotificationChanged
    | NotificationRetracted
    | NotificationsRead
    | BroadcastSent
    | BroadcastChanged
    | BroadcastRetracted
)
