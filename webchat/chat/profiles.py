"""What people are called and say of themselves. Messages keep the name that they were written under."""

import msgspec

from webchat.chat import access, names
from webchat.chat.done import Done
from webchat.commands import SetProfile, clean
from webchat.errors import Conflict, Forbidden, Malformed, sentence as _
from webchat.events import ProfileChanged
from webchat.model import Actor
from webchat.store import Tx, users

_IN_EMOJI = dict.fromkeys(map(ord, "\u200d\ufe0e\ufe0f"))
"""What joins and colours emoji. A status may have it, as it is no name to take somebody for somebody else by."""


def set_(tx: Tx, actor: Actor, command: SetProfile) -> Done:
    """Change one's own profile."""
    user = access.account(actor)
    if not access.may("set-profile", user):
        raise Forbidden(_("You may not change this."))
    title, status = (" ".join(clean(text).split()) for text in (command.title, command.status))
    if not title:
        raise Malformed(_("Say what others should call you."))
    if names.INVISIBLE.search(title) or names.INVISIBLE.search(status.translate(_IN_EMOJI)):
        raise Malformed(_("The text contains characters that cannot be seen. Remove them and try again."))
    _check_free(tx, user.id, title)
    if not users.set_profile(tx, user.id, title, status):
        return Done(user.name)
    changed = msgspec.structs.replace(user, title=title, status=status)
    return Done(user.name, (ProfileChanged(changed),))


def _check_free(tx: Tx, user_id: int, title: str) -> None:
    """Nobody is called by what looks like the name of somebody else's account, nor as the place itself speaks."""
    skeleton = names.skeleton(names.folded(title))
    other = users.like(tx, skeleton)
    if skeleton in names.RESERVED or (other and other.id != user_id):
        raise Conflict(_("This name is taken. Choose another one."))
