"""The verbs, and the one function that runs them: durable first, told afterwards."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from webchat import commands as c
from webchat.chat import directs, invitations, messages, notifications, reactions, rooms
from webchat.chat.clock import now
from webchat.chat.done import Done
from webchat.chat.text import to_html
from webchat.errors import Conflict, sentence as _
from webchat.events import Event
from webchat.model import Actor
from webchat.store import Store, Tx, receipts

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
    c.InviteUser: rooms.invite,
    c.CreateInvitation: invitations.create,
    c.RevokeInvitation: invitations.revoke,
    c.AcceptInvitation: invitations.accept,
    c.OpenDirect: directs.open_,
    c.MarkRead: rooms.mark_read,
    c.SendNotification: notifications.send,
    c.ReadNotifications: notifications.mark_read,
}
"""Every command that is stored, and its verb. `StartTyping` is not: see `webchat.chat.presence`."""

_NUMBERED = {c.spelled(kind) for kind in VERBS if kind.__struct_fields__[0] in ("message", "upto")} | {
    c.spelled(c.SendNotification)
}
"""The commands whose answer is a number."""

RECEIPTS = frozenset(
    {
        c.EditMessage,
        c.DeleteMessage,
        c.AddReaction,
        c.RemoveReaction,
        c.CreateRoom,
        c.InviteUser,
        c.OpenDirect,
        c.CreateInvitation,
        c.AcceptInvitation,
        c.SendNotification,
    }
)
"""Those that keep a receipt, to be done once. A message is its own; the others may be done again without harm."""

WRITTEN = frozenset({c.PostMessage, c.EditMessage})
"""Those whose body is made into HTML, which is done before the transaction so that nobody waits for it there."""


class Chat:
    """Runs commands against a store and tells what came of them."""

    def __init__(self, store: Store, publish: Callable[[Event], object]) -> None:
        self._store = store
        self._publish = publish

    async def perform(self, actor: Actor, command: Any) -> Done:
        """Do what ``actor`` asks, once however often it is asked with the same cid.

        Returns when it is on disk and told.

        Raises:
            Refused: one of its kinds, with a sentence for the asker; nothing has changed.
        """
        verb = VERBS[type(command)]
        if type(command) in WRITTEN:
            verb = partial(verb, html=to_html(command.body))
        return await self.commit(partial(_once, verb, actor, command))

    async def commit(self, verb: Callable[[Tx], Done]) -> Done:
        """Run a verb that is no command of a form, such as ending a session: durable first, told afterwards.

        It is told also when the caller gives up waiting, and in the order of commits.
        """
        return await self._store.write(verb, self._tell)

    def _tell(self, done: Done) -> None:
        for event in done.events:
            self._publish(event)


def _once(verb: Verb, actor: Actor, command: Any, tx: Tx) -> Done:
    if type(command) not in RECEIPTS:
        return verb(tx, actor, command)
    # A guest's cid is only its own: all guests share one author.
    cid = command.cid if actor.id else f"{actor.key}:{command.cid}"  # type: ignore[union-attr]
    kind = c.spelled(type(command))
    if (before := receipts.get(tx, actor.id, cid)) is not None:
        word, _colon, result = before.partition(" ")
        if word != kind:
            raise Conflict(_("This was sent before as something else. Reload the page and try again."))
        return Done(int(result) if kind in _NUMBERED else result)
    done = verb(tx, actor, command)
    receipts.add(tx, actor.id, cid, f"{kind} {done.id}", now())
    return done
