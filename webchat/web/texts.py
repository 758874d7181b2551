"""The doors for plain clients: JSON and text over a WebSocket, as the first programs for chat servers speak them.

They have no page, so they are sent no history, no positions and no acknowledgements: what one says comes back to it as
to everybody in the room. What cannot be done is said to its asker only, in the words of the door.
"""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from starlette.websockets import WebSocket

from webchat import topics
from webchat.broker import Frame, Outlet, Reader, Since, data
from webchat.chat import names
from webchat.chat.done import Done
from webchat.commands import PostMessage, parse
from webchat.errors import Malformed, NotFound, Refused, sentence as _
from webchat.model import Guest
from webchat.web.door import Admission, WebSocketDoor
from webchat.web.incoming import form as read_form, plain
from webchat.web.visit import Visit

FAREWELLS = frozenset({"关闭", "close"})
"""What a text says to be closed."""
NORMAL = 1000


class Talk(Visit):
    """A connection that says and hears texts. It says nothing before it hears, since it waits for what it said."""

    def _work(self) -> None:
        if self._repairing is None or not self._listening:
            super()._work()

    async def _repair(self) -> None:
        await super()._repair()
        self._work()

    def _begin(self, text: str | None) -> None:
        try:
            self._hear_out(text)
        except Exception as error:
            self._refuse(None, error)

    def _hear_out(self, text: str | None) -> None:
        """Begin what one text asks: to be answered, to be closed, or to be told to the room."""
        said = plain(text)
        if said == "ping":
            self._door.charge(self._admission)
            self._reader.write(Frame("pong!"))
        elif said in FAREWELLS:
            self._cut(NORMAL)
        else:
            self._post(self._admission.slug, said)

    def _post(self, room: str, body: str) -> None:
        self._do("", self._door.perform(self._admission, _posting(room, body)))

    def _acknowledge(self, cid: str, done: Done) -> None:
        """Say nothing, but what its author should know of it."""
        if done.note:
            self._reader.write(Frame(self._said(*done.note)))

    def _say_no(self, cid: object, why: str, refused: Refused) -> None:
        self._reader.write(Frame(why))

    def _stands(self) -> tuple[Since, int | None]:
        return None, None


class JsonTalk(Talk):
    """A connection that says and hears JSON: ``{"message": "…"}``."""

    def _hear_out(self, text: str | None) -> None:
        self._post(self._admission.slug, _field(read_form(text), "message"))

    def _acknowledge(self, cid: str, done: Done) -> None:
        if done.note:
            self._reader.write(data({"message": self._said(*done.note), "note": True}))

    def _say_no(self, cid: object, why: str, refused: Refused) -> None:
        answer = {"message": why, "error": refused.status}
        self._reader.write(data(answer | {"after": refused.after} if refused.after else answer))


class PersonalTalk(JsonTalk):
    """A connection of one person, who says things to others by name: ``{"to_user": "…", "message": "…"}``."""

    together: ClassVar[int] = 1

    def __init__(self, door: "UserDoor", websocket: WebSocket, admission: Admission, reader: Reader) -> None:
        super().__init__(door, websocket, admission, reader)
        self._guests = door
        self._rooms: dict[str, str] = {}

    def _hear_out(self, text: str | None) -> None:
        form = read_form(text)
        to, body = _field(form, "to_user").strip(), _field(form, "message")
        self._do("", self._tell(names.folded(to), body))

    async def _tell(self, to: str, body: str) -> Done:
        """Say it in the direct room of the two, which is found once; to a guest it is told and not kept."""
        if await self._guests.tell(self._admission, to, body):
            return Done(0)
        if to not in self._rooms:
            asked = parse({"do": "open-direct", "users": [to], "cid": _cid()})
            self._rooms[to] = str((await self._door.perform(self._admission, asked)).id)
        return await self._door.perform(self._admission, _posting(self._rooms[to], body))


class TextDoor(WebSocketDoor):
    """The door of ``/ws/{room}/``, and of ``/ws`` for the lobby."""

    surface = "text"
    visit = Talk


class JsonDoor(WebSocketDoor):
    """The door of ``/ws/chat/{room}/``."""

    surface = "json"
    visit = JsonTalk


class UserDoor(WebSocketDoor):
    """The door of ``/ws/user/{name}``. ``whisper`` tells guests of a name something, if any are here."""

    surface = "user"
    visit = PersonalTalk

    def __init__(self, *given: Any, whisper: Callable[[Admission, str, str], Awaitable[bool]]) -> None:
        super().__init__(*given)
        self._whisper = whisper

    def _connect(self, outlet: Outlet, admission: Admission) -> Reader:
        """Let a guest hear at once: they are known to be here already, and what they are told is kept nowhere."""
        reader = super()._connect(outlet, admission)
        if isinstance(admission.actor, Guest):
            self.broker.subscribe(reader, topics.guest(admission.name))
        return reader

    async def tell(self, admission: Admission, to: str, body: str) -> bool:
        """Tell a guest; False if none of that name is here. Raises NotFound for who, as a guest, can tell no others."""
        command = _posting(to, body)
        if await self._whisper(admission, to, command.body):
            return True
        if isinstance(admission.actor, Guest):
            raise NotFound(_("Nobody called %(name)s is here."), name=to)
        return False


def _posting(room: str, body: str) -> PostMessage:
    command = parse({"do": "post-message", "room": room, "body": body, "cid": _cid()})
    assert isinstance(command, PostMessage)
    return command


def _cid() -> str:
    return secrets.token_urlsafe(16)


def _field(form: dict[str, Any], name: str) -> str:
    value = form.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Malformed(_("The field %(field)s is missing or wrong."), field=name)
    return value
