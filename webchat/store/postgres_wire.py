"""A connection to PostgreSQL that is given up when nothing comes for too long.

A database can stop without its machine being gone: its disk hangs, its processes are stopped, or a pooler that stands
between waits for it. Then the kernel of the other side still answers, and the clock of ``statement_timeout`` is the
database's own. So what is waited for is waited for by our clock, too.
"""

import select

from webchat.errors import StartRefused
from webchat.store import Row

try:
    import psycopg as psycopg
    from psycopg.abc import RV, Buffer as Buffer, PQGen
    from psycopg.adapt import AdaptersMap as AdaptersMap, PyFormat as PyFormat, Transformer as Transformer
    from psycopg.pq import ConnStatus as ConnStatus, ExecStatus as ExecStatus, Format as Format
    from psycopg.pq.abc import PGresult as PGresult
    from psycopg.waiting import Ready, Wait
except ImportError:
    raise StartRefused(
        "The driver for PostgreSQL is not installed. Run: pip install 'webchat-server[postgres]'"
    ) from None

_EVENTS = {Wait.R: select.POLLIN, Wait.W: select.POLLOUT, Wait.RW: select.POLLIN | select.POLLOUT}


class Connection(psycopg.Connection[Row]):
    """A connection on which nothing is waited for longer than ``patience`` seconds; None waits as long as it takes."""

    patience: float | None = None
    silent = False
    """Whether it was given up for that."""

    def until(self, events: int) -> None:
        """Wait for one of these events of ``select.poll``.

        Raises:
            psycopg.OperationalError: nothing came for too long. The connection is closed.
        """
        waiting = select.poll()
        waiting.register(self.pgconn.socket, events)
        if not waiting.poll(None if self.patience is None else 1000 * self.patience):
            self.silent = True
            self.close()
            raise psycopg.OperationalError(f"the database has not answered for {self.patience:g} seconds")

    def wait(self, gen: PQGen[RV], interval: float = 0.0, timeout: float | None = None) -> RV:
        """What the driver waits for itself."""
        try:
            awaited = next(gen)
            while True:
                self.until(_EVENTS[awaited])
                awaited = gen.send(Ready(awaited))  # to be told of more than there is does no harm
        except StopIteration as ended:
            result: RV = ended.value
            return result
