"""Files in messages: how a text names them, and what is shown of them.

A text names a file by a link to it, and shows a picture as Markdown shows one: ``![a cat](/files/ID/cat.png)``. The
links of a message are made anew where it is stored, as those of names are (`webchat.chat.mentions`): only to files of
its author in its room, which from then on go with it.
"""

import re
from collections.abc import Iterator
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import quote

from msgspec.structs import replace

from webchat.attached import File
from webchat.chat.holding import author
from webchat.chat.text import FILE, HTML_LIMIT
from webchat.commands import BODY_LIMIT, TOO_LONG, PostMessage
from webchat.errors import Conflict, NotFound, TooLarge, Unavailable, sentence as _
from webchat.model import Actor, Room
from webchat.store import Tx, files as stored

MOST = 10
"""Files that a message shows; what comes after them is text."""
WIDEST, HIGHEST = 360, 300
"""How large, in pixels, a picture is at most in a list of messages."""
_LINK = re.compile(r'!?<a href="/files/([\w-]{22})/[^"]*"[^>]*>(.*?)</a>', re.DOTALL)
_IN_TEXT = re.compile(rf"!?\[((?:[^\[\]\\]|\\.)*)\]\({FILE.pattern}\)")
_TAG = re.compile(r"<[^>]*>")


class Named(NamedTuple):
    """A message's HTML with its files in it, and their ids."""

    html: str
    files: tuple[str, ...] = ()


def added(tx: Tx, actor: Actor, room: Room, command: PostMessage, html: str) -> tuple[PostMessage, str]:
    """A message that names the files which are to go with it, each below its text.

    Raises:
        NotFound: one is not there, or was not sent to this room by its author.
        Conflict: one goes with another message.
        TooLarge: these are too many for one message, or their names too long.
    """
    if not command.files:
        return command, html
    files = [_own(tx, actor, room, file_id) for file_id in dict.fromkeys(command.files)]
    if len(files) + len(_LINK.findall(html)) > MOST:
        raise TooLarge(_("One message can have %(count)s files. Send these first."), count=MOST)
    body = "\n\n".join(filter(None, (command.body, *map(markdown, files))))
    if len(body) > BODY_LIMIT:
        raise TooLarge(TOO_LONG, over=len(body) - BODY_LIMIT, limit=BODY_LIMIT)
    links = (f'<p>{"!" if file.type else ""}<a href="{href(file)}">{escape(file.name)}</a></p>' for file in files)
    return replace(command, body=body, files=()), html + "".join(links)


def find(tx: Tx, actor: Actor, room: Room, html: str, message: int = 0) -> Named:
    """Show the files that a message of an actor names. Of others, of other messages, and of none, only the text is
    left. Raises TooLarge where that is too much for one message."""
    if '"/files/' not in html:
        return Named(html)
    by = author(actor)
    ids: list[str] = []

    def shown(link: re.Match[str]) -> str:
        file = stored.find(tx, link[1])
        theirs = file is not None and (file.room, file.author, file.guest) == (room.slug, *by)
        if file is None or not theirs or file.message not in (0, message) or len(ids) >= MOST:
            return link[2]
        ids.append(file.id)
        return _drawn(file, link[2], inline=link[0].startswith("!"))

    html = _LINK.sub(shown, html)
    if len(html.encode()) > HTML_LIMIT:
        raise TooLarge(_("That has too much formatting to be one message. Send it in parts."))
    return Named(html, tuple(dict.fromkeys(ids)))


def keep(tx: Tx, named: Named, message: int) -> None:
    """Let the files that a message names go with it, and those go now that it names no more."""
    if not all(stored.claim(tx, file_id, message) for file_id in named.files):
        raise Unavailable(_("This cannot be saved right now. Try again in a moment."))  # one went meanwhile


def let_go(tx: Tx, named: Named, message: int) -> None:
    """Forget the files of a message that it does not name any more."""
    for file_id in set(stored.of(tx, message)) - set(named.files):
        stored.drop(tx, file_id)


def href(file: File) -> str:
    """Where a file is."""
    return f"/files/{file.id}/{quote(file.name, safe='')}"


def markdown(file: File) -> str:
    """What names a file in a text."""
    text = re.sub(r"([\\\[\]*`<~&|])", r"\\\1", file.name)
    return f"{'!' if file.type else ''}[{text}]({href(file)})"


def plain(text: str) -> str:
    """A text for where no file is shown: of each only what it is called."""
    return _IN_TEXT.sub(lambda found: re.sub(r"\\(.)", r"\1", found[1]), text) if "](/files/" in text else text


def _own(tx: Tx, actor: Actor, room: Room, file_id: str) -> File:
    """A file that may go with a message of an actor in a room."""
    file = stored.find(tx, file_id)
    if file is None or (file.room, file.author, file.guest) != (room.slug, *author(actor)):
        raise NotFound(_("There is no file %(id)s of yours in this room. Send it here first."), id=file_id)
    if file.message:
        raise Conflict(_("The file %(name)s is in another message already. Send it here once more."), name=file.name)
    return file


def _drawn(file: File, text: str, *, inline: bool) -> str:
    """A file in a message: a picture with the place that it takes, or its name and size. Who links to it chose the
    picture's text, but not what a file is called."""
    start = f'<a href="{href(file)}">'
    if not (inline and file.type):
        return f"{start}{escape(file.name, quote=False)} <small>{sized(file.size)}</small></a>"
    scale = min(1, WIDEST / file.width, HIGHEST / file.height)
    width, height = (max(1, round(side * scale)) for side in (file.width, file.height))
    alt = escape(unescape(_TAG.sub("", text)).strip() or file.name)
    return f'{start}<img src="{href(file)}" alt="{alt}" width="{width}" height="{height}" loading="lazy"></a>'


def sized(size: int) -> str:
    """A number of bytes as people read it: ``3.4 MB``."""
    value, units = float(size), iter(_units())
    unit = next(units)
    while value >= 999.5 and (larger := next(units, "")):
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{value:.1f} {unit}"


def _units() -> Iterator[str]:
    yield from ("B", "kB", "MB", "GB")
