"""What the pages about bots show, also again after a refusal, and with a secret that was made just now."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import accounts, rooms
from webchat.chat.done import Done
from webchat.errors import NotFound, Refused
from webchat.model import BOT, RoomLink, User
from webchat.store import Tx, callbacks as stored_callbacks, hooks as stored_hooks, rooms as stored_rooms, users
from webchat.web.admin_view import require_admin
from webchat.web.answers import origin, page
from webchat.web.house import house
from webchat.web.session import Visitor

OF_ONE = frozenset({"create-hook", "create-callback", "create-command"})
"""What is asked on the page of one bot, where it is also refused."""
OF_NUMBERS = frozenset({"revoke-hook", "revoke-callback", "enable-callback"})
FORMS = OF_ONE | OF_NUMBERS | {"create-bot"}


async def bot_list(
    request: Request, visitor: Visitor, status: int = 200, error: str = "", values: Any = None
) -> Response:
    """The bots, and how what is tied to them is."""
    require_admin(visitor)

    def read(tx: Tx) -> dict[str, Any]:
        hooks, callbacks = stored_hooks.everything(tx), stored_callbacks.everything(tx)
        counted = [
            (
                bot,
                sum(one.bot.id == bot.id for one in hooks) + sum(one.bot.id == bot.id for one in callbacks),
                sum(one.bot.id == bot.id and one.disabled > 0 for one in callbacks),
            )
            for bot in users.bots(tx)
        ]
        return {"bots": counted}

    return await page(request, "bots", visitor, read, status, error=error, values=values or {})


async def bot_page(
    request: Request, visitor: Visitor, name: str, made: Done | None = None, status: int = 200, error: str = "",
    values: Any = None,
) -> Response:  # fmt: skip
    """One bot."""
    admin = require_admin(visitor)

    def read(tx: Tx) -> dict[str, Any]:
        bot = accounts.found(tx, name)
        if bot.role != "bot" or bot.id == BOT:
            raise NotFound(accounts.NOBODY, name=name)
        return _about(tx, admin, bot)

    at = f"{origin(request)}{house(request).settings.base}/api/v1/hooks/"
    secret = made.secret if made else ""
    more = {"secret": secret, "door": at, "error": error, "values": values or {}}
    return await page(request, "bot", visitor, read, status, **more)


async def again(request: Request, visitor: Visitor, form: Mapping[str, str], refused: Refused, why: str) -> Response:
    """The page of one of `FORMS` that was refused, with what was written."""
    word, _colon, subject = form["do"].partition(":")
    if word in OF_ONE:
        return await bot_page(request, visitor, form.get("user", "") or subject, None, refused.status, why, form)
    return await bot_list(request, visitor, refused.status, why, form)


def of_callback(tx: Tx, number: int) -> str:
    """The name of the bot whose program a number stands for; empty if it stands for none."""
    found = stored_callbacks.by_id(tx, number)
    return found.bot.name if found else ""


def _about(tx: Tx, admin: User, bot: User) -> dict[str, Any]:
    hooks = [one for one in stored_hooks.everything(tx) if one.bot.id == bot.id]
    callbacks = [one for one in stored_callbacks.everything(tx) if one.bot.id == bot.id]
    slugs = {*(one.room for one in hooks), *(one.room for one in callbacks if one.room)}
    mine = _rooms(tx, admin)
    inside = {link.slug for link in _rooms(tx, bot)}
    return {
        "bot": bot,
        "hooks": hooks,
        "callbacks": callbacks,
        "titles": {slug: _title(tx, admin, slug) for slug in slugs},
        "inside": [link for link in mine if link.slug in inside],
        "outside": [link for link in mine if link.slug not in inside],
        "mine": mine,
    }


def _rooms(tx: Tx, user: User) -> list[RoomLink]:
    return [link for link in stored_rooms.sidebar(tx, user.id) if link.kind != "direct"]


def _title(tx: Tx, admin: User, slug: str) -> str:
    """What a room is called; empty for one that the admin may not see."""
    room = stored_rooms.by_slug(tx, slug)
    return room.title if room and rooms.is_visible(tx, admin, slug) else ""
