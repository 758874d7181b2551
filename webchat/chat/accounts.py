"""What becomes of accounts: their roles, and whether they may be used.

An actor of None is the operator at the command line, who may do everything but leave a place without an owner.
"""

from collections.abc import Iterable

import msgspec

from webchat.chat import access, names, waiting
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.commands import DisableUser, EnableUser, SetRole, SignOutUser
from webchat.errors import Conflict, Forbidden, NotFound, sentence as _
from webchat.events import Event, RoleChanged, SignedOut
from webchat.model import BOT, Actor, User
from webchat.store import Tx, meta, sessions, tokens, users

NOBODY = _("There is nobody called %(name)s.")
HIGHER_ONLY = _("You may do this only to people with a lower role than yours.")


def set_role(tx: Tx, actor: Actor | None, command: SetRole) -> Done:
    """Give somebody a role below one's own. It counts from the next thing that they do. The conversations that an admin
    had are nobody's."""
    user = found(tx, command.user)
    if user.role == "bot":
        raise Conflict(_("A program has no other role."))
    changed = msgspec.structs.replace(user, role=command.role)
    for subject in (user, changed):
        _need(actor, "set-role", subject)
    if user.role == command.role:
        return Done(user.name)
    keep_an_owner(tx, user)
    users.set_role(tx, user.id, command.role)
    if user.is_admin and not changed.is_admin:  # who answered at all sites, and may listen to conversations there now
        meta.revoke(tx)
    return Done(user.name, (RoleChanged(user.id, changed), *waiting.release(tx, changed, now())))


def disable(tx: Tx, actor: Actor | None, command: DisableUser) -> Done:
    """Let an account do nothing: its sessions and tokens end, nobody signs in to it, and the conversations that it had
    are nobody's."""
    user = found(tx, command.user)
    _need(actor, "disable-user", user)
    if user.id == BOT:
        raise Conflict(_("This account speaks for the place itself. It cannot be disabled."))
    keep_an_owner(tx, user)
    at = now()
    if not users.set_disabled(tx, user.id, at):
        return Done(user.name)
    events = signed_out(tx, user, tokens.end_all(tx, user.id))
    return Done(user.name, (*events, *waiting.release(tx, user, at)))


def enable(tx: Tx, actor: Actor | None, command: EnableUser) -> Done:
    """Let an account be used again. What ended stays ended."""
    user = found(tx, command.user)
    _need(actor, "enable-user", user)
    sessions.end_all(tx, user.id)
    users.set_disabled(tx, user.id, 0)
    return Done(user.name)


def sign_out(tx: Tx, actor: Actor | None, command: SignOutUser) -> Done:
    """End all sessions of somebody, and the sockets that they opened."""
    user = found(tx, command.user)
    _need(actor, "sign-out-user", user)
    return Done(user.name, signed_out(tx, user))


def found(tx: Tx, name: str) -> User:
    """The account called ``name``, of a person or a program, disabled or not. Raises NotFound."""
    user = users.by_name(tx, names.folded(name))
    if user is None:
        raise NotFound(NOBODY, name=name)
    return user


def _need(actor: Actor | None, what: str, subject: User) -> None:
    if actor is not None and not access.may(what, access.account(actor), subject=subject):
        raise Forbidden(HIGHER_ONLY)


def keep_an_owner(tx: Tx, user: User) -> None:
    """Raises Conflict for the last owner."""
    if user.role == "owner" and not users.other_owner(tx, user.id):
        raise Conflict(_("A place needs an owner. Make somebody else one first."))


def signed_out(tx: Tx, user: User, ended_tokens: Iterable[str] = ()) -> tuple[Event, ...]:
    """End all sessions of somebody, whose tokens with these credentials ended too; what happened."""
    ended = [*sessions.end_all(tx, user.id), *ended_tokens]
    if ended:
        meta.revoke(tx)
    return tuple(SignedOut(user.id, session) for session in ended)
