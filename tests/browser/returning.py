"""What the tests of coming back share: a guest who says a lot, and what a page must end up showing."""

import contextlib
import json
import secrets
from typing import Any

import websocket
from playwright.sync_api import Page

from tests.browser.persons import Person, live, rows
from tests.tools.clients import Visit

FEW, AT_ONCE = 20, 50
"""How many messages are sent as forms, one by one, and how many are under way on a socket where there are more."""


class Author:
    """A guest who says and changes a lot in a room."""

    def __init__(self, person: Person, room: str) -> None:
        self.visit = Visit(person.server)
        self.visit.get(f"/rooms/{room}")
        self.room = room
        self.ids: list[int] = []

    def do(self, do: str, **fields: Any) -> Any:
        fields = {"do": do, "room": self.room, "cid": secrets.token_urlsafe(16), **fields}
        return json.loads(self.visit.post("/do", fields))

    def post(self, count: int) -> None:
        bodies = [f"Message {len(self.ids) + n + 1} of many, {n} of this run" for n in range(count)]
        if count <= FEW:
            self.ids += [self.do("post-message", body=body)["id"] for body in bodies]
            return
        server = self.visit.server
        address = f"{server.ws}/socket?room={self.room}"
        connected = websocket.create_connection(address, cookie=self.visit.cookie, origin=server.url, timeout=20)
        with contextlib.closing(connected) as socket:
            for first in range(0, count, AT_ONCE):
                self.ids += self._said(socket, bodies[first : first + AT_ONCE])

    def edit(self, message: int, seen: dict[int, int]) -> None:
        self.do("edit-message", message=message, body=f"Edited {message} *well*", based=seen[message])

    def delete(self, message: int) -> None:
        self.do(f"delete-message:{message}")

    def _said(self, socket: websocket.WebSocket, bodies: list[str]) -> list[int]:
        """The ids of messages that are sent together."""
        ids: dict[str, int] = dict.fromkeys((secrets.token_urlsafe(16) for _ in bodies), 0)
        for cid, body in zip(ids, bodies, strict=True):
            socket.send(json.dumps({"do": "post-message", "room": self.room, "body": body, "cid": cid}))
        while not all(ids.values()):
            frame = str(socket.recv())
            told = json.loads(frame) if frame.startswith("{") else {}
            assert "nack" not in told, told
            if told.get("ack") in ids:
                ids[told["ack"]] = told["id"]
        return [*ids.values()]


def fresh(person: Person, path: str) -> list[list[str]]:
    """What a page that is opened now shows."""
    page = person.tab()
    page.goto(person.url + path)
    live(page)
    shown = rows(page)
    page.close()
    return shown


def newest(person: Person, room: str, least: int) -> list[list[str]]:
    """The last rows of a room, as many as that or some more, from pages that are opened now."""
    found: dict[int, list[str]] = {}
    while 1 not in found and len(found) < least:
        path = f"/rooms/{room}" + (f"?before={min(found)}" if found else "?newest")
        found |= {int(row[1]): row for row in fresh(person, path)}
    return [found[seq] for seq in sorted(found)]


def react(page: Page, message: int, emoji: str, do: str = "add") -> None:
    """As the user whose page it is, by a form."""
    page.evaluate(
        "form => fetch('/do', { method: 'POST', body: new URLSearchParams(form) })",
        {"do": f"{do}-reaction:{message}", "emoji": emoji, "cid": secrets.token_urlsafe(16)},
    )


def settled(page: Page, expected: list[list[str]], whole: bool = False, end: bool = False) -> None:
    """The page ends up showing these rows at its end, or these and no others, or nothing that is not the end of these;
    without a reload by anybody."""
    page.wait_for_function(
        """([expected, whole, end]) => {
            const list = [...document.querySelectorAll('#log > li[id]')].map(row => [row.id, row.dataset.seq,
                (row.querySelector(':scope > div, :scope > p.gone')?.innerHTML ?? ''),
                row.querySelector('[id^=r-]').innerHTML, row.querySelector('small')?.textContent ?? '']);
            const shown = whole || end ? list : list.slice(-expected.length);
            const due = end ? expected.slice(-list.length) : expected;
            return list.length > 0 && JSON.stringify(shown) === JSON.stringify(due);
        }""",
        arg=[expected, whole, end],
    )
    seqs = [int(row[1]) for row in rows(page)]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs))), "rows are missing, doubled or out of order"
