"""What is said and seen in a conversation with a site's support does to it: who waits for whom, and who is told."""

from msgspec.structs import replace

from webchat.chat import access, attachments, notifications
from webchat.chat.audiences import Audience
from webchat.chat.clock import MINUTE
from webchat.commands import SendNotification
from webchat.errors import NotFound
from webchat.events import Event
from webchat.model import Actor, Message, Person, Room, User
from webchat.store import Tx, agents, conversations as stored, notifications as stored_notifications
from webchat.support import NOBODY, Conversation, ConversationChanged, SeenMoved, StatusChanged

LETTER = 2 * MINUTE
"""How long, in milliseconds, a visitor who left an address has to see an answer before a letter is sent."""
TAG = "support"
_KEY = "support-"
SHOWN = 500
"""Letters of a message that a notification shows."""


def said(tx: Tx, actor: Actor, room: Room, message: Message) -> tuple[Event, ...]:
    """Somebody said something there."""
    one = found(tx, room)
    if room.visitor == NOBODY:
        return (_changed(one),)
    if is_visitor(actor, room):
        return _asked(tx, one, message)
    return _answered(tx, actor, one, message)


def seen(tx: Tx, actor: Actor, room: Room, seq: int) -> tuple[Event, ...]:
    """Somebody has seen it up to a place."""
    one, seq = found(tx, room), min(seq, room.seq)
    after = (
        replace(one, seen=max(one.seen, seq))
        if is_visitor(actor, room)
        else replace(one, answered=max(one.answered, seq))
    )
    if room.visitor == NOBODY or after == one:
        return ()
    stored.change(tx, after)
    return SeenMoved(one.room, after.seen, after.answered), _changed(one)


def found(tx: Tx, room: Room) -> Conversation:
    """The conversation of a room that has one."""
    one = stored.by_room(tx, room.slug)
    if one is None:
        raise NotFound("")
    return one


def is_visitor(actor: Actor, room: Room) -> bool:
    """Whether it is the visitor that asks, and not an agent."""
    return room.visitor == access.identity(actor)


def key(one: Conversation) -> str:
    """Under which agents are told of it."""
    return f"{_KEY}{one.id}"


def over(tx: Tx, one: Conversation, at: int, *, but: int = 0) -> list[Event]:
    """Tell agents no more that somebody waits there."""
    people = [user.id for user in agents.everybody(tx, one.site) if user.id != but]
    return notifications.take_back(tx, people, key(one), at)


def over_for_all(tx: Tx, one: Conversation, at: int) -> list[Event]:
    """Take back what anybody was told of it, also who answers there no more."""
    return notifications.take_back(tx, stored_notifications.with_key_at_all(tx, key(one)), key(one), at)


def release(tx: Tx, user: User, at: int) -> list[Event]:
    """Let nobody have what somebody had at sites where they answer no more, and tell those who do of whom waits there;
    what they were told of conversations there themselves is taken back."""
    events: list[Event] = []
    for one in stored.of_assignee(tx, user.id):
        if not agents.is_one(tx, one.site, user.id):
            stored.change(tx, replace(one, assignee=None))
            events.append(_changed(one))
            if one.waiting and one.status == "open":
                events += told(tx, one, agents.everybody(tx, one.site), one.last, at)
    for held in stored_notifications.keys(tx, user.id, _KEY):
        number = held.removeprefix(_KEY)
        about = stored.by_id(tx, int(number)) if number.isdecimal() and len(number) < 16 else None
        if about and not agents.is_one(tx, about.site, user.id):
            events += notifications.take_back(tx, [user.id], held, at)
    return events


def told(tx: Tx, one: Conversation, people: list[User], body: str, at: int) -> tuple[Event, ...]:
    """Tell agents something of it."""
    if not people:
        return ()
    words = f"users {' '.join(str(user.id) for user in people)}"
    command = SendNotification(
        body=attachments.plain(body)[:SHOWN],
        cid="",
        title=f"{one.name} · {one.site_name}",
        key=key(one),
        tags=(TAG,),
        click=f"/support/{one.id}",
    )
    return notifications.told(tx, command, Audience(words, people), at).events


def _asked(tx: Tx, one: Conversation, message: Message) -> tuple[Event, ...]:
    after = replace(
        one, status="open", snoozed=0, waiting=one.waiting or message.at, changed=message.at, seen=message.seq
    )
    stored.change(tx, after)
    everybody = agents.everybody(tx, one.site)
    holder = [user for user in everybody if one.assignee and user.id == one.assignee.id]
    others = [user for user in holder or everybody if user.id != message.author]
    events = told(tx, one, others, message.body, message.at)
    if one.status != "open":
        events = (StatusChanged(one.room, "open"), *events)
    return (SeenMoved(one.room, after.seen, after.answered), _changed(one), *events)


def _answered(tx: Tx, actor: Actor, one: Conversation, message: Message) -> tuple[Event, ...]:
    """Whoever answers first has it from then on."""
    assignee = one.assignee or Person(actor.id, actor.name, actor.title)
    after = replace(one, waiting=0, changed=message.at, answered=message.seq, assignee=assignee)
    stored.change(tx, after)
    if one.email and one.mailed <= one.seen:
        stored.owe(tx, one.id, message.at + LETTER)
    events = over(tx, one, message.at) if one.waiting else []
    return (SeenMoved(one.room, after.seen, after.answered), _changed(one), *events)


def _changed(one: Conversation) -> ConversationChanged:
    return ConversationChanged(one.site, one.id)
