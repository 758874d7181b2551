"""What moderators may ask about what is said in their rooms."""

from typing import Annotated

import msgspec

from webchat.commands.fields import Cid, Count, Slug
from webchat.rules import Links, Repeats

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class SetRules(msgspec.Struct, frozen=True):
    """Change what a room asks of what is said in it; what is left out stays. ``based`` is how often it had been changed
    when its asker looked at it."""

    room: Slug
    cid: Cid
    slow: Annotated[int, msgspec.Meta(ge=0, le=3600)] | None = None
    links: Links | None = None
    known: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    words: Annotated[tuple[Word, ...], msgspec.Meta(max_length=200)] | None = None
    repeats: Repeats | None = None
    based: Count | None = None
