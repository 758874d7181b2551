"""What admins may ask about bots: to make them, and to tie programs to them."""

from typing import Annotated

import msgspec

from webchat.commands.fields import Cid, Id, Place, Slug, Title

Url = Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class CreateBot(msgspec.Struct, frozen=True):
    """Make an account that is a program's."""

    user: Slug
    cid: Cid
    title: Title = ""


class CreateHook(msgspec.Struct, frozen=True):
    """Make an address at which whoever knows it posts as a bot in a room."""

    user: Slug
    room: Place
    cid: Cid


class RevokeHook(msgspec.Struct, frozen=True):
    """End such an address now."""

    hook: Id
    cid: Cid


class CreateCallback(msgspec.Struct, frozen=True):
    """Call a bot's program at ``url`` with what people say in a room; or only with what ``mentions`` the bot."""

    user: Slug
    room: Place
    url: Url
    cid: Cid
    mentions: bool = False


class CreateCommand(msgspec.Struct, frozen=True):
    """Call a bot's program at ``url`` when people write ``/command`` in its rooms; ``hint`` says what that does."""

    user: Slug
    command: Slug
    url: Url
    cid: Cid
    hint: Title = ""


class EnableCallback(msgspec.Struct, frozen=True):
    """Call a program again, whether it is called for a room or by a command."""

    callback: Id
    cid: Cid


class RevokeCallback(msgspec.Struct, frozen=True):
    """Call a program no more, and forget what waits for it."""

    callback: Id
    cid: Cid
