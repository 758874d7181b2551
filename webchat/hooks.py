"""The nouns of what programs are tied to a place by: addresses at which they post, and at which they are called."""

import msgspec

from webchat.model import User


class Hook(msgspec.Struct, frozen=True):
    """An incoming webhook: whoever knows its secret posts as ``bot`` in ``room``.

    ``prefix`` is how the secret begins; ``used`` is when it was last used, 0 for never.
    """

    id: int
    bot: User
    room: str
    prefix: str
    created: int
    used: int


class Callback(msgspec.Struct, frozen=True):
    """Where a bot's program is called: with what is said in ``room``, perhaps only if it ``mentions`` the bot; or,
    where it has a ``command``, with what people ask by that, and ``hint`` is what they read of it.

    ``failures`` counts the calls since the last that was taken, ``status`` and ``error`` say what came of the last one,
    which was ``tried`` then; ``done`` is when one was last taken. While it is ``disabled`` (since when) nobody is
    called. ``waiting`` is how many calls are owed.
    """

    id: int
    bot: User
    room: str
    command: str
    hint: str
    mentions: bool
    url: str
    created: int
    disabled: int
    failures: int
    status: int
    error: str
    tried: int
    done: int
    waiting: int = 0
