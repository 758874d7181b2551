"""What is taken, and what not; from a script, a form, and a frame on the page of another site."""

import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import anyio
import pytest

from tests.web.conftest import URL, Visitor
from tests.web.files.conftest import drawn, kept, other, row_of, send, sent
from tests.web.frames import THREAD, Frame, let_in
from tests.web.test_bearer import Program, made
from webchat.app import Webchat
from webchat.between import Spent
from webchat.chat import uploads
from webchat.errors import TooFast, Unavailable
from webchat.model import Guest
from webchat.store import files as stored
from webchat.web import files
from webchat.web.limits import Limits

pytestmark = pytest.mark.anyio


async def test_what_is_too_large_empty_or_no_file(app: Webchat, ann: Visitor, room: str) -> None:
    limit, path = files.limit(app.state.house), f"/rooms/{room}/files"
    too_large = (413, "This file is too large. Files here can have at most 10 MB.")
    for size in (limit + 1, limit + 2 * files.AROUND):
        answer = await send(ann, room, b"x" * size)
        assert (answer.status_code, answer.json()["why"]) == too_large
    headers = {"Origin": URL, "Accept": "application/json"}

    async def endless() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        while True:
            yield b"x" * 1_000_000

    odd = headers | {"Content-Type": "multipart/form-data; boundary=x"}
    answer = await ann.post(path, content=endless(), headers=odd)
    assert (answer.status_code, answer.json()["why"]) == too_large
    assert (await send(ann, room, b"")).json()["why"] == "This file is empty. Choose another one."
    two = [("file", ("a", b"a")), ("file", ("b", b"b"))]
    assert (await ann.post(path, files=two, headers=headers)).status_code == 400
    assert (await ann.post(path, data={"file": "text"}, headers=headers)).json()["why"] == "Choose a file."
    assert (await ann.post(path, content=b"--y\r\n", headers=odd)).status_code == 400
    assert await kept(app, room) == 0
    assert (await sent(ann, room, b"x" * limit))["size"] == limit


async def test_who_may_not_write_sends_no_file(app: Webchat, ann: Visitor, bob: Visitor, room: str) -> None:
    await ann.do("create-room", room="team", kind="closed")
    await ann.do("create-room", room="news", posting="moderators")
    async with Visitor(app) as stranger:
        for visitor, slug, status in (
            (bob, "team", 404),
            (bob, "news", 403),
            (bob, "nowhere", 404),
            (stranger, room, 404),
        ):
            assert (await send(visitor, slug)).status_code == status, slug
            assert (await visitor.get(f"/rooms/{slug}/files")).status_code == status
    await ann.do("mute-user", room=room, user="bob", minutes="5")
    assert "silenced" in (await send(bob, room)).json()["why"]
    assert (await send(ann, room, Origin="https://evil.test")).status_code == 403
    assert await kept(app, room) == await kept(app, "team") == 0


async def test_a_place_that_takes_no_files(app: Webchat, ann: Visitor, room: str) -> None:
    assert "data-files" in (await ann.get(f"/rooms/{room}")).text
    file = await sent(ann, room)
    with other(app, file_limit=0):
        assert (await send(ann, room)).status_code == (await ann.get(f"/rooms/{room}/files")).status_code == 404
        assert (await ann.get(file["url"])).status_code == 200, "what is there stays"


async def test_a_room_holds_so_much_and_no_more(app: Webchat, ann: Visitor, room: str) -> None:
    with other(app, file_space=1):
        await sent(ann, room, b"x" * 600_000)
        answer = await send(ann, room, b"x" * 600_000)
        assert (answer.status_code, "no space left" in answer.json()["why"]) == (409, True)
        await sent(ann, room, b"x" * 400_000)


async def test_one_sends_so_many_megabytes_in_an_hour(app: Webchat, ann: Visitor, bob: Visitor, room: str) -> None:
    told: list[Spent] = []
    with other(app, Limits(True, clock=lambda: 0.0, tell=told.append)):
        for _ in range(10):
            assert (await send(ann, room, b"", **{"Content-Length": "10000000"})).status_code == 400
        assert [news.goes for news in told] == [10] * 10
        answer = await send(ann, room)
        assert (answer.status_code, answer.json()["after"]) == (429, 36)
        await sent(bob, room)


def test_guests_of_one_network_share_what_they_send() -> None:
    limits = Limits(True)
    for key in "abcdefghij":
        limits.upload(10_000_000, Guest(key, "Gus"), "network")
    with pytest.raises(TooFast):
        limits.upload(1, Guest("another", "Gus"), "network")


async def test_what_breaks_off_leaves_nothing(
    app: Webchat, ann: Visitor, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = stored.put

    def broken(tx: Any, file_id: str, number: int, data: bytes) -> None:
        if number == 2:
            raise Unavailable("the disk is full")
        put(tx, file_id, number, data)

    monkeypatch.setattr(stored, "put", broken)
    assert (await send(ann, room, b"x" * 600_000)).status_code == 503
    assert await kept(app, room) == 0


async def test_who_goes_away_meanwhile_leaves_nothing(app: Webchat, ann: Visitor, room: str) -> None:
    half = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + b"x" * 100_000
    came = iter([{"type": "http.request", "body": half, "more_body": True}, {"type": "http.disconnect"}])
    cookie = "; ".join(f"{name}={value}" for name, value in ann.cookies.items())
    headers = {"host": URL[7:], "origin": URL, "content-type": "multipart/form-data; boundary=x", "cookie": cookie}
    answers: list[Any] = []

    async def receive() -> Any:
        return next(came)

    async def tell(message: Any) -> None:
        answers.append(message)

    path = f"/rooms/{room}/files"
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "scheme": "http", "root_path": ""}
    coded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await app({**scope, "headers": coded, "server": ("127.0.0.1", 8000), "client": ("127.0.0.1", 1)}, receive, tell)
    assert answers[0]["status"] == 400, "it is no error of ours"
    assert await kept(app, room) == 0
    at = app.state.house
    write, started = at.store.write, anyio.Event()

    async def slow(fn: Any, *more: Any, **others: Any) -> Any:
        if isinstance(fn, partial) and fn.func is uploads.put:
            started.set()
            await anyio.sleep_forever()
        return await write(fn, *more, **others)

    at.store.write = slow
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(send, ann, room)
            await started.wait()
            assert await kept(app, room) == 1
            tasks.cancel_scope.cancel()
    finally:
        at.store.write = write
    assert await kept(app, room) == 0


@pytest.mark.parametrize("last", [False, True])
async def test_what_ends_it_meanwhile_is_said(
    app: Webchat, ann: Visitor, room: str, monkeypatch: pytest.MonkeyPatch, last: bool
) -> None:
    put, size = stored.put, 400_000

    def dropping(tx: Any, file_id: str, number: int, data: bytes) -> None:
        put(tx, file_id, number, data)
        if number == last:
            stored.drop(tx, file_id)

    def archiving(tx: Any, file_id: str, number: int, data: bytes) -> None:
        put(tx, file_id, number, data)
        tx.run("UPDATE rooms SET archived = 1 WHERE slug = $1", room)

    monkeypatch.setattr(stored, "put", dropping)
    answer = await send(ann, room, b"x" * size)
    assert (answer.status_code, answer.json()["why"]) == (409, "This file was deleted while it was being sent.")
    monkeypatch.setattr(stored, "put", archiving)
    answer = await send(ann, room, b"x" * size)
    assert (answer.status_code, "This room is archived" in answer.json()["why"]) == (403, True)
    assert await kept(app, room) == 0


async def test_two_at_once_are_two(ann: Visitor, bob: Visitor, room: str) -> None:
    found: list[Any] = []

    async def one(visitor: Visitor, data: bytes) -> None:
        found.append((await sent(visitor, room, data, "a.bin"), data))

    async with anyio.create_task_group() as tasks:
        for visitor, sign in ((ann, b"a"), (bob, b"b"), (ann, b"c"), (bob, b"d")):
            tasks.start_soon(one, visitor, sign * 600_000)
    assert len({file["id"] for file, _data in found}) == 4
    for file, data in found:
        visitor = ann if data[:1] in b"ac" else bob
        assert (await visitor.get(file["url"])).content == data


async def test_a_program_sends_one_with_its_token(app: Webchat, ann: Visitor, bob: Visitor, room: str) -> None:
    async with Program(app, await made(app, "builds", f"post:{room}", f"read:{room}")) as program:
        plan = {"file": ("plan.pdf", b"%PDF")}
        answer = await program.post(f"/rooms/{room}/files", files=plan)
        assert answer.status_code == 201
        assert (await program.post("/rooms/lobby/files", files=plan)).status_code == 403
        assert (await program.asks("post-message", room=room, body=answer.json()["markdown"])).status_code == 200
        assert (await program.get(answer.json()["url"])).content == b"%PDF"
    async with Program(app, await made(app, "others", "post")) as other_program:
        assert (await other_program.get(answer.json()["url"])).status_code == 404, "without the scope to read"
    async with Program(app, "webchat_no-such-token") as nobody:
        assert (await nobody.post(f"/rooms/{room}/files", files=plan)).status_code == 401
    assert (await bob.get(answer.json()["url"])).status_code == 200


async def test_a_form_says_text_and_file_together(ann: Visitor, bob: Visitor, room: str) -> None:
    path, headers = f"/rooms/{room}/files", {"Origin": URL}
    page = (await ann.get(path)).text
    assert 'enctype="multipart/form-data"' in page
    cid = re.search(rf'<form method="post" action="{path}".*?name="cid" value="([^"]+)"', page, re.DOTALL)
    assert cid
    for _ in range(2):  # a second press says nothing more
        said = {"body": "See this", "cid": cid[1]}
        answer = await ann.post(path, data=said, files={"file": ("a.txt", b"text")}, headers=headers)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/rooms/{room}")
    assert len(await bob.rows(f"/rooms/{room}")) == 1
    row = await row_of(bob, room, 1)
    assert "<p>See this</p>" in row
    assert ">a.txt <small>4 B</small></a>" in row
    said = {"body": "x" * 10_000, "cid": "another-cid-of-ours"}
    answer = await ann.post(path, data=said, files={"file": ("a.txt", b"text")}, headers=headers)
    assert (answer.status_code, "x" * 10_000 in answer.text) == (413, True)
    assert 'role="alert"' in answer.text


async def test_a_form_names_files_by_their_ids(ann: Visitor, bob: Visitor, room: str) -> None:
    one, two = await sent(ann, room, name="1.txt"), await sent(ann, room, name="2.txt")
    said = {"room": room, "body": "/deploy", "files": f"{one['id']}, {two['id']}"}
    assert (await bob.do("post-message", **said)).status_code == 404
    assert (await ann.do("post-message", **said)).status_code == 303
    row = await row_of(bob, room, 1)
    assert "<p>/deploy</p>" in row, "what has files is no command"
    assert (row.count("1.txt <small>"), row.count("2.txt <small>")) == (1, 1)
    assert (await ann.do("post-message", **said)).status_code == 409
    assert len(await bob.rows(f"/rooms/{room}")) == 1


async def test_a_guest_of_a_site_sends_one_in_its_frame(app: Webchat, ann: Visitor) -> None:
    await let_in(app, "blog")
    path = "/embed/blog/post-1/files"
    async with Frame(app) as frame, Frame(app) as other:
        frame.headers["Referer"] = f"{URL}/embed/blog/post-1"
        assert (await frame.get(path, headers={"HX-Request": "true"})).text.strip().startswith("<file-list")
        file = await sent(frame, path, drawn(), "a.png")
        assert "webchat-at-blog" in frame.cookies, "who has sent one stays the guest whose it is"
        assert (await frame.do("post-message", room=THREAD, body=file["markdown"])).status_code == 303
        assert f'<img src="{file["url"]}"' in (await frame.get("/embed/blog/post-1")).text
        assert (await other.get(file["url"])).status_code == 200


async def test_the_space_of_a_site_is_that_of_all_its_threads(app: Webchat, ann: Visitor) -> None:
    await let_in(app, "shop")
    async with Frame(app) as visitor:
        visitor.headers["Referer"] = f"{URL}/embed/shop/post-1"
        with other(app, file_space=1):
            await sent(visitor, "/embed/shop/post-1/files", b"x" * 600_000)
            assert (await send(visitor, "/embed/shop/post-2/files", b"x" * 600_000)).status_code == 409
