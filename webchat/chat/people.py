"""Accounts and sessions. What costs time, hashing a password, happens before the transaction."""

import hashlib
import secrets
from typing import NamedTuple

from webchat.chat import names, rooms
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.commands import clean
from webchat.errors import Conflict, Malformed, sentence as _
from webchat.events import SignedOut
from webchat.model import Role, User
from webchat.store import Tx, meta, rooms as stored_rooms, sessions, users

SESSION = 30 * 24 * 3600 * 1000
"""How long a sign-in lasts, in milliseconds."""
SHORTEST, LONGEST = 8, 128
"""Characters of a password."""
LOBBY = "lobby"


class SignIn(NamedTuple):
    """A new session: the id for the browser, the hash that is stored, and whose it is."""

    id: str
    session: str
    user: User


def check_password(password: str) -> None:
    """Raises Malformed for a password that is too short or too long; that is the only rule but for
    control characters."""
    if len(password) < SHORTEST:
        raise Malformed(_("A password needs at least %(count)s characters."), count=SHORTEST)
    if len(password) > LONGEST:
        raise Malformed(_("A password may have at most %(count)s characters."), count=LONGEST)
    clean(password)


def is_set_up(tx: Tx) -> bool:
    """Whether there is an admin."""
    return users.any_admin(tx)


def set_up(tx: Tx, place: str, name: str, password: str) -> User:
    """Name the place, make its first admin and the lobby, all or nothing. ``password`` is a hash.

    Raises:
        Conflict: somebody was faster.
        Malformed: the name cannot be one.
    """
    if is_set_up(tx):
        raise Conflict(_("This place is set up already. Sign in."))
    place = clean(place).strip()
    if not 1 <= len(place) <= 80:
        raise Malformed(_("Give the place a name of at most 80 characters."))
    meta.put(tx, "place", place)
    user = add(tx, name, "admin", password)
    ensure_lobby(tx)
    return user


def ensure_lobby(tx: Tx) -> None:
    """Make the lobby unless it is there."""
    if stored_rooms.by_slug(tx, LOBBY) is None:
        rooms.add(tx, LOBBY, "Lobby", "", "open", "none")


def add(tx: Tx, name: str, role: Role, password: str) -> User:
    """Add an account that is a member of every open room. ``password`` is a hash. Raises Malformed or Conflict."""
    title = clean(name).strip()
    user = users.add(tx, names.name(title), title, role, password, now())
    if user is None:
        raise Conflict(_("This name is taken. Choose another one."))
    stored_rooms.join_open(tx, user.id)
    return user


def check_free(tx: Tx, title: str) -> None:
    """Raises Conflict for a guest's name that reads as that of an account, or that is reserved."""
    spelled = names.folded(title)
    if spelled in names.RESERVED or users.by_name(tx, spelled):
        raise Conflict(_("This name is taken. Choose another one."))


def start_session(tx: Tx, user: User) -> SignIn:
    """Sign a user in."""
    secret = secrets.token_urlsafe(32)
    session = session_hash(secret)
    sessions.add(tx, session, user.id, now(), now() + SESSION)
    return SignIn(secret, session, user)


def session_hash(secret: str) -> str:
    """What is stored of a session's id."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def signed_in(tx: Tx, session: str) -> User | None:
    """Whose live session has that hash."""
    return sessions.user(tx, session, now())


def end_session(tx: Tx, user: User, session: str) -> Done:
    """Sign out: the session and the sockets it opened end."""
    if sessions.end(tx, session):
        meta.revoke(tx)
    return Done(session, (SignedOut(user.id, session),))


def set_password(tx: Tx, user: User, password: str) -> Done:
    """Replace a password and end all sessions of the user. ``password`` is a hash."""
    users.set_password(tx, user.id, password)
    ended = sessions.end_all(tx, user.id)
    if ended:
        meta.revoke(tx)
    return Done(user.name, tuple(SignedOut(user.id, session) for session in ended))


def place(tx: Tx) -> str:
    """The name of the place."""
    return meta.get(tx, "place") or "webchat"
