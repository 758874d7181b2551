"""News between processes. Only a hint: what it loses is found in the store."""

from typing import Protocol

import msgspec
from anyio.abc import TaskStatus

from webchat.between import Between
from webchat.events import Event
from webchat.topics import Topic


class Gap(msgspec.Struct, frozen=True, tag=True):
    """Something was not told to these topics, or to whom is not known if there are none."""

    topics: tuple[Topic, ...] = ()


class Bus(Protocol):
    """Brings events to the brokers of all processes, this one's included."""

    @property
    def listening(self) -> bool:
        """Whether it hears other processes, and they this one."""

    def publish(self, event: Event) -> None:
        """Tell all processes, soon. Never blocks, never raises."""

    def tell(self, news: Between) -> None:
        """Tell all other processes what no reader is told as it is. Never blocks, never raises."""

    def hear(self, topic: Topic, on: bool) -> None:
        """Listen to what is told to a topic, or do not any more."""

    async def settled(self, topic: Topic) -> None:
        """Return once what other processes tell a topic is heard, or cannot be for now."""

    async def run(self, *, task_status: TaskStatus[None]) -> None:
        """Hear what other processes tell, until cancelled."""


class Roster(Protocol):
    """What each process keeps for the others while it lives: a number that grows, and the bytes as of it."""

    async def keep(self, serial: int, people: bytes) -> None:
        """Keep this process's; it is forgotten a while after this was called last. Raises OSError."""

    async def serials(self) -> dict[str, int]:
        """The other processes that live, each with its number. Raises OSError."""

    async def people(self, node: str) -> tuple[int, bytes] | None:
        """What a process keeps. Raises OSError."""
