"""Who may do what: one table, a row for each thing that is asked and a column for each role.

A cell names the condition under which it is allowed, over facts that the verb has just read in its own transaction.
Whatever is asked in a room also needs the room to be seen, the first row. docs/reference/permissions.md is this table.
"""

from collections.abc import Mapping
from typing import NamedTuple

from webchat.chat.conditions import (
    ANYWHERE as ANYWHERE,
    NOBODY as NOBODY,
    NOTHING as NOTHING,
    NOWHERE as NOWHERE,
    RANKS as RANKS,
    Case as Case,
    Condition as Condition,
    answers as answers,
    identity as identity,
    is_self as is_self,
    is_self_or_bot as is_self_or_bot,
    is_self_or_outranks as is_self_or_outranks,
    is_visitor as is_visitor,
    makes_rooms as makes_rooms,
    no as no,
    outranks as outranks,
    owns as owns,
    role as role,
    yes as yes,
)
from webchat.errors import SignInNeeded, sentence as _
from webchat.model import BOT, Actor, Guest, Membership, Message, Place, Room, User


def is_public(case: Case) -> bool:
    """Members; others in open rooms, and where guests are let in; visitors in their conversations with support."""
    room = case.room
    return (
        bool(case.member)
        or is_visitor(case)
        or (room.kind != "direct" and (room.kind == "open" or room.guests != "none"))
    )


def is_public_to_bots(case: Case) -> bool:
    """What is public, and one's own rooms; for who speaks for the place all but direct rooms."""
    return is_public(case) or (case.actor.id == BOT and case.room.kind != "direct")


def lets_guests_in(case: Case) -> bool:
    """Where guests are let in, and whom a site knows in its threads; on an open server, in every open room; visitors in
    their conversations with support."""
    public = case.room.kind != "direct" and (case.room.guests != "none" or _is_welcome(case))
    return public or is_visitor(case)


def takes_part(case: Case) -> bool:
    """Members, where guests may write and one cannot join, and in threads that guests may read; not once archived."""
    room = case.room
    others = room.kind == "closed" and (room.guests == "write" or (room.site > 0 and room.guests == "read"))
    return not room.archived and (bool(case.member) or others or is_visitor(case))


def writes(case: Case) -> bool:
    """Who takes part; where only moderators post, only they."""
    return takes_part(case) and (case.room.posting == "everyone" or _moderates(case))


def writes_as_bot(case: Case) -> bool:
    """Wherever one reads; not once it is archived."""
    return not case.room.archived and is_public_to_bots(case)


def writes_as_guest(case: Case) -> bool:
    """Where guests may write, and whom a site knows in its threads; not once archived, nor where moderators post."""
    room = case.room
    welcome = room.guests == "write" or _is_welcome(case) or is_visitor(case)
    return not room.archived and room.posting == "everyone" and welcome


def votes_as_guest(case: Case) -> bool:
    """Where guests write on the pages of a site, by the name that they gave there, or as whom the site knows."""
    return isinstance(case.actor, Guest) and case.actor.site > 0 and writes_as_guest(case)


def is_own(case: Case) -> bool:
    """One's own, while one may post there."""
    return owns(case.actor, case.message) and not case.message.deleted and _posts(case)


def is_own_or_moderated(case: Case) -> bool:
    """One's own, and in rooms that one moderates."""
    return not case.message.deleted and (is_own(case) or moderates(case))


def moderates(case: Case) -> bool:
    """Rooms that one moderates: its moderators, and those of the place where they can see it; not once archived."""
    return not case.room.archived and _moderates(case)


def moderates_also_archived(case: Case) -> bool:
    """Rooms that one moderates, also once archived."""
    return _moderates(case)


def reports(case: Case) -> bool:
    """What others said; not in direct rooms, which nobody moderates, and not once the room is archived."""
    return case.room.kind != "direct" and not case.room.archived and not owns(case.actor, case.message)


def reports_as_guest(case: Case) -> bool:
    """What others said, where guests may write."""
    return writes_as_guest(case) and reports(case)


def is_in(case: Case) -> bool:
    """Members, but not in a direct room, which stays what it is, and not once it is archived."""
    return bool(case.member) and case.room.kind != "direct" and not case.room.archived


def can_join(case: Case) -> bool:
    """Open rooms."""
    return bool(case.member) or case.room.kind == "open"


def can_leave(case: Case) -> bool:
    """All but direct rooms."""
    return case.room.kind != "direct"


def moderates_them(case: Case) -> bool:
    """Rooms that one moderates, also once archived, and people who do not rank higher."""
    return _moderates(case) and RANKS[role(case.actor)] >= RANKS[case.subject.role]


class Row(NamedTuple):
    """The conditions of one thing that is asked, by role."""

    owner: Condition
    admin: Condition
    moderator: Condition
    member: Condition
    bot: Condition
    guest: Condition


def _users(condition: Condition, *, bot: Condition = no, guest: Condition = no) -> Row:
    """The same for all people with an account."""
    return Row(condition, condition, condition, condition, bot, guest)


def _admins(condition: Condition = yes) -> Row:
    return Row(condition, condition, no, no, no, no)


INBOX = (
    "read-notifications", "see-notifications", "read-notification", "unread-notification", "archive-notification",
    "snooze-notification", "press-action",
)  # fmt: skip
"""What is asked about one's own notifications."""

SUPPORT = (
    "assign-conversation", "resolve-conversation", "snooze-conversation", "reopen-conversation", "tag-conversation",
    "put-answer", "remove-answer",
)  # fmt: skip
"""What the agents of a site's support window may ask."""

PERMISSIONS: Mapping[str, Row] = {
    "read-room": _users(is_public, bot=is_public_to_bots, guest=lets_guests_in),
    "post-message": _users(writes, bot=writes_as_bot, guest=writes_as_guest),
    "edit-message": _users(is_own, bot=is_own, guest=is_own),
    "delete-message": _users(is_own_or_moderated, bot=is_own, guest=is_own),
    "add-reaction": _users(takes_part, bot=writes_as_bot, guest=votes_as_guest),
    "remove-reaction": _users(takes_part, bot=writes_as_bot, guest=votes_as_guest),
    "mark-read": _users(yes, bot=yes, guest=yes),
    "mark-unread": _users(yes, bot=yes, guest=yes),
    "start-typing": _users(writes, bot=writes_as_bot, guest=writes_as_guest),
    "set-presence": _users(yes, bot=yes, guest=yes),
    "create-room": _users(makes_rooms),
    "join-room": _users(can_join),
    "leave-room": _users(can_leave),
    "invite-user": _users(is_in),
    **dict.fromkeys(("edit-room", "set-rules", "approve-message", "reject-message", "keep-message"), _users(moderates)),
    **dict.fromkeys(("pin-message", "unpin-message", "try-judge"), _users(moderates)),
    "report-message": _users(reports, guest=reports_as_guest),
    "withdraw-message": _users(yes, bot=yes, guest=yes),
    **dict.fromkeys(("archive-room", "restore-room"), _users(moderates_also_archived)),
    "remove-user": _users(moderates_them),
    "ban-user": _users(moderates_them),
    "unban-user": _users(moderates_also_archived),
    "mute-user": _users(moderates_them),
    "unmute-user": _users(moderates_also_archived),
    "set-room-role": _users(moderates_them),
    "open-direct": _users(yes),
    "create-invitation": _admins(outranks),
    "revoke-invitation": _admins(),
    "accept-invitation": _users(yes),
    "set-profile": _users(yes),
    "end-session": Row(is_self_or_outranks, is_self_or_outranks, is_self, is_self, no, no),
    "end-other-sessions": _users(yes),
    "create-user": _admins(outranks),
    "set-role": _admins(outranks),
    "disable-user": _admins(outranks),
    "enable-user": _admins(outranks),
    "erase-user": _admins(outranks),
    "sign-out-user": _admins(outranks),
    "change-place": _admins(),
    **dict.fromkeys(("create-bot", "revoke-hook", "create-command", "enable-callback", "revoke-callback"), _admins()),
    **dict.fromkeys(
        ("create-site", "edit-site", "set-site-rules", "renew-secret", "erase-person", "set-support"), _admins()
    ),
    **dict.fromkeys(("add-agent", "remove-agent", "try-site-judge"), _admins()),
    **dict.fromkeys(SUPPORT, _users(answers)),
    "begin-conversation": _users(yes, guest=yes),
    "rate-conversation": _users(is_visitor, guest=is_visitor),
    **dict.fromkeys(("create-hook", "create-callback"), _admins(is_in)),
    "create-token": _admins(is_self_or_bot),
    "revoke-token": _admins(is_self_or_outranks),
    "send-notification": Row(yes, yes, no, no, yes, no),
    "retract-notification": Row(yes, yes, no, no, yes, no),
    **dict.fromkeys(INBOX, _users(yes, bot=yes)),
    "set-tag-level": _users(yes),
    "set-quiet-hours": _users(yes),
}
"""What may be asked, by its word in forms; ``read-room`` is the one that is no command."""


def may(
    what: str, actor: Actor, room: Room = NOWHERE, member: Membership | None = None,
    message: Message = NOTHING, subject: User = NOBODY, place: Place = ANYWHERE,
) -> bool:  # fmt: skip
    """Whether the table lets this actor do it. What is asked in a room also needs the room to be seen. Who is somebody
    at a site only is nobody in other rooms."""
    case = Case(actor, room, member, message, subject, place)
    if isinstance(actor, Guest) and actor.site and room is not NOWHERE and room.site != actor.site:
        return False
    if room is not NOWHERE and not _cell("read-room", actor)(case):
        return False
    return _cell(what, actor)(case)


def may_see(actor: Actor, room: Room, member: Membership | None) -> bool:
    """Read a room: the table's first row."""
    return may("read-room", actor, room, member)


def account(actor: Actor) -> User:
    """Who asks, if that is somebody with an account. Raises SignInNeeded."""
    if isinstance(actor, Guest):
        raise SignInNeeded(_("Sign in to do this."))
    return actor


def _cell(what: str, actor: Actor) -> Condition:
    condition: Condition = getattr(PERMISSIONS[what], role(actor))
    return condition


def _posts(case: Case) -> bool:
    return _cell("post-message", case.actor)(case)


def _moderates(case: Case) -> bool:
    if case.room.kind == "direct" or isinstance(case.actor, Guest):
        return False
    return bool(case.member and case.member.role == "moderator") or RANKS[case.actor.role] >= RANKS["moderator"]


def _is_welcome(case: Case) -> bool:
    """Whom a server that is open to anyone lets into an open room, and a site into its own thread."""
    actor, room = case.actor, case.room
    return isinstance(actor, Guest) and (room.kind == "open" if actor.welcome else actor.vouched and room.site > 0)
