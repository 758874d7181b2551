"""One's own account: language and looks, the password, and where one is signed in."""

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import passwords, people
from webchat.errors import Forbidden, Refused, SignInNeeded, sentence as _
from webchat.model import User
from webchat.store import users
from webchat.web.account_view import account_page
from webchat.web.answers import fields, local_path, redirect
from webchat.web.house import House, house, peer, tell
from webchat.web.language import LANGUAGES
from webchat.web.limits import network
from webchat.web.session import device


async def settings(request: Request) -> Response:
    """The page; and its forms of language and looks, the answer to which is a cookie."""
    visitor = await house(request).sessions.visitor(request)
    if request.method == "GET":
        return await account_page(request, visitor, changed=request.query_params.get("changed") == "password")
    form = await fields(request)
    response = redirect(request, local_path(form.get("next", ""), "/settings"))
    for name, choices in (("lang", LANGUAGES), ("theme", ("light", "dark", "auto"))):
        if (value := form.get(name, "")) in choices:
            path = house(request).settings.base or "/"
            response.set_cookie(name, value, 365 * 86400, path=path, samesite="lax", httponly=True)
    return response


async def password(request: Request) -> Response:
    """Another password. Who asks stays signed in, in a new session; everywhere else it ends."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    if visitor.user is None:
        raise SignInNeeded(_("Sign in to do this."))
    form = await fields(request)
    try:
        before = await confirmed(at, visitor.user, network(peer(request)), form.get("current", ""))
        passwords.check(form.get("password", ""))
        after = await passwords.hashed(form["password"])
        change = partial(people.change_password, session=visitor.session, device=device(request))
        done = await at.chat.commit(partial(change, before=before, after=after))
    except SignInNeeded:
        raise
    except Refused as refused:
        why = at.renderer.translate(visitor.lang, refused.sentence, refused.values)
        return await account_page(request, visitor, refused.status, wrong=why)
    tell(request, "Changed a password", "password-changed", visitor.user.name)
    response = redirect(request, "/settings?changed=password")
    at.sessions.sign_in(request, response, str(done.id))
    return response


async def confirmed(at: House, user: User, where: str, current: str) -> str:
    """The hash of the user's password, which ``current`` is. Raises Forbidden, or TooFast for who guesses."""
    at.attempts.take(user.name, where, familiar=True)
    stored = await at.store.read(lambda tx: users.password(tx, user.id))
    if not await passwords.matches(stored, current):
        raise Forbidden(_("This is not your password. Check it and try again."))
    at.attempts.succeeded(user.name, where)
    return stored
