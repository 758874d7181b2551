"""Which bus it is, and to whom goes what it brings."""

from typing import TYPE_CHECKING, Union

from webchat.between import Attempted, Attending, Between, Spent, Writing
from webchat.broker import Broker
from webchat.bus.memory import MemoryBus
from webchat.chat.presence import Presence
from webchat.errors import StartRefused
from webchat.events import Event, ProfileChanged
from webchat.listed import RoomRenewed
from webchat.model import Person
from webchat.settings import Settings
from webchat.topics import Topic
from webchat.web.attempts import Attempts
from webchat.web.doors import Doors
from webchat.web.limits import Limits, actor_key
from webchat.web.relisting import Relisting

if TYPE_CHECKING:
    from webchat.bus.redis import RedisBus

AnyBus = Union[MemoryBus, "RedisBus"]


def require_redis() -> None:
    """Raises StartRefused where the package is not installed that speaks with Redis."""
    try:
        import redis  # noqa: F401 # only whether it is there
    except ImportError:
        raise StartRefused(
            "WEBCHAT_BUS asks for Redis, and the package for it is not installed: pip install 'webchat-server[redis]'."
        ) from None


class Hearing:
    """Gives what the bus brings to those whom it concerns, which are named by `give_to` before the bus is run."""

    async def bus(self, settings: Settings, epoch: str) -> AnyBus:
        """The bus that the settings ask for; Redis once it answers. Raises StartRefused."""
        if settings.bus == "memory:":
            return MemoryBus(settings.data / "bus.sock", self.deliver, self.gap)
        require_redis()
        from webchat.bus.address import require_url
        from webchat.bus.redis import RedisBus

        require_url(settings.bus)
        bus = RedisBus(settings.bus, epoch, self.deliver, self.gap)
        await bus.reach()
        return bus

    def give_to(
        self, broker: Broker, presence: Presence, attempts: Attempts, limits: Limits, doors: Doors, relisting: Relisting
    ) -> None:
        """Name those who are given it."""
        self._broker = broker
        self._presence = presence
        self._attempts = attempts
        self._limits = limits
        self._doors = doors
        self._relisting = relisting

    def deliver(self, news: Event | Between) -> None:
        """Something happened. Presence shows people as they are now."""
        if isinstance(news, Attending | Writing):
            self._presence.heard(news)
        elif isinstance(news, Attempted):
            self._attempts.heard(news)
        elif isinstance(news, Spent):
            self._limits.heard(news)
        elif isinstance(news, RoomRenewed):
            self._relisting.renew(news)
        else:
            if isinstance(news, ProfileChanged):
                user = news.user
                self._presence.rename(actor_key(user), Person(user.id, user.name, user.title, user.status))
            self._broker.publish(news)

    def gap(self, topic: Topic | None) -> None:
        """Something may have been missed: rooms are compared with the store, and who hears anything else is sent the
        whole of it."""
        if topic is None or topic.kind == "room":
            self._broker.gap_possible(topic.id if topic else None)
        if topic is None or topic.kind != "room":
            for door in self._doors.values():
                door.refresh(topic)
