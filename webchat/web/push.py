"""Pushes to one's own browser: on, off, and tried out with what comes of it in words."""

from functools import partial
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from webchat.chat import people, pushes
from webchat.chat.clock import now
from webchat.errors import Conflict, Refused, SignInNeeded, sentence as _
from webchat.outside.push import Answer, Subscription, is_installed, new_key, sender
from webchat.settings import Settings
from webchat.store import Store, Tx, meta, pushes as stored
from webchat.threads import aside
from webchat.web.account_view import account_page
from webchat.web.answers import fields, redirect
from webchat.web.assets import STATIC
from webchat.web.house import House, house, peer
from webchat.web.limits import network

if TYPE_CHECKING:
    from webchat.outside.webpush import Sender


async def opened(settings: Settings, store: Store) -> "Sender | None":
    """What sends pushes, with the one key of this place; None where nobody can be asked about them."""
    if not (settings.contact and is_installed()):
        return None
    made = new_key()

    def key(tx: Tx) -> str:
        return meta.once(tx, "vapid", made)

    return sender(settings, await store.write(key))


async def run(at: House) -> None:
    """Push what is owed, until cancelled, if anything can be pushed."""
    if at.pusher is not None:
        await pushes.run(at.store, partial(send, at.pusher))


async def worker(request: Request) -> Response:
    """The script that a browser runs when something is pushed. It is the same at its address for ever."""
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": f"{house(request).settings.base}/"}
    script = (STATIC / "worker" / "sw.js").read_text("utf-8")
    return Response(script, media_type="text/javascript", headers=headers)


async def push(request: Request) -> Response:
    """Turn it on (with the browser's address and keys), turn it off, or try it out."""
    at, visitor = house(request), await house(request).sessions.visitor(request)
    if visitor.user is None:
        raise SignInNeeded(_("Sign in to do this."))
    at.limits.act(False, visitor.actor, network(peer(request)))
    form = await fields(request)
    try:
        if at.pusher is None:
            raise Conflict(_("Nothing can be pushed from here: the operator has not said whom to ask about it."))
        if form.get("do") == "test":
            tried = await _tried(request, at.pusher, visitor.session)
            return await account_page(request, visitor, tried=at.renderer.translate(visitor.lang, *tried))
        to = Subscription(form.get("endpoint", ""), form.get("p256dh", ""), form.get("auth", ""))
        verb = partial(pushes.unsubscribe, session=visitor.session)
        if form.get("do") == "on":
            trusted = at.settings.push_hosts
            verb = partial(pushes.subscribe, user=visitor.user, session=visitor.session, to=to, trusted=trusted)
        await at.chat.commit(verb)
    except Refused as refused:
        why = at.renderer.translate(visitor.lang, refused.sentence, refused.values)
        return await account_page(request, visitor, refused.status, unheard=why)
    return redirect(request, "/settings#notifications")


async def send(by: "Sender", to: Subscription, payload: bytes, at: int, headers: dict[str, str]) -> Answer:
    """Push, in a thread of its own."""
    return await aside(by.send, to, payload, at, headers)


async def _tried(request: Request, by: "Sender", session: str) -> tuple[str, dict[str, object]]:
    """What came of pushing to this browser, as a sentence."""
    store = house(request).store
    browser = await store.read(lambda tx: stored.of_session(tx, session))
    if browser is None:
        return _("This browser is told nothing while no page is open. Turn that on first."), {}
    place = await store.read(people.place)
    to = Subscription(browser.endpoint, browser.p256dh, browser.auth)
    answer = await send(by, to, pushes.try_out(place), now() // 1000, {"TTL": "60", "Urgency": "high"})
    if answer.is_done:
        return _(
            "The push service has taken it. If nothing shows, look at the browser's and the system's settings."
        ), {}
    if answer.is_gone:
        await house(request).chat.commit(partial(pushes.unsubscribe, session=session))
        return _("The push service does not know this browser any more. Turn it on again."), {}
    if not answer.status:
        return _("The push service was not reached: %(why)s"), {"why": answer.why}
    return _("The push service said %(status)s: %(why)s"), {"status": answer.status, "why": answer.why}
