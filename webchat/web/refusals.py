"""The error map: what is answered when something was raised."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from webchat.chat import people
from webchat.errors import (
    Broken,
    Malformed,
    NotFound,
    Refused,
    SignInNeeded,
    TooLarge,
    Unavailable,
    WrongMethod,
    sentence as _,
)
from webchat.web.answers import UNREADABLE, redirect, refusal, wants_json
from webchat.web.api import problems
from webchat.web.house import house
from webchat.web.language import choose


async def refused(request: Request, error: Exception) -> Response:
    """What a door raised. Who is not signed in is led to where that can be done."""
    assert isinstance(error, Refused)
    if problems.is_asked(request):
        return problems.problem(request, error)
    try:
        return await _refused(request, error)
    except Unavailable as away:  # not even who asks can be looked up, nor can a page be filled
        return _bare(request, away)


async def _refused(request: Request, error: Refused) -> Response:
    visitor = await house(request).sessions.visitor(request)
    asks_for_page = request.method == "GET" and "hx-request" not in request.headers and not wants_json(request)
    if isinstance(error, SignInNeeded) and asks_for_page:
        path = request.scope["path"].removeprefix(house(request).settings.base)
        return redirect(request, f"/sign-in?next={quote(path)}")
    return await refusal(request, visitor, error)


def _bare(request: Request, error: Refused) -> Response:
    """An answer for which nothing is read."""
    lang = choose(request.cookies.get("lang", ""), request.headers.get("accept-language", ""))
    why, headers = (
        house(request).renderer.translate(lang, error.sentence, error.values),
        {"Retry-After": str(error.after)},
    )
    if wants_json(request):
        return JSONResponse({"nack": None, "why": why, "after": error.after}, error.status, headers)
    return PlainTextResponse(why, error.status, headers)


async def unserved(request: Request, error: Exception) -> Response:
    """What the router, the form's parser and the body limit raise: no such page, wrong method, too large, no form."""
    assert isinstance(error, HTTPException)
    at = house(request)
    if (
        error.status_code == 404
        and not problems.is_asked(request)
        and not at.settings.open
        and not await at.store.read(people.is_set_up)
    ):
        return redirect(request, "/setup")
    why: Refused = NotFound(_("There is no such page."))
    if error.status_code == 413:
        why = TooLarge(_("That is too large."))
    elif error.status_code == 400:
        why = Malformed(UNREADABLE)
    elif error.status_code == 405:
        why = WrongMethod(_("This page cannot be asked for in that way."))
    response = await refused(request, why)
    response.headers.update(error.headers or {})
    return response


async def broken(request: Request, error: Exception) -> Response:
    """Starlette logs the error after this answer; what is said tells nothing of it, and plainly if there is no page."""
    why = Broken(_("Something went wrong here. Try again in a moment."))
    try:
        return await refused(request, why)
    except Exception:
        return PlainTextResponse(str(why), why.status)


HANDLERS: Mapping[Any, Any] = {Refused: refused, HTTPException: unserved, Exception: broken}
