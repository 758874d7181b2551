"""A copy of a conversation for its visitor: as a file, or as a letter to the address that their site gave for them.

What a visitor typed is no such address: whoever can have a text of their own sent anywhere sends what nobody asked for.
"""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from functools import partial

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from webchat.chat import conversations, names, people
from webchat.errors import Conflict, Unavailable, sentence as _
from webchat.model import Actor, Guest
from webchat.outside.mail import Answer
from webchat.store import Tx
from webchat.threads import aside
from webchat.web.house import House, house, peer
from webchat.web.limits import network
from webchat.web.mail import POLICY, line


async def file(request: Request) -> Response:
    """What was said, as text to keep."""
    at, where = house(request), request.path_params
    visitor, slug = await at.sessions.visitor(request), f"{names.folded(where['site'])}.~{where['talk']}"
    _place, text = await at.store.read(lambda tx: _said(tx, visitor.actor, slug))
    named = {"Content-Disposition": f'attachment; filename="conversation-{where["talk"]}.txt"'}
    return PlainTextResponse(text, headers=named | {"Cache-Control": "no-store"})


def reaches(at: House, actor: Actor) -> str:
    """The address that a copy can be sent to, or empty."""
    return actor.email if at.post is not None and isinstance(actor, Guest) else ""


async def send(request: Request, actor: Actor, slug: str, lang: str) -> None:
    """Send a copy to whom the site knows.

    Raises:
        Conflict: the site gave no address, or no letters are sent from here.
        TooFast: that address was sent too many.
        Unavailable: the server for letters did not take it.
    """
    at = house(request)
    to = reaches(at, actor)
    if at.post is None or not to:
        raise Conflict(_("No letter can be sent to you from here."))
    place, text = await at.store.read(lambda tx: _said(tx, actor, slug))
    for who in (to, network(peer(request))):
        at.limits.take("mail", who)
    say = partial(at.renderer.translate, lang)
    sender, mail = at.settings.contact.removeprefix("mailto:"), EmailMessage(POLICY)
    mail["From"] = Address(line(place), addr_spec=sender)
    mail["To"] = to
    mail["Subject"] = line(say(_("What was said at %(place)s"), {"place": slug.partition(".")[0]}))
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    answer: Answer = await aside(at.post.send, mail)
    if not answer.is_taken:
        raise Unavailable(_("The letter could not be sent. Try again later."))


def _said(tx: Tx, actor: Actor, slug: str) -> tuple[str, str]:
    """What the place is called, and the text. Raises NotFound for what is not theirs."""
    return people.place(tx), conversations.transcript(tx, conversations.found(tx, actor, slug)[2])
