"""Coming and going: the first run, joining by a link, signing in and out, entering as a guest."""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import invitations, names, passwords, people, places, sessions
from webchat.chat.done import Done
from webchat.commands import AcceptInvitation
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, Refused, sentence as _
from webchat.model import Guest, User
from webchat.store import Tx, rooms, users
from webchat.web.answers import fields, local_path, page, redirect
from webchat.web.house import House, house, peer, tell
from webchat.web.limits import network
from webchat.web.render import fresh_cid
from webchat.web.security import is_local
from webchat.web.session import Visitor, device, guest_title

WRONG = _("Name and password do not match. Check both and try again.")


async def setup(request: Request) -> Response:
    """The first run: name the place and its admin. Needs the one-time link unless asked from this machine itself."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    if await at.store.read(people.is_set_up):
        return redirect(request, "/")
    form = await fields(request) if request.method == "POST" else {}
    values = {name: form.get(name, "") for name in ("place", "name", "key")}
    key = values["key"] or request.query_params.get("key", "")
    if not is_local(request.scope) and not hmac.compare_digest(key.encode(), at.setup_key.encode()):
        tell(request, "Refused a set-up without its link", "set-up-refused", "")
        raise Forbidden(_("Open the set-up link that the server printed when it started."))
    values["key"] = key
    if request.method == "GET":
        return await page(request, "setup", visitor, lambda tx: {}, error="", values=values)
    wrong = "name"
    try:
        names.name(values["name"])
        wrong, password = "password", form.get("password", "")
        passwords.check(password)
        wrong = ""
        at.limits.take("sign-in", network(peer(request)))
        secret = await passwords.hashed(password)

        def write(tx: Tx) -> Done:
            return _begin(request, visitor, people.set_up(tx, values["place"], values["name"], secret), tx)

        done = await at.chat.commit(write)
    except Refused as refused:
        return await _again(request, visitor, "setup", refused, values | {"wrong": wrong})
    tell(request, "Set up", "set-up", names.folded(values["name"]))
    return _inside(request, done, "/")


def setup_key(secret: str) -> str:
    """The secret of the one-time link: every process of a site takes the link that any of them printed."""
    return hmac.new(secret.encode(), b"set-up", hashlib.sha256).hexdigest()[:32]


async def sign_in(request: Request) -> Response:
    """With name and password, or as a guest under a name of one's own."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    form = await fields(request) if request.method == "POST" else dict(request.query_params)
    values = {name: form.get(name, "") for name in ("name", "guest", "next")}
    back = local_path(values["next"], "/")
    if request.method == "GET":
        return await _sign_in_page(request, at, visitor, values)
    try:
        if "guest" in form:
            at.limits.take("sign-in", network(peer(request)))
            return await _enter_as_guest(request, visitor, values["guest"], back)
        known = await _matching(at, request, values["name"], str(form.get("password", "")))
        done = await at.chat.commit(partial(_sign_in, request, visitor, known))
    except Refused as refused:
        why = type(refused).__name__
        tell(request, "Refused a sign-in", "sign-in-refused", await _account(at, values["name"]), why=why)
        return await _sign_in_page(request, at, visitor, values, refused)
    tell(request, "Signed in", "signed-in", known.user.name)
    return _inside(request, done, back)


async def join(request: Request) -> Response:
    """By a link: a new account, or the way in for who has one."""
    visitor = await house(request).sessions.visitor(request)
    code = request.path_params["code"]
    if request.method == "GET" or visitor.user:
        return await _join_page(request, visitor, code)
    return await _make(request, visitor, partial(invitations.sign_up, code=code), partial(_join_page, code=code), code)


async def sign_up(request: Request) -> Response:
    """Without a link, where everybody may make an account."""
    visitor = await house(request).sessions.visitor(request)
    if request.method == "GET" or visitor.user:
        return await _sign_up_page(request, visitor)
    house(request).limits.take("sign-up", network(peer(request)))
    return await _make(request, visitor, people.sign_up, _sign_up_page)


async def sign_out(request: Request) -> Response:
    """End this session, and its sockets."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    if visitor.user:
        await at.chat.commit(partial(sessions.sign_out, user=visitor.user, session=visitor.session))
        tell(request, "Signed out", "signed-out", visitor.user.name)
    response = redirect(request, "/sign-in")
    at.sessions.sign_out(request, response)
    return response


async def _account(at: House, name: str) -> str:
    """The name of the account that was meant. What is no account's may be a password in the wrong field."""
    user = await at.store.read(lambda tx: users.by_name(tx, names.folded(name)))
    return user.name if user else ""


class Known(NamedTuple):
    """Whose password was right, and the hash that it was compared with."""

    user: User
    password: str


async def _matching(at: House, request: Request, name: str, password: str) -> Known:
    """Who may sign in with that. Whoever is meant, and whether there is one, it takes the same time.

    Raises:
        Forbidden: nobody.
        TooFast: there were too many attempts, or too many that were right, each of which leaves a session behind.
    """
    name, where = names.folded(name)[: names.LONGEST], network(peer(request))

    def find(tx: Tx) -> tuple[tuple[User, str] | None, bool]:
        return users.credentials(tx, name), sessions.is_familiar(tx, name, where)

    found, familiar = await at.store.read(find)
    at.attempts.take(name, where, familiar)
    matches = await passwords.matches(found[1] if found else "", password[: passwords.LONGEST + 1])
    if found is None or not matches:
        raise Forbidden(WRONG)
    at.limits.take("sessions", str(found[0].id))  # where that is too fast the attempt stays counted
    at.attempts.succeeded(name, where)
    return Known(*found)


async def _make(
    request: Request, visitor: Visitor, sign_up: Callable[..., User], again: Callable[..., Awaitable[Response]],
    code: str = "",
) -> Response:  # fmt: skip
    """Make an account and sign it in. The form sent twice makes it once, and signs in twice."""
    at, form = house(request), await fields(request)
    name, password = str(form.get("name", "")), str(form.get("password", ""))
    try:
        at.limits.take("sign-in", network(peer(request)))
        passwords.check(password)
        names.name(name)
        secret = await passwords.hashed(password)

        def write(tx: Tx) -> Done:
            return _begin(request, visitor, sign_up(tx, name=name, password=secret), tx)

        done = await at.chat.commit(write)
    except (NotFound, Conflict) as refused:
        before = await _is_in(request, visitor, code, name, password)
        if before is None:
            return await again(request, visitor, values={"name": name}, refused=refused)
        return _inside(request, before, "/")
    except Refused as refused:
        return await again(request, visitor, values={"name": name}, refused=refused)
    tell(request, "Made an account", "signed-up", names.folded(name))
    return _inside(request, done, "/")


def _begin(request: Request, visitor: Visitor, user: User, tx: Tx) -> Done:
    """Start a session; its id. The one that the browser had ends, so that nobody goes on in it."""
    ended = sessions.sign_out(tx, visitor.user, visitor.session).events if visitor.user else ()
    return Done(sessions.start(tx, user, device(request)).id, ended)


def _sign_in(request: Request, visitor: Visitor, known: Known, tx: Tx) -> Done:
    if users.credentials(tx, known.user.name) != known:  # the password was changed meanwhile, or the account disabled
        raise Forbidden(WRONG)
    return _begin(request, visitor, known.user, tx)


def _inside(request: Request, done: Done, path: str) -> Response:
    """Go on, with the new session's id."""
    response = redirect(request, path)
    house(request).sessions.sign_in(request, response, str(done.id))
    return response


async def _is_in(request: Request, visitor: Visitor, code: str, name: str, password: str) -> Done | None:
    """Sign in whose account this is already, and let them into the link's rooms if it still leads anywhere."""
    at = house(request)
    try:
        known = await _matching(at, request, name, password)
    except Forbidden:
        return None
    if code:
        with suppress(NotFound):
            await at.chat.perform(known.user, AcceptInvitation(code, fresh_cid()))
    return await at.chat.commit(partial(_sign_in, request, visitor, known))


async def _join_page(
    request: Request, visitor: Visitor, code: str, values: dict[str, str] | None = None, refused: Refused | None = None
) -> Response:
    """What the link leads to, and the form. Raises NotFound for a link that does not work."""

    def read(tx: Tx) -> dict[str, Any]:
        return {"leads": invitations.good(tx, code)[1], "code": code}

    values = values or {}
    if refused is None:
        return await page(request, "join", visitor, read, values=values)
    return await _again(request, visitor, "join", refused, values, read)


async def _sign_up_page(
    request: Request, visitor: Visitor, values: dict[str, str] | None = None, refused: Refused | None = None
) -> Response:
    def read(tx: Tx) -> dict[str, Any]:
        return {"may_sign_up": people.may_sign_up(tx)}

    values = values or {}
    if refused is None:
        return await page(request, "sign_up", visitor, read, values=values)
    return await _again(request, visitor, "sign_up", refused, values, read)


async def _enter_as_guest(request: Request, visitor: Visitor, title: str, back: str) -> Response:
    """Under a name of one's own. A guest who takes another one stays the same guest."""
    at = house(request)
    if not at.settings.open and not await at.store.read(rooms.for_guests):
        raise Forbidden(_("Guests are not let in here."))
    title = guest_title(title)
    if not title:
        raise Malformed(_("Choose a name of 1 to 40 characters."))
    await at.store.read(lambda tx: people.check_free(tx, title))
    guest = visitor.actor if isinstance(visitor.actor, Guest) else at.sessions.stranger()
    response = redirect(request, back)
    at.sessions.enter(request, response, msgspec.structs.replace(guest, title=title))
    return response


async def _sign_in_page(
    request: Request, at: House, visitor: Visitor, values: dict[str, str], refused: Refused | None = None
) -> Response:
    def read(tx: Tx) -> dict[str, Any]:
        guests = at.settings.open or bool(rooms.for_guests(tx))
        return {"may_sign_up": people.may_sign_up(tx), "guests": guests, "note": places.place(tx).note}

    if refused is None:
        return await page(request, "sign_in", visitor, read, error="", values=values)
    return await _again(request, visitor, "sign_in", refused, values, read)


async def _again(
    request: Request, visitor: Visitor, name: str, refused: Refused, values: dict[str, str],
    read: Callable[[Tx], dict[str, Any]] = lambda tx: {},
) -> Response:  # fmt: skip
    why = house(request).renderer.translate(visitor.lang, refused.sentence, refused.values)
    return await page(request, name, visitor, read, status=refused.status, error=why, values=values)
