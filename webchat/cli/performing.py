"""How the commands about sites do what they ask."""

import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from webchat import commands as c
from webchat.chat.done import Done
from webchat.desk import Desk


def perform(at: Desk, verb: Callable[..., Done], word: str, name: str, given: Mapping[str, Any]) -> Done:
    """Do as an operator what a command about a site asks; what is None was not given."""
    fields = {field: value for field, value in given.items() if value not in (None, ())}
    command = c.parse({"do": word, "site": name, "cid": secrets.token_urlsafe(16)} | fields)
    return at.commit(partial(verb, actor=None, command=command))
