"""Comments that another program kept, put into the threads of a site.

Each keeps its time and its author's name, and they come in the order of their times. Who imports a file twice has each
comment once: its ``cid`` is made of where it is from.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import nh3

from webchat.chat import messages, names, sites
from webchat.chat.done import Done
from webchat.chat.text import to_html
from webchat.commands import BODY_LIMIT, clean
from webchat.errors import Malformed, StartRefused, TooLarge
from webchat.imports import disqus, isso, remark42, wordpress
from webchat.imports.comment import LATEST, Comment, Found, thread
from webchat.model import Message, Room, Site
from webchat.store import Tx, messages as stored, rooms as stored_rooms

FORMATS: Mapping[str, Callable[[Path], Iterator[Found]]] = {
    "disqus": disqus.read,
    "isso": isso.read,
    "remark42": remark42.read,
    "wordpress": wordpress.read,
}
TOGETHER = 200
"""Comments in one transaction."""
LONGEST_NAME, LONGEST_TITLE = 40, 80
_NO_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f<>&\"']")


class Contents(NamedTuple):
    """What a file has: comments by time, and how many of what else, by why they are not taken over."""

    comments: list[Comment]
    skipped: Counter[str]


def read(kind: str, path: Path) -> Contents:
    """Read all of a file.

    Raises:
        StartRefused: it is none of that kind, or what makes Markdown of HTML is not installed.
    """
    comments: list[Comment] = []
    skipped: Counter[str] = Counter()
    try:
        for found in FORMATS[kind](path):
            if isinstance(found, Comment):
                _need_sound(found)
                comments.append(_in_markdown(found) if found.is_html else found)
            else:
                skipped[found[0]] += 1
    except (ValueError, OverflowError) as error:
        raise StartRefused(f"{path.name} has something that cannot be read: {error}.") from None
    if not comments and not skipped:
        raise StartRefused(f"There are no comments in {path.name}, as {kind} writes them.")
    return Contents(sorted(comments, key=lambda comment: comment.at), skipped)


def _need_sound(comment: Comment) -> None:
    """Raises ValueError for what could not be put anywhere, so that a file is refused before anything of it is."""
    texts = (comment.page, comment.title, comment.name, comment.text)
    if not all(isinstance(text, str) for text in texts) or abs(comment.at) > LATEST:
        raise ValueError(f"comment {comment.id}")
    thread(comment.page)


def batches(comments: Sequence[Comment]) -> Iterable[Sequence[Comment]]:
    """The comments, some at a time."""
    return (comments[low : low + TOGETHER] for low in range(0, len(comments), TOGETHER))


def put(tx: Tx, site: Site, kind: str, comments: Sequence[Comment]) -> Done:
    """Put comments into the threads of a site; how many were not there yet."""
    return Done(sum(_put(tx, site, kind, comment) for comment in comments))


def _put(tx: Tx, site: Site, kind: str, comment: Comment) -> bool:
    cid = _cid(kind, site, comment.id)
    if stored.posted(tx, 0, cid):
        return False
    room = _room(tx, site, comment)
    before = stored.posted(tx, 0, _cid(kind, site, comment.answers)) if comment.answers else None
    answered = stored.by_id(tx, before[0]) if before and before[2] == room.slug else None
    body = cleaned(comment.text).strip()
    try:
        html = to_html(body if len(body) <= BODY_LIMIT else (body := f"{body[: BODY_LIMIT - 1]}…"))
    except TooLarge:  # as HTML, of which short texts cannot make much
        html = to_html(body := f"{body[: BODY_LIMIT // 10]}…")
    draft = Message(
        id=0, room=room.slug, seq=0, born=0, said=0, rev=0, author=0, title=named(comment.name), body=body, html=html,
        at=comment.at, cid=cid, guest=hashed("imported", kind, str(site.id), comment.author),
        **messages.answering(answered),
    )  # fmt: skip
    return bool(body) and stored.add(tx, room.id, draft, messages.CONTINUES) is not None


def _cid(kind: str, site: Site, comment: str) -> str:
    return hashed("import", kind, str(site.id), comment)


def _room(tx: Tx, site: Site, comment: Comment) -> Room:
    """The thread of the comment's page, which is called like the page if it is made now."""
    name = thread(comment.page)
    if len(name) > names.LONGEST or not names.is_slug(name):
        begins = name[:40].encode("ascii", "ignore").decode().strip("-") or "page"
        name = f"{begins}-{hashed(comment.page)[:12]}"
    slug = f"{site.name}.{name}"
    sites.begun(tx, None, slug, " ".join(cleaned(comment.title).split())[:LONGEST_TITLE], comment.at)
    room = stored_rooms.by_slug(tx, slug)
    assert room, "it was there, or was made"
    return room


def named(text: str) -> str:
    """What an author is called here."""
    spelled = " ".join(_NO_NAME.sub(" ", names.INVISIBLE.sub("", cleaned(text))).split())
    return spelled[:LONGEST_NAME].strip() or "Guest"


def cleaned(text: str) -> str:
    """A text without what nobody may write."""
    try:
        return clean(text)
    except Malformed:
        return clean(re.sub(r"[^\w\s!-/:-@\[-`{-~]", "", re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", "", text)))


def _in_markdown(comment: Comment) -> Comment:
    try:
        from markdownify import markdownify
    except ImportError:
        raise StartRefused(
            "What makes Markdown of HTML is not installed. Run: pip install 'webchat-server[import]'"
        ) from None
    # Of the tags that stand for something nobody could see here, nh3 leaves nothing.
    return comment._replace(text=markdownify(nh3.clean(comment.text), strip=["img"]).strip(), is_html=False)


def hashed(*parts: str) -> str:
    """A text of 32 letters that stands for these."""
    return hashlib.sha256("\0".join(parts).encode(errors="surrogatepass")).hexdigest()[:32]
