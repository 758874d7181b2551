"""One telling: rendered once a view, shared, in slices, and nobody waits for anybody."""

import anyio
import anyio.lowlevel
import pytest

from tests.broker.cast import EPOCH, FakeOutlet, FakeRender, FakeStore, joined, kinds, posted, rest, running
from webchat import topics
from webchat.broker import audience as audience_module, pump
from webchat.broker.audience import Audience
from webchat.broker.channel import Channel
from webchat.broker.frames import Frame
from webchat.broker.roll import Reader
from webchat.events import (
    PresenceChanged,
    TypingChanged,
)
from webchat.metrics import Metrics
from webchat.model import Person, RoomLink

LINK = RoomLink(7, "lobby", "Lobby", "closed", 0, 0)


async def test_a_burst_is_one_frame_rendered_once_a_view_and_shared() -> None:
    store, render = FakeStore(), FakeRender()
    async with running(store, render) as broker:
        outlets = [(await joined(broker, view))[1] for view in ("room.en", "room.en", "room.zh")]
        for number in range(1, 41):
            broker.publish(posted(number))
        await rest()
    assert render.calls == [("changes", "room.en", 40), ("changes", "room.zh", 40)]
    english, other, chinese = (outlet.frames for outlet in outlets)
    assert len(english) == len(other) == len(chinese) == 1
    assert english[0] is other[0]
    assert english[0].texts[1:] == (f'{{"at":"{EPOCH}.40"}}',)
    assert chinese[0] is not english[0]


async def test_a_big_room_does_not_delay_a_direct_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audience_module, "SLICE", 10)
    monkeypatch.setattr(pump, "ROUND", 10)
    written: list[str] = []

    class Noting(FakeOutlet):
        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

        def write(self, frame: object) -> None:
            written.append(self.name)
            if len(written) == 1 and len(broker) == 101:
                broker.publish(posted(1, room="direct"))

    async with running(FakeStore()) as broker:
        for _ in range(100):
            await broker.join(broker.connect(Noting("big"), "room.en"), "big", None)
        await broker.join(broker.connect(Noting("direct"), "room.en"), "direct", None)
        written.clear()
        broker.publish(posted(1, room="big"))
        await rest()
    assert written.count("big") == 100
    assert written.index("direct") <= 20


@pytest.mark.parametrize(("readers", "turns"), [(1, 0), (10, 0), (11, 1), (20, 1), (21, 2)])
def test_others_have_their_turn_only_while_somebody_is_left_to_tell(
    readers: int, turns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audience_module, "SLICE", 10)
    audience, outlets = Audience(topics.room("lobby")), [FakeOutlet() for _ in range(readers)]
    for outlet in outlets:
        audience.admit(Reader(outlet, "room.en", 0, "", "lobby"))
    audience.begin(0.0)
    writing = audience.write({"room.en": Frame("hi")}, {}, Metrics())
    written = [10] * turns
    assert [next(writing) for _ in range(turns)] == written
    with pytest.raises(StopIteration) as end:
        next(writing)
    assert end.value.value + sum(written) == readers
    assert all(outlet.texts == ["hi"] for outlet in outlets)


async def test_who_comes_or_goes_during_a_telling(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audience_module, "SLICE", 1)
    monkeypatch.setattr(pump, "ROUND", 1)
    store = FakeStore()
    event = store.post()
    store.revs.clear()
    async with running(store) as broker:
        _first, heard = await joined(broker)
        leaver, missed = await joined(broker)
        _last, late = await joined(broker)
        broker.publish(event)
        while not heard.frames:
            await anyio.lowlevel.checkpoint()
        broker.disconnect(leaver)
        _joiner, told = await joined(broker)
        await broker.repair(_joiner, None)
        await rest()
    assert [len(outlet.frames) for outlet in (heard, missed, late, told)] == [1, 0, 1, 0]


async def test_a_message_that_cannot_be_shown_does_not_silence_its_room(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(FakeRender):
        def changes(self, view: str, messages: object, since: int) -> tuple[str, ...]:
            if any(m.id == 2 for m in messages):  # type: ignore[attr-defined]
                raise ValueError("secret text")
            return super().changes(view, messages, since)  # type: ignore[arg-type]

        def news(self, view: str, event: object) -> tuple[str, ...]:
            raise ValueError

    async with running(FakeStore(), Failing()) as broker:
        _reader, outlet = await joined(broker)
        for number in (1, 2, 3):
            broker.publish(posted(number))
        broker.publish(PresenceChanged("lobby", 0, ()))
        await rest()
        broker.publish(posted(4))
        await rest()
    assert [text.count('"posted"') for text in outlet.texts if text.startswith("<")] == [1, 1, 1]
    assert "Message 2 cannot be shown" in caplog.text


async def test_an_outlet_that_fails_is_its_own_readers_loss(caplog: pytest.LogCaptureFixture) -> None:
    class Failing(FakeOutlet):
        def write(self, frame: object) -> None:
            raise OSError

    async with running(FakeStore()) as broker:
        broken = Failing()
        reader = broker.connect(broken, "room.en")
        reader.write = lambda frame: None
        await broker.join(reader, "lobby", None)
        reader.write = broken.write
        _reader, outlet = await joined(broker)
        broker.publish(posted(1))
        await rest()
        broker.disconnect(reader)
        assert len(broker) == 1, "it is forgotten like any other"
    assert broken.code == 1013
    assert len(outlet.frames) == 1
    assert "An outlet failed" in caplog.text


async def test_a_shorter_way_is_taken_by_tellings_while_nothing_is_to_be_counted() -> None:
    async with running(FakeStore()) as broker:
        reader, outlet = await joined(broker)
        pushed: list[bytes] = []
        reader.shorten(pushed.append)

        async def told(rev: int) -> tuple[int, int]:
            broker.publish(posted(rev))
            await rest()
            return len(pushed), sum(text.startswith("<") for text in outlet.texts)

        assert await told(1) == (1, 0)
        outlet.unread = 1
        await broker.second()
        assert await told(2) == (1, 1), "what a peer that is behind is sent is counted"
        outlet.unread = 0
        await broker.second()
        assert await told(3) == (2, 1)
        reader.lengthen()
        assert await told(4) == (2, 2)
        reader.shorten(pushed.append)
        broker.disconnect(reader)
        assert reader.push is None
        assert await told(5) == (2, 2)


async def test_only_the_last_word_counts_of_who_is_here_and_who_writes() -> None:
    async with running(FakeStore()) as broker:
        _reader, outlet = await joined(broker)
        for count in (1, 2, 3):
            broker.publish(PresenceChanged("lobby", count, ()))
            broker.publish(TypingChanged("lobby", ()))
        await rest()
    assert kinds(outlet) == ["PresenceChanged", "TypingChanged"]
    assert '"count":3' in outlet.texts[0]
    assert outlet.at == "", "news has no position"


def test_a_lone_author_waits_for_nothing_and_two_are_told_together() -> None:
    audience = Audience(topics.room("lobby"), channel := Channel("lobby"))
    channel.begin(0)
    audience.begin(10.0)
    audience.take(posted(1).message, 10.1)
    audience.end(10.5, several=False)
    audience.begin(10.5)
    audience.take(posted(2).message, 10.6)
    audience.end(11.0, several=False)
    assert audience.due == pytest.approx(11.125), "two wait"
    channel.batch()
    audience.begin(11.125)
    audience.take(posted(3).message, 11.2)
    audience.end(11.625, several=False)
    assert audience.due == 11.625, "one waits"


def test_a_topic_under_load_collects() -> None:
    audience = Audience(topics.room("lobby"))
    audience.hear(PresenceChanged("lobby", 1, ()))
    audience.begin(10.0)
    audience.end(10.5, several=True)
    assert audience.due == 10.5, "nothing came before it, so there was time"
    audience.begin(10.6)
    audience.end(11.1, several=False)
    assert audience.due == 11.1, "one at a time is as fast as can be"
    audience.begin(11.2)
    audience.end(11.7, several=True)
    assert audience.due == pytest.approx(11.825)
    nobody = TypingChanged("lobby", ())
    audience.hear(TypingChanged("lobby", (Person(1, "ann", "Ann"),)))
    audience.hear(nobody)
    assert audience.begin(12.2) == [nobody], "the last word counts, or somebody would be shown as writing for ever"
    audience.end(19.0, several=True)
    assert audience.due == pytest.approx(14.2), "at most two seconds after it began"


def test_who_begins_to_be_repaired_while_others_are_told_hears_the_news_once() -> None:
    audience, outlets, readers = Audience(topics.room("lobby")), [], []
    for _ in range(3 * audience_module.SLICE):
        outlets.append(FakeOutlet())
        readers.append(Reader(outlets[-1], "room.en", 0, "", "lobby"))
        audience.admit(readers[-1])
    audience.begin(0.0)
    told = audience.write({"room.en": Frame("all")}, {"room.en": Frame("news")}, Metrics())
    next(told)
    early, late, back, gone = readers[0], readers[60], readers[70], readers[80]
    for reader in (early, late, back):
        audience.withhold(reader)
    audience.admit(back)
    audience.dismiss(gone)
    for _more in told:
        pass
    assert [outlets[readers.index(one)].texts for one in (early, late, back, gone)] == [["all"], ["news"], ["news"], []]
    assert sum(len(outlet.frames) for outlet in outlets) == len(outlets) - 1
