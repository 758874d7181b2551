"""Who somebody is in the threads of one site: its own user, as the site says, or one of ours.

A site says it by a token that it signs, which is taken once: from then on a cookie of ours is proof. Somebody with an
account hands a code to the frame, where it becomes a session that counts in the site's threads only and ends with the
one that it was made from. Both are spoken of by a credential, as sessions and tokens are.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

import jwt
from jwt import exceptions

from webchat.chat import names, people, sessions, sites
from webchat.chat.clock import DAY, MINUTE, now
from webchat.chat.done import Done
from webchat.commands import clean
from webchat.errors import Conflict, Forbidden, Malformed, SignInNeeded, sentence as _
from webchat.events import SignedOut
from webchat.model import Guest, Site, User
from webchat.normal import normalized
from webchat.settings import MAIL_ADDRESS
from webchat.store import Tx, identities as stored, meta, sites as stored_sites

HOST = "host-"
"""What the credentials of those begin with whom their site knows."""
AT = "at-"
"""The same for those with an account, whose session counts at one site only."""
KNOWN = 14 * DAY
"""How long somebody is who the site said, in milliseconds."""
LONGEST = 10 * MINUTE
"""The longest that a token may be good for."""
LEEWAY = 30
"""Seconds that the clocks of a site and of ours may be apart."""
CODE = MINUTE
"""How long a code is good for."""
LONGEST_TOKEN = 4096
LONGEST_CLAIM = 255
LONGEST_TITLE = 80
LONGEST_EMAIL = 254

NOT_OURS = _("The site has not signed this token.")
OVER = _("This token has expired. The site has to make a new one each time.")
ELSEWHERE = _("This token is for another place or site.")
USED = _("This token was used already. The site has to make a new one each time.")
LACKING = _("A token needs iss, aud, sub, iat, jti and exp, and may be valid for ten minutes at most.")
NO_ADDRESS = _("The email of a token has to be an address such as ann@example.org.")
UNNAMED = _("A token needs a name of 1 to 80 characters that can be shown.")
NO_CODE = _("This sign-in has expired. Begin again.")
ENDED = _("You are signed out here. Sign in again to do this.")
ONLY_HERE = _("This sign-in is only for the comments of one site.")


_WrongClaim = (exceptions.InvalidSubjectError, exceptions.InvalidJTIError, exceptions.InvalidIssuedAtError)


class Said(NamedTuple):
    """What a site says of somebody: which of its users it is, what they are called, and where letters reach them."""

    sub: str
    title: str
    email: str = ""


def accept(tx: Tx, site: Site, token: str, audience: Iterable[str]) -> Said:
    """Take a token of a site, which is used then. ``audience`` is what we are called. Raises SignInNeeded."""
    claims = _claims(site, token, audience)
    expires = int(claims["exp"]) * 1000
    if not all(isinstance(claims[name], str) and 1 <= len(claims[name]) <= LONGEST_CLAIM for name in ("sub", "jti")):
        raise SignInNeeded(LACKING)
    if expires > now() + LONGEST + LEEWAY * 1000:
        raise SignInNeeded(LACKING)
    said = Said(claims["sub"], _title(tx, site, claims.get("name")), _email(claims.get("email")))
    if not stored.use(tx, site.id, _hashed(claims["jti"]), expires + LEEWAY * 1000):
        raise SignInNeeded(USED)
    return said


def key(secret: bytes, site: Site, sub: str) -> str:
    """The key of a site's user, by the server's secret: the same one on every device, and nobody else's."""
    naming = hmac.digest(secret, b"the users of sites", "sha256")
    said = f"{site.id} {normalized('NFC', sub)}"  # as a command would have it
    digest = hmac.digest(naming, said.encode("utf-8", "surrogatepass"), "sha256")
    return base64.urlsafe_b64encode(digest[:24]).decode()


def credential(site: Site, until: int) -> str:
    """What speaks for whom a site knows, until then, and as long as the site's secret stays."""
    return _credential(site, until, site.secret)


def _credential(site: Site, until: int, secret: str) -> str:
    return f"{HOST}{site.id}-{until}-{_hashed(secret)[:16]}"


def guest(held: str) -> Guest:
    """Somebody whom a site knows, by their credential: as far as it tells."""
    return Guest("", "", site=int(held.split("-")[1]), vouched=True)


def lives(tx: Tx, held: str) -> bool:
    """Whether a credential of either kind speaks for somebody still."""
    if held.startswith(AT):
        return stored.find_session(tx, held, now()) is not None
    _kind, number, until, _mark = held.split("-")
    site = stored_sites.by_id(tx, int(number))
    at = now()
    if site is None or int(until) <= at:
        return False
    return any(held == _credential(site, int(until), secret) for secret in site.secrets(at))


def ran_out(credentials: Iterable[str]) -> list[bool]:
    """Which credentials say themselves that they are over, as those of whom a site knows do: they are kept nowhere."""
    at = now()
    return [held.startswith(HOST) and int(held.split("-")[2]) <= at for held in credentials]


def need(tx: Tx, held: str) -> None:
    """Raises SignInNeeded for the credential of a site's user that is over."""
    if not lives(tx, held):
        raise SignInNeeded(ENDED)


def offer(tx: Tx, name: str, session: str) -> tuple[Site, str]:
    """Make a code for a frame of a site, out of somebody's session.

    Raises:
        NotFound: there is no such site.
        SignInNeeded: the session is over.
        Forbidden: only the site's own users read and write there.
    """
    site = sites.found(tx, name)
    if sessions.signed_in(tx, session) is None:
        raise SignInNeeded(_("You are signed out. Sign in again to do this."))
    need_accounts(site)
    code = secrets.token_urlsafe(32)
    stored.add_code(tx, _hashed(code), site.id, session, now() + CODE)
    return site, code


def need_accounts(site: Site) -> None:
    """Raises Forbidden where nobody comes in by an account of ours."""
    if site.guests == "none":
        raise Forbidden(_("The comments of this site are not open to you."))


def redeem(tx: Tx, site: Site, code: str) -> tuple[User, str]:
    """Take a code: whose it was, and the id of a session of theirs at the site. Raises SignInNeeded."""
    session = stored.take_code(tx, _hashed(code), site.id, now())
    user = sessions.signed_in(tx, session) if session else None
    if session is None or user is None:
        raise SignInNeeded(NO_CODE)
    secret = secrets.token_urlsafe(32)
    stored.add_session(tx, hashed(secret), site.id, session, now())
    return user, secret


def hashed(secret: str) -> str:
    """The credential of a session at a site, by its id."""
    return AT + sessions.hashed(secret)


def leave(tx: Tx, held: str, user: User) -> Done:
    """End a session at a site, and its sockets."""
    if stored.end_session(tx, held):
        meta.revoke(tx)
    return Done(held, (SignedOut(user.id, held),))


class Visit(NamedTuple):
    """Whose session at a site it is, and what it was made from, if it is time to note that this is used."""

    user: User
    due: list[str]


def visit(tx: Tx, site: Site, held: str) -> Visit | None:
    """Who comes with a session at a site, while it lasts."""
    found = stored.find_session(tx, held, now())
    if found is None or found[1] != site.name:
        return None
    again = sessions.visit(tx, found[2])
    return Visit(found[0], [found[2]] if again and again[1] else [])


def made_from(tx: Tx, credentials: Iterable[str]) -> set[str]:
    """The sessions that are used when these credentials are."""
    at = now()
    visits = (stored.find_session(tx, held, at) for held in credentials if held.startswith(AT))
    return {held for held in credentials if not held.startswith((AT, HOST))} | {found[2] for found in visits if found}


def spoken(tx: Tx, held: str, scope: str, rooms: Iterable[str]) -> User:
    """For whom a session at a site asks what needs that ``scope`` of a token and is about those rooms.

    Raises:
        SignInNeeded: it is over.
        Forbidden: it is for something else than the site's threads.
    """
    found = stored.find_session(tx, held, now())
    if found is None:
        raise SignInNeeded(ENDED)
    if not _covers(found[1], scope, rooms):
        raise Forbidden(ONLY_HERE)
    return found[0]


def may_use(tx: Tx, held: str, scope: str, slug: str) -> bool:
    """Whether a session at a site may be used so in a room; with no ``slug``, everywhere, which it never may."""
    found = stored.find_session(tx, held, now())
    return found is not None and _covers(found[1], scope, [slug])


def _covers(site: str, scope: str, rooms: Iterable[str]) -> bool:
    rooms = list(rooms)
    return scope in ("read", "post") and bool(rooms) and all(room.startswith(f"{site}.") for room in rooms)


def _claims(site: Site, token: str, audience: Iterable[str]) -> dict[str, Any]:
    """What a token says that the site signed for us, and that is not over. Raises SignInNeeded."""
    if len(token) > LONGEST_TOKEN:
        raise SignInNeeded(NOT_OURS)
    *others, last = site.secrets(now())
    for secret in others:
        with suppress(jwt.InvalidSignatureError):
            return _signed(site, secret, token, audience)
    try:
        return _signed(site, last, token, audience)
    except jwt.InvalidSignatureError:
        raise SignInNeeded(NOT_OURS) from None


def _signed(site: Site, secret: str, token: str, audience: Iterable[str]) -> dict[str, Any]:
    """What a token says that one secret signed. Raises InvalidSignatureError if it was another one."""
    options: Any = {"require": ["iss", "aud", "sub", "iat", "jti", "exp"]}
    try:
        return jwt.decode(
            token, secret, algorithms=["HS256"], options=options,
            audience=list(audience), issuer=site.name, leeway=LEEWAY,
        )  # fmt: skip
    except jwt.InvalidSignatureError:
        raise
    except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
        raise SignInNeeded(OVER) from None
    except (jwt.InvalidAudienceError, jwt.InvalidIssuerError):
        raise SignInNeeded(ELSEWHERE) from None
    except (jwt.MissingRequiredClaimError, *_WrongClaim):
        raise SignInNeeded(LACKING) from None
    except (jwt.PyJWTError, ArithmeticError, RecursionError, TypeError, ValueError):
        raise SignInNeeded(NOT_OURS) from None


def _email(address: object) -> str:
    """An address that letters can go to; empty for none. Raises SignInNeeded."""
    if address is None or address == "":
        return ""
    if not isinstance(address, str) or len(address) > LONGEST_EMAIL or not MAIL_ADDRESS.fullmatch(address):
        raise SignInNeeded(NO_ADDRESS)
    return address


def _title(tx: Tx, site: Site, name: object) -> str:
    """What a site's user is called here: with the site's name, where an account of ours is called so. A user without a
    name gets a number. Raises SignInNeeded."""
    if name is None or name == "":
        return ""
    try:
        title = " ".join(names.INVISIBLE.sub("", clean(name)).split()) if isinstance(name, str) else ""
    except Malformed:
        title = ""
    if not 1 <= len(title) <= LONGEST_TITLE:
        raise SignInNeeded(UNNAMED)
    try:
        people.check_free(tx, title)
    except Conflict:
        return f"{title} ({site.name})"
    return title


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
