"""What is written to visitors of a site who have left, and sending it."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from functools import partial

from webchat.chat import attachments, handoffs, people
from webchat.chat.handoffs import Handoff
from webchat.errors import sentence as _
from webchat.outside.mail import Answer
from webchat.threads import aside
from webchat.web.house import House
from webchat.web.language import LANGUAGES
from webchat.web.mail import POLICY, line


async def run(at: House) -> None:
    """Send what is owed, until cancelled, if anything can be sent."""
    if at.post is not None:
        await handoffs.run(at.store, partial(send, at))


async def send(at: House, letter: Handoff) -> Answer:
    """Write a letter and hand it over, in a thread of its own."""
    assert at.post is not None, "without it nothing is sent"
    place = await at.store.read(people.place)
    answer: Answer = await aside(at.post.send, written(at, letter, place))
    return answer


def written(at: House, letter: Handoff, place: str) -> EmailMessage:
    """The letter, in the language of the page where the conversation began. It holds nothing secret: to read on, one is
    known by the same browser, or by the site."""
    one, sender = letter.conversation, at.settings.contact.removeprefix("mailto:")
    say = partial(at.renderer.translate, one.lang if one.lang in LANGUAGES else LANGUAGES[0])
    lines = [say(_("You wrote to %(site)s, and this was answered:"), {"site": letter.site.title})]
    for message in letter.answers:
        lines += ["", f"{message.title}:", attachments.plain(message.body)]
    if letter.back:
        lines += ["", say(_("To go on, open the page again in the same browser:"), {}), letter.back]
    mail = EmailMessage(POLICY)
    mail["From"] = Address(line(place), addr_spec=sender)
    mail["To"] = one.email
    mail["Subject"] = line(say(_("An answer from %(site)s"), {"site": letter.site.title}))
    mail["Date"] = formatdate()
    mail["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n".join([*lines, ""]))
    return mail
