"""What a room asks of what is said in it, and what waits for its moderators."""

from typing import Literal

import msgspec

from webchat.model import Mode

Links = Literal["everyone", "known", "moderators"]
Repeats = Literal["allowed", "refused"]
Hold = Literal["none", "first", "all"]
Otherwise = Literal["allow", "hold"]
Action = Literal["allow", "hold", "reject"]
State = Literal["waiting", "approved", "rejected", "withdrawn"]


class Rules(msgspec.Struct, frozen=True):
    """A room's rules, from which its moderators and programs are free.

    ``slow`` is how many seconds an author waits between two posts, ``links`` who may post any, ``words`` what nobody
    may say, ``repeats`` whether one may say the same again at once, and ``hold`` whose posts wait for a moderator:
    those of nobody, of whoever is not known, or of all. Known is who has said ``known`` things there. So many
    ``reports`` hide a message until a moderator has looked at it, after ``closes`` days only moderators write; 0 is
    never. Guests may edit what they said for ``editing`` minutes; 0 is always. A program at the address ``judge``
    judges what is said before it appears; what becomes of what it does not judge in time is ``unjudged``. ``edits``
    counts how often all this was changed.
    """

    slow: int = 0
    links: Links = "everyone"
    known: int = 3
    words: tuple[str, ...] = ()
    repeats: Repeats = "allowed"
    hold: Hold = "none"
    reports: int = 0
    closes: int = 0
    editing: int = 15
    judge: str = ""
    unjudged: Otherwise = "hold"
    edits: int = 0

    @property
    def asks(self) -> bool:
        """Whether there is anything to look at when something is said."""
        free = (self.links, self.repeats, self.hold) == ("everyone", "allowed", "none")
        return bool(self.slow or self.words or self.judge) or not free

    @property
    def waits(self) -> bool:
        """Whether what a stranger says may have to wait until it is seen."""
        return self.hold != "none" or bool(self.judge)


class Judge(msgspec.Struct, frozen=True):
    """The program that judges what is said, at ``url``; empty for none. The ``secret`` signs what it is asked.
    ``failed`` is when it did not judge last, or 0, and ``error`` why not; it is not asked before the time ``resting``.
    """

    url: str = ""
    secret: str = ""
    failed: int = 0
    error: str = ""
    resting: int = 0


class Verdict(msgspec.Struct, frozen=True):
    """What a judge says of a text, and why: for who wrote one that it rejects, for moderators if it is to wait."""

    action: Action
    reason: str = ""


class Held(msgspec.Struct, frozen=True):
    """A text that waits for a moderator of its room, or that one rejected; ``why`` the room's judge let it wait, or
    they did not let it in. ``t``, ``mode`` and ``color`` are how it is to fly. ``author`` and
    ``guest`` are as those of a message; ``message`` is the id of the one that it became, ``answers`` that of the
    one that it answers."""

    id: int
    room: str
    author: int
    guest: str
    title: str
    body: str
    html: str
    at: int
    cid: str
    t: int | None = None
    mode: Mode = "scroll"
    color: str = "#ffffff"
    state: State = "waiting"
    why: str = ""
    message: int = 0
    answers: int | None = None
    shadow: bool = False
    """Whether nobody but its author and the moderators sees it, and its author believes it posted."""


class Reported(msgspec.Struct, frozen=True):
    """A message that readers reported: ``count`` of them, for the reasons ``why``. While it is ``hidden`` nobody but
    the moderators reads its text."""

    message: int
    room: str
    seq: int
    author: int
    title: str
    body: str
    html: str
    at: int
    hidden: bool
    count: int = 0
    why: tuple[str, ...] = ()


class Mute(msgspec.Struct, frozen=True):
    """Somebody who may not write in a room ``until`` a time, or, in the ``shadow``, is not seen there; ``author`` is 0
    for guests."""

    id: int
    author: int
    title: str
    until: int
    why: str
    shadow: bool = False


class Act(msgspec.Struct, frozen=True):
    """Something that a moderator, called ``title``, did in a room: by which command, to ``whom``, and why if that was
    said. ``room`` is empty for whoever may not see it, and so is what tells of it."""

    id: int
    at: int
    room: str
    room_title: str
    actor: int
    title: str
    what: str
    whom: str
    why: str
