"""Files in and out: an upload is a form with one file, what is given out is asked for anew each time.

What anybody sent is never run: pictures were made anew here, and all else is a download, whatever it is called.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import quote

import anyio
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.types import Message

from webchat import commands as c
from webchat.attached import File
from webchat.chat import attachments, names, uploads
from webchat.errors import Malformed, NotFound, Refused, TooLarge, sentence as _
from webchat.model import Guest
from webchat.store import Reach, Tx, files as stored
from webchat.web import pictures
from webchat.web.answers import UNREADABLE, page, redirect, wants_json
from webchat.web.house import House, house, peer
from webchat.web.limits import network
from webchat.web.session import Visitor

Again = Callable[[Refused, dict[str, str]], Awaitable[Response]]
"""A form once more: why what it says was not said, and its texts."""
MEGABYTE = 1_000_000
AROUND = 128 * 1024
"""Bytes of a form besides its file: the text that is said with it, and the lines between."""
TOO_LARGE = _("This file is too large. Files here can have at most %(limit)s MB.")
HEADERS = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Vary": "Cookie",
    "Accept-Ranges": "bytes",
}
"""What is given out is for this reader, who asks each time whether it still is; a document is alone with itself."""


async def attach(request: Request) -> Response:
    """The form for a file, as a page or for the script of a composer; or take one, and say in the room what it says."""
    at, slug = house(request), _slug(request)
    if not limit(at):
        raise NotFound(_("There is no such page."))
    if request.method != "POST":
        return await _form(request, await at.sessions.visitor(request, slug), slug)
    visitor = await at.sessions.speaker(request, slug)
    return await taken(request, visitor, slug, f"/rooms/{quote(slug)}", partial(_refused, request, visitor, slug))


async def taken(request: Request, visitor: Visitor, slug: str, back: str, again: Again) -> Response:
    """Take the file of a form. Whoever sent it without a script is led ``back``, or shown the form ``again``."""
    file, fields = await stored_of(request, visitor, slug)
    response = await _answer(request, visitor, slug, back, again, file, fields)
    if isinstance(visitor.actor, Guest) and not visitor.known:
        await house(request).sessions.keep(request, response, visitor)
    return response


async def give(request: Request) -> Response:
    """A file, for who may have it. Its name in the address is for who saves it."""
    at, number = house(request), request.path_params["id"]
    found = await at.store.read(lambda tx: stored.find(tx, number))
    visitor = await at.sessions.speaker(request, found.room if found else "")
    return await given(request, visitor, number)


async def given(request: Request, visitor: Visitor, number: str) -> Response:
    """The same for who asks."""
    at = house(request)
    file = await at.store.read(lambda tx: uploads.readable(tx, visitor.actor, visitor.session, number))
    headers = HEADERS | {"ETag": f'"{file.id}"', "Content-Disposition": disposition(file)}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    start, end = _range(request, file.size)
    if start >= end:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{file.size}"})
    partial_ = (start, end) != (0, file.size)
    if partial_:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    # Compressed on the way, it would have another length.
    headers |= {"Content-Length": str(end - start), "Content-Encoding": "identity"}
    media_type = file.type or "application/octet-stream"
    return StreamingResponse(_bytes(at, file, start, end), 206 if partial_ else 200, headers, media_type)


def limit(at: House) -> int:
    """The most bytes of a file; 0 where none are taken."""
    return at.settings.file_limit * MEGABYTE


def disposition(file: File) -> str:
    """How a browser is to take a file: RFC 6266, with RFC 8187 for names in all scripts."""
    plain = "".join(sign if sign.isascii() and sign.isprintable() and sign not in '"\\%' else "_" for sign in file.name)
    return f"{'inline' if file.type else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, '')}"


def limited(request: Request, visitor: Visitor) -> Request:
    """A request whose body is counted: so much of it is an actor's goes, and no more of it is read than may come.

    Raises:
        TooFast: the actor has sent enough for now.
        TooLarge: it says so itself; so does reading it where it did not.
    """
    at, length = house(request), request.headers.get("content-length", "")
    announced, most, came = int(length) if length.isascii() and length.isdigit() else None, limit(at) + AROUND, 0
    if announced is not None and announced > most:
        raise TooLarge(TOO_LARGE, limit=at.settings.file_limit)
    at.limits.upload(limit(at) if announced is None else announced, visitor.actor, network(peer(request)))

    async def receive() -> Message:
        nonlocal came
        message = await request.receive()
        came += len(message.get("body", b""))
        if came > most:
            raise TooLarge(TOO_LARGE, limit=at.settings.file_limit)
        return message

    return Request(request.scope, receive)


async def stored_whole(at: House, visitor: Visitor, slug: str, name: str, upload: UploadFile) -> File:
    """Store a file, all of it or nothing: a picture made anew, all else as it came."""
    size = upload.size or 0
    if size > limit(at):
        raise TooLarge(TOO_LARGE, limit=at.settings.file_limit)
    if not size:
        raise Malformed(_("This file is empty. Choose another one."))
    picture = await pictures.made(upload.file, limit(at))
    about = (len(picture.data), *picture[1:]) if picture else (size,)
    file = uploads.draft(visitor.actor, slug, name, *about)
    space = at.settings.file_space * MEGABYTE
    await at.chat.commit(lambda tx: uploads.begin(tx, visitor.actor, visitor.session, slug, file, space))
    # A file belongs to nobody else, and its parts get into nobody's way.
    reach = Reach(str(visitor.actor.id) if visitor.actor.id else file.guest, slug)
    try:
        for number, start in enumerate(range(0, file.size, stored.PART)):
            end = start + stored.PART
            data = picture.data[start:end] if picture else await upload.read(stored.PART)
            await at.store.write(partial(uploads.put, file=file, number=number, data=data), reach=reach)
        await at.store.write(lambda tx: uploads.finish(tx, visitor.actor, visitor.session, file), reach=reach)
    except BaseException:
        with anyio.move_on_after(1, shield=True):  # it is queued by then, and done when the database can
            await dropped(at, file)
        raise
    return file


async def dropped(at: House, file: File) -> None:
    """Forget a file that nothing names."""
    await at.store.write(lambda tx: stored.drop(tx, file.id), reach=Reach(file.guest, file.room))


async def _form(request: Request, visitor: Visitor, slug: str, status: int = 200, **more: Any) -> Response:
    at = house(request)

    def read(tx: Tx) -> dict[str, Any]:
        room, _member = uploads.place(tx, visitor.actor, visitor.session, slug)
        return {"room": room, "max": limit(at)}

    if "hx-request" in request.headers:
        return HTMLResponse(at.renderer.fragment("attach", visitor.lang, **await at.store.read(read)))
    return await page(request, "attach", visitor, read, status, **more)


async def _refused(request: Request, visitor: Visitor, slug: str, refused: Refused, fields: dict[str, str]) -> Response:
    """The form once more, with what was written in it, and why it was not said."""
    why = house(request).renderer.translate(visitor.lang, refused.sentence, refused.values)
    return await _form(request, visitor, slug, refused.status, error=why, values=fields)


async def stored_of(request: Request, visitor: Visitor, slug: str) -> tuple[File, dict[str, str]]:
    """The file of a form, stored whole, and the form's texts. Raises the Refused that says why not."""
    at = house(request)
    await at.store.read(lambda tx: uploads.place(tx, visitor.actor, visitor.session, slug))
    try:
        async with limited(request, visitor).form(max_files=1, max_fields=10, max_part_size=AROUND) as form:
            upload = form.get("file")
            if not isinstance(upload, UploadFile) or not upload.filename:
                raise Malformed(_("Choose a file."))
            file = await stored_whole(at, visitor, slug, upload.filename, upload)
            return file, {name: value for name, value in form.items() if isinstance(value, str)}
    except ClientDisconnect:
        raise Malformed(UNREADABLE) from None


async def _answer(
    request: Request, visitor: Visitor, slug: str, back: str, again: Again, file: File, fields: dict[str, str]
) -> Response:  # fmt: skip
    """Say how a text names the file, to a script; for all others it is said in the room."""
    at = house(request)
    if wants_json(request):
        return JSONResponse(told(at, file), 201)
    try:
        said = "\n\n".join(filter(None, (fields.get("body", "").strip(), attachments.markdown(file))))
        command = c.parse({"do": "post-message", "room": slug, "body": said, "cid": fields.get("cid", "")})
        at.limits.ask(command, visitor.actor, network(peer(request)))
        await at.chat.perform(visitor.actor, command, visitor.session)
    except Refused as refused:
        await dropped(at, file)
        return await again(refused, fields)
    return redirect(request, back)


def told(at: House, file: File) -> dict[str, object]:
    """What is said of a file that was taken. ``markdown`` is how a text names it."""
    where = at.settings.base + attachments.href(file)
    shown = {"id": file.id, "name": file.name, "type": file.type, "size": file.size, "url": where}
    return shown | {"markdown": attachments.markdown(file)}


def _slug(request: Request) -> str:
    asked = request.path_params
    return names.folded(asked["slug"] if "slug" in asked else f"{asked['site']}.{asked['thread']}")


def _range(request: Request, size: int) -> tuple[int, int]:
    """Which bytes are asked for: all, or those of a single range; an empty run for one that is not there."""
    unit, _equals, asked = request.headers.get("range", "").partition("=")
    first, dash, last = asked.strip().partition("-")
    if unit != "bytes" or not dash or not (first + last).isdigit() or not asked.isascii() or len(asked) > 40:
        return 0, size
    if request.headers.get("if-range", ""):  # what is here never changes, but who asks cannot know
        return 0, size
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size


async def _bytes(at: House, file: File, start: int, end: int) -> AsyncIterator[bytes]:
    """The bytes of a file, part by part. One that is deleted meanwhile ends there."""
    for number in range(start // stored.PART, -(-end // stored.PART)):
        data = await at.store.read(partial(stored.part, file_id=file.id, number=number))
        if not data:
            return
        before = number * stored.PART
        yield data[max(0, start - before) : end - before]
