"""The API's users: who there is, oneself, and what admins may do about accounts."""

from typing import Annotated

import msgspec

from webchat import commands as c
from webchat.chat import access, accounts, names, sessions
from webchat.chat.holding import Author
from webchat.errors import Forbidden, NotFound, sentence as _
from webchat.model import User
from webchat.store import Tx, users as stored
from webchat.web.api import views
from webchat.web.api.endpoint import Ask, Paged, does, shows


class UserQuery(Paged, frozen=True, forbid_unknown_fields=True):
    """``q`` is in the name or title."""

    q: Annotated[str, msgspec.Meta(max_length=64)] = ""


class NewUser(msgspec.Struct, frozen=True):
    """An account that was just made. Its ``password`` is told once, and is to be changed by its owner."""

    user: views.User
    password: str


class Session(msgspec.Struct, frozen=True):
    """A sign-in: when it began and was last used, and what the browser said it was."""

    session: str
    created: int
    seen: int
    agent: str


class SessionList(msgspec.Struct, frozen=True):
    """A user's sign-ins, the one used last first."""

    sessions: list[Session]


def listed(ask: Ask, tx: Tx) -> views.UserList:
    """Accounts by name; disabled ones are shown to admins only."""
    query = ask.query
    found = stored.page(tx, names.folded(query.q), query.after, query.limit + 1)
    users = [views.user(one.user) for one in found[: query.limit] if _is_shown(ask, one.user)]
    return views.UserList(users, found[query.limit - 1].user.name if len(found) > query.limit else None)


def one(ask: Ask, tx: Tx) -> views.User:
    """The account of the path."""
    return views.user(_found(ask, tx))


def made(ask: Ask, tx: Tx) -> NewUser:
    """The account that was just made."""
    return NewUser(views.user(accounts.found(tx, str(ask.done.id))), ask.done.secret)


def me(ask: Ask, tx: Tx) -> views.User:
    """Whom the token speaks for."""
    return views.user(stored.by_id(tx, ask.actor.id) or ask.actor)


def presence(ask: Ask, tx: Tx) -> views.Presence:
    """How a user is."""
    user = _found(ask, tx)
    return views.Presence(ask.at.presence.state(user.id), stored.seen(tx, user.id))


def session_list(ask: Ask, tx: Tx) -> SessionList:
    """Where a user is signed in: oneself, or whom one outranks."""
    user = _found(ask, tx)
    if not access.may("end-session", ask.actor, subject=user):
        raise Forbidden(accounts.HIGHER_ONLY)
    return SessionList([Session(one.id, one.created, one.seen, one.agent) for one in sessions.listed(tx, user)])


def data(ask: Ask, tx: Tx) -> views.Data:
    """What is kept of somebody: oneself, or whom one outranks."""
    user = accounts.found(tx, ask.path.get("user", ask.actor.name))
    if user.id != ask.actor.id and not access.may("erase-user", ask.actor, subject=user):
        raise Forbidden(accounts.HIGHER_ONLY)
    return views.data(ask, tx, Author(user.id, ""))


def _found(ask: Ask, tx: Tx) -> User:
    user = accounts.found(tx, ask.path["user"])
    if not _is_shown(ask, user):
        raise NotFound(accounts.NOBODY, name=ask.path["user"])
    return user


def _is_shown(ask: Ask, user: User) -> bool:
    return not user.disabled or ask.actor.is_admin


ENDPOINTS = (
    shows("/me", _("Whom the token acts for"), me),
    does("PUT", "/me/profile", _("Change your name and status"), c.SetProfile, me),
    does("DELETE", "/me/sessions", _("Sign out everywhere"), c.EndOtherSessions),
    shows("/users", _("List accounts"), listed, UserQuery),
    does("POST", "/users", _("Make an account for somebody"), c.CreateUser, made, 201),
    shows("/users/{user}", _("Look at an account"), one),
    does("DELETE", "/users/{user}", _("Erase somebody"), c.EraseUser),
    shows("/users/{user}/data", _("All that is kept about somebody"), data, Paged, needs="admin"),
    shows("/users/{user}/presence", _("Whether somebody is here"), presence),
    does("PUT", "/users/{user}/role", _("Give somebody another role"), c.SetRole, one),
    does("PUT", "/users/{user}/disabled", _("Disable an account"), c.DisableUser),
    does("DELETE", "/users/{user}/disabled", _("Let an account be used again"), c.EnableUser),
    shows("/users/{user}/sessions", _("List where somebody is signed in"), session_list, needs="admin"),
    does("DELETE", "/users/{user}/sessions", _("Sign somebody out everywhere"), c.SignOutUser),
    does("DELETE", "/sessions/{session}", _("Sign out somewhere"), c.EndSession),
)
