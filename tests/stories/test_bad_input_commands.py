"""Every command, through the socket and as a form, with fields that are missing, wrong, too long, foreign or stale:
one sentence to the asker, nothing changed, nobody else told."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import anyio
import anyio.to_thread
import pytest

from tests.stories.conftest import Place, answer, is_a_sentence, refused
from tests.test_commands import SIGNALS, WHOLE
from tests.tools.dom import parse

Form = dict[str, Any]

ANSWERED = sorted(set(WHOLE) - SIGNALS)
OTHER_KINDS: list[Any] = [["lobby"], {"lobby": 1}, True, 1.5]
TEXTS = ["", "\x00", "a\x1bb", "x" * 20_000]
NAMES = ["\u202e" * 70, "../lobby", "<b>", "' OR 1=1 --", "%00", "~1.2"]
MEANT = ("set-tag-level", "tag", "")
"""No tag stands for all that has none of its own."""
NO_IDS = ["", "short", "x" * 65, "a b" * 8, "a" * 16 + "\n", "é" * 20, 12345678901234567, None]
NUMBERS = ["-1", "9" * 30, "9" * 5_000, "²", "0x10", "first"]


def cid() -> str:
    return secrets.token_urlsafe(16)


def wrong_forms(word: str, kinds: list[Any]) -> Iterator[Form]:
    """A command with each of its fields left out, and with wrong values in its place."""
    whole = {"do": word, **WHOLE[word]}
    for field in WHOLE[word]:
        yield {name: value for name, value in whole.items() if name != field}
        further = NUMBERS if isinstance(WHOLE[word][field], int) else NAMES if field in ("room", "user") else []
        for value in [*kinds, *TEXTS, *further]:
            if (word, field, value) != MEANT:
                yield whole | {field: value}


FOREIGN: list[tuple[str, Form, str]] = [
    ("post-message", {"room": "nowhere", "body": "x"}, "no such room"),
    ("post-message", {"room": "team", "body": "x"}, "no such room"),
    ("post-message", {"room": "{direct}", "body": "x"}, "no such room"),
    ("post-message", {"room": "away", "body": "x"}, "Join this room"),
    ("post-message", {"room": "old", "body": "x"}, "archived"),
    ("post-message", {"room": "lobby", "body": " \r\n\t"}, "Write something"),
    ("post-message", {"room": "lobby", "body": "x" * 10_001}, "too long by 1 "),
    ("post-message", {"room": "lobby", "body": "&" * 10_000}, "too much formatting"),
    ("edit-message", {"message": "{ann}", "body": "x", "based": 1}, "Only its author"),
    ("edit-message", {"message": "{gone}", "body": "x", "based": 4}, "was deleted"),
    ("edit-message", {"message": "{bob}", "body": "x", "based": 0}, "edited elsewhere"),
    ("edit-message", {"message": "{bob}", "body": "x", "based": 2**53}, "edited elsewhere"),
    ("edit-message", {"message": "{team}", "body": "x", "based": 1}, "no such message"),
    ("edit-message", {"message": "{direct_id}", "body": "x", "based": 1}, "no such message"),
    ("edit-message", {"message": "{old}", "body": "x", "based": 1}, "archived"),
    ("edit-message", {"message": 2**53, "body": "x", "based": 1}, "no such message"),
    ("delete-message", {"message": "{ann}"}, "may not delete"),
    ("delete-message", {"message": "{team}"}, "no such message"),
    ("delete-message", {"message": "{old}"}, "may not delete"),
    ("delete-message", {"message": 2**53}, "no such message"),
    ("add-reaction", {"message": "{gone}", "emoji": "x"}, "was deleted"),
    ("add-reaction", {"message": "{team}", "emoji": "x"}, "no such message"),
    ("add-reaction", {"message": "{away}", "emoji": "x"}, "Only members"),
    ("add-reaction", {"message": "{old}", "emoji": "x"}, "Only members"),
    ("add-reaction", {"message": "{ann}", "emoji": " \t"}, "Choose something"),
    ("add-reaction", {"message": "{ann}", "emoji": "\n"}, "Choose something"),
    ("add-reaction", {"message": "{ann}", "emoji": "x" * 17}, "emoji"),
    ("remove-reaction", {"message": "{team}", "emoji": "x"}, "no such message"),
    ("remove-reaction", {"message": "{old}", "emoji": "x"}, "Only members"),
    ("create-room", {"room": "LOBBY"}, "already"),
    ("create-room", {"room": "team"}, "already"),
    ("create-room", {"room": "~2.3"}, "address"),
    ("create-room", {"room": "a/b"}, "address"),
    ("create-room", {"room": "lobby\u115f"}, "address"),
    ("create-room", {"room": "\u0301a"}, "address"),
    ("create-room", {"room": "new", "kind": "direct"}, "direct room"),
    ("create-room", {"room": "new", "kind": "secret"}, "kind"),
    ("create-room", {"room": "new", "guests": "all"}, "guests"),
    ("create-room", {"room": "new", "title": "x" * 81}, "title"),
    ("create-room", {"room": "new", "topic": "x" * 251}, "topic"),
    ("join-room", {"room": "team"}, "no such room"),
    ("join-room", {"room": "{direct}"}, "no such room"),
    ("leave-room", {"room": "team"}, "no such room"),
    ("leave-room", {"room": "nowhere"}, "no such room"),
    ("invite-user", {"room": "team", "user": "bob"}, "no such room"),
    ("invite-user", {"room": "away", "user": "cat"}, "Only members"),
    ("invite-user", {"room": "old", "user": "cat"}, "Only members"),
    ("invite-user", {"room": "lobby", "user": "nobody"}, "nobody called nobody"),
    ("invite-user", {"room": "lobby", "user": "webchat"}, "nobody called"),
    ("set-profile", {"title": "ann"}, "taken"),
    ("set-profile", {"title": "webchat"}, "taken"),
    ("set-profile", {"title": "Bob\u202e"}, "cannot be seen"),
    ("set-profile", {"title": "Bob", "status": "x" * 81}, "status"),
    ("invite-user", {"room": "{direct}", "user": "bob"}, "no such room"),
    *(
        (word, {"room": room, **more}, says)
        for word, more in (
            ("edit-room", {"title": "x"}),
            ("set-rules", {"slow": 1}),
            ("try-judge", {}),
            ("approve-message", {"held": 1}),
            ("mute-user", {"user": "cat", "minutes": 1}),
            ("unmute-user", {"user": "cat"}),
            ("reject-message", {"held": 1}),
            ("archive-room", {}),
            ("restore-room", {}),
            ("remove-user", {"user": "cat"}),
            ("ban-user", {"user": "cat"}),
            ("unban-user", {"user": "cat"}),
            ("set-room-role", {"user": "cat", "role": "moderator"}),
        )
        for room, says in (
            ("team", "no such room"),
            ("{direct}", "no such room"),
            ("nowhere", "no such room"),
            ("lobby", "Only moderators of this room"),
            ("old", "Only moderators of this room"),
        )
    ),
    ("edit-room", {"room": "lobby", "kind": "secret"}, "kind"),
    ("set-rules", {"room": "lobby", "slow": 3601}, "slow"),
    ("set-rules", {"room": "lobby", "closes": 3651}, "closes"),
    ("set-rules", {"room": "lobby", "editing": -1}, "editing"),
    ("set-rules", {"room": "lobby", "own": "perhaps"}, "own"),
    ("set-rules", {"room": "lobby", "judge": "x" * 2001}, "judge"),
    ("set-rules", {"room": "lobby", "unjudged": "reject"}, "unjudged"),
    ("try-site-judge", {"site": "blog"}, "Only admins"),
    ("set-site-rules", {"site": "blog", "slow": 1}, "Only admins"),
    ("set-site-rules", {"site": "blog", "slow": 3601}, "slow"),
    ("report-message", {"message": "{bob}"}, "cannot report"),
    ("report-message", {"message": "{gone}"}, "was deleted"),
    ("report-message", {"message": "{team}"}, "no such message"),
    ("report-message", {"message": "{ann}", "why": "x" * 251}, "why"),
    ("mute-user", {"room": "lobby", "user": "cat", "minutes": 43_201}, "minutes"),
    ("mute-user", {"room": "lobby", "minutes": 5}, "Say who it is"),
    ("keep-message", {"message": "{ann}"}, "Only moderators"),
    ("keep-message", {"message": "{team}"}, "no such message"),
    ("pin-message", {"message": "{bob}"}, "Only moderators"),
    ("pin-message", {"message": "{team}"}, "no such message"),
    ("pin-message", {"message": "first"}, "message"),
    ("unpin-message", {"message": "{bob}"}, "Only moderators"),
    ("unpin-message", {"message": "{team}"}, "no such message"),
    ("withdraw-message", {"room": "lobby", "held": 1}, "Nothing like that"),
    ("withdraw-message", {"room": "team", "held": 1}, "no such room"),
    ("set-rules", {"room": "lobby", "links": "nobody"}, "links"),
    ("set-rules", {"room": "lobby", "words": "x" * 101}, "words"),
    ("set-rules", {"room": "lobby", "words": "x\n" * 201}, "words"),
    ("edit-room", {"room": "lobby", "posting": "nobody"}, "posting"),
    ("set-room-role", {"room": "lobby", "user": "cat", "role": "owner"}, "role"),
    ("open-direct", {"users": ""}, "users"),
    ("open-direct", {"users": "cat", "body": " "}, "Write something"),
    ("open-direct", {"users": "cat", "body": "x" * 10_001}, "too long by 1 "),
    ("open-direct", {"users": "cat nobody"}, "nobody called nobody"),
    ("open-direct", {"users": " ".join(f"p{n}" for n in range(9))}, "At most 8"),
    ("open-direct", {"users": "nobody"}, "nobody called"),
    ("open-direct", {"users": "webchat"}, "nobody called"),
    ("open-direct", {"users": "<script>%s"}, "nobody called <script>%s."),
    ("mark-read", {"room": "team", "seq": 1}, "no such room"),
    ("send-notification", {"user": "ann", "body": "x"}, "Only admins"),
    ("send-notification", {"user": "ann", "body": "x" * 4_097}, "too long by 1 "),
]


def filled(place: Place, word: str, fields: Form) -> Form:
    names = {**place.ids, "direct_id": place.ids["direct"], "direct": place.direct}
    known = {"{" + name + "}": value for name, value in names.items()}
    return {"do": word, "cid": cid()} | {
        name: known.get(value, value) if isinstance(value, str) else value for name, value in fields.items()
    }


@pytest.mark.parametrize("word", ANSWERED)
async def test_by_the_socket(place: Place, word: str) -> None:
    before = place.facts()
    async with place.bob.dial("lobby") as socket:
        for form in ({"cid": cid()} | wrong for wrong in wrong_forms(word, OTHER_KINDS)):
            await socket.send(json.dumps(form))
            told = await answer(socket)
            assert told.get("nack") == form["cid"], (form, told)
            assert is_a_sentence(told["why"]), (form, told)
            assert "after" not in told, (form, told)
    assert place.facts() == before


@pytest.mark.parametrize("word", ANSWERED)
def test_by_a_form(place: Place, word: str) -> None:
    before = place.facts()
    for form in wrong_forms(word, []):
        sent = {"cid": cid()} | {name: str(value) for name, value in form.items()}
        status, text = refused(place.bob, "/do", sent)
        assert status in (400, 403, 404, 413), (form, text)
        assert json.loads(text)["nack"] == sent["cid"], (form, text)
        assert is_a_sentence(json.loads(text)["why"]), (form, text)
        status, page = refused(place.bob, "/do", sent, "text/html")
        assert status in (400, 403, 404, 413), form
        assert "<h1" in page, form
    assert place.facts() == before


@pytest.mark.parametrize(("word", "fields", "says"), FOREIGN, ids=[f"{n}-{c[0]}" for n, c in enumerate(FOREIGN)])
async def test_what_is_foreign_or_stale(place: Place, word: str, fields: Form, says: str) -> None:
    before, form = place.facts(), filled(place, word, fields)
    async with place.bob.dial("lobby") as socket:
        await socket.send(json.dumps(form))
        told = await answer(socket)
    assert told["nack"] == form["cid"]
    assert says in told["why"]
    assert is_a_sentence(told["why"])
    as_text = {name: str(value) for name, value in form.items()}
    _, by_form = await anyio.to_thread.run_sync(refused, place.bob, "/do", as_text)
    assert json.loads(by_form)["why"] == told["why"]
    _, page = await anyio.to_thread.run_sync(refused, place.bob, "/do", as_text, "text/html")
    assert told["why"] in " ".join(str(parse(page)).split()) or "<script>" in told["why"]
    assert "<script>%" not in page
    assert place.facts() == before


@pytest.mark.parametrize("word", ANSWERED)
async def test_an_id_that_is_none(place: Place, word: str) -> None:
    before = place.facts()
    async with place.bob.dial("lobby") as socket:
        for bad in NO_IDS:
            await socket.send(json.dumps({"do": word, **WHOLE[word], "cid": bad}))
            told = await answer(socket)
            assert "nack" in told, (bad, told)
            assert "cid" in told["why"], (bad, told)
    assert place.facts() == before


async def test_of_all_this_nobody_else_is_told(place: Place) -> None:
    async with place.ann.dial("lobby") as other, place.bob.dial("lobby") as socket:
        for word, fields, _says in FOREIGN:
            await socket.send(json.dumps(filled(place, word, fields)))
            await answer(socket)
        marker = place.server.run("notify", "ann", "That was all.")
        assert marker.returncode == 0, marker.stderr
        heard = []
        with anyio.fail_after(10):
            async for frame in other:
                heard.append(str(frame))
                if "That was all." in heard[-1]:
                    break
    assert not [frame for frame in heard if 'id="m-' in frame or 'id="r-' in frame or '"nack"' in frame]
    assert not [frame for frame in heard if "old" in frame and "archived" in frame]
