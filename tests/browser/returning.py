"""What the tests of coming back share: a guest who says a lot, and what a page must end up showing."""

import json
import secrets
from typing import Any

from playwright.sync_api import Page

from tests.browser.persons import Person, live, rows
from tests.tools.clients import Visit


class Author:
    """A guest who says and changes a lot in a room, over plain forms."""

    def __init__(self, person: Person, room: str) -> None:
        self.visit = Visit(person.server)
        self.visit.get(f"/rooms/{room}")
        self.room = room
        self.ids: list[int] = []

    def do(self, do: str, **fields: Any) -> Any:
        fields = {"do": do, "room": self.room, "cid": secrets.token_urlsafe(16), **fields}
        return json.loads(self.visit.post("/do", fields))

    def post(self, count: int) -> None:
        for n in range(count):
            self.ids.append(self.do("post-message", body=f"Message {len(self.ids) + 1} of many, {n} of this run")["id"])

    def edit(self, message: int, seen: dict[int, int]) -> None:
        self.do("edit-message", message=message, body=f"Edited {message} *well*", based=seen[message])

    def delete(self, message: int) -> None:
        self.do(f"delete-message:{message}")


def fresh(person: Person, path: str) -> list[list[str]]:
    """What a page that is opened now shows."""
    page = person.tab()
    page.goto(person.url + path)
    live(page)
    shown = rows(page)
    page.close()
    return shown


def everything(person: Person, room: str) -> list[list[str]]:
    """All rows of a room, from pages that are opened now."""
    found: dict[int, list[str]] = {}
    while 1 not in found:
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
