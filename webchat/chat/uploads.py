"""Putting files into rooms, and giving them out: who may, asked each time."""

import re
import secrets
import unicodedata

from webchat.attached import File
from webchat.chat import access, identities, names, rooms, rules, sites, tokens
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.chat.holding import author
from webchat.chat.messages import need_to_post
from webchat.commands import PostMessage
from webchat.commands.text import MARKS
from webchat.errors import Conflict, NotFound, sentence as _
from webchat.model import Actor, Guest, Membership, Room
from webchat.normal import normalized
from webchat.store import Tx, files as stored, messages as stored_messages, rooms as stored_rooms

LONGEST = 100
"""Characters of a name that are kept."""
NOT_THERE = _("There is no such file, or it is not yours to see.")
GONE = _("This file was deleted while it was being sent.")
_UNSHOWN = ("C", "Zl", "Zp")
"""The kinds of letters that no name has: controls, those that turn a text around, and ends of lines."""


def place(tx: Tx, actor: Actor, credential: str, slug: str) -> tuple[Room, Membership | None]:
    """The room, there already or made by what is first said in it, in which an actor may say something, and so put
    files. Raises the Refused that says why not."""
    actor = _speaker(tx, actor, credential, slug)
    found = stored_rooms.with_membership(tx, slug, actor.id)
    if found is None and (thread := sites.unmade(tx, slug)):
        found = thread, None
    if found is None and isinstance(actor, Guest) and actor.welcome and names.is_slug(slug):
        found = Room(0, slug, slug, "", "open", "write", 0, 0), None
    if found is None or not access.may_see(actor, *found):
        raise NotFound(rooms.NOT_THERE)
    need_to_post(actor, *found)
    rules.need_voice(tx, actor, found[0], now())
    return found


def begin(tx: Tx, actor: Actor, credential: str, slug: str, draft: File, space: int) -> Done:
    """Make a file of an actor, whose bytes are still to come, in a room that may hold so many of them."""
    actor = _speaker(tx, actor, credential, slug)
    place(tx, actor, "", slug)
    room, _member, news = rooms.visible_or_made(tx, actor, slug)
    if stored.space(tx, room) + draft.size > space:
        raise Conflict(_("There is no space left for files here. Ask whoever looks after this place for more."))
    stored.add(tx, room.id, draft)
    return Done(draft.id, news)


def put(tx: Tx, file: File, number: int, data: bytes) -> None:
    """Add a part to a file that was begun. Raises Conflict if it was deleted meanwhile, as by erasing its uploader."""
    _need(tx, file)
    stored.put(tx, file.id, number, data)


def finish(tx: Tx, actor: Actor, credential: str, file: File) -> None:
    """Let a file be there, all of which came, if its uploader may still put it there. Raises the Refused that says why
    not, and Conflict if it was deleted meanwhile."""
    _need(tx, file)
    place(tx, actor, credential, file.room)
    stored.finish(tx, file.id)


def draft(actor: Actor, slug: str, name: str, size: int, type: str = "", width: int = 0, height: int = 0) -> File:
    """A file that is about to be stored."""
    by = author(actor)
    number = secrets.token_urlsafe(16)
    return File(number, slug, 0, by.id, by.guest, called(name), type, size, width, height, now())


def readable(tx: Tx, actor: Actor, credential: str, file_id: str) -> File:
    """A file that an actor may have: who sees its message, and before there is one its uploader and who moderates.

    Raises:
        NotFound: it is not there, or not for this actor.
    """
    file = stored.find(tx, file_id)
    if file is None or not tokens.may_use(tx, credential, "read", file.room):
        raise NotFound(NOT_THERE)
    found = stored_rooms.with_membership(tx, file.room, actor.id)
    if found is None or not access.may_see(actor, *found):
        raise NotFound(NOT_THERE)
    message = stored_messages.by_id(tx, file.message) if file.message else None
    shown = message is not None and not message.hidden
    if shown or author(actor) == (file.author, file.guest) or access.may("set-rules", actor, *found):
        return file
    raise NotFound(NOT_THERE)


def called(name: str) -> str:
    """A file's name as it is kept: without folders, letters that are not seen or turn a text around, and heaps of
    marks, with which no text could name it."""
    name = re.split(r"[/\\]", normalized("NFC", name))[-1]
    seen = "".join(sign for sign in name if not unicodedata.category(sign).startswith(_UNSHOWN))
    name = " ".join(_thinned(seen).split()).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if len(name) > LONGEST and dot and len(ending) < 12:
        return f"{stem[: LONGEST - len(ending) - 1]}.{ending}"
    return name[:LONGEST] or "file"


def _thinned(text: str) -> str:
    """A text without the marks that would stand on one letter beyond as many as may."""
    kept, marks = [], 0
    for sign in text:
        marks = marks + 1 if unicodedata.category(sign).startswith("M") else 0
        kept += [sign] if marks <= MARKS else []
    return "".join(kept)


def _need(tx: Tx, file: File) -> None:
    if not stored.is_begun(tx, file.id):
        raise Conflict(GONE)


def _speaker(tx: Tx, actor: Actor, credential: str, slug: str) -> Actor:
    """Who speaks, as they are now: to put a file into a room is to say something there. Raises what says why not."""
    if credential.startswith(identities.HOST):
        identities.need(tx, credential)
        return actor
    return tokens.spoken(tx, credential, PostMessage(slug, "", "")) if credential else actor
