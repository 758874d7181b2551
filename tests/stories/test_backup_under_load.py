"""A backup while everybody writes, and the place that is made of it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import anyio
import pytest

from tests.tools.clients import Visit, position
from tests.tools.databases import connected, sql
from tests.tools.logchecker import Log, View, check, stored
from tests.tools.server import Server

Make = Callable[..., Server]
AUTHORS = 4
OLD = 4000


class Writers:
    """Authors who post until they are told to stop. ``acked`` are the ids that they were told, in the order of that."""

    def __init__(self, server: Server) -> None:
        self.acked: list[int] = []
        self._more = threading.Condition()
        self._over = False
        self._visits = [entered(server) for _ in range(AUTHORS)]

    @contextmanager
    def at_work(self) -> Iterator["Writers"]:
        threads = [threading.Thread(target=self._write, args=(visit,)) for visit in self._visits]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._over = True
            for thread in threads:
                thread.join()

    def wait_for(self, count: int) -> None:
        """Return once so many more are acknowledged."""
        with self._more:
            wanted = len(self.acked) + count
            assert self._more.wait_for(lambda: len(self.acked) >= wanted, timeout=30)

    def _write(self, visit: Visit) -> None:
        while not self._over:
            new = int(visit.do("post-message", room="lobby", body="still **here**"))
            with self._more:
                self.acked.append(new)
                self._more.notify_all()


def entered(server: Server) -> Visit:
    visit = Visit(server)
    visit.get("/rooms/lobby")
    return visit


def filled_up(server: Server) -> None:
    """Many old messages, so that there is something to copy."""
    with closing(connected(server.data / "webchat.db")) as connection, connection:
        [(room, seq, rev)] = connection.execute("SELECT id, seq, rev FROM rooms WHERE slug = 'lobby'")
        connection.executemany(
            "INSERT INTO messages (room_id, seq, born, said, rev, author, title, body, html, at, cid, continues)"
            " VALUES (?, ?, ?, ?, ?, 0, 'Old', ?, ?, 1, ?, 0)",
            [
                (room, seq + n, rev + n, rev + n, rev + n, "x" * 2000, f"<p>{'x' * 2000}</p>", f"old {n}")
                for n in range(1, OLD + 1)
            ],
        )
        connection.execute("UPDATE rooms SET seq = seq + ?, rev = rev + ? WHERE id = ?", (OLD, OLD, room))


async def reset(visit: Visit, since: str, head: str) -> list[str]:
    """The frames that a connection with an old position begins with."""
    frames: list[str] = []
    with anyio.fail_after(20):
        async with visit.dial("lobby", since) as socket:
            async for frame in socket:
                if str(frame).startswith("<"):
                    frames.append(str(frame))
                elif json.loads(frame).get("at") == head:
                    break
    return frames


@pytest.mark.anyio
async def test_a_backup_under_load_is_a_place_to_go_on_in(make_server: Make, tmp_path: Path) -> None:
    server = make_server("--open", environ={"WEBCHAT_LIMITS": "off"}).start()
    entered(server)
    filled_up(server)
    page = entered(server).get("/rooms/lobby")
    with Writers(server).at_work() as writers:
        writers.wait_for(50)
        kept: dict[Path, list[int]] = {}
        for name in ("first.db", "second.db"):
            kept[tmp_path / name] = list(writers.acked)
            done = server.run("backup", str(tmp_path / name))
            assert (done.returncode, done.stderr) == (0, "")
            assert len(writers.acked) > len(kept[tmp_path / name]), "Nobody wrote meanwhile."
            writers.wait_for(10)
    assert server.run("restore", str(tmp_path / "first.db")).returncode == 1

    rows = {row.id: row for row in stored(server.database)}
    for file, acked in kept.items():
        copied = {row.id: row for row in stored(file)}
        assert set(acked) <= copied.keys()
        assert copied.items() <= rows.items()
        assert set(copied) == {id for id in rows if id <= max(copied)}, "A backup is of one moment."

    new = make_server("--open", environ={"WEBCHAT_LIMITS": "off"})
    done = new.run("restore", str(tmp_path / "second.db"))
    assert (done.returncode, done.stderr) == (0, ""), done
    new.start()
    visit = entered(new)
    fresh = visit.get("/rooms/lobby")
    assert position(fresh).partition(".")[0] != position(page).partition(".")[0]
    view = View("lobby", page)
    view.frames = await reset(visit, position(page), position(fresh))
    assert any('hx-target="#history"' in frame for frame in view.frames), "A client from before begins anew."
    assert check(Log(), stored(new.database), [view], {"lobby": visit.whole("lobby")}) == []
    assert visit.do("post-message", room="lobby", body="and on it goes")
    assert new.stop() == 0
    assert sql(new.data / "webchat.db", "PRAGMA integrity_check") == [("ok",)]
