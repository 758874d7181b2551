"""Accounts. What costs time, hashing a password, happens before the transaction."""

from webchat.chat import access, names, passwords, rooms, sessions
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.commands import CreateUser, clean
from webchat.errors import Conflict, Forbidden, Malformed, SignInNeeded, sentence as _
from webchat.model import Actor, Role, User
from webchat.store import Tx, meta, rooms as stored_rooms, users

LOBBY = "lobby"


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
        raise Conflict(_("This place is already set up. Sign in."))
    place = clean(place).strip()
    if not 1 <= len(place) <= 80:
        raise Malformed(_("Give the place a name of at most 80 characters."))
    meta.put(tx, "place", place)
    user = add(tx, name, "owner", password)
    ensure_lobby(tx)
    return user


def ensure_lobby(tx: Tx) -> None:
    """Make the lobby unless it is there."""
    if stored_rooms.by_slug(tx, LOBBY) is None:
        rooms.add(tx, rooms.draft(LOBBY, "Lobby"))


def add(tx: Tx, name: str, role: Role, password: str) -> User:
    """Add an account; a person is a member of every open room. ``password`` is a hash. Raises Malformed or Conflict."""
    title = clean(name).strip()
    spelled = names.name(title)
    user = users.add(tx, spelled, names.skeleton(spelled), title, role, password, now())
    if user is None:
        raise Conflict(_("This name is taken. Choose another one."))
    if role != "bot":
        stored_rooms.join_open(tx, user.id)
    return user


def create(tx: Tx, actor: Actor, command: CreateUser) -> Done:
    """Make an account of a role below one's own; its name, and its password once."""
    if not access.may("create-user", access.account(actor), subject=User(-1, "", "", command.role)):
        raise Forbidden(_("You may make accounts only with a lower role than yours."))
    password, hashed = passwords.made_up()
    return Done(add(tx, command.name, command.role, hashed).name, secret=password)


def check_free(tx: Tx, title: str) -> None:
    """Raises Conflict for a name to be shown that looks like that of an account, or that is reserved."""
    skeleton = names.skeleton(names.folded(title))
    if skeleton in names.RESERVED or users.like(tx, skeleton):
        raise Conflict(_("This name is taken. Choose another one."))


def set_password(tx: Tx, user: User, password: str) -> Done:
    """Replace a password and end all sessions of the user. ``password`` is a hash."""
    users.set_password(tx, user.id, password)
    return Done(user.name, sessions.end_all(tx, user))


def change_password(tx: Tx, session: str, device: sessions.Device, before: str, after: str) -> Done:
    """Replace the password of who is signed in; the id of the new session, which is the only one left.

    ``before`` is the hash that the old password was compared with, ``after`` that of the new one.

    Raises:
        SignInNeeded: the session ended meanwhile.
        Conflict: the password was changed meanwhile.
    """
    user = sessions.signed_in(tx, session)
    if user is None:
        raise SignInNeeded(_("You are signed out. Sign in again to do this."))
    if users.password(tx, user.id) != before:
        raise Conflict(_("The password was changed a moment ago. Sign in with the new one."))
    done = set_password(tx, user, after)
    return Done(sessions.start(tx, user, device).id, done.events)


def sign_up(tx: Tx, name: str, password: str) -> User:
    """Make an account where anybody may. ``password`` is a hash. Raises Forbidden, Malformed or Conflict."""
    if not may_sign_up(tx):
        raise Forbidden(_("Accounts are made by invitation here. Ask somebody who is in for a link."))
    return add(tx, name, "member", password)


def may_sign_up(tx: Tx) -> bool:
    """Whether anybody may make an account, without a link."""
    return meta.get(tx, "sign-up") == "open"


def place(tx: Tx) -> str:
    """The name of the place."""
    return meta.get(tx, "place") or "webchat"
