"""Every command as a plain form, ``POST /do``: the same parse and the same verb as on a socket, then a page."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from webchat import commands as c
from webchat.chat import access, identities, names
from webchat.chat.done import Done
from webchat.errors import Malformed, Refused, sentence as _
from webchat.model import Guest
from webchat.store import Tx, messages as stored_messages, rooms as stored_rooms
from webchat.web import admin_view, bots_view, sites_view, support
from webchat.web.account_view import account_page
from webchat.web.answers import fields, local_path, redirect, refusal, wants_json
from webchat.web.audit import audited
from webchat.web.directory import direct_page, directory
from webchat.web.house import House, house, peer
from webchat.web.limits import network
from webchat.web.numbers import whole_number
from webchat.web.room_queue import queue_page
from webchat.web.room_settings import members_page, settings_page
from webchat.web.room_view import message_page, room_page
from webchat.web.session import Visitor

PEOPLE_OF_ROOMS = frozenset(
    {"invite-user", "remove-user", "ban-user", "unban-user", "set-room-role", "mute-user", "unmute-user"}
)
"""What is asked on a room's list of members, where it is also refused."""


PAGES: Mapping[type[Any], str] = {
    **dict.fromkeys((c.EndSession, c.EndOtherSessions, c.SetProfile, c.SetTagLevel, c.SetQuietHours), "/settings"),
    **dict.fromkeys((c.CreateInvitation, c.RevokeInvitation), "/admin/invitations"),
    **dict.fromkeys((c.CreateToken, c.RevokeToken), "/admin/tokens"),
    **dict.fromkeys((c.SendNotification, *(c.WORDS[word] for word in access.INBOX)), "/inbox"),
    c.ChangePlace: "/admin/place",
    **dict.fromkeys((c.ApproveMessage, c.RejectMessage), "/rooms/{room}/queue"),
    **dict.fromkeys((c.MuteUser, c.UnmuteUser, c.TryJudge), "/rooms/{room}/settings"),
    **dict.fromkeys((c.RevokeHook, c.RevokeCallback), "/admin/bots"),
    **dict.fromkeys((c.SetSupport, c.AddAgent, c.RemoveAgent, c.TrySiteJudge), "/admin/sites/{site}"),
    **dict.fromkeys((c.PutAnswer, c.RemoveAnswer), "/support/answers/{site}"),
}
"""The page on which the result of a command shows, where that is always the same, or the room's."""

OF_MESSAGES = (
    c.ReportMessage | c.EditMessage | c.DeleteMessage | c.AddReaction | c.RemoveReaction | c.PinMessage | c.UnpinMessage
)
"""Those whose result shows on the page of a message."""

NAMED: Mapping[type[Any], str] = {
    **dict.fromkeys((c.CreateUser, c.SetRole, c.DisableUser, c.EnableUser, c.SignOutUser), "/admin/users"),
    **dict.fromkeys((c.CreateSite, c.EditSite, c.SetSiteRules, c.RenewSecret), "/admin/sites"),
}
"""The same, where the page is one of several, by the name that is the command's result."""


MADE_ROOMS = frozenset(
    {
        c.OpenDirect,
        c.BeginConversation,
        c.AssignConversation,
        c.ResolveConversation,
        c.SnoozeConversation,
        c.ReopenConversation,
        c.TagConversation,
        c.RateConversation,
    }
)
"""Those whose result is the room in which it shows."""


async def do(request: Request) -> Response:
    """Do what the form says; then 303 to where it shows, or the answer as JSON for a script."""
    at, form = house(request), await fields(request)
    visitor = await at.sessions.speaker(request, await _room(at, form))
    try:
        form = _addressed(request, form)
        command = c.parse(form)
        if isinstance(command, c.Signal):
            raise Malformed(_("That cannot be done here."))
        at.limits.ask(command, visitor.actor, network(peer(request)))
        if _is_new(visitor, command):
            at.limits.take("identities", network(peer(request)))
        begun = at.chat.begin(visitor.actor, command, visitor.session)
        done = await audited(visitor.actor, command, peer(request), begun)
    except Refused as refused:
        return await _refused(request, _on_pages(at, visitor), form, refused)
    response = await _done(request, _on_pages(at, visitor), form, command, done)
    if _is_new(visitor, command):
        await at.sessions.keep(request, response, visitor)
    return response


def _addressed(request: Request, form: dict[str, str]) -> dict[str, str]:
    """The form, with an address made of the title for a room to which a person at a page gave none."""
    if form.get("do") != "create-room" or form.get("room", "").strip() or wants_json(request):
        return form
    if not (slug := names.of_title(form.get("title", ""))):
        raise Malformed(_("Give the room a title with letters or digits, or an address."))
    return form | {"room": slug}


def _is_new(visitor: Visitor, command: c.Command) -> bool:
    """Whether somebody becomes a guest by what they ask."""
    begins = isinstance(command, c.PostMessage | c.BeginConversation)
    return isinstance(visitor.actor, Guest) and not visitor.known and begins


def _on_pages(at: House, visitor: Visitor) -> Visitor:
    """As whom somebody is shown a page of ours. An account that is known in the threads of one site only is nobody on
    it: it would show what else is theirs."""
    if not visitor.session.startswith(identities.AT):
        return visitor
    return visitor._replace(actor=at.sessions.stranger(visitor.actor.title), session="")


async def _room(at: House, form: Mapping[str, str]) -> str:
    """The room that a form is about, by its name or by one of its messages; empty if by neither. A conversation that is
    begun is at its site, in no room yet."""
    word, _colon, subject = form.get("do", "").partition(":")
    if word == "begin-conversation":
        return f"{form.get('site', subject)}."
    if "room" in form:
        return form["room"]
    message = form.get("message", "") or form.get("do", "").partition(":")[2]
    return (await at.store.read(lambda tx: _place(tx, message)))[0] if message else ""


async def _done(
    request: Request, visitor: Visitor, form: Mapping[str, str], command: c.Command, done: Done
) -> Response:
    """Say that it was done, in the form that was asked for."""
    at = house(request)
    note = at.renderer.translate(visitor.lang, *done.note) if done.note else ""
    if wants_json(request):
        told = {"ack": form.get("cid"), "id": done.id, "secret": done.secret, "note": note}
        return JSONResponse({name: value for name, value in told.items() if value or name in ("ack", "id")})
    if "hx-request" in request.headers:
        return HTMLResponse(at.renderer.fragment("done", visitor.lang))
    if done.secret:
        return await _shown_once(request, visitor, command, done)
    match command:
        case c.PostMessage() | c.OpenDirect() if note:
            slug = str(done.id) if isinstance(command, c.OpenDirect) else names.folded(command.room)
            return await room_page(request, visitor, slug, error=note)
        case c.TryJudge() if done.id:
            return await settings_page(request, visitor, names.folded(command.room), tried=note)
        case c.TrySiteJudge() if done.id:
            return await sites_view.site_page(request, visitor, names.folded(command.site), tried=note)
    otherwise = await at.store.read(lambda tx: _where(tx, visitor, command, done))
    return redirect(request, local_path(form.get("next", ""), otherwise))


async def _shown_once(request: Request, visitor: Visitor, command: c.Command, done: Done) -> Response:
    """The page that shows a secret, which is made now and never shown again."""
    match command:
        case c.CreateHook() | c.CreateCallback() | c.CreateCommand():
            return await bots_view.bot_page(request, visitor, names.folded(command.user), done)
        case c.SetRules():
            return await settings_page(request, visitor, names.folded(command.room), secret=done.secret)
        case c.CreateSite() | c.RenewSecret() | c.SetSiteRules():
            return await sites_view.site_page(request, visitor, str(done.id), done)
        case c.CreateUser():
            return await admin_view.user_made(request, visitor, done)
    return await admin_view.token_page(request, visitor, done)


def _where(tx: Tx, visitor: Visitor, command: c.Command, done: Done) -> str:
    """The page on which the result of a command shows."""
    match command:
        case _ if isinstance(command, OF_MESSAGES):
            message = stored_messages.by_id(tx, command.message)
            return f"/rooms/{message.room}/m/{message.seq}" if message else "/"
        case c.EditRoom() | c.SetRules() | c.ArchiveRoom() | c.RestoreRoom() | c.BanUser() | c.UnbanUser():
            return f"/rooms/{names.folded(command.room)}/settings"
        case c.RemoveUser() | c.SetRoomRole():
            return f"/rooms/{names.folded(command.room)}/members"
        case c.CreateBot() | c.CreateHook() | c.CreateCallback() | c.CreateCommand():
            return f"/admin/bots/{names.folded(command.user)}"
        case c.EnableCallback():
            return f"/admin/bots/{bots_view.of_callback(tx, command.callback)}"
        case c.AcceptInvitation():
            return f"/rooms/{done.id}" if done.id else "/"
        case c.LeaveRoom() | c.MarkUnread():  # in the room itself it would be read at once
            return "/rooms"
        case _ if type(command) in MADE_ROOMS:
            return _room_path(tx, visitor, str(done.id))
        case c.PostMessage() | c.WithdrawMessage() | c.JoinRoom() | c.InviteUser() | c.MarkRead() | c.CreateRoom():
            return _room_path(tx, visitor, names.folded(command.room))
        case _ if type(command) in NAMED:
            return f"{NAMED[type(command)]}/{done.id}"
    named = {name: names.folded(getattr(command, name, "") or "") for name in ("room", "site")}
    return PAGES.get(type(command), "/").format(**named)


def _room_path(tx: Tx, visitor: Visitor, slug: str) -> str:
    """A room's page: for a direct room that of the other person."""
    if slug.startswith("~"):
        room = stored_rooms.by_slug(tx, slug)
        link = stored_rooms.link(tx, room.id, visitor.actor.id) if room else None
        if link:
            return f"/direct/{link.person}"
    elif ".~" in slug and (number := support.number_of(tx, visitor.actor, slug)):
        return f"/support/{number}"
    return f"/rooms/{slug}"


async def _refused(request: Request, visitor: Visitor, form: Mapping[str, str], refused: Refused) -> Response:
    """Say why not where the form was, with what was written still in it."""
    if wants_json(request) or "hx-request" in request.headers:
        return await refusal(request, visitor, refused, form.get("cid"))
    why = house(request).renderer.translate(visitor.lang, refused.sentence, refused.values)
    word, _colon, subject = form.get("do", "").partition(":")
    try:
        match word:
            case "post-message":
                return await room_page(request, visitor, names.folded(form.get("room", "")), refused.status, why, form)
            case "create-room":
                return await directory(request, visitor, refused.status, why, form)
            case "open-direct":
                called = (form.get("users", "") or subject).replace(",", " ").split()
                return await direct_page(request, visitor, called, refused.status, why, form)
            case "edit-message":
                place = await house(request).store.read(lambda tx: _place(tx, form.get("message", "") or subject))
                return await message_page(request, visitor, *place, refused.status, why, form)
            case "set-profile" | "set-tag-level" | "set-quiet-hours" if visitor.user:
                about = "error" if word == "set-profile" else "unheard"
                return await account_page(request, visitor, refused.status, values=form, **{about: why})
            case "edit-room" | "set-rules" | "try-judge":
                slug = names.folded(form.get("room", "") or subject)
                return await settings_page(request, visitor, slug, refused.status, why, form)
            case "approve-message" | "reject-message" | "keep-message":
                return await queue_page(request, visitor, names.folded(form.get("room", "")), refused.status, why)
            case _ if word in PEOPLE_OF_ROOMS:
                return await members_page(request, visitor, names.folded(form.get("room", "")), refused.status, why)
            case _ if word in bots_view.FORMS:
                return await bots_view.again(request, visitor, form, refused, why)
            case "put-answer" | "remove-answer":
                site = form.get("site", "") or subject
                return await support.answers_page(request, visitor, site, refused.status, why, form)
            case _ if word in sites_view.FORMS:
                return await sites_view.again(request, visitor, form, refused, why)
            case _ if word in admin_view.FORMS:
                return await admin_view.again(request, visitor, form, refused, why)
    except Refused:  # the page is not theirs either: say only what was wrong with the form
        pass
    return await refusal(request, visitor, refused)


def _place(tx: Tx, message_id: str) -> tuple[str, int]:
    number = whole_number(message_id)
    message = stored_messages.by_id(tx, number) if number is not None else None
    return (message.room, message.seq) if message else ("", 0)
