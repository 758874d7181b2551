"""What programs show instead of a session: who makes them, what each may be used for, and how they end.

A token speaks for its account within its scopes: ``read``, ``post``, ``notify`` and ``admin``, each perhaps for one
room or user only (``post:lobby``). It may never do more than the account. Its stored hash is given around as that of a
session is, but cannot be taken for one.
"""

import secrets
from collections.abc import Iterable, Mapping

import msgspec

from webchat import commands as c
from webchat.chat import access, bots, identities, names, people, scopes, sessions
from webchat.chat.clock import DAY, now
from webchat.chat.done import Done
from webchat.commands import BeginConversation, CreateToken, RevokeToken
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, SignInNeeded, sentence as _
from webchat.events import SignedOut
from webchat.keys import Token
from webchat.model import Actor, User
from webchat.store import Tx, messages, meta, sessions as stored_sessions, tokens as stored, users

MOST = 200
"""Tokens that there may be, so that the list shows all of them."""
NOTED = 60 * 1000
"""How long, in milliseconds, after a use another one is noted."""
BEGINNING = "webchat_"
"""What secrets begin with, for programs that look for secrets in the wrong places."""
SHOWN = len(BEGINNING) + 6
"""How much of a secret is kept to know it by: 36 of 256 bits."""
HASHED = "token-"
ENDED = _("This token is not valid, or no longer valid. Ask an admin for a new one.")
NOT_IN_SCOPE = _("This token may not be used for that.")


def create(tx: Tx, actor: Actor | None, command: CreateToken) -> Done:
    """Make a token, and its program's account if there is none of that name; its id, and once its secret.

    An actor of None is the operator. Others make them for themselves and for programs: with somebody else's they could
    read what only that person may.
    """
    each = (f"{scope}:{name}" for scope in command.scopes for name in command.only) if command.only else command.scopes
    scopes = tuple(dict.fromkeys(_scope(text) for text in each))
    user = users.by_name(tx, names.folded(command.user))
    _need(actor, "create-token", user or User(-1, "", "", "bot"))
    if user is None:
        user = people.add(tx, command.user, "bot", "")
    if user.disabled:
        raise Conflict(_("This account is disabled."))
    if stored.how_many(tx) >= MOST:
        raise Conflict(_("There are %(count)s tokens already. Revoke one first."), count=MOST)
    secret, at = BEGINNING + secrets.token_urlsafe(32), now()
    expires = at + command.days * DAY if command.days else 0
    number = stored.add(tx, user.id, hashed(secret), secret[:SHOWN], scopes, at, expires)
    return Done(number, secret=secret)


def revoke(tx: Tx, actor: Actor | None, command: RevokeToken) -> Done:
    """End a token and the sockets that it opened."""
    token = stored.by_id(tx, command.token)
    if token is None:
        raise NotFound(_("There is no such token."))
    _need(actor, "revoke-token", token.user)
    credential = stored.end(tx, token.id)
    assert credential, "it was there a moment ago"
    meta.revoke(tx)
    return Done(token.id, (SignedOut(token.user.id, credential),))


def hashed(secret: str) -> str:
    """What is stored of a token."""
    return HASHED + sessions.hashed(secret)


def live(tx: Tx, secret: str) -> tuple[Token, bool]:
    """The token with that secret, and whether it is time to note that it is used. Raises SignInNeeded."""
    token = stored.find(tx, hashed(secret), now())
    if token is None:
        raise SignInNeeded(ENDED)
    return token, token.used <= now() - NOTED


def note_use(tx: Tx, secret: str) -> None:
    """Note that a token is used."""
    stored.use(tx, hashed(secret), now(), now() - NOTED)


def signed_in(tx: Tx, credential: str) -> User | None:
    """For whom a session or a token speaks, while it does."""
    if not credential.startswith(HASHED):
        return sessions.signed_in(tx, credential)
    token = stored.find(tx, credential, now())
    return token.user if token else None


def lives(tx: Tx, credential: str) -> bool:
    """Whether a credential still speaks for somebody: a session, a token, or what counts at one site."""
    if credential.startswith((identities.HOST, identities.AT)):
        return identities.lives(tx, credential)
    return signed_in(tx, credential) is not None


def device(tx: Tx, credential: str) -> str:
    """On what somebody does something: what the browser of a session says it is, or how a token begins."""
    if not credential.startswith(HASHED):
        return stored_sessions.agent(tx, credential) if credential else ""
    token = stored.find(tx, credential, now())
    return token.prefix if token else ""


def spoken(tx: Tx, credential: str, command: c.Command) -> User:
    """For whom a session, a token, a webhook or a program that was called asks this.

    Raises:
        SignInNeeded: it is over.
        NotFound: it is a webhook or a call, and is over.
        Forbidden: it is a token or a session at a site, and may not be used for that.
    """
    if credential.startswith((bots.HASHED, bots.ANSWERS)):
        return bots.spoken(tx, credential, command)
    scope = scopes.scope(c.spelled(type(command)))
    if credential.startswith(identities.AT):
        named = [f"{command.site}."] if isinstance(command, BeginConversation) else []
        return identities.spoken(tx, credential, scope, named or _names(tx, msgspec.structs.asdict(command)))
    if not credential.startswith(HASHED):
        user = sessions.signed_in(tx, credential)
        if user is None:
            raise SignInNeeded(_("You are signed out. Sign in again to do this."))
        return user
    # What makes tokens is no matter of one name: a narrow one could make itself a wide one.
    about = {} if isinstance(command, CreateToken) else msgspec.structs.asdict(command)
    return allowed(tx, credential, scope, about)


def allowed(tx: Tx, credential: str, scope: str, about: Mapping[str, object]) -> User:
    """For whom a token asks what needs that scope; ``about`` may name a ``room``, a ``user`` and a ``message``.

    Raises:
        SignInNeeded: it is over.
        Forbidden: it may not be used for that.
    """
    token = stored.find(tx, credential, now())
    if token is None:
        raise SignInNeeded(ENDED)
    if not covers(token.scopes, scope, _names(tx, about)):
        raise Forbidden(NOT_IN_SCOPE)
    return token.user


def covers(scopes: Iterable[str], needed: str, about: Iterable[str]) -> bool:
    """Whether one of the scopes is the one that is needed: for all, or for one of the names that it is about."""
    return any(scope in (needed, *(f"{needed}:{name}" for name in about)) for scope in scopes)


def may_use(tx: Tx, credential: str, scope: str, slug: str = "") -> bool:
    """Whether a session or a token may be used so: in a room, or with no ``slug`` everywhere."""
    if credential.startswith(identities.AT):
        return identities.may_use(tx, credential, scope, slug)
    if not credential.startswith(HASHED):
        return True
    token = stored.find(tx, credential, now())
    return token is not None and covers(token.scopes, scope, [slug] if slug else [])


def _names(tx: Tx, about: Mapping[str, object]) -> list[str]:
    """The rooms and users that something is about."""
    named = [names.folded(value) for field in ("room", "user") if isinstance(value := about.get(field), str)]
    if isinstance(number := about.get("message"), int) and (message := messages.by_id(tx, number)):
        named.append(message.room)
    return named


def _scope(text: str) -> str:
    name, colon, subject = text.partition(":")
    if name not in scopes.SCOPES or (colon and not subject) or ":" in subject:
        raise Malformed(
            _("A scope is read, post, notify or admin, or one of these for a room or user, as in post:lobby.")
        )
    return f"{name}:{names.folded(subject)}" if subject else name


def _need(actor: Actor | None, what: str, subject: User) -> None:
    if actor is not None and not access.may(what, access.account(actor), subject=subject):
        raise Forbidden(_("You may do this only for yourself and for programs."))
