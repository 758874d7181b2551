"""Coming and going: the first run, joining by a link, signing in and out, entering as a guest."""

import hmac
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import invitations, names, passwords, people
from webchat.chat.done import Done
from webchat.commands import AcceptInvitation
from webchat.errors import Conflict, Forbidden, Malformed, NotFound, Refused, sentence as _
from webchat.logs import Told
from webchat.model import User
from webchat.store import Tx, rooms, users
from webchat.web.answers import fields, local_path, page, redirect
from webchat.web.house import House, house, peer
from webchat.web.limits import network
from webchat.web.render import fresh_cid
from webchat.web.security import is_local
from webchat.web.session import Visitor, guest_title

log = logging.getLogger("webchat.entrance")

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
        _tell(request, "Refused a set-up without its link", "set-up-refused", "")
        raise Forbidden(_("Open the set-up link that the server printed when it started."))
    values["key"] = key
    if request.method == "GET":
        return await page(request, "setup", visitor, lambda tx: {}, error="", values=values)
    try:
        password = form.get("password", "")
        people.check_password(password)
        names.name(values["name"])
        at.limits.take("sign-in", network(peer(request)))
        secret = await passwords.hashed(password)

        def write(tx: Tx) -> people.SignIn:
            return people.start_session(tx, people.set_up(tx, values["place"], values["name"], secret))

        started = await at.store.write(write)
    except Refused as refused:
        return await _again(request, visitor, "setup", refused, values)
    _tell(request, "Set up", "set-up", started.user.name)
    response = redirect(request, "/")
    at.sessions.sign_in(request, response, started.id)
    return response


async def sign_in(request: Request) -> Response:
    """With name and password, or as a guest under a name of one's own."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    form = await fields(request) if request.method == "POST" else dict(request.query_params)
    values = {name: form.get(name, "") for name in ("name", "guest", "next")}
    back = local_path(values["next"], "/")
    if request.method == "GET":
        return await _sign_in_page(request, at, visitor, values)
    try:
        at.limits.take("sign-in", network(peer(request)))
        if "guest" in form:
            return await _enter_as_guest(request, at, values["guest"], back)
        at.limits.take("sign-in", f"name {names.folded(values['name'])} from {network(peer(request))}")
        user = await _matching(at, values["name"], str(form.get("password", "")))
        started = await at.store.write(lambda tx: people.start_session(tx, user))
    except Refused as refused:
        why = type(refused).__name__
        _tell(request, "Refused a sign-in", "sign-in-refused", await _account(at, values["name"]), why=why)
        return await _sign_in_page(request, at, visitor, values, refused)
    _tell(request, "Signed in", "signed-in", user.name)
    response = redirect(request, back)
    at.sessions.sign_in(request, response, started.id)
    return response


async def join(request: Request) -> Response:
    """By a link: a new account, or the way in for who has one. The form sent twice is signed in twice, made once."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    code = request.path_params["code"]
    if request.method == "GET" or visitor.user:
        return await _join_page(request, visitor, code)
    form = await fields(request)
    name, password = str(form.get("name", "")), str(form.get("password", ""))
    try:
        at.limits.take("sign-in", network(peer(request)))
        people.check_password(password)
        names.name(name)
        secret = await passwords.hashed(password)
        started = await at.store.write(partial(_sign_up, code, name, secret))
    except (NotFound, Conflict) as refused:
        if (before := await _is_in(at, code, name, password)) is None:
            return await _join_page(request, visitor, code, {"name": name}, refused)
        started = before
    except Refused as refused:
        return await _join_page(request, visitor, code, {"name": name}, refused)
    response = redirect(request, "/")
    at.sessions.sign_in(request, response, started.id)
    return response


async def sign_out(request: Request) -> Response:
    """End this session, and its sockets."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    if visitor.user:
        await at.chat.commit(partial(_end, visitor.user, visitor.session))
        _tell(request, "Signed out", "signed-out", visitor.user.name)
    response = redirect(request, "/sign-in")
    at.sessions.sign_out(request, response)
    return response


def _tell(request: Request, sentence: str, event: str, who: str, **more: str) -> None:
    """A line of the log. ``who`` is the name of an account; empty for whoever has none."""
    log.info(Told(sentence, event, who=who, **{"from": peer(request)}, **more))


async def _account(at: House, name: str) -> str:
    """The name of the account that was meant. What is no account's may be a password in the wrong field."""
    user = await at.store.read(lambda tx: users.by_name(tx, names.folded(name)))
    return user.name if user else ""


def _end(user: User, session: str, tx: Tx) -> Done:
    return people.end_session(tx, user, session)


async def _matching(at: House, name: str, password: str) -> User:
    def find(tx: Tx) -> tuple[User | None, str]:
        user = users.by_name(tx, names.folded(name))
        return user, users.password(tx, user.id) if user else ""

    user, stored = await at.store.read(find)
    if not await passwords.matches(stored, password[: people.LONGEST + 1]) or user is None:
        raise Forbidden(WRONG)
    return user


def _sign_up(code: str, name: str, password: str, tx: Tx) -> people.SignIn:
    return people.start_session(tx, invitations.sign_up(tx, code, name, password))


async def _is_in(at: House, code: str, name: str, password: str) -> people.SignIn | None:
    """Sign in whose account this is already, and let them into the link's rooms if it still leads anywhere."""
    at.limits.take("sign-in", f"name {names.folded(name)}")
    try:
        user = await _matching(at, name, password)
    except Forbidden:
        return None
    with suppress(NotFound):
        await at.chat.perform(user, AcceptInvitation(code, fresh_cid()))
    return await at.store.write(lambda tx: people.start_session(tx, user))


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


async def _enter_as_guest(request: Request, at: House, title: str, back: str) -> Response:
    if not at.settings.open and not await at.store.read(rooms.for_guests):
        raise Forbidden(_("Guests are not let in here."))
    title = guest_title(title)
    if not title:
        raise Malformed(_("Choose a name of 1 to 40 characters."))
    await at.store.read(lambda tx: people.check_free(tx, title))
    response = redirect(request, back)
    at.sessions.enter(request, response, at.sessions.stranger(title))
    return response


async def _sign_in_page(
    request: Request, at: House, visitor: Visitor, values: dict[str, str], refused: Refused | None = None
) -> Response:
    guests = at.settings.open or bool(await at.store.read(rooms.for_guests))
    if refused is None:
        return await page(request, "sign_in", visitor, lambda tx: {}, error="", values=values, guests=guests)
    return await _again(request, visitor, "sign_in", refused, values, guests=guests)


async def _again(
    request: Request, visitor: Visitor, name: str, refused: Refused, values: dict[str, str],
    read: Callable[[Tx], dict[str, Any]] = lambda tx: {}, **more: object,
) -> Response:  # fmt: skip
    why = house(request).renderer.translate(visitor.lang, refused.sentence, refused.values)
    return await page(request, name, visitor, read, status=refused.status, error=why, values=values, **more)
