"""What may be asked: one frozen struct a command, one union, and `parse`, the one gate all doors use.

A form says ``do=post-message`` or, where a button names its subject, ``do=delete-message:42``; the subject goes to the
command's first field. Every command carries ``cid``, an id its sender made up, so that asking twice is doing once.
"""

import re
from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from webchat.commands.admin import (
    ChangePlace as ChangePlace,
    CreateToken as CreateToken,
    CreateUser as CreateUser,
    DisableUser as DisableUser,
    EnableUser as EnableUser,
    EraseUser as EraseUser,
    RevokeToken as RevokeToken,
    SetRole as SetRole,
    SignOutUser as SignOutUser,
)
from webchat.commands.bots import (
    CreateBot as CreateBot,
    CreateCallback as CreateCallback,
    CreateCommand as CreateCommand,
    CreateHook as CreateHook,
    EnableCallback as EnableCallback,
    RevokeCallback as RevokeCallback,
    RevokeHook as RevokeHook,
)
from webchat.commands.buttons import buttons
from webchat.commands.messages import (
    AddReaction as AddReaction,
    DeleteMessage as DeleteMessage,
    EditMessage as EditMessage,
    MarkRead as MarkRead,
    MarkUnread as MarkUnread,
    PostMessage as PostMessage,
    RemoveReaction as RemoveReaction,
    StartTyping as StartTyping,
)
from webchat.commands.moderation import (
    ApproveMessage as ApproveMessage,
    KeepMessage as KeepMessage,
    MuteUser as MuteUser,
    PinMessage as PinMessage,
    RejectMessage as RejectMessage,
    ReportMessage as ReportMessage,
    SetRules as SetRules,
    SetSiteRules as SetSiteRules,
    TryJudge as TryJudge,
    TrySiteJudge as TrySiteJudge,
    UnmuteUser as UnmuteUser,
    UnpinMessage as UnpinMessage,
    WithdrawMessage as WithdrawMessage,
)
from webchat.commands.notifications import (
    ArchiveNotification as ArchiveNotification,
    PressAction as PressAction,
    ReadNotification as ReadNotification,
    ReadNotifications as ReadNotifications,
    RetractNotification as RetractNotification,
    SeeNotifications as SeeNotifications,
    SendNotification as SendNotification,
    SetQuietHours as SetQuietHours,
    SetTagLevel as SetTagLevel,
    SnoozeNotification as SnoozeNotification,
    UnreadNotification as UnreadNotification,
)
from webchat.commands.people import (
    AcceptInvitation as AcceptInvitation,
    CreateInvitation as CreateInvitation,
    EndOtherSessions as EndOtherSessions,
    EndSession as EndSession,
    RevokeInvitation as RevokeInvitation,
    SetPresence as SetPresence,
    SetProfile as SetProfile,
)
from webchat.commands.rooms import (
    ArchiveRoom as ArchiveRoom,
    BanUser as BanUser,
    CreateRoom as CreateRoom,
    EditRoom as EditRoom,
    InviteUser as InviteUser,
    JoinRoom as JoinRoom,
    LeaveRoom as LeaveRoom,
    OpenDirect as OpenDirect,
    RemoveUser as RemoveUser,
    RestoreRoom as RestoreRoom,
    SetRoomRole as SetRoomRole,
    UnbanUser as UnbanUser,
)
from webchat.commands.sites import (
    CreateSite as CreateSite,
    EditSite as EditSite,
    ErasePerson as ErasePerson,
    RenewSecret as RenewSecret,
)
from webchat.commands.support import (
    AddAgent as AddAgent,
    AssignConversation as AssignConversation,
    BeginConversation as BeginConversation,
    PutAnswer as PutAnswer,
    RateConversation as RateConversation,
    RemoveAgent as RemoveAgent,
    RemoveAnswer as RemoveAnswer,
    ReopenConversation as ReopenConversation,
    ResolveConversation as ResolveConversation,
    SetSupport as SetSupport,
    SnoozeConversation as SnoozeConversation,
    TagConversation as TagConversation,
)
from webchat.commands.text import clean as clean
from webchat.errors import Malformed, TooLarge, sentence as _

BODY_LIMIT = 10_000
"""The longest message, in characters."""
NOTICE_LIMIT = 4_096
"""The longest notification, likewise."""

DEEPEST = 3
"""How many lists and objects may stand in each other; a notification's buttons are objects in a list."""

TOO_LONG = _("That is too long by %(over)s characters. The longest message has %(limit)s.")
WRONG_FIELD = _("The field %(field)s is missing or wrong.")

Command = (
    PostMessage
    | EditMessage
    | DeleteMessage
    | AddReaction
    | RemoveReaction
    | CreateRoom
    | JoinRoom
    | LeaveRoom
    | InviteUser
    | EditRoom
    | SetRules
    | TryJudge
    | ApproveMessage
    | RejectMessage
    | WithdrawMessage
    | ReportMessage
    | KeepMessage
    | PinMessage
    | UnpinMessage
    | MuteUser
    | UnmuteUser
    | ArchiveRoom
    | RestoreRoom
    | RemoveUser
    | BanUser
    | UnbanUser
    | SetRoomRole
    | CreateInvitation
    | RevokeInvitation
    | AcceptInvitation
    | SetProfile
    | EndSession
    | EndOtherSessions
    | CreateUser
    | SetRole
    | DisableUser
    | EnableUser
    | EraseUser
    | SignOutUser
    | ChangePlace
    | CreateToken
    | RevokeToken
    | CreateBot
    | CreateHook
    | RevokeHook
    | CreateCallback
    | CreateCommand
    | EnableCallback
    | RevokeCallback
    | CreateSite
    | EditSite
    | SetSiteRules
    | TrySiteJudge
    | RenewSecret
    | AddAgent
    | AssignConversation
    | BeginConversation
    | PutAnswer
    | RateConversation
    | RemoveAgent
    | RemoveAnswer
    | ReopenConversation
    | ResolveConversation
    | SetSupport
    | SnoozeConversation
    | TagConversation
    | ErasePerson
    | OpenDirect
    | MarkRead
    | MarkUnread
    | SendNotification
    | RetractNotification
    | ReadNotifications
    | SeeNotifications
    | ReadNotification
    | UnreadNotification
    | ArchiveNotification
    | SnoozeNotification
    | PressAction
    | SetTagLevel
    | SetQuietHours
    | StartTyping
    | SetPresence
)
Signal = StartTyping | SetPresence
"""Those that are news of the moment: without a cid, never stored, not answered, and for sockets only."""


def spelled(command: type[Command]) -> str:
    """The form's word for a command: ``PostMessage`` is ``post-message``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", command.__name__).lower()


LISTS = frozenset({"rooms", "users", "scopes", "only", "tags", "origins", "files"})
"""Fields of several values: a form repeats them, or writes them as one text, with spaces or commas between."""

WORDS: dict[str, type[Command]] = {spelled(command): command for command in get_args(Command)}


def parse(form: Mapping[str, object]) -> Command:
    """The command that a form or a JSON object asks for.

    Values are strings, or what JSON has; keys that the command does not know are ignored, as browsers send some of
    their own. Raises Malformed for an unknown word, a missing or mistyped field; TooLarge for a text over its limit.
    """
    do = form.get("do")
    if not isinstance(do, str):
        raise Malformed(_("Say what to do."))
    word, _colon, subject = do.partition(":")
    command = WORDS.get(word)
    if command is None:
        raise Malformed(_("That cannot be done here."))
    named = {command.__struct_fields__[0]: subject} if subject else {}
    return build(command, {**form, **named})


def build(command: type[Command], values: Mapping[str, object]) -> Command:
    """The command with these values, of which those that it does not know are ignored. Raises as `parse` does."""
    fields: dict[str, Any] = {}
    for name in command.__struct_fields__:
        value = values.get(name)
        if value is not None:
            fields[name] = _read(name, value)
    body = fields.get("body")
    if isinstance(body, str):
        fields["body"] = body = body.strip()
        if not body and not (command is PostMessage and fields.get("files")):
            raise Malformed(_("Write something first."))
        limit = NOTICE_LIMIT if command is SendNotification else BODY_LIMIT
        if len(body) > limit:
            raise TooLarge(TOO_LONG, over=len(body) - limit, limit=limit)
    try:
        return msgspec.convert(fields, command, strict=False)
    except msgspec.ValidationError as error:
        raise Malformed(WRONG_FIELD, field=wrong_field(str(error))) from None


def _read(name: str, value: object) -> object:
    """A field's value, with its texts cleaned."""
    if name in LISTS and isinstance(value, str):
        return clean(value).replace(",", " ").split()
    if name == "actions" and isinstance(value, str):
        return buttons(clean(value))
    if name == "words" and isinstance(value, str):
        return [line.strip() for line in clean(value).split("\n") if line.strip()]
    return _cleaned(name, value, DEEPEST)


def _cleaned(field: str, value: object, within: int) -> object:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.asdict(value)
    if isinstance(value, list | tuple | dict) and not within:
        raise Malformed(WRONG_FIELD, field=field)
    if isinstance(value, list | tuple):
        return [_cleaned(field, one, within - 1) for one in value]
    if isinstance(value, dict):
        return {name: _cleaned(field, one, within - 1) for name, one in value.items()}
    return value


def wrong_field(message: str) -> str:
    """The field's name out of msgspec's message: "… - at `$.body`", "… at `$.words[0]`", "… required field `body`"."""
    names = re.findall(r"`(?:\$\.)?([a-z_]+)(?:\[[\d.]*\])?`", message)
    return names[-1] if names else "do"
