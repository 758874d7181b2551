"""The API's rooms: which there are, who is in them, and what their moderators may do."""

from typing import Annotated

import msgspec

from webchat import commands as c
from webchat.chat import moderation, mutes, names, rooms
from webchat.chat.clock import now
from webchat.errors import sentence as _
from webchat.store import (
    Tx,
    directory,
    held as stored_held,
    judges,
    members as stored,
    mutes as stored_mutes,
    reports as stored_reports,
    rooms as stored_rooms,
    rules as stored_rules,
)
from webchat.web.api import views
from webchat.web.api.endpoint import Ask, Paged, does, shows

BANNED = 1000
"""The most people that a list of bans names."""


class RoomQuery(Paged, frozen=True, forbid_unknown_fields=True):
    """``q`` is in the address, title or topic."""

    q: Annotated[str, msgspec.Meta(max_length=64)] = ""
    archived: bool = False


def listed(ask: Ask, tx: Tx) -> views.RoomList:
    """The rooms that the account may see, by age."""
    query = ask.query
    found = directory.after(tx, ask.actor.id, query.archived, query.q, query.number, query.limit + 1)
    shown = [views.room(ask, tx, room, mine) for room, mine in found[: query.limit]]
    return views.RoomList(shown, str(found[query.limit - 1][0].id) if len(found) > query.limit else None)


def one(ask: Ask, tx: Tx) -> views.Room:
    """The room of the path, or the one that was just made."""
    room, member = rooms.visible(tx, ask.actor, str(ask.path.get("room", ask.done.id)))
    return views.room(ask, tx, room, member is not None)


def directs(ask: Ask, tx: Tx) -> views.RoomList:
    """The account's direct rooms."""
    links = [link for link in stored_rooms.sidebar(tx, ask.actor.id) if link.kind == "direct"]
    found = [rooms.visible(tx, ask.actor, link.slug)[0] for link in links]
    return views.RoomList([views.room(ask, tx, room, True) for room in found], None)


def members(ask: Ask, tx: Tx) -> views.MemberList:
    """Who is in a room, by id."""
    room, _member = rooms.visible(tx, ask.actor, ask.path["room"])
    found = stored.after(tx, room.id, ask.query.number, ask.query.limit + 1)
    shown = [views.Member(views.user(one.user), one.role) for one in found[: ask.query.limit]]
    return views.MemberList(shown, str(shown[-1].user.id) if len(found) > ask.query.limit else None)


def bans(ask: Ask, tx: Tx) -> views.UserList:
    """Who is kept out of a room, the last one first."""
    _user, room, _member = moderation.moderated(tx, ask.actor, "unban-user", ask.path["room"])
    return views.UserList([views.user(one) for one in stored.banned(tx, room.id, BANNED)], None)


def rules(ask: Ask, tx: Tx) -> views.Rules:
    """What a room asks of what is said in it."""
    _user, room, _member = moderation.moderated(tx, ask.actor, "set-rules", ask.path["room"])
    return views.asked(ask, stored_rules.get(tx, room.id), judges.get(tx, room.id))


def queue(ask: Ask, tx: Tx) -> views.Queue:
    """What waits for a moderator of a room, the oldest first."""
    _user, room, _member = moderation.moderated(tx, ask.actor, "approve-message", ask.path["room"])
    found = stored_held.waiting(tx, room.id, ask.query.limit + 1, ask.query.number)
    shown = [
        views.Waiting(one.id, one.author, one.title, one.body, one.at, one.why) for one in found[: ask.query.limit]
    ]
    return views.Queue(shown, str(shown[-1].id) if len(found) > ask.query.limit else None)


def reported(ask: Ask, tx: Tx) -> views.Reports:
    """The messages of a room that were reported and not looked at yet."""
    _user, room, _member = moderation.moderated(tx, ask.actor, "approve-message", ask.path["room"])
    return views.Reports(stored_reports.waiting(tx, room.id, BANNED))


def silent(ask: Ask, tx: Tx) -> views.Silent:
    """Who may not write in a room now."""
    _user, room, _member = moderation.moderated(tx, ask.actor, "unmute-user", ask.path["room"])
    return views.Silent(stored_mutes.listed(tx, room.id, now(), mutes.LISTED))


def here(ask: Ask, tx: Tx) -> views.Here:
    """Who is in a room now."""
    room, _member = rooms.visible(tx, ask.actor, ask.path["room"])
    now = ask.at.presence.here(names.folded(room.slug))
    return views.Here(now.count, [person.name or person.title for person in now.people])


ENDPOINTS = (
    shows("/rooms", _("List rooms"), listed, RoomQuery),
    does("POST", "/rooms", _("Make a room"), c.CreateRoom, one, 201),
    shows("/rooms/{room}", _("Look at a room"), one),
    does("PATCH", "/rooms/{room}", _("Change a room"), c.EditRoom, one),
    shows("/rooms/{room}/rules", _("Look at a room's rules"), rules, needs="admin"),
    does("PATCH", "/rooms/{room}/rules", _("Change a room's rules"), c.SetRules, rules),
    does("POST", "/rooms/{room}/rules/trial", _("Try a room's judge"), c.TryJudge, views.trial),
    shows("/rooms/{room}/queue", _("List what waits for a moderator"), queue, Paged, needs="admin"),
    does("PUT", "/rooms/{room}/queue/{held:number}/approved", _("Approve what waits"), c.ApproveMessage),
    does("PUT", "/rooms/{room}/queue/{held:number}/rejected", _("Reject what waits"), c.RejectMessage),
    shows("/rooms/{room}/reports", _("List what readers reported"), reported, needs="admin"),
    does("PUT", "/rooms/{room}/queue/{held:number}/withdrawn", _("Take your own back"), c.WithdrawMessage),
    does("PUT", "/rooms/{room}/archived", _("Archive a room"), c.ArchiveRoom),
    does("DELETE", "/rooms/{room}/archived", _("Restore an archived room"), c.RestoreRoom),
    does("PUT", "/rooms/{room}/membership", _("Join a room"), c.JoinRoom),
    does("DELETE", "/rooms/{room}/membership", _("Leave a room"), c.LeaveRoom),
    does("PUT", "/rooms/{room}/read", _("Say how far you have read"), c.MarkRead),
    shows("/rooms/{room}/presence", _("Who is in a room now"), here),
    shows("/rooms/{room}/members", _("List a room's members"), members, Paged),
    does("PUT", "/rooms/{room}/members/{user}", _("Make somebody a member"), c.InviteUser),
    does("PATCH", "/rooms/{room}/members/{user}", _("Change the role of a member in a room"), c.SetRoomRole),
    does("DELETE", "/rooms/{room}/members/{user}", _("Remove somebody from a room"), c.RemoveUser),
    shows("/rooms/{room}/bans", _("List who is banned from a room"), bans, needs="admin"),
    does("PUT", "/rooms/{room}/bans/{user}", _("Ban somebody from a room"), c.BanUser),
    does("DELETE", "/rooms/{room}/bans/{user}", _("Lift a ban"), c.UnbanUser),
    shows("/rooms/{room}/mutes", _("List who is silent in a room"), silent, needs="admin"),
    does("POST", "/rooms/{room}/mutes", _("Silence somebody in a room for a time"), c.MuteUser),
    does(
        "DELETE",
        "/rooms/{room}/mutes/{mute:number}",
        _("Let somebody write again"),
        c.UnmuteUser,
        without=frozenset({"user"}),
    ),
    shows("/directs", _("List your direct rooms"), directs),
    does("POST", "/directs", _("Open your direct room with these users"), c.OpenDirect, one),
)
