"""A page as a browser keeps it: what is pushed is put where htmx, our swap style ``place`` and our elements put it."""

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from urllib.parse import urljoin, urlsplit

import anyio
import anyio.to_thread
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.tools.clients import Visit
from tests.tools.dom import Element, parse

LIVE = (
    *("log", "rooms", "directs", "badge", "here", "present", "inbox", "directory", "about", "foot", "pin"),
    *("place-links", "queue", "held", "reported", "desks", "desk-1"),
)
"""The parts of pages that are kept as a fresh page would show them, by id."""
_CID = re.compile(r'(?<=name="cid" value=)"[^"]*"')
MOMENTARY = ("toasts", "typing")
"""Those that are of the moment, and that a fresh page does not show."""


class LivePage:
    """One open page of somebody's. `run` it; ``targets`` are the places that something was pushed to."""

    def __init__(self, visit: Visit, path: str) -> None:
        self.visit = visit
        self.path = path
        self.document = parse(visit.get(path))
        self.targets: set[str] = set()
        self._moved = anyio.Event()
        self._taken = 0
        self._same: tuple[int, str] | None = None

    async def run(self) -> None:
        """Take what is pushed, until cancelled or sent away."""
        [room] = self.document.select("chat-room")
        address = urlsplit(room.attributes["hx-ws:connect"])
        url = f"{self.visit.server.ws}{address.path}?{address.query}"
        headers = {"Cookie": self.visit.cookie}
        patient = {"max_queue": None, "ping_interval": None}  # as a browser is that has much to do
        origin = self.visit.server.url
        async with connect(url, additional_headers=headers, origin=origin, compression=None, **patient) as socket:  # type: ignore[arg-type]
            try:
                async for frame in socket:
                    self.take(str(frame))
                    await self.ask()
                    self._moved.set()
                    self._moved = anyio.Event()
            except ConnectionClosed:
                pass
            finally:
                socket.transport.abort()  # who is cancelled says no goodbye

    async def moved(self) -> None:
        """Return when something was pushed."""
        await self._moved.wait()

    async def as_fresh(self, what: str = "The page") -> None:
        """Return once it shows what a fresh page does. Raises AssertionError with the difference after a time."""
        differs = ["It was not fetched in time."]
        with anyio.move_on_after(10):
            while True:
                moved = self._moved  # before they are compared, so that nothing that comes meanwhile is slept through
                if not (differs := await self.differs()):
                    break
                await moved.wait()
        assert not differs, "\n".join([f"{what} {self.path} is not what a fresh one is:", *differs])

    async def differs(self) -> list[str]:
        """What a fresh page shows in another way. Two of which it is known are not read again."""
        drawn = await self._get(self.path)
        both = self._taken, _CID.sub("", drawn)
        if both == self._same:
            return []
        fresh, mine = shown(parse(drawn)), shown(self.document)
        wrong = [
            f"#{name}\n  here:  {mine[name]}\n  fresh: {fresh[name]}" for name in fresh if mine[name] != fresh[name]
        ]
        self._same = None if wrong else both
        return wrong

    def take(self, frame: str) -> None:
        """Put one frame where it belongs."""
        self._taken += 1
        if frame.startswith("<"):
            for partial in parse(frame).select("hx-partial"):
                self._swap(partial.attributes["hx-target"], partial.attributes["hx-swap"], partial)
            return
        told = json.loads(frame)
        for name in ("top", "read", "unread", "mentions"):
            if places := told.get(name):
                self._move(name, places)
        if broadcast := told.get("broadcast"):
            self._count(broadcast)
        for row in self.document if "seen" in told else ():
            if row.id.startswith("n-") and -int(row.attributes["data-seq"]) <= told["seen"]:
                row.attributes.pop("data-unread", None)

    async def ask(self) -> None:
        """Fetch what was put here with the wish to be fetched as soon as it is there."""
        asking = [one.attributes for one in self.document if one.attributes.get("hx-trigger") == "load"]
        for wish in asking:
            address = urljoin(self.path, wish["hx-get"])
            answer = parse(await self._get(address, **{"HX-Request": "true"}))
            if select := wish.get("hx-select"):
                answer.inside = [one for one in answer if _is_meant(select, one)]
            self._swap(wish["hx-target"], wish["hx-swap"], answer)
            self._taken += 1

    async def _get(self, path: str, **headers: str) -> str:
        """Only this is done in a thread: what changes the document, and what reads it, take turns in the loop's."""
        return await anyio.to_thread.run_sync(partial(self.visit.get, path, **headers))

    def _count(self, broadcast: Mapping[str, int]) -> None:
        """What everyone was told is counted by the page."""
        if badge := self.document.find("badge"):
            number = broadcast.get("id") or broadcast["gone"]
            unread = {*map(int, badge.attributes["data-common"].split())} - {broadcast.get("gone", 0)}
            if "id" in broadcast and number > int(badge.attributes["data-top"]):
                unread.add(number)
            badge.attributes["data-common"] = " ".join(map(str, sorted(unread)))

    def _move(self, name: str, places: Mapping[str, int]) -> None:
        field = f"data-{'read' if name == 'unread' else name}"
        for link in self.document.select("a"):
            number = places.get(link.attributes.get("data-room", ""))
            if number is not None and (name in ("unread", "mentions") or number > int(link.attributes[field])):
                link.attributes[field] = str(number)

    def _swap(self, target: str, swap: str, partial: Element) -> None:
        self.targets.add(re.split(r"\[|:", target)[0] if target.startswith("#") else target)
        meant = ((parent, one) for parent in self.document for one in parent.elements if _is_meant(target, one))
        only = islice(meant, 1) if target.startswith("#") else meant  # a page has an id once
        for parent, element in list(only):
            _put(parent, element, swap, partial)


def shown(document: Element) -> dict[str, str]:
    """The live parts that a page has, as text that does not depend on when they were drawn."""
    found = {name: element for name in LIVE if (element := document.find(name))}
    return {name: _SAYS.get(name, str)(element) for name, element in found.items()}


def _is_meant(target: str, element: Element) -> bool:
    """Whether a selector of ours means an element: ``#id``, which may have an attribute or not have it, ``.class``, a
    tag, ``[name='value']``, or the list that ends with the newest."""
    if target.startswith("#") and "[" not in target:  # nearly all are
        return element.attributes.get("id") == target[1:]
    if attribute := re.fullmatch(r"(#\w+)(:not\()?\[([\w-]+)='([^']*)'\]\)?", target):
        name, without, field, value = attribute.groups()
        return _is_meant(name, element) and (element.attributes.get(field) == value) != bool(without)
    if target == "ol[data-end]":
        return element.id == "log" and "data-end" in element.attributes
    if target.startswith("["):
        name, _equals, value = target.strip("[]").partition("=")
        return element.attributes.get(name) == value.strip("'")
    if target.startswith("."):
        return target[1:] in element.attributes.get("class", "").split()
    return element.tag == target


def _put(parent: Element, element: Element, swap: str, partial: Element) -> None:
    place = parent.inside.index(element)
    match swap:
        case "outerHTML" | "outerMorph":
            parent.inside[place : place + 1] = partial.inside
        case "delete":
            del parent.inside[place]
        case "innerHTML":
            element.inside = list(partial.inside)
        case "beforeend":
            element.inside += partial.inside
        case "place":
            for row in partial.elements:
                _place(element, row)


def _place(rows: Element, row: Element) -> None:
    others = [other for other in rows.elements if other.id != row.id]
    rows.inside = [*sorted([*others, row], key=_seq)]


def _seq(row: Element) -> int:
    return int(row.attributes["data-seq"])


def _links(element: Element) -> str:
    """The rows of the sidebar, each with the number that its element makes."""
    rows = []
    for link in element.select("a"):
        named = link.attributes
        unread = max(0, int(named["data-top"]) - int(named["data-read"]))
        title = "".join(str(span) for span in link.select("span")[:-1])
        meant = min(unread, int(named["data-mentions"]))
        rows.append(f"{named['href']} {named['data-kind']} {title} {unread} @{meant}")
    return "\n".join(rows)


def _ids(element: Element) -> str:
    """Which rooms there are. How much was said in each stays as it was when it was drawn."""
    return " ".join(row.id for row in element if row.id)


def _foot(element: Element) -> str:
    """All of it, but for the ids that are new in every drawing."""
    return _CID.sub("", str(element))


def _unread(element: Element) -> str:
    """Which are not read: the number beside them is made of these."""
    return f"{element.attributes['data-own']} and {element.attributes['data-common']}"


def _rows(element: Element) -> str:
    return "\n".join(str(row) for row in element.elements)


def _desk(element: Element) -> str:
    """Without who could have it, which is as it was when the page was loaded, unless something else is new."""
    return re.sub(r'<select [^>]*name="user".*?</select>', "", _foot(element))


_SAYS: Mapping[str, Callable[[Element], str]] = {
    "rooms": _links, "directs": _links, "directory": _ids, "log": _rows, "inbox": _rows, "present": _rows,
    "foot": _foot, "badge": _unread, "queue": _foot, "held": _foot, "reported": _foot,
    "desk-1": _desk,
}  # fmt: skip
