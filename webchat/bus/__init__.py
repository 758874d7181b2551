"""News between processes. Only a hint: what it loses is found in the store."""

from typing import Protocol

from anyio.abc import TaskStatus

from webchat.events import Event


class Bus(Protocol):
    """Brings events to the brokers of all processes, this one's included."""

    def publish(self, event: Event) -> None:
        """Tell all processes, soon. Never blocks, never raises."""

    async def run(self, *, task_status: TaskStatus[None]) -> None:
        """Hear what other processes tell, until cancelled."""
