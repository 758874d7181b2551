"""The API's place: what holds for all of it, the links that let people in, and the tokens of programs."""

import msgspec

from webchat import commands as c, keys
from webchat.chat import invitations, places, tokens
from webchat.errors import NotFound, sentence as _
from webchat.model import Makers, Role, SignUp
from webchat.store import Tx, tokens as stored_tokens
from webchat.web.api.endpoint import Ask, does, need_admin, shows


class Place(msgspec.Struct, frozen=True):
    """The place: its name, who may sign up, who may make rooms, and what strangers read."""

    name: str
    sign_up: SignUp
    makers: Makers
    note: str


class Token(msgspec.Struct, frozen=True):
    """A token. ``prefix`` is how its secret begins; the ``secret`` itself is told once, when it is made."""

    id: int
    user: str
    prefix: str
    scopes: list[str]
    created: int
    expires: int
    used: int
    secret: str = ""


class TokenList(msgspec.Struct, frozen=True):
    """The tokens, the newest first."""

    tokens: list[Token]


class Invitation(msgspec.Struct, frozen=True):
    """A link: ``/join/CODE``. ``live`` says whether it still works; ``uses`` and ``expires`` are 0 for no end. ``code``
    and ``rooms`` are empty if it was made for a closed room that the account may not see."""

    id: int
    code: str
    role: Role
    rooms: list[str]
    created: int
    expires: int
    uses: int
    used: int
    live: bool


class InvitationList(msgspec.Struct, frozen=True):
    """The links, those that work first."""

    invitations: list[Invitation]


class Entered(msgspec.Struct, frozen=True):
    """The first room that a link led to; empty if it led to none."""

    room: str


def place(ask: Ask, tx: Tx) -> Place:
    """The settings of the whole place."""
    found = places.place(tx)
    return Place(found.name, found.sign_up, found.makers, found.note)


def token_list(ask: Ask, tx: Tx) -> TokenList:
    """All tokens."""
    need_admin(ask)
    return TokenList([_token(one, "") for one in stored_tokens.newest(tx, tokens.MOST)])


def token(ask: Ask, tx: Tx) -> Token:
    """The token that was just made."""
    made = stored_tokens.by_id(tx, int(ask.done.id))
    if made is None:
        raise NotFound(_("There is no such token."))
    return _token(made, ask.done.secret)


def invitation_list(ask: Ask, tx: Tx) -> InvitationList:
    """All links."""
    need_admin(ask)
    return InvitationList([_invitation(one) for one in invitations.listed(tx, ask.actor)])


def invitation(ask: Ask, tx: Tx) -> Invitation:
    """The link that was just made."""
    made = next((one for one in invitations.listed(tx, ask.actor) if one.invitation.id == ask.done.id), None)
    if made is None:
        raise NotFound(_("There is no such link."))
    return _invitation(made)


def entered(ask: Ask, tx: Tx) -> Entered:
    """Where a link led."""
    return Entered(str(ask.done.id))


def _token(one: keys.Token, secret: str) -> Token:
    return Token(one.id, one.user.name, one.prefix, list(one.scopes), one.created, one.expires, one.used, secret)


def _invitation(listed: invitations.Listed) -> Invitation:
    one = listed.invitation
    rooms = [room.slug for room in listed.rooms]
    return Invitation(one.id, one.code, one.role, rooms, one.created, one.expires, one.uses, one.used, listed.live)


ENDPOINTS = (
    shows("/place", _("The settings of the whole place"), place),
    does("PATCH", "/place", _("Change the settings of the whole place"), c.ChangePlace, place),
    shows("/invitations", _("List the links that let people in"), invitation_list, needs="admin"),
    does("POST", "/invitations", _("Make a link that lets people in"), c.CreateInvitation, invitation, 201),
    does("DELETE", "/invitations/{invitation:number}", _("End a link"), c.RevokeInvitation),
    does("POST", "/invitations/accepted", _("Enter the rooms of a link"), c.AcceptInvitation, entered),
    shows("/tokens", _("List tokens"), token_list, needs="admin"),
    does("POST", "/tokens", _("Make a token"), c.CreateToken, token, 201),
    does("DELETE", "/tokens/{token:number}", _("End a token"), c.RevokeToken),
)
