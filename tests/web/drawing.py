"""What there is to draw: two users, a room, a message, and the room's page."""

from typing import Any

import msgspec

from webchat.model import Message, Page, Person, Room, RoomLink, User
from webchat.rules import Held
from webchat.web.render import Renderer

ANN = User(7, "ann", "Ann Lee", "admin")
BOB = User(8, "bob", "Bob")
LOBBY = Room(1, "lobby", "Lobby", "All & sundry", "open", "none", 9, 4)
LINK = RoomLink(1, "lobby", "Lobby", "open", 4, 2)
BASE = Message(
    id=42, room="lobby", seq=4, born=5, said=5, rev=5, author=7, title="Ann Lee", body="*hi*",
    html="<p><em>hi</em></p>", at=1_795_341_905_000, cid="c" * 22,
)  # fmt: skip


def message(**changes: Any) -> Message:
    return msgspec.structs.replace(BASE, **changes)


class RoomMay:
    """Everything."""

    post = react = vote = join = leave = invite = moderate = settle = True
    words = "post react vote join moderate"


LISTED = {"called": "x & y", "number": 2, "more": True, "may_create": True}
MESSAGE_MAY = dict.fromkeys(("edit", "answer", "delete", "react", "report", "mute", "pin"), True)


def room_context(run: Page | None = None) -> dict[str, Any]:
    return {
        "room": LOBBY, "link": LINK, "page": run or Page((BASE,), 5, True, True), "at": "abc.5", "may": RoomMay(),
        "people": (Person(7, "ann", "Ann"), Person(0, "", "Visitor")), "here": 2, "members": (Person(7, "ann", "Ann"),),
        "held": (Held(3, "lobby", 7, "k" * 20, "Ann", "<b>", "", 0, ""),), "waiting": 1,
    }  # fmt: skip


def room_page(renderer: Renderer, lang: str, run: Page) -> str:
    return renderer.page("room", lang, me=ANN, signed_in=True, rooms=[LINK], **room_context(run))
