"""All that is kept of one person: given out whole, and erased wherever it is."""

from typing import Any

import pytest

from tests.chat.conftest import Place, new_cid
from webchat import commands as c
from webchat.chat import chores, handoffs, holding, queue, rights, sessions, sites
from webchat.chat.clock import now
from webchat.chat.holding import Author
from webchat.errors import Conflict, Forbidden, Malformed, NotFound
from webchat.events import MentionsChanged, MessageDeleted, ProfileChanged, ReactionsChanged, SignedOut
from webchat.model import Guest, User
from webchat.queued import QueueChanged
from webchat.store import Tx, agents, conversations as stored_conversations, mails, meta, users
from webchat.store.sqlite import SqliteStore
from webchat.support import ConversationChanged, StatusChanged

pytestmark = pytest.mark.anyio

SECRET = "ab" * 32
ERASED = "secret words of Bob"


async def lines(place: Place, by: Author, limit: int = rights.BATCH) -> list[dict[str, Any]]:
    """Everything, page by page."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = await place.store.read(lambda tx: rights.facts(tx, by, after, limit))  # noqa: B023 - read at once
        found += page.lines
        if not page.next:
            return found
        after = page.next


def kinds(found: list[dict[str, Any]]) -> dict[str, int]:
    return {kind: sum(line["kind"] == kind for line in found) for kind in {line["kind"] for line in found}}


async def texts(place: Place) -> str:
    """All that is in the database, but for how it is made."""

    def read(tx: Tx) -> str:
        if isinstance(place.store, SqliteStore):
            tables = [row[0] for row in tx.all("SELECT name FROM sqlite_master WHERE type = 'table'")]
        else:
            sql = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
            tables = [row[0] for row in tx.all(sql)]
        return "\n".join(str(row) for table in tables for row in tx.all(f"SELECT * FROM {table}"))  # noqa: S608

    return await place.store.read(read)


@pytest.fixture
async def full(place: Place) -> Place:
    """`place`, in which Bob has something of each kind."""
    bob = place.bob
    said = await place.say(bob, "lobby", ERASED)
    await place.say(place.ann, "lobby", "Hello @bob")
    await place.say(bob, "team", f"{ERASED} @cat")
    direct = await place.do(bob, c.OpenDirect(("ann",), new_cid()))
    await place.say(bob, str(direct.id), ERASED)
    other = await place.say(place.ann, "lobby", "More")
    await place.do(bob, c.AddReaction(other.id, "👍", new_cid()))
    await place.do(bob, c.AddReaction(other.id, "🎉", new_cid()))
    await place.do(bob, c.ReportMessage(other.id, new_cid(), ERASED))
    await place.do(place.ann, c.ReportMessage(said.id, new_cid(), "ads"))
    await place.do(place.cat, c.SetRules("team", new_cid(), hold="all"))
    await place.do(bob, c.PostMessage("team", ERASED, new_cid()))
    await place.do(bob, c.SetProfile("Bobby", new_cid(), ERASED))
    await place.do(place.ann, c.SendNotification(body="secret words for you", cid=new_cid(), user="bob"))
    await place.do(place.ann, c.MuteUser("lobby", new_cid(), 5, user="bob", why="Loud"))

    def keep(tx: Tx) -> None:
        sessions.start(tx, bob, sessions.Device("Secret Browser", "192.0.2.7"))
        tx.run(
            "INSERT INTO files (id, room_id, author, guest, name, type, size, width, height, at)"
            " VALUES ('secret-file', 1, $1, '', 'secret.png', '', 1, 0, 0, 1)",
            bob.id,
        )
        mails.put(tx, bob.id, "bob@secret.example", 15, "en", "code", 1)
        meta.put(tx, "secret", SECRET)

    await place.store.write(keep)
    place.told.clear()
    return place


async def test_all_of_an_account_is_given_out_in_pages_of_any_size(full: Place) -> None:
    by = Author(full.bob.id, "")
    whole = await lines(full, by)
    assert kinds(whole) == {
        "profile": 1,
        "mail": 1,
        "session": 1,
        "membership": 3,
        "message": 3,
        "held": 1,
        "file": 1,
        "reaction": 2,
        "report": 1,
        "mute": 1,
        "notification": 1,
    }
    assert [line["body"] for line in whole if line["kind"] == "message"] == [ERASED, f"{ERASED} @cat", ERASED]
    for limit in (1, 2, 3):
        assert await lines(full, by, limit) == whole
    assert "hash" not in str(whole), "the password is not told"
    for after in ("x", "1", "-1.0", "99999.0", "0.99999999999999999999"):
        with pytest.raises(Malformed):
            await full.store.read(lambda tx: rights.facts(tx, by, after))  # noqa: B023 - read at once
    assert (await full.store.read(lambda tx: rights.facts(tx, by, "99.0"))) == ([], "")


async def test_nothing_of_an_erased_account_is_left(full: Place) -> None:
    await full.do(full.ann, c.EraseUser("bob", new_cid()))
    left = await texts(full)
    for word in ("secret", "Secret", "Bobby", "192.0.2.7", "'bob'"):
        assert word not in left.replace(SECRET, "").replace("'secret'", ""), word
    user = await full.store.read(lambda tx: users.by_id(tx, full.bob.id))
    assert isinstance(user, User)
    assert (user.title, user.disabled, user.status) == (rights.NAMELESS, True, "")
    assert user.name.startswith("erased-")
    assert kinds(await lines(full, Author(full.bob.id, ""))) == {"profile": 1, "membership": 1, "message": 3, "mute": 1}
    assert (await full.message(1)).body == ""
    await full.store.write(lambda tx: users.add(tx, "bob", "bob", "Bob", "member", "", 1))


async def test_who_looks_on_sees_it_at_once(full: Place) -> None:
    await full.do(full.ann, c.EraseUser("bob", new_cid()))
    gone = [one.message for one in full.told if isinstance(one, MessageDeleted)]
    assert [(one.room, one.title, one.body) for one in gone][:2] == [
        ("lobby", rights.NAMELESS, ""),
        ("team", rights.NAMELESS, ""),
    ]
    assert len(gone) == 3
    [reacted] = [one.message for one in full.told if isinstance(one, ReactionsChanged)]
    assert reacted.reactions == ()
    assert [one.user for one in full.told if isinstance(one, SignedOut)] == [full.bob.id]
    assert [one.user.title for one in full.told if isinstance(one, ProfileChanged)] == [rights.NAMELESS]
    assert full.cat.id in [one.user for one in full.told if isinstance(one, MentionsChanged)]
    queues = [one for one in full.told if isinstance(one, QueueChanged)]
    assert {(one.gone > 0, one.settled > 0) for one in queues} == {(True, False), (False, True)}
    assert (await full.room("lobby")).rev == reacted.rev
    assert (await full.room("team")).rev == gone[1].rev


async def test_much_is_erased_in_several_goes_and_goes_on_after_a_restart(full: Place, monkeypatch: Any) -> None:
    monkeypatch.setattr(rights, "BATCH", 2)
    await full.do(full.ann, c.EraseUser("bob", new_cid()))
    assert sum(isinstance(one, MessageDeleted) for one in full.told) == 2
    full.store.close()
    full.store = full.reopen()
    while await chores.do_one(full.store, full.told.append):
        pass
    assert sum(isinstance(one, MessageDeleted) for one in full.told) == 3
    assert ERASED not in await texts(full)
    assert await full.store.read(rights.is_over)


async def test_who_may_erase_whom(full: Place) -> None:
    boss = await full.person("Boss", "admin")
    before = await full.everything()
    for actor, name in ((full.cat, "bob"), (full.bob, "bob"), (boss, "ann"), (full.ann, "ann"), (boss, "boss")):
        with pytest.raises(Forbidden):
            await full.do(actor, c.EraseUser(name, new_cid()))
    for name, why in (("nobody", NotFound), ("webchat", Conflict)):
        with pytest.raises(why):
            await full.do(full.ann, c.EraseUser(name, new_cid()))
    with pytest.raises(Conflict):
        await full.chat.commit(lambda tx: rights.erase_account(tx, full.ann))
    with pytest.raises(Forbidden):
        await full.do(full.cat, c.ErasePerson("blog", "7", new_cid()))
    assert await full.everything() == before


async def test_it_is_done_once_however_often_it_is_sent(full: Place) -> None:
    command = c.EraseUser("bob", new_cid())
    first = await full.do(full.ann, command)
    full.told.clear()
    assert (await full.do(full.ann, command)).id == first.id
    assert full.told == []
    with pytest.raises(NotFound):
        await full.do(full.ann, c.EraseUser("bob", new_cid()))


@pytest.fixture
async def thread(full: Place) -> tuple[Place, Guest]:
    """A thread of a site, in which a user of the site wrote."""
    cid = new_cid()
    await full.chat.commit(lambda tx: sites.create(tx, None, c.CreateSite("blog", ("https://blog.example",), cid)))
    key = (await full.store.read(lambda tx: rights.person(tx, "blog", "7"))).guest
    hanna = Guest(key, "Hanna", site=1, vouched=True)
    first = await full.say(hanna, "blog.post-1", ERASED)
    await full.say(full.guest, "blog.post-1", "of another guest")
    await full.do(full.ann, c.ReportMessage(first.id, new_cid()))
    await full.do(full.ann, c.SetRules("blog.post-1", new_cid(), hold="all"))
    await full.do(hanna, c.PostMessage("blog.post-1", ERASED, new_cid(), t=5))
    full.told.clear()
    return full, hanna


async def test_a_sites_user_is_given_out_and_erased_by_what_the_site_calls_them(thread: tuple[Place, Guest]) -> None:
    place, hanna = thread
    by = await place.store.read(lambda tx: rights.person(tx, "blog", "7"))
    assert kinds(await lines(place, by)) == {"message": 1, "held": 1}
    for _again in range(2):
        done = await place.do(place.ann, c.ErasePerson("blog", "7", new_cid()))
        assert done.id == "blog"
        assert await lines(place, by) == []
        left = await texts(place)
        assert hanna.key not in left
        assert "Hanna" not in left
        assert "of another guest" in left
    [gone] = [one for one in place.told if isinstance(one, MessageDeleted)]
    assert (gone.message.title, gone.message.guest) == (rights.NAMELESS, "")
    with pytest.raises(NotFound):
        await place.do(place.ann, c.ErasePerson("nowhere", "7", new_cid()))
    assert await lines(place, await place.store.read(lambda tx: rights.person(tx, "blog", "nobody"))) == []


async def test_who_was_silenced_stays_so(thread: tuple[Place, Guest]) -> None:
    place, hanna = thread
    message = await place.store.read(lambda tx: tx.one("SELECT id FROM messages WHERE guest = $1", hanna.key))
    assert message
    await place.do(place.ann, c.MuteUser("blog.post-1", new_cid(), 5, message=message[0], why="Loud"))
    await place.chat.commit(lambda tx: rights.erase_guest(tx, hanna))
    assert "Hanna" not in await texts(place)
    with pytest.raises(Forbidden, match="silenced"):
        await place.do(hanna, c.PostMessage("blog.post-1", "again", new_cid()))


async def test_a_waiting_text_cannot_be_approved_any_more(thread: tuple[Place, Guest]) -> None:
    place, hanna = thread
    [held] = await place.store.read(lambda tx: tx.all("SELECT id FROM held WHERE guest = $1", hanna.key))
    await place.chat.commit(lambda tx: rights.erase_guest(tx, hanna))
    with pytest.raises(NotFound, match=queue.NOT_THERE):
        await place.do(place.ann, c.ApproveMessage(held[0], "blog.post-1", new_cid()))
    assert holding.author(hanna) == (0, hanna.key)


async def test_a_visitor_of_support_is_given_out_and_erased(desk: Any) -> None:
    place, vera, page = desk.place, desk.vera, "https://blog.example/secret"
    slug = await desk.ask(vera, ERASED, name="Secret Vera", email="vera@secret.example", page=page)
    await place.say(place.bob, slug, "What is it?")
    await place.do(vera, c.RateConversation(slug, 2, new_cid(), "secret reasons"))
    [line] = [line for line in await lines(place, Author(0, vera.key)) if line["kind"] == "conversation"]
    told = ("blog", "Secret Vera", "vera@secret.example", page, 2, "secret reasons")
    assert tuple(line[name] for name in ("site", "name", "email", "page", "rating", "word")) == told
    await place.say(vera, slug, ERASED)
    await place.say(place.bob, slug, "I see.")
    place.told.clear()
    await place.chat.commit(lambda tx: rights.erase_guest(tx, vera))
    left = await texts(place)
    for word in ("ecret words", "Secret Vera", "secret.example", "secret reasons", page, vera.key, "Vera"):
        assert word not in left, word
    assert await lines(place, Author(0, vera.key)) == []
    assert (await desk.one(slug)).status == "resolved"
    assert [await desk.sees(who, slug) for who in (vera, place.bob)] == [False, True]
    assert {type(one) for one in place.told} >= {StatusChanged, ConversationChanged}
    assert not await place.store.read(lambda tx: stored_conversations.is_letter_due(tx, 2**52))
    one = await desk.one(slug)
    await place.store.write(lambda tx: stored_conversations.put_letter_off(tx, one.id, now(), 1))  # was on its way
    letters: list[Any] = []
    assert await handoffs.do_one(place.store, letters.append)  # type: ignore[arg-type] # never called
    assert letters == []
    assert await desk.ask(vera, "Somebody new") != slug


async def test_who_asked_or_answered_in_support_by_an_account_is_erased_there_too(desk: Any) -> None:
    place, dan = desk.place, desk.place.dan
    slug = await desk.ask(dan, ERASED, name="Secret Dan", email="dan@secret.example")
    assert kinds(await lines(place, Author(dan.id, "")))["conversation"] == 1
    await place.do(place.ann, c.AddAgent("blog", "dan", new_cid()))
    await place.do(place.ann, c.EraseUser("dan", new_cid()))
    left = await texts(place)
    assert not [word for word in ("ecret words", "Secret Dan", "secret.example") if word in left]
    assert (await desk.one(slug)).status == "resolved"
    appointed = await place.store.read(lambda tx: agents.appointed(tx, desk.site.id))
    assert dan.id not in [user.id for user in appointed]


async def test_the_votes_of_a_guest_go_with_them(thread: tuple[Place, Guest]) -> None:
    place, hanna = thread
    await place.do(place.ann, c.SetRules("blog.post-1", new_cid(), hold="none"))
    will = Guest("will-key", "Will", site=1)
    for room in ("blog.post-1", "blog.post-2"):
        message = await place.say(place.guest, room, "Vote for this")
        for guest in (hanna, will):
            await place.do(guest, c.AddReaction(message.id, "👍", new_cid()))
    place.told.clear()
    given = await place.store.read(lambda tx: rights.facts(tx, holding.author(hanna)))
    assert [line["emoji"] for line in given.lines if line["kind"] == "reaction"] == ["👍", "👍"]
    await place.chat.commit(lambda tx: rights.erase_guest(tx, hanna))
    rows = await place.store.read(lambda tx: tx.all("SELECT m.votes FROM messages m WHERE m.body = 'Vote for this'"))
    assert [row[0] for row in rows] == [1, 1]
    assert sum(isinstance(one, ReactionsChanged) for one in place.told) == 2
