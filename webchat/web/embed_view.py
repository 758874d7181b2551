"""What the frame of a thread looks like to one reader: its foot, which is all that differs."""

import hashlib
from collections.abc import Iterable
from typing import Any

from webchat.chat import access, names, reactions, sites
from webchat.errors import NotFound, sentence as _
from webchat.model import Actor, Membership, Room, Site
from webchat.rules import Held
from webchat.store import Tx, rooms as stored_rooms
from webchat.web.may import room_may

NO_THREAD = _("There is no such thread.")


def found(tx: Tx, site: str, thread: str, actor: Actor) -> tuple[Site, Room, Membership | None]:
    """A thread, also one in which nothing was said yet; somebody who is banned from it gets it as guests do.

    Raises:
        NotFound: there is no such site, or no thread can be called so.
    """
    of = sites.found(tx, site)
    name = names.folded(thread)
    if not names.is_slug(name):
        raise NotFound(NO_THREAD)
    slug = f"{of.name}.{name}"
    if there := stored_rooms.with_membership(tx, slug, actor.id):
        return of, *there
    room = stored_rooms.by_slug(tx, slug) or sites.unmade(tx, slug)
    assert room, "a thread is there, or can be made"
    return of, room, None


def foot(
    actor: Actor, known: bool, site: Site, room: Room, member: Membership | None, held: Iterable[Held] = ()
) -> dict[str, Any]:  # fmt: skip
    """Who reads, what they may do, and what of theirs waits: all that the foot of a frame needs."""
    return {
        "site": site,
        "room": room,
        "may": room_may(actor, room, member),
        "sees": access.may_see(actor, room, member),
        "who": (reads := who(actor, known)),
        "mark": reactions.giver(actor, room.slug)[1] if reads else "",
        "me": actor,
        "held": held,
    }


def who(actor: Actor, known: bool) -> str:
    """Tells readers apart, without telling who they are; empty for a stranger."""
    if actor.id:
        return str(actor.id)
    key = getattr(actor, "key", "")
    return hashlib.sha256(f"{key} {actor.title}".encode()).hexdigest()[:8] if known else ""
