"""What users are told, and how much of it they want to hear. Times are milliseconds since 1970, UTC; 0 for not."""

from typing import Literal

import msgspec

Level = Literal["all", "page", "inbox", "none"]
"""How far what has a tag may go: to push and mail too, to open pages, to the inbox only, or nowhere."""
LEVELS: tuple[Level, ...] = ("all", "page", "inbox", "none")
NORMAL, URGENT = 3, 5


class Action(msgspec.Struct, frozen=True, omit_defaults=True):
    """A button: a link to ``url``, or without one something to press, which is done by the first who does."""

    label: str
    url: str = ""


class Notification(msgspec.Struct, frozen=True):
    """Something to know, as it stands for one user.

    ``id`` is the same for all who were told, and rises. ``rev`` counts what changed for the user when this last did,
    ``born`` when it came; of what ``everyone`` was told they count that, until the user does something with it.
    ``pressed`` is the label of the action that ``presser`` was the first to press, on what says it is ``device``.
    """

    id: int
    title: str
    body: str
    at: int
    everyone: bool = False
    key: str = ""
    priority: int = NORMAL
    tags: tuple[str, ...] = ()
    click: str = ""
    actions: tuple[Action, ...] = ()
    expires: int = 0
    pressed: str = ""
    pressed_at: int = 0
    presser: str = ""
    device: str = ""
    born: int = 0
    rev: int = 0
    seen: int = 0
    read: int = 0
    archived: int = 0
    snoozed: int = 0
    gone: int = 0

    @property
    def is_listed(self) -> bool:
        """Whether it stands in the inbox now."""
        return not (self.gone or self.archived or self.snoozed)


class Tally(msgspec.Struct, frozen=True):
    """What a user has not read: how many of one's own, and which of those that everyone was told, up to ``top``."""

    own: int = 0
    common: tuple[int, ...] = ()
    top: int = 0

    @property
    def total(self) -> int:
        """Both together."""
        return self.own + len(self.common)


class QuietHours(msgspec.Struct, frozen=True):
    """When to be left in peace, but for what is urgent: from one minute of the day to another, in a zone."""

    begins: int
    ends: int
    zone: str


class Receipt(msgspec.Struct, frozen=True):
    """What became of a notification at one user, and on what it was first seen and read."""

    user: str
    seen: int
    seen_on: str
    read: int
    read_on: str
    archived: int
    snoozed: int
