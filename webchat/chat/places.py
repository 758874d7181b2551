"""What holds for the whole place: its name, who may sign up, who may make rooms, and what strangers read."""

import msgspec

from webchat.chat import access
from webchat.chat.done import Done
from webchat.commands import ChangePlace
from webchat.errors import Forbidden, Malformed, sentence as _
from webchat.model import Actor, Place
from webchat.store import Tx, meta

KEYS = {"name": "place", "sign_up": "sign-up", "makers": "room-makers", "note": "note"}
"""Where each is kept."""


def place(tx: Tx) -> Place:
    """The place as it stands."""
    values = {field: meta.get(tx, key) for field, key in KEYS.items()}
    return msgspec.convert({field: value for field, value in values.items() if value}, Place)


def change(tx: Tx, actor: Actor, command: ChangePlace) -> Done:
    """Change what is given. Open pages show it when they are loaded next."""
    if not access.may("change-place", access.account(actor)):
        raise Forbidden(_("Only admins may change this."))
    for field, key in KEYS.items():
        if (value := getattr(command, field)) is not None:
            value = value.strip()
            if field == "name" and not value:
                raise Malformed(_("Give the place a name of at most 80 characters."))
            meta.put(tx, key, value)
    return Done("")
