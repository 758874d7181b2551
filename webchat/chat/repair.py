"""What a reader who was away needs: every change since, or a fresh page. Never a part of it."""

from webchat.chat import messages
from webchat.model import Page, Repair
from webchat.store import Store, Tx, messages as stored_messages, rooms as stored_rooms

LIMIT = 300
"""The most messages that are sent as changes; beyond it a fresh page costs less."""


def since(tx: Tx, slug: str, rev: int | None, around: int | None) -> Repair:
    """The current state of every message that changed after ``rev``, in order of rev; or the page that replaces them.

    ``rev`` None asks for the page: the newest messages, or those about seq ``around``. A room that is not there yet,
    because its first post will make it, is empty.
    """
    room = stored_rooms.by_slug(tx, slug)
    if room is None:
        return Repair(0, (), Page((), 0, earlier=False, later=False))
    if rev is not None and room.floor <= rev <= room.rev:
        changed = stored_messages.changed(tx, room.id, rev, LIMIT + 1)
        if len(changed) <= LIMIT:
            return Repair(room.rev, tuple(changed), None)
    page = messages.last_page(tx, room) if around is None else messages.page_around(tx, room, around)
    return Repair(room.rev, None, page)


async def load(store: Store, slug: str, rev: int | None, around: int | None) -> Repair:
    """What `since` finds, in a snapshot of its own."""
    return await store.read(lambda tx: since(tx, slug, rev, around))


async def heads(store: Store, slugs: list[str]) -> dict[str, int]:
    """The revs of rooms by slug."""
    return await store.read(lambda tx: stored_rooms.heads(tx, slugs))


async def anew(store: Store, slug: str, rev: int) -> None:
    """Let everybody who has seen a room up to ``rev`` be shown its page: the store has lost what they saw."""
    await store.write(lambda tx: stored_rooms.begin_anew(tx, slug, rev))
