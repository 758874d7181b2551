"""Every command as a plain form, ``POST /do``: the same parse and the same verb as on a socket, then a page."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from webchat import commands as c
from webchat.chat import names
from webchat.chat.done import Done
from webchat.errors import Malformed, Refused, sentence as _
from webchat.model import Guest
from webchat.store import Tx, messages as stored_messages, rooms as stored_rooms
from webchat.web.answers import fields, local_path, redirect, refusal, wants_json, whole_number
from webchat.web.house import house, peer
from webchat.web.limits import network
from webchat.web.room_view import directory, message_page, room_page
from webchat.web.session import Visitor


async def do(request: Request) -> Response:
    """Do what the form says; then 303 to where it shows, or the answer as JSON for a script."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    form = await fields(request)
    try:
        command = c.parse(form)
        if isinstance(command, c.StartTyping):
            raise Malformed(_("This is not something that can be done here."))
        at.limits.act(isinstance(command, c.PostMessage), visitor.actor, network(peer(request)))
        done = await at.chat.perform(visitor.actor, command)
    except Refused as refused:
        return await _refused(request, visitor, form, refused)
    if wants_json(request):
        response: Response = JSONResponse({"ack": command.cid, "id": done.id})
    elif "hx-request" in request.headers:
        response = HTMLResponse(at.renderer.fragment("done", visitor.lang))
    else:
        otherwise = await at.store.read(lambda tx: _where(tx, visitor, command, done))
        response = redirect(request, local_path(form.get("next", ""), otherwise))
    if isinstance(visitor.actor, Guest) and not visitor.known and isinstance(command, c.PostMessage):
        at.sessions.enter(request, response, visitor.actor)
    return response


def _where(tx: Tx, visitor: Visitor, command: c.Command, done: Done) -> str:
    """The page on which the result of a command shows."""
    match command:
        case c.EditMessage() | c.DeleteMessage() | c.AddReaction() | c.RemoveReaction():
            message = stored_messages.by_id(tx, command.message)
            return f"/rooms/{message.room}/m/{message.seq}" if message else "/"
        case c.OpenDirect():
            return f"/direct/{names.folded(command.user)}"
        case c.CreateInvitation() | c.RevokeInvitation():
            return "/admin/invitations"
        case c.AcceptInvitation():
            return f"/rooms/{done.id}" if done.id else "/"
        case c.LeaveRoom():
            return "/rooms"
        case c.ReadNotifications() | c.SendNotification():
            return "/inbox"
        case c.PostMessage() | c.JoinRoom() | c.InviteUser() | c.MarkRead() | c.CreateRoom():
            return _room_path(tx, visitor, names.folded(command.room))
        case _:
            return "/"


def _room_path(tx: Tx, visitor: Visitor, slug: str) -> str:
    """A room's page: for a direct room that of the other person."""
    if slug.startswith("~"):
        room = stored_rooms.by_slug(tx, slug)
        link = stored_rooms.link(tx, room.id, visitor.actor.id) if room else None
        if link:
            return f"/direct/{link.person}"
    return f"/rooms/{slug}"


async def _refused(request: Request, visitor: Visitor, form: Mapping[str, str], refused: Refused) -> Response:
    """Say why not where the form was, with what was written still in it."""
    if wants_json(request) or "hx-request" in request.headers:
        return await refusal(request, visitor, refused, form.get("cid"))
    why = house(request).renderer.translate(visitor.lang, refused.sentence, refused.values)
    word, _colon, subject = form.get("do", "").partition(":")
    try:
        if word == "post-message":
            return await room_page(request, visitor, names.folded(form.get("room", "")), refused.status, why, form)
        if word == "create-room":
            return await directory(request, visitor, refused.status, why, form)
        if word == "edit-message":
            place = await house(request).store.read(lambda tx: _place(tx, form.get("message", "") or subject))
            return await message_page(request, visitor, *place, refused.status, why, form)
    except Refused:  # the page is not theirs either: say only what was wrong with the form
        pass
    return await refusal(request, visitor, refused)


def _place(tx: Tx, message_id: str) -> tuple[str, int]:
    number = whole_number(message_id)
    message = stored_messages.by_id(tx, number) if number is not None else None
    return (message.room, message.seq) if message else ("", 0)
