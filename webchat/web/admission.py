"""Who may come in at the doors that stay open, what a connection begins with, and what it may do there."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import msgspec
from starlette.requests import HTTPConnection

from webchat import topics
from webchat.chat import access, conversations, names, people, pins, sites, tokens
from webchat.chat.done import Done
from webchat.chat.somebody import Attendance
from webchat.commands import (
    Command,
    MarkRead,
    ReadNotifications,
    SeeNotifications,
    SetPresence,
    Signal,
)
from webchat.errors import Forbidden
from webchat.events import AwayChanged, Event, GuestAddressed, RoomEdited, UserPresenceChanged
from webchat.model import Actor, Guest, Membership, Person, Room, User
from webchat.pinned import PinChanged
from webchat.store import Tx, notifications, rooms, rules as stored_rules, users
from webchat.topics import Topic
from webchat.web import embed_opening, inbox
from webchat.web.audit import audited
from webchat.web.door import NOT_ALLOWED, SIGN_IN, Admission, Opening
from webchat.web.house import House, house, peer
from webchat.web.limits import SPEECH, actor_key, network
from webchat.web.may import room_may
from webchat.web.room_queue import beside
from webchat.web.sidebar import sidebar
from webchat.web.surfaces import FRAMES, SUPPORT, THREADS, spoken
from webchat.web.views import NOTICES, ONLY_POSTS, PLAIN, in_languages

Found = tuple[Room, Membership | None]

OF_THE_PAGE = (MarkRead, ReadNotifications, SeeNotifications)
"""The commands that are the page's own doing, which it keeps rare itself."""


@asynccontextmanager
async def admit(connection: HTTPConnection, surface: str) -> AsyncIterator[Admission]:
    """Let a connection in to a surface, for as long as the block lasts; its user is here that long.

    Raises:
        SignInNeeded: a token is not valid.
        Forbidden: a token may not be used to listen there.
        TooFast: connections come faster from there than they may.
        Unavailable: there are too many from there, or of this user.
    """
    at = house(connection)
    where = network(peer(connection))
    at.limits.need_room(spare=surface in THREADS)
    at.limits.take("connect", where)
    visitor = await at.sessions.speaker(connection)
    slug, name = _asked(connection, surface)
    actor = visitor.actor
    if name and isinstance(actor, Guest):
        actor = msgspec.structs.replace(at.sessions.stranger(name), network=where)
    lang = spoken(connection) if surface in FRAMES else visitor.lang
    admission = Admission(actor, lang, visitor.session, slug, where, surface=surface, name=name, known=visitor.known)

    narrow, rev, stop, may_type = await at.store.read(lambda tx: _found_and_seen(tx, admission))
    if stop:
        yield Admission(actor, stop=stop)
        return
    with at.limits.socket(where, actor.id, spare=surface in THREADS):
        narrow = narrow or surface in FRAMES or surface in PLAIN
        admission = msgspec.structs.replace(admission, rev=rev, may_type=may_type, narrow=narrow)
        if surface == NOTICES:  # which a program or a device hears while its user is away
            yield admission
        else:
            with _present(at, admission) as attendance:
                yield msgspec.structs.replace(admission, attendance=attendance)


@contextmanager
def _present(at: House, admission: Admission) -> Iterator[Attendance]:
    """Let somebody be here, for as long as the block lasts."""
    key = actor_key(admission.actor)
    slug = admission.slug or (_desk(admission.name) if isinstance(admission.actor, Guest) else "")
    attendance = at.presence.enter(slug, key, _person(admission.actor))
    try:
        yield attendance
    finally:
        at.presence.leave(attendance)
        at.presence.stopped(admission.slug, key)


async def opening(at: House, admission: Admission) -> Opening:
    """What a connection begins with. Whether it may stay is asked again, now that no change can be missed."""
    actor = admission.actor

    def read(tx: Tx) -> tuple[int, dict[str, Any], dict[str, Any]]:
        found = _found(tx, admission)
        stop, _may_type = _seen(tx, admission, found)
        if stop:
            return stop, {}, {}
        if admission.surface == SUPPORT:
            return 0, {}, {"talk": conversations.found(tx, actor, admission.slug)[2]}
        if admission.narrow or not actor.id:  # guests have neither a list of rooms nor an inbox
            return 0, {}, _room(tx, admission, found)
        state = sidebar(tx, actor) | {
            "inbox": None if admission.slug else notifications.newest(tx, actor.id, inbox.SHOWN),
            "waiting": inbox.waiting(tx, actor.id),
        }
        beside = (link.partner for link in state["directs"] if link.slug == admission.slug and link.partner)
        return 0, state | {"seen": {user: users.seen(tx, user) for user in beside}}, _room(tx, admission, found)

    stop, state, room = await at.store.read(read)
    if stop or admission.surface in PLAIN:
        return Opening(topics=_own(admission), stop=stop)
    told = actor.id and not admission.narrow
    links = state["rooms"] + state["directs"] if told else []
    heard = tuple(topic for link in links for topic in topics.row(link))
    heard += tuple(topics.support(site.id) for site in (state["desks"] if told else ()))
    if not in_languages(admission.surface):
        return Opening(topics=heard)
    view = admission.view
    if admission.surface == SUPPORT:
        return Opening(tuple(embed_opening.answered(at, admission, room["talk"])))
    if admission.surface in THREADS:
        heard = (topics.author(actor),) if "held" in room else ()
        return Opening(tuple(embed_opening.framed(at, admission, room)), heard)
    texts = [at.renderer.fragment("state", admission.lang, **state)] if told else []
    if state.get("waiting"):
        texts.append(at.renderer.fragment("notifications_waiting", admission.lang, waiting=state["waiting"]))
    if room:
        texts += at.renderer.news(view, RoomEdited(room["room"], room["place"]))
        texts += at.renderer.news(view, PinChanged(admission.slug, room["pinned"]))
        texts.append(at.renderer.greeting("foot_stale", admission.lang, slug=admission.slug, words=room["may"].words))
    if "held" in room:
        texts.append(at.renderer.fragment("waiting", admission.lang, **room))
        if isinstance(actor, Guest):
            heard += (topics.author(actor),)
    # Of a crowd that comes at once each would be shown a longer list, while the next second shows all of it to all.
    if admission.slug and (here := at.presence.told(admission.slug)):
        texts += at.renderer.news(view, here)
    for user, seen in state.get("seen", {}).items():
        texts += at.renderer.news(view, UserPresenceChanged(user, at.presence.state(user), seen))
    if at.weather.away:
        texts += at.renderer.news(view, AwayChanged(at.weather.away))
    return Opening(tuple(texts), heard)


def perform(at: House, admission: Admission, command: Command) -> Awaitable[Done]:
    """Begin a command for a connection."""
    if not isinstance(command, OF_THE_PAGE):
        at.limits.ask(command, admission.actor, admission.network)
    if isinstance(command, SPEECH) and admission.slug:
        at.presence.stopped(admission.slug, actor_key(admission.actor))
    done = at.chat.begin(admission.actor, command, admission.session)
    return audited(admission.actor, command, admission.network, done)


def signal(at: House, admission: Admission, command: Signal) -> None:
    """Tell the room that somebody writes, or that a page is used. Too often is not told."""
    charge(at, admission)
    if isinstance(command, SetPresence):
        assert admission.attendance, "whoever is let in is here"
        at.presence.show(admission.attendance, command.state)
    elif command.room == admission.slug and admission.may_type and _named(admission):
        at.presence.typing(command.room, actor_key(admission.actor), _person(admission.actor))


async def whisper(at: House, tell: Callable[[Event], None], admission: Admission, to: str, body: str) -> bool:
    """Say something to the guests called ``to``, at whatever process; False if none is here, or if that is a user by
    now. Raises TooFast."""
    if not at.presence.here(_desk(to)).count:
        return False
    if await at.store.read(lambda tx: users.by_name(tx, to)):
        return False
    at.limits.act(True, admission.actor, admission.network)
    tell(GuestAddressed(to, admission.actor.title, body))
    return True


def charge(at: House, admission: Admission) -> None:
    """Count something that is no command towards what the actor may do. Raises TooFast."""
    at.limits.act(False, admission.actor, admission.network)


def close_code(tx: Tx, admission: Admission) -> int:
    """The code to close a connection with that may not be here any more; 0 while it may."""
    return _seen(tx, admission, _found(tx, admission))[0]


def _asked(connection: HTTPConnection, surface: str) -> tuple[str, str]:
    """The room and the name that an address asks for."""
    path = connection.path_params
    if surface == NOTICES:
        return "", ""
    if surface == "user":
        return "", names.folded(path.get("name", ""))
    otherwise = people.LOBBY if surface in ONLY_POSTS else connection.query_params.get("room", "")
    return names.folded(path.get("room", otherwise)), ""


def _own(admission: Admission) -> tuple[Topic, ...]:
    """What somebody hears who came in by name, or for what a user is told."""
    if admission.surface == NOTICES:
        return topics.user(admission.actor.id), topics.PLACE
    if admission.surface != "user":
        return ()
    return (topics.user(admission.actor.id) if admission.actor.id else topics.guest(admission.name),)


def _desk(name: str) -> str:
    """Where guests of a name are, told to all processes as rooms are; it is no room's slug."""
    return f"@{name}"


def _found(tx: Tx, admission: Admission) -> Found | None:
    """The room of the connection's page, and its actor's place in it."""
    return rooms.with_membership(tx, admission.slug, admission.actor.id) if admission.slug else None


def _seen(tx: Tx, admission: Admission, found: Found | None) -> tuple[int, bool]:
    """The close code for who may not be here, signed out or not allowed in the room, or 0; and whether
    others may be told that they write."""
    if admission.session and not tokens.lives(tx, admission.session):
        return SIGN_IN, False
    return _allowed(tx, admission, found)


def _allowed(tx: Tx, admission: Admission, found: Found | None) -> tuple[int, bool]:
    """The same for somebody of whom it was just read that they are signed in."""
    actor, slug = admission.actor, admission.slug
    if admission.name and not _may_be(tx, actor, admission.name):
        return (NOT_ALLOWED if actor.id else SIGN_IN), False
    if not slug and isinstance(actor, Guest) and actor.welcome and admission.surface == "user":
        return 0, False
    if not slug:
        return (0 if actor.id else SIGN_IN), False
    if found is not None and access.may_see(actor, *found):
        posts = tokens.may_use(tx, admission.session, "post", slug) and access.may("post-message", actor, *found)
        return 0, posts and not _waits(tx, actor, found[0])
    if found is None and isinstance(actor, Guest) and actor.welcome and names.is_slug(slug):
        return 0, True
    if found is None and (thread := sites.unmade(tx, slug)) and access.may_see(actor, thread, None):
        return 0, access.may("post-message", actor, thread) and not _waits(tx, actor, thread)
    return (NOT_ALLOWED if actor.id else SIGN_IN), False


def _waits(tx: Tx, actor: Actor, room: Room) -> bool:
    """Whether what somebody says, by a name that anybody may give themselves, may have to wait until it is seen."""
    if not isinstance(actor, Guest):
        return False
    if not room.id:  # a thread that is not there yet, for which its site's rules will hold
        return stored_rules.of_site(tx, room.site).waits
    return room.ruled and stored_rules.get(tx, room.id).waits


def _found_and_seen(tx: Tx, admission: Admission) -> tuple[bool, int, int, bool]:
    """Whether only the room may be listened to, the room's rev, and what `_allowed` says. Raises Forbidden."""
    found = _found(tx, admission)
    return _narrow(tx, admission), found[0].rev if found else 0, *_allowed(tx, admission, found)


def _may_be(tx: Tx, actor: Actor, name: str) -> bool:
    """Whether somebody may be reached under a name: a user by their own, a guest by what looks like no user's."""
    return actor.name == name if actor.id else names.is_slug(name) and users.like(tx, names.skeleton(name)) is None


def _named(admission: Admission) -> bool:
    """Whether there is a name by which others may know them: in a frame, strangers give one with what they say."""
    return admission.known or admission.surface not in THREADS


def _room(tx: Tx, admission: Admission, found: Found | None) -> dict[str, Any]:
    """The room as its page may not know it yet, and what its reader may do there; a direct room stays what it is."""
    if found is None and (thread := sites.unmade(tx, admission.slug)):
        found = thread, None
    if found is None or found[0].kind == "direct":
        return {}
    shown: dict[str, Any] = {"room": found[0], "may": room_may(admission.actor, *found), "place": people.place(tx)}
    shown["pinned"] = pins.pinned(tx, found[0])
    return shown | (beside(tx, admission.actor, *found) if found[0].ruled or shown["may"].moderate else {})


def _narrow(tx: Tx, admission: Admission) -> bool:
    """Whether only the room may be listened to. Raises Forbidden where not even that."""
    if tokens.may_use(tx, admission.session, "read"):
        return False
    if admission.slug and tokens.may_use(tx, admission.session, "read", admission.slug):
        return True
    raise Forbidden(tokens.NOT_IN_SCOPE)


def _person(actor: Actor) -> Person:
    return Person(actor.id, actor.name, actor.title, actor.status if isinstance(actor, User) else "")
