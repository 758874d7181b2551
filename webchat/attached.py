"""What people put into rooms besides text."""

import msgspec


class File(msgspec.Struct, frozen=True):
    """A file in a room, by ``author`` or the ``guest`` of that key.

    One of a ``type`` is a picture, which is shown as large as ``width`` and ``height`` say; all others are only given
    out. ``message`` is the one that names it, 0 while none does.
    """

    id: str
    room: str
    message: int
    author: int
    guest: str
    name: str
    type: str
    size: int
    width: int
    height: int
    at: int
