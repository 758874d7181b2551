"""What is kept nowhere, or asked for anew, is heard at every process from the first moment."""

import pytest

from tests.broker.cast import message
from tests.bus.nodes import node, until
from tests.tools.redis import Redis
from webchat import topics
from webchat.events import GuestAddressed
from webchat.queued import ReactionsSeen
from webchat.support import ConversationChanged

pytestmark = pytest.mark.anyio


async def test_what_a_guest_is_told_is_heard_from_the_first_moment(redis: Redis) -> None:
    said = GuestAddressed("hugo", "gina", "psst")
    async with node(redis.url) as (one, _mine), node(redis.url) as (two, theirs):
        two.hear(topics.guest("hugo"), True)
        one.publish(said)
        await until(lambda: theirs.news)
        assert theirs.news == [said]
        await two.settled(topics.guest("hugo"))


async def test_what_is_for_a_guests_pages_or_for_agents_is_heard_where_they_are(redis: Redis) -> None:
    seen = ReactionsSeen(0, "key", message(1))
    async with node(redis.url) as (one, _mine), node(redis.url) as (two, theirs):
        for topic in (topics.visitor("key"), topics.support(1)):
            two.hear(topic, True)
            await two.settled(topic)
        one.publish(seen)
        one.publish(ConversationChanged(1, 1))
        await until(lambda: len(theirs.news) == 2)
        assert theirs.news[0] == seen
