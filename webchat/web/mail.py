"""Letters: the form of one's address, the links that letters hold, and what is written in them."""

from collections.abc import Callable
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import mails, people
from webchat.chat.done import Done
from webchat.chat.mails import TOLD, Letter
from webchat.errors import Conflict, NotFound, Refused, SignInNeeded, sentence as _
from webchat.outside.mail import Answer, Post
from webchat.settings import Settings
from webchat.store import Tx
from webchat.threads import aside
from webchat.web import answers
from webchat.web.account_view import account_page
from webchat.web.answers import fields, redirect
from webchat.web.house import House, house, peer
from webchat.web.limits import network
from webchat.web.numbers import whole_number

POLICY = SMTP.clone(max_line_length=900)
"""Links are left as they are: what is longer would be broken or encoded, which not every program reads."""

QUOTED = 500
"""What a letter shows of a text that is to be decided about."""


def opened(settings: Settings) -> Post | None:
    """What sends letters; None where there is no server for them."""
    return Post(settings.smtp) if settings.smtp else None


async def run(at: House) -> None:
    """Send what is owed, until cancelled, if anything can be sent."""
    if at.post is not None:
        await mails.run(at.store, partial(send, at))


async def send(at: House, letter: Letter) -> Answer:
    """Write a letter and hand it over, in a thread of its own."""
    assert at.post is not None, "without it nothing is owed"
    place = await at.store.read(people.place)
    answer: Answer = await aside(at.post.send, written(at, letter, place))
    return answer


async def mail(request: Request) -> Response:
    """Say where and when one wants to be written to, or that one does not."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    if visitor.user is None:
        raise SignInNeeded(_("Sign in to do this."))
    at.limits.act(False, visitor.actor, network(peer(request)))
    form = await fields(request)
    try:
        if at.post is None:
            raise Conflict(_("No mail is sent from here: the operator has not said by which server."))
        verb: Callable[[Tx], Done] = partial(mails.forget_address, user=visitor.user)
        if form.get("do") == "on":
            for who in (f"user {visitor.user.id}", network(peer(request))):
                at.limits.take("mail", who)
            address, minutes = form.get("address", "").strip(), whole_number(form.get("minutes", "")) or 0
            verb = partial(mails.set_address, user=visitor.user, address=address, minutes=minutes, lang=visitor.lang)
        await at.chat.commit(verb)
    except Refused as refused:
        why = at.renderer.translate(visitor.lang, refused.sentence, refused.values)
        return await account_page(request, visitor, refused.status, unheard=why, values=form)
    return redirect(request, "/settings#notifications")


async def confirm(request: Request) -> Response:
    """The link of the first letter. To look does nothing: programs that look for bad links do so."""
    return await _linked(request, "confirm", mails.confirm)


async def stop(request: Request) -> Response:
    """The link in each letter to get no more; mail programs post to it themselves."""
    return await _linked(request, "stop", mails.stop)


async def _linked(request: Request, what: str, verb: Callable[[Tx, str], Done]) -> Response:
    at, visitor = house(request), await house(request).sessions.visitor(request)
    at.limits.act(False, visitor.actor, network(peer(request)))
    code = request.path_params["code"]
    if at.post is None:
        raise NotFound(mails.NO_LINK)
    if request.method == "POST":
        await at.chat.commit(lambda tx: verb(tx, code))
        return await answers.page(request, "mail", visitor, lambda tx: {}, what=what, code=code, is_done=True)
    address = (await at.store.read(lambda tx: mails.found(tx, code))).address
    return await answers.page(
        request, "mail", visitor, lambda tx: {}, what=what, code=code, is_done=False, address=address
    )


def written(at: House, letter: Letter, place: str) -> EmailMessage:
    """The letter, in its reader's language. Texts of others stand in its body only, or in one line of a header."""
    say = partial(at.renderer.translate, letter.to.lang)
    root, sender = f"{at.settings.public_url}/mail", at.settings.contact.removeprefix("mailto:")
    lines = _question(say, letter, place, root) if not letter.about else _news(say, letter, at)
    message = EmailMessage(POLICY)
    message["From"] = Address(line(place), addr_spec=sender)
    message["To"] = letter.to.address
    message["Subject"] = line(_subject(say, letter, place))
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{root}/stop/{letter.to.code}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    end = say(_("To get no more of these letters: %(url)s"), {"url": f"{root}/stop/{letter.to.code}"})
    message.set_content("\n".join([*lines, "", "-- ", end, ""]))
    return message


Say = Callable[[str, dict[str, object]], str]


def _subject(say: Say, letter: Letter, place: str) -> str:
    if not letter.about:
        return say(_("Is this your address? %(place)s asks"), {"place": place})
    if len(letter.about) == 1:
        one = letter.about[0]
        return f"{place}: {one.title or one.body[:80]}"
    return say(_("%(place)s: %(count)s notifications"), {"place": place, "count": len(letter.about)})


def _question(say: Say, letter: Letter, place: str, root: str) -> list[str]:
    asked = _("Somebody asked %(place)s to write to this address when notifications stay unread. If that was you:")
    link = f"{root}/confirm/{letter.to.code}"
    return [say(asked, {"place": place}), "", link, "", say(_("If not, do nothing."), {})]


def _news(say: Say, letter: Letter, at: House) -> list[str]:
    root = at.settings.public_url
    lines = [say(_("You have not read this (%(count)s unread in all):"), {"count": letter.unread})]
    for one in letter.about[:TOLD]:
        click = f"{root}{one.click}" if one.click.startswith("/") else one.click
        lines += ["", *filter(None, (one.title, one.body, click))]
        lines += _asked(say, at, letter, one.id)
    if more := len(letter.about) - TOLD:
        lines += ["", say(_("And %(count)s more."), {"count": more})] if more > 0 else []
    return [*lines, "", f"{root}/inbox"]


def _asked(say: Say, at: House, letter: Letter, notification: int) -> list[str]:
    """What may be decided of what a notification is about, each with its link."""
    lines: list[str] = []
    for about in letter.waiting:
        if about.notification == notification:
            link = f"{at.settings.public_url}/act/{at.links.code(letter.to.user, about)}"
            lines += ["", f"{about.title}: {about.body[:QUOTED]}", link]
    how = _("Each link leads to a page where you decide. It is for you alone, and works for three days.")
    return ["", say(how, {}), *lines] if lines else []


def line(text: str) -> str:
    """Text for a header: a line, without what cannot be shown."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())[:200]
