"""Whatever breaks between the servers of a cluster, every reader converges, and nothing is lost or doubled."""

import random
import signal

import anyio.to_thread
import pytest

from tests.cluster.crowd import AUTHORS, pause, survive
from tests.faults.test_kill import Progress
from tests.tools.cluster import Cluster
from tests.tools.postgres import Postgres

pytestmark = pytest.mark.timeout(3600)
SOON = 20
"""Seconds in which all have converged, on a machine that may be busy; 10 is promised."""


@pytest.fixture(scope="session")
def long(long_run: bool) -> float:
    """How many times longer a fault lasts."""
    return 10 if long_run else 1


@pytest.fixture(scope="session")
def rounds(long_run: bool) -> range:
    return range(10 if long_run else 1)


async def test_all_see_the_same_when_nothing_breaks(cluster: Cluster) -> None:
    async def nothing(_progress: Progress) -> None:
        pass

    assert await survive(cluster, 50, nothing) < SOON


async def test_a_tenth_of_what_is_heard_is_lost(cluster: Cluster, rounds: range) -> None:
    async def lose(progress: Progress) -> None:
        for node in cluster.nodes:
            node.signal(signal.SIGUSR1)
        await progress.reach(AUTHORS * 50)
        for node in cluster.nodes:
            node.signal(signal.SIGUSR2)

    for _ in rounds:
        assert await survive(cluster, 50, lose) < SOON


async def test_redis_is_killed(cluster: Cluster, long: float, rounds: range) -> None:
    async def kill(_progress: Progress) -> None:
        cluster.redis.kill()
        await pause(3 * long)
        await anyio.to_thread.run_sync(cluster.redis.start)

    for _ in rounds:
        assert await survive(cluster, 50, kill) < SOON


async def test_the_lines_are_cut(cluster: Cluster, rounds: range) -> None:
    async def cut(_progress: Progress) -> None:
        cluster.redis.ask("CLIENT", "KILL", "TYPE", "pubsub")

    for _ in rounds:
        assert await survive(cluster, 50, cut) < SOON


async def test_one_server_is_cut_off(cluster: Cluster, long: float, rounds: range) -> None:
    async def cut_off(_progress: Progress) -> None:
        cluster.cable.pull_out()
        await pause(3 * long)
        cluster.cable.plug_in()

    for _ in rounds:
        assert await survive(cluster, 50, cut_off) < SOON


async def test_postgresql_is_restarted(cluster: Cluster, postgres: Postgres, rounds: range) -> None:
    async def restart(_progress: Progress) -> None:
        await anyio.to_thread.run_sync(postgres.stop)
        await anyio.to_thread.run_sync(postgres.start)

    for _ in rounds:
        assert await survive(cluster, 50, restart) < SOON


async def test_servers_are_killed_under_load(cluster: Cluster, long_run: bool) -> None:
    kills = 20 if long_run else 2
    victims = random.Random(5)  # noqa: S311 - to be repeatable, not secret

    async def kill(progress: Progress) -> None:
        for _ in range(kills):
            node = victims.choice(cluster.nodes)
            node.kill()
            await progress.reach(progress.acked + 20)
            await anyio.to_thread.run_sync(node.start)
            await progress.reach(progress.acked + 20)

    assert await survive(cluster, 40, kill) < SOON


async def test_all_servers_are_restarted_one_after_another(cluster: Cluster, long_run: bool) -> None:
    async def restart(_progress: Progress) -> None:
        for node in cluster.nodes:
            assert await anyio.to_thread.run_sync(node.stop) == 0
            await anyio.to_thread.run_sync(node.start)

    assert await survive(cluster, 40, restart, readers=2000 if long_run else 30) < SOON


def test_no_server_has_had_a_surprise(cluster: Cluster) -> None:
    """After all of these."""
    assert "Traceback" not in cluster.errors()
