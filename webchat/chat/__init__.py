"""The verbs, and the one function that runs them: durable first, told afterwards."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Any

import msgspec

from webchat import commands as c
from webchat.chat import (
    accounts,
    bots,
    callbacks,
    conversations,
    identities,
    inbox,
    invitations,
    judging,
    messages,
    moderation,
    mutes,
    names,
    notifications,
    people,
    pins,
    places,
    preferences,
    profiles,
    queue,
    reactions,
    reports,
    rights,
    room_settings,
    rooms,
    rules,
    sessions,
    sites,
    slashes,
    tokens,
    trials,
)
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.chat.text import to_html
from webchat.errors import Conflict, KeyReused, sentence as _
from webchat.events import Event, MessagePosted
from webchat.metrics import Metrics
from webchat.model import Actor, User
from webchat.outside import webhooks
from webchat.rules import Verdict
from webchat.store import Reach, Store, Tx, receipts

Verb = Callable[..., Done]

VERBS: Mapping[type[Any], Verb] = {
    c.PostMessage: messages.post,
    c.EditMessage: messages.edit,
    c.DeleteMessage: messages.delete,
    c.AddReaction: reactions.add,
    c.RemoveReaction: reactions.remove,
    c.CreateRoom: rooms.create,
    c.JoinRoom: rooms.join,
    c.LeaveRoom: rooms.leave,
    c.EditRoom: room_settings.edit,
    c.SetRules: rules.set_,
    c.TryJudge: trials.try_,
    c.TrySiteJudge: trials.try_of_site,
    c.ApproveMessage: queue.approve,
    c.RejectMessage: queue.reject,
    c.WithdrawMessage: queue.withdraw,
    c.ReportMessage: reports.report,
    c.KeepMessage: reports.keep,
    **pins.VERBS,
    c.MuteUser: mutes.mute,
    c.UnmuteUser: mutes.unmute,
    c.ArchiveRoom: room_settings.archive,
    c.RestoreRoom: room_settings.restore,
    c.InviteUser: moderation.invite,
    c.RemoveUser: moderation.remove,
    c.BanUser: moderation.ban,
    c.UnbanUser: moderation.unban,
    c.SetRoomRole: moderation.set_role,
    c.CreateInvitation: invitations.create,
    c.RevokeInvitation: invitations.revoke,
    c.AcceptInvitation: invitations.accept,
    c.SetProfile: profiles.set_,
    c.EndSession: sessions.end,
    c.EndOtherSessions: sessions.end_others,
    c.CreateUser: people.create,
    c.SetRole: accounts.set_role,
    c.DisableUser: accounts.disable,
    c.EnableUser: accounts.enable,
    c.EraseUser: rights.erase_user,
    c.SignOutUser: accounts.sign_out,
    c.ChangePlace: places.change,
    c.CreateToken: tokens.create,
    c.RevokeToken: tokens.revoke,
    c.CreateBot: bots.create,
    c.CreateHook: bots.create_hook,
    c.RevokeHook: bots.revoke_hook,
    c.CreateCallback: callbacks.create,
    c.CreateCommand: callbacks.create_command,
    c.EnableCallback: callbacks.enable,
    c.RevokeCallback: callbacks.revoke,
    c.CreateSite: sites.create,
    c.EditSite: sites.edit,
    c.SetSiteRules: rules.set_for_site,
    c.RenewSecret: sites.renew_secret,
    **conversations.VERBS,
    c.ErasePerson: rights.erase_person,
    c.OpenDirect: messages.begin,
    c.MarkRead: rooms.mark_read,
    c.MarkUnread: messages.mark_unread,
    c.SendNotification: notifications.send,
    c.RetractNotification: notifications.retract,
    c.ReadNotifications: inbox.mark_read,
    c.SeeNotifications: inbox.see,
    c.ReadNotification: inbox.read,
    c.UnreadNotification: inbox.unread,
    c.ArchiveNotification: inbox.archive,
    c.SnoozeNotification: inbox.snooze,
    c.PressAction: inbox.press,
    c.SetTagLevel: preferences.set_level,
    c.SetQuietHours: preferences.set_quiet_hours,
}
"""Every command that is stored, and its verb. A `commands.Signal` is not: see `webchat.chat.presence`."""

_OF_NUMBERS = ("message", "held", "upto", "token", "invitation", "notification", "hook", "callback")
_NUMBERED = {c.spelled(kind) for kind in VERBS if kind.__struct_fields__[0] in _OF_NUMBERS} | {
    c.spelled(kind)
    for kind in (
        *(c.PostMessage, c.SendNotification, c.PressAction, c.CreateToken, c.CreateInvitation),
        *(c.CreateHook, c.CreateCallback, c.CreateCommand),
    )
}
"""The commands whose answer is a number."""

RECEIPTS = frozenset(
    {
        *(c.EditMessage, c.DeleteMessage, c.AddReaction, c.RemoveReaction, c.MarkUnread),
        *(c.CreateRoom, c.EditRoom, c.SetRules),
        *(c.ApproveMessage, c.RejectMessage, c.WithdrawMessage, c.ReportMessage, c.KeepMessage),
        *pins.VERBS,
        *(c.MuteUser, c.UnmuteUser, c.ArchiveRoom, c.RestoreRoom),
        *(c.InviteUser, c.RemoveUser, c.BanUser, c.UnbanUser, c.SetRoomRole),
        c.OpenDirect,
        *(c.CreateInvitation, c.AcceptInvitation, c.EndSession, c.CreateToken),
        *(c.CreateBot, c.CreateHook, c.RevokeHook, c.CreateCallback, c.CreateCommand, c.RevokeCallback),
        *(c.CreateSite, c.SetSiteRules, c.RenewSecret),
        *conversations.RECEIPTS,
        c.EraseUser,
        c.CreateUser,
        c.SendNotification,
        c.RetractNotification,
        c.SnoozeNotification,
        c.PressAction,
    }
)
"""Those that keep a receipt, to be done once. A message is its own; the others may be done again without harm."""

WRITTEN = frozenset({c.PostMessage, c.EditMessage, c.BeginConversation, c.OpenDirect})
"""Those whose body is made into HTML, which is done before the transaction so that nobody waits for it there."""


SPOKEN_FOR = frozenset(
    (
        *(c.EndOtherSessions, c.PressAction, c.ReadNotifications, c.SeeNotifications, c.ReadNotification),
        *(c.ArchiveNotification, c.SnoozeNotification),
    )
)
"""Those whose verb is told which session speaks."""

CALLING = frozenset({c.CreateCallback, c.CreateCommand, c.SetRules, c.SetSiteRules})
"""Those whose verb is told which hosts the operator named."""


class Chat:
    """Runs commands against a store and tells what came of them. ``trusted`` are hosts that may be called for bots
    though they are not of the internet."""

    def __init__(
        self,
        store: Store,
        publish: Callable[[Event], object],
        metrics: Metrics | None = None,
        trusted: Collection[str] = (),
    ) -> None:
        self._store = store
        self._trusted = frozenset(trusted)
        self._publish = publish
        self._metrics = metrics or Metrics()
        deliver = partial(webhooks.deliver, trusted=self._trusted, patience=judging.BUDGET)
        self._judges = judging.Judges(store, deliver, self._metrics)

    async def perform(self, actor: Actor, command: Any, session: str = "", *, keyed: bool = False) -> Done:
        """Do what ``actor`` asks, once however often it is asked with the same cid.

        ``session`` is the stored hash of the session or token that speaks for a user: whether it still does, as what,
        and for this, is asked again in the transaction. A ``keyed`` command's cid was made of a key that its asker
        chose, and may not stand for anything else. Returns when it is on disk and told.

        Raises:
            Refused: one of its kinds, with a sentence for the asker; nothing has changed.
        """
        return await self.begin(actor, command, session, keyed=keyed)

    def begin(self, actor: Actor, command: Any, session: str = "", *, keyed: bool = False) -> Awaitable[Done]:
        """Begin to do what ``actor`` asks, as `perform`, in the order of calls: nothing is awaited before it is in the
        store's queue."""
        verb, kept = VERBS[type(command)], keyed or type(command) in RECEIPTS
        alike = False
        if type(command) in slashes.SAID and slashes.is_person(actor, session):
            if not getattr(command, "files", ()) and (asked := slashes.read(command.body)):
                return self._begin(partial(slashes.use, asked=asked), actor, command, session, keyed, kept=True)
            command = msgspec.structs.replace(command, body=slashes.meant(command.body))
        if type(command) in WRITTEN:
            html = to_html(command.body)
            verb = partial(verb, html=html)
            # Most of what is said. Who is named hears how often, which counts what others say meanwhile; a file goes
            # with what names it first, and agents are told that a visitor waits.
            other = "@" in html or '"/files/' in html or keyed
            if isinstance(command, c.PostMessage):
                alone = other or ".~" in command.room or bool(command.files)
                alike = command.t is None and command.answers is None and not alone
        if type(command) in SPOKEN_FOR:
            verb = partial(verb, session=session)
        if type(command) in CALLING:
            verb = partial(verb, trusted=self._trusted)
        return self._begin(verb, actor, command, session, keyed, kept=kept, alike=alike)

    def _begin(
        self, verb: Verb, actor: Actor, command: Any, session: str, keyed: bool, *, kept: bool, alike: bool = False
    ) -> Awaitable[Done]:
        once = partial(_once, verb, actor, command, session, keyed, kept)
        judge = partial(self._judge, verb, actor, command, session, keyed, kept, alike)
        return self._store.begin(once, self._tell, _reach(actor, command, alike), judge)

    def _judge(
        self, verb: Verb, actor: Actor, command: Any, session: str, keyed: bool, kept: bool, alike: bool,
        error: BaseException,
    ) -> asyncio.Future[Done] | None:  # fmt: skip
        """Let the judge of a room be asked, if that is why something was not done; and then do it."""
        if not isinstance(error, judging.Unjudged):
            return None

        def go_on(verdict: Verdict) -> Awaitable[Done]:
            judged = partial(verb, verdict=verdict)
            return self._begin(judged, actor, command, session, keyed, kept=kept, alike=alike)

        return self._judges.settle(actor, command, error.case, go_on)

    async def commit(self, verb: Callable[[Tx], Done]) -> Done:
        """Run a verb that is no command of a form, such as ending a session: durable first, told afterwards.

        It is told also when the caller gives up waiting, and in the order of commits.
        """
        return await self._store.write(verb, self._tell)

    def _tell(self, done: Done) -> None:
        for event in done.events:
            if isinstance(event, MessagePosted):
                self._metrics.posts += 1
            self._publish(event)


def _reach(actor: Actor, command: Any, alike: bool) -> Reach:
    """A command that names a room, or a message, changes that room and what its author has; another may change all."""
    author = str(actor.id) if isinstance(actor, User) else actor.key
    return Reach(author, names.folded(getattr(command, "room", "")), getattr(command, "message", 0), alike)


def _once(verb: Verb, actor: Actor, command: Any, session: str, keyed: bool, kept: bool, tx: Tx) -> Done:
    if session.startswith(identities.HOST):
        identities.need(tx, session)
    elif session:
        actor = tokens.spoken(tx, session, command)
    if not kept:
        return verb(tx, actor, command)
    # A guest's cid is only its own: all guests share one author.
    cid = command.cid if actor.id else f"{actor.key}:{command.cid}"  # type: ignore[union-attr]
    kind = c.spelled(type(command))
    asked = f"{kind}#{_digest(command)}" if keyed else kind
    if (before := receipts.get(tx, actor.id, cid)) is not None:
        word, _space, result = before.partition(" ")
        if word != asked and keyed:
            raise KeyReused(_("This Idempotency-Key stands for another request. Make a new one for each."))
        if word != asked:
            raise Conflict(_("Something else was sent under this number before. Reload the page and try again."))
        return Done(int(result) if kind in _NUMBERED else result)
    done = verb(tx, actor, command)
    receipts.add(tx, actor.id, cid, f"{asked} {done.id}", now())
    return done


def _digest(command: Any) -> str:
    """What a command asks for, shortened: another one for anything else."""
    return hashlib.sha256(msgspec.json.encode(command)).hexdigest()
