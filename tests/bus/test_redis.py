"""The bus between processes, with a real Redis."""

from collections.abc import Iterable
from contextlib import AsyncExitStack
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from tests.broker.cast import message
from tests.bus.nodes import node, until
from tests.tools.ports import free_port
from tests.tools.redis import Redis, running
from webchat import topics
from webchat.between import Attempted, Writing
from webchat.bus import address, line, redis as redis_bus
from webchat.bus.redis import RedisBus
from webchat.errors import StartRefused
from webchat.events import MessagePosted, SignedOut, TopsMoved
from webchat.model import Person
from webchat.notices import Notification, Tally
from webchat.notified import NotificationSent

POSTED = MessagePosted(message(1, body="héllo 你好"), room_id=7)
TOLD = MessagePosted(message(1, body="héllo 你好"))
SENT = NotificationSent(1, Tally(1), Notification(1, "Build", "passed", 0))


LOBBY = topics.room("lobby")


async def test_what_one_tells_the_others_hear_and_itself_once_at_once(redis: Redis) -> None:
    async with node(redis.url, LOBBY) as (one, mine), node(redis.url, LOBBY) as (_two, theirs):
        one.publish(POSTED)
        assert mine.news == [POSTED]
        one.publish(SignedOut(1, "s"))
        await until(lambda: len(theirs.news) == 2)
        assert theirs.news == [TOLD, SignedOut(1, "s")], "a post is counted where it was stored"
        one.tell(Attempted("ann", "192.0.2.1"))
        one.publish(SignedOut(2, "t"))
        await until(lambda: len(theirs.news) == 4)
        assert mine.news == [POSTED, SignedOut(1, "s"), SignedOut(2, "t")]


async def test_only_topics_with_readers_are_heard(redis: Redis) -> None:
    async with node(redis.url) as (one, _mine), node(redis.url, topics.user(1)) as (two, theirs):
        one.publish(POSTED)
        one.publish(SENT)
        await until(lambda: theirs.news)
        two.hear(LOBBY, True)
        await until(lambda: theirs.gaps)
        assert theirs.gaps == [LOBBY], "between the first reader and the moment that it is heard"
        one.publish(POSTED)
        await until(lambda: len(theirs.news) == 2)
        two.hear(LOBBY, False)
        two.hear(topics.user(2), True)
        await two.settled(topics.user(2))
        one.publish(POSTED)
        one.tell(Writing("lobby", "a", Person(1, "ann", "Ann")))
        one.publish(TopsMoved("place", "", {7: 1}))
        await until(lambda: len(theirs.news) == 3)
        assert theirs.news == [SENT, TOLD, TopsMoved("place", "", {7: 1})]


async def test_a_connection_that_is_closed_already_is_one_that_broke(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with node(redis.url) as (one, _mine), node(redis.url, LOBBY) as (_two, theirs):
        post, failures = one._post, [RuntimeError("the handler is closed")]

        async def closed(letters: Iterable[tuple[str, bytes]]) -> None:
            if failures:
                raise failures.pop()
            await post(letters)

        monkeypatch.setattr(one, "_post", closed)
        one.publish(POSTED)
        await until(lambda: LOBBY in theirs.gaps)


async def test_sites_that_share_a_redis_do_not_hear_each_other(redis: Redis) -> None:
    async with node(redis.url, LOBBY) as (one, _mine), node(redis.url, LOBBY, name="e2") as (_two, theirs):
        async with node(redis.url, LOBBY) as (_three, ours):
            one.publish(POSTED)
            await until(lambda: ours.news)
        assert theirs.news == []


@pytest.mark.parametrize("junk", [b"", b"junk", b"\x02\x92\xa1x\x90", b"\x01", b"\x01\x92\xa1x\x91\x81\xa4type\xa3New"])
async def test_junk_is_ignored_with_one_line(redis: Redis, junk: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with node(redis.url) as (_one, heard), node(redis.url) as (two, _others):
        caplog.clear()
        await two._client.publish("webchat:e1:place:", junk)
        two.publish(SignedOut(1, "s"))
        await until(lambda: heard.news)
        ignored = [record.getMessage() for record in caplog.records if "Ignored" in record.getMessage()]
        assert len(ignored) == 2, "each of the two says so, in one line"
        assert not any("\n" in line for line in ignored)


async def test_news_of_a_newer_program_does_not_hide_what_is_known(redis: Redis) -> None:
    async with node(redis.url) as (_one, heard), node(redis.url) as (two, _others):
        two._waiting[topics.PLACE] = [b"\x81\xa4type\xa3New"]
        two.publish(SignedOut(1, "s"))
        await until(lambda: heard.news)
        assert heard.news == [SignedOut(1, "s")]


async def test_whose_line_is_cut_hears_again_and_knows_that_it_may_have_missed_something(redis: Redis) -> None:
    async with node(redis.url, LOBBY) as (_one, heard), node(redis.url) as (two, _others):
        redis.ask("CLIENT", "KILL", "TYPE", "pubsub")
        await until(lambda: heard.gaps == [None])
        two.publish(POSTED)
        await until(lambda: heard.news == [TOLD])


async def test_a_restart_of_redis_is_survived_and_what_could_not_be_told_is_named(tmp_path: Path) -> None:
    with running(tmp_path) as redis:
        async with node(redis.url, LOBBY) as (_one, heard), node(redis.url) as (two, mine):
            redis.kill()
            await until(lambda: not two.listening)
            two.publish(SENT)
            assert mine.news == [SENT], "its own readers are told all the same"
            await until(lambda: two._away)
            two.publish(POSTED)
            await anyio.to_thread.run_sync(redis.start)
            await until(lambda: two.listening)
            await until(lambda: None in heard.gaps)
            two.publish(POSTED)
            await until(lambda: heard.news)


async def test_who_could_not_send_tells_the_others_what_they_missed(redis: Redis) -> None:
    """One that is cut off from Redis for a while, when the others are not."""
    async with node(redis.url, LOBBY) as (_one, heard), node(redis.url) as (two, _others):
        two._away = True
        two.publish(SENT)
        two.publish(POSTED)
        await until(lambda: len(heard.gaps) == 2)
        assert heard.gaps == [topics.user(1), LOBBY]
        assert two.listening


async def test_who_missed_too_much_to_name_is_told_that_it_may_be_anything(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_bus, "MOST_TOPICS", 1)
    async with node(redis.url) as (_one, heard), node(redis.url) as (two, _others):
        two._away = True
        two.publish(SENT)
        two.publish(POSTED)
        await until(lambda: heard.gaps == [None])


async def test_what_does_not_fit_is_told_as_missed(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_bus, "MOST", 2)
    async with node(redis.url, LOBBY) as (_one, heard), node(redis.url) as (two, _others):
        for _ in range(3):
            two.publish(POSTED)
        await until(lambda: heard.gaps == [LOBBY] and len(heard.news) == 2)


async def test_a_line_that_says_nothing_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(line, "QUIET", 0.2)
    with running(tmp_path) as redis:
        async with node(redis.url) as (one, heard):
            redis.freeze()
            await until(lambda: not one.listening)
            assert "nothing came" in caplog.text
            redis.thaw()
            await until(lambda: one.listening and None in heard.gaps)


async def test_a_line_with_nothing_to_say_is_kept(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "QUIET", 0.5)
    async with node(redis.url) as (one, heard):
        before = pings(redis)  # those of the start; from here on only its line asks
        await until(lambda: pings(redis) >= before + 3)
        assert one.listening
        assert heard.gaps == []


def pings(redis: Redis) -> int:
    """How often Redis was asked whether it is there."""
    told: dict[str, dict[str, int]] = redis.ask("INFO", "commandstats")  # type: ignore[assignment]
    return told.get("cmdstat_ping", {}).get("calls", 0)


async def test_many_events_at_once_arrive_in_order(redis: Redis) -> None:
    async with node(redis.url, LOBBY) as (_one, heard), node(redis.url) as (two, _others):
        for number in range(1, 2001):
            two.publish(MessagePosted(message(number), room_id=7))
        await until(lambda: len(heard.news) == 2000)
        assert [event.message.seq for event in heard.news] == list(range(1, 2001))  # type: ignore[union-attr]


async def test_a_password_a_socket_and_a_cluster_are_named_by_the_address(tmp_path: Path) -> None:
    with running(tmp_path, "--requirepass", "s3cret") as redis:
        secret = redis.url.replace("//", "//:s3cret@")
        async with AsyncExitStack() as nodes:
            for url in (secret, f"unix://:s3cret@{redis.socket}"):
                await nodes.enter_async_context(node(url))
            one, heard = await nodes.enter_async_context(node(secret))
            two, _others = await nodes.enter_async_context(node(f"unix://:s3cret@{redis.socket}"))
            two.publish(SignedOut(1, "s"))
            await until(lambda: heard.news)
            assert one.listening
        with pytest.raises(StartRefused, match="refuses") as refused:
            await RedisBus(redis.url, "e1", print, print).reach()
        assert "s3cret" not in str(refused.value)


async def test_any_node_of_a_cluster_will_do(tmp_path: Path) -> None:
    with running(tmp_path, "--cluster-enabled", "yes") as redis:
        redis.ask("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
        await until(lambda: b"cluster_state:ok" in bytes(redis.ask("CLUSTER", "INFO")))  # type: ignore[call-overload]
        url = redis.url.replace("redis:", "redis+cluster:")
        async with node(url, LOBBY) as (one, heard), node(url) as (two, _others):
            two.publish(POSTED)
            await until(lambda: heard.news)
            await one.keep(3, b"people")
            assert await two.serials() == {one.node: 3}
            assert await two.people(one.node) == (3, b"people")


async def test_who_never_answers_is_not_waited_for_longer_than_said(caplog: pytest.LogCaptureFixture) -> None:
    bus = RedisBus(f"redis://:s3cret@127.0.0.1:{free_port()}", "e1", print, print)
    with pytest.raises(StartRefused, match="did not answer") as refused:
        await bus.reach(patience=0.5)
    assert "Waiting for Redis at 127.0.0.1" in caplog.text
    assert "s3cret" not in caplog.text + str(refused.value)


async def test_who_lives_is_known_by_what_they_keep(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_bus, "ALIVE", 1)
    async with node(redis.url, name="e9") as (one, _h), node(redis.url, name="e9") as (two, _g):
        await one.keep(1, b"a")
        await two.keep(5, b"b")
        assert await one.serials() == {two.node: 5}
        assert await one.people(two.node) == (5, b"b")
        await until(lambda: not redis.ask("EXISTS", one._key(two.node)))
        assert await one.serials() == {}
        assert await one.people(two.node) is None


async def test_the_command_line_is_heard_everywhere(redis: Redis) -> None:
    async with node(redis.url, LOBBY) as (_one, heard):
        assert await anyio.to_thread.run_sync(address.ring, redis.url, "e1", [POSTED])
        await until(lambda: len(heard.news) == 2)
        assert heard.news == [TOLD, TopsMoved("place", "", {7: 1})], "and nobody else counts its posts"
    assert not address.ring(f"redis://127.0.0.1:{free_port()}", "e1", [POSTED])


@pytest.mark.parametrize("url", ["redis://host:port", "redis+cluster:", "unix//x"])
def test_an_address_that_makes_no_sense_is_refused(url: str) -> None:
    with pytest.raises(StartRefused, match="WEBCHAT_BUS"):
        address.require_url(url)
