"""What lets people and programs in."""

import msgspec

from webchat.model import Role, User


class Invitation(msgspec.Struct, frozen=True):
    """A link that lets people in under a role.

    ``expires`` is a time and ``uses`` a number; both are 0 for no end. ``revoked`` is when, 0 while it is not.
    """

    id: int
    code: str
    role: Role
    created: int
    expires: int
    uses: int
    used: int
    revoked: int
    maker: User


class Session(msgspec.Struct, frozen=True):
    """A sign-in that lasts, under the hash of its id: when it began and was used last (noted once an hour), what the
    browser said it was."""

    id: str
    created: int
    seen: int
    agent: str


class Token(msgspec.Struct, frozen=True):
    """What a program shows instead of a session, to speak for ``user`` within ``scopes``.

    ``prefix`` is how its secret begins, ``expires`` a time or 0 for no end, ``used`` when last, 0 for never.
    """

    id: int
    user: User
    prefix: str
    scopes: tuple[str, ...]
    created: int
    expires: int
    used: int
