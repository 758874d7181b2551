"""What flies over the films on other people's pages: messages like all others, that also say when, how and in which
colour. Which of them are shown where there are too many is judged here, not in each browser."""

from typing import NamedTuple

from msgspec.structs import replace

from webchat.commands import PostMessage
from webchat.errors import Forbidden, sentence as _
from webchat.events import Event
from webchat.flying import Flight, FlightBegun, FlightEnded
from webchat.model import Message, Room
from webchat.rules import Held
from webchat.store import Tx, flights as stored

SEGMENT = 60_000
"""Milliseconds of a film that are asked for together."""
MOST = 500
"""The most that fly in them."""
LONGEST = 100
"""Characters that fly of a message; all of it is in the list beside the film."""
STEPS = tuple(seconds * 1000 for seconds in (1, 2, 5, 10, 30, 60, 300, 900, 3600))
"""How long a bar of the heatmap may be."""
BARS = 600


class Heat(NamedTuple):
    """How many fly in each ``step`` milliseconds from the beginning on."""

    step: int
    counts: list[int]


def begun(tx: Tx, room: Room, message: Message, said: PostMessage | Held) -> tuple[Event, ...]:
    """Let a message that was just posted fly. Raises Forbidden in a room that is on nobody's page."""
    need_a_site(room)
    assert said.t is not None, "what flies says when"
    flight = Flight(message.id, said.t, said.mode, said.color, line(message.body), message.title)
    stored.add(tx, room.id, flight)
    return (FlightBegun(room.slug, flight),)


def need_a_site(room: Room) -> None:
    """Raises Forbidden in a room that is on nobody's page."""
    if not room.site:
        raise Forbidden(_("Only what is said on the page of another site can fly over its video."))


def hidden(tx: Tx, room: Room, message: Message) -> tuple[Event, ...]:
    """Take a message out of the air that was hidden, if it flies. What is shown again flies from then on."""
    return (FlightEnded(room.slug, message.id),) if room.site and stored.flies(tx, message.id) else ()


def ended(tx: Tx, room: Room, message: Message) -> tuple[Event, ...]:
    """Take a message out of the air that was taken back, if it flew."""
    return (FlightEnded(room.slug, message.id),) if room.site and stored.remove(tx, message.id) else ()


def segment(tx: Tx, room: Room, number: int) -> list[Flight]:
    """What flies in a minute of a film, in order: of too many the best."""
    found = stored.best(tx, room.id, number * SEGMENT, SEGMENT, MOST)
    return [replace(flight, text=line(flight.text)) for flight in found]


def heat(tx: Tx, room: Room) -> Heat:
    """How much flies when."""
    last = stored.last(tx, room.id)
    if last is None:
        return Heat(STEPS[0], [])
    step = next((step for step in STEPS if last < step * BARS), STEPS[-1])
    counts = [0] * (last // step + 1)
    for bar, count in stored.counted(tx, room.id, step):
        counts[bar] = count
    return Heat(step, counts)


def line(body: str) -> str:
    """A message as it flies: on one line, and not too long."""
    said = " ".join(body.split())
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1]}…"
