"""Commands that people write: ``/deploy prod`` is asked of a bot's program and not said in the room.

Only of people: what programs send is text, however it begins.
"""

from typing import NamedTuple

from webchat.chat import bots, callbacks, messages, names, rooms, rules, tokens
from webchat.chat.clock import now
from webchat.chat.done import Done, Note
from webchat.commands import OpenDirect, PostMessage
from webchat.errors import Conflict, NotFound, sentence as _
from webchat.model import Actor, Guest, User
from webchat.store import Tx, callbacks as stored
from webchat.store.callbacks import Offer

OFFERED = 8
"""The most commands that are offered to whom writes."""
SAID = frozenset({PostMessage, OpenDirect})
"""What people say commands in."""
NO_SUCH = _("There is no command /%(name)s here. To post a text that begins with /, begin it with //.")


class Asked(NamedTuple):
    """A command by its name, and what stands after it."""

    name: str
    text: str


def is_person(actor: Actor, credential: str) -> bool:
    """Whether somebody writes, and no program."""
    by_program = credential.startswith((tokens.HASHED, bots.HASHED))
    return not by_program and not (isinstance(actor, User) and actor.role == "bot")


def read(body: str) -> Asked | None:
    """The command that a text is. A path such as ``/etc/hosts`` is none, nor is what begins with two slashes."""
    if not body.startswith("/"):
        return None
    name, _space, text = body[1:].replace("\n", " \n", 1).partition(" ")
    if not name or len(name) > callbacks.LONGEST_NAME or not all(map(names.is_letter, name)):
        return None
    return Asked(names.folded(name), text.strip())


def meant(body: str) -> str:
    """The text that was meant by one that begins with two slashes so as to be no command."""
    return body[1:] if body.startswith("//") and read("/" + body.lstrip("/")) else body


def use(tx: Tx, actor: Actor, command: PostMessage | OpenDirect, asked: Asked) -> Done:
    """Ask a bot's program. The answer is 0, since nothing is posted, and a note that says so."""
    if isinstance(command, OpenDirect):  # no bot is where people write to each other
        raise NotFound(NO_SUCH, name=asked.name)
    room, member = rooms.visible(tx, actor, command.room)
    messages.need_to_post(actor, room, member)
    rules.need_voice(tx, actor, room, now())
    found = None if isinstance(actor, Guest) else stored.called(tx, room.id, asked.name)
    if found is None or isinstance(actor, Guest):
        raise NotFound(NO_SUCH, name=asked.name)
    if found.disabled:
        raise Conflict(_("/%(name)s does not work at the moment: its program does not answer."), name=asked.name)
    told = callbacks.asked(actor, found.bot, asked.name, asked.text)
    if not rules.in_shadow(tx, actor, room, now()):  # what a program answers, all may see
        callbacks.owe(tx, found.id, room, None, actor.id, "command.used", told)
    note = Note(_("%(bot)s was asked: /%(name)s. Only you see this."), {"bot": found.bot, "name": asked.name})
    return Done(0, note=note)


def offered(tx: Tx, actor: Actor, slug: str, start: str) -> list[Offer]:
    """Some that can be used in a room, by how they start. Raises NotFound for who may not see it."""
    room, _member = rooms.visible(tx, actor, slug)
    if isinstance(actor, Guest):
        return []
    return [one for one in stored.offered(tx, room.id, names.folded(start), OFFERED) if not one.disabled]
