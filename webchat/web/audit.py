"""What the log says of those who look after the place: who did what to whom, from where."""

import logging
from collections.abc import Awaitable, Mapping
from typing import Any, TypeVar

import msgspec

from webchat import commands as c
from webchat.errors import Refused
from webchat.logs import Told
from webchat.model import Actor

T = TypeVar("T")
log = logging.getLogger("webchat.audit")

TOLD: Mapping[type[Any], str] = {
    c.CreateUser: "Made an account",
    c.SetRole: "Changed a role",
    c.DisableUser: "Disabled an account",
    c.EnableUser: "Enabled an account",
    c.EndSession: "Ended a session",
    c.EraseUser: "Erased an account",
    c.SignOutUser: "Ended all sessions of an account",
    c.ChangePlace: "Changed the place",
    c.CreateBot: "Made a bot",
    c.CreateHook: "Made a webhook",
    c.RevokeHook: "Revoked a webhook",
    c.CreateCallback: "Let a program be called",
    c.CreateCommand: "Made a command",
    c.EnableCallback: "Let a program be called again",
    c.RevokeCallback: "Let a program be called no more",
    c.SetRules: "Changed the rules of a room",
    c.SetSiteRules: "Changed the rules of a site",
    c.CreateSite: "Let a site in",
    c.EditSite: "Changed a site",
    c.RenewSecret: "Gave a site another secret",
    c.SetSupport: "Set up a support window",
    c.AddAgent: "Appointed an agent",
    c.RemoveAgent: "Removed an agent",
    c.ErasePerson: "Erased a user of a site",
    c.CreateToken: "Made a token",
    c.RevokeToken: "Revoked a token",
    c.CreateInvitation: "Made a link",
    c.RevokeInvitation: "Revoked a link",
}
"""The commands that are told, and how."""
SECRET = frozenset({"cid", "url", "judge", "words", "sub"})
"""Fields that are not told: an address may have a password of its own in it, lists are long, and whoever was erased is
not named."""


def audited(actor: Actor, command: c.Command, where: str, done: Awaitable[T]) -> Awaitable[T]:
    """Let a command that was begun be logged when it is done or refused, if it is one of `TOLD`; ``where`` is the
    asker's address."""
    return _told(actor, command, where, done) if type(command) in TOLD else done


async def _told(actor: Actor, command: c.Command, where: str, done: Awaitable[T]) -> T:
    about = {name: _text(value) for name, value in msgspec.structs.asdict(command).items() if name not in SECRET}
    fields, word = {"who": actor.name, "from": where} | about, c.spelled(type(command))
    try:
        result = await done
    except Refused as refused:
        log.info(Told("Refused", "refused", what=word, why=type(refused).__name__, **fields))
        raise
    log.info(Told(TOLD[type(command)], word, **fields))
    return result


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return "" if value is None else str(value)
