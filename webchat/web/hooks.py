"""The door at which programs post by an address that only they know, in the words of Slack's incoming webhooks."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from webchat import commands as c
from webchat.chat import bots
from webchat.errors import Malformed, sentence as _
from webchat.web.api.door import NOT_AN_OBJECT, body, cid_of
from webchat.web.house import house, peer
from webchat.web.limits import network

UNREADABLE = _('Send JSON such as {"text": "…"}, a form with it in the field payload, or plain text.')
MOST = 20
"""Attachments that are read, and fields of a form."""
_FORM = "application/x-www-form-urlencoded"
_LINK = re.compile(r"<((?:https?|mailto):[^<>|\s]{1,2000})(?:\|([^<>\n]{1,500}))?>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


class Attachment(msgspec.Struct, frozen=True):
    """What Slack shows below a text. ``fallback`` is for who cannot show it."""

    title: str | None = ""
    title_link: str | None = ""
    pretext: str | None = ""
    text: str | None = ""
    fallback: str | None = ""

    @property
    def said(self) -> str:
        """It as one text."""
        title = f"[{self.title}]({self.title_link})" if self.title and self.title_link else self.title
        parts = [part for part in (self.pretext, title, self.text) if part]
        return "\n".join(parts) or self.fallback or ""


class Payload(msgspec.Struct, frozen=True):
    """What is sent. All else that Slack takes is ignored: who posts, and where, is the address's."""

    text: str | None = ""
    attachments: list[Attachment] | None = None


async def post(request: Request) -> Response:
    """Post as the bot of the address. The answer is Slack's."""
    at, where = house(request), network(peer(request))
    at.limits.take("hooks", where)
    secret = str(request.path_params["secret"])
    hook = await at.store.read(lambda tx: bots.live(tx, secret))
    at.limits.act(True, hook.bot, where)
    text = said(await body(request), request.headers.get("content-type", ""))
    key = request.headers.get("idempotency-key")
    command = c.build(c.PostMessage, {"room": hook.room, "body": text, "cid": cid_of(key)})
    await at.chat.perform(hook.bot, command, bots.hashed(secret), keyed=key is not None)
    return PlainTextResponse("ok")


def said(data: bytes, media_type: str) -> str:
    """The text that a body says. What ``curl -d`` sends is called a form, and may be JSON. Raises Malformed."""
    kind = media_type.partition(";")[0].strip().lower()
    try:
        text = data.decode()
        if kind in ("", _FORM) and not text.lstrip().startswith("{"):
            return _of_form(text) if kind else text
        if kind in ("", _FORM, "application/json"):
            return _of_json(text)
    except UnicodeError:
        raise Malformed(_("The text is not in UTF-8.")) from None
    if kind != "text/plain":
        raise Malformed(UNREADABLE)
    return text


def _of_form(text: str) -> str:
    try:
        fields: Mapping[str, Any] = parse_qs(text, max_num_fields=MOST, errors="strict")
    except ValueError:
        raise Malformed(UNREADABLE) from None
    if "payload" in fields:
        return _of_json(fields["payload"][0])
    if "text" in fields:
        return _plain(fields["text"][0])
    raise Malformed(UNREADABLE)


def _of_json(text: str) -> str:
    try:
        payload = msgspec.json.decode(text, type=Payload)
    except msgspec.ValidationError as error:
        raise Malformed(c.WRONG_FIELD, field=c.wrong_field(str(error))) from None
    except (msgspec.DecodeError, RecursionError, ValueError):
        raise Malformed(NOT_AN_OBJECT) from None
    parts = [payload.text or "", *(one.said for one in (payload.attachments or [])[:MOST])]
    return "\n\n".join(_plain(part) for part in parts if part)


def _plain(text: str) -> str:
    """Slack's text as ours: its links as Markdown's, and the three signs that it escapes."""
    text = _LINK.sub(lambda found: f"[{found[2]}]({found[1]})" if found[2] else f"<{found[1]}>", text)
    for written, sign in _ENTITIES:
        text = text.replace(written, sign)
    return text
