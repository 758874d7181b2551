"""Files by the client for other people's programs, and from a shell, against a real server."""

from pathlib import Path

import pytest

from tests.test_client import client as client, place as place, run, token
from tests.tools.server import Server
from webchat.client import AsyncClient, Client, Problem


def test_it_sends_files_and_gets_them(place: Server, client: Client, tmp_path: Path) -> None:
    plan = tmp_path / 'plan "a" 计划.pdf'
    plan.write_bytes(bytes(range(256)) * 2_000)
    file = client.upload("lobby", plan)
    assert (file.size, file.type, client.download(file)) == (512_000, "", plan.read_bytes())
    assert file.name.endswith("计划.pdf")
    named = client.upload("lobby", str(plan), name="b.bin")
    message = client.send("lobby", "Look:", files=[file, named.id])
    assert message.body == f"Look:\n\n{file.markdown}\n\n{named.markdown}"
    assert client.send("lobby", "", files=[client.upload("lobby", plan)]).body.startswith("[plan ")
    with pytest.raises(Problem) as refused:
        client.send("lobby", "", files=[file])
    assert (refused.value.status, "in another message already" in str(refused.value)) == (409, True)
    with pytest.raises(Problem) as refused:
        client.download("x" * 22)
    assert refused.value.status == 404


@pytest.mark.anyio
async def test_one_awaits_the_same(place: Server, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"text")
    client = AsyncClient(place.url, token(place, "read", "post"))
    file = await client.upload("lobby", tmp_path / "a.txt")
    assert (await client.send("lobby", "", files=[file])).body == file.markdown
    assert await client.download(file.id) == b"text"


def test_a_file_is_sent_from_a_shell(place: Server, client: Client, tmp_path: Path) -> None:
    (path := tmp_path / "a.txt").write_bytes(b"text")
    at = ("--url", place.url, "--token", token(place, "post"))
    for options in ([], ["Look:"]):
        done = run(place, "send", "--file", str(path), "--file", str(path), "lobby", *options, *at)
        assert done.returncode == 0, done.stderr
        [message] = client.messages("lobby", limit=1)
        assert (str(message.id), message.body.count("[a.txt](/files/")) == (done.stdout.strip(), 2)
    assert message.body.startswith("Look:")
    for options, why in (
        (["--file", str(path), "lobby"], "--file needs --url and --token."),
        (["--file", str(path), "lobby", "-", *at], "--file goes with one text"),
        (["--file", f"{path}x", "lobby", *at], "does not exist"),
        (["--file", str(path)] * 11 + ["lobby", *at], "One message can have 10 files."),
        (["lobby", *at], "Give a TEXT, or --file."),
    ):
        done = run(place, "send", *options)
        assert (done.returncode, why in done.stderr) == (2, True), done.stderr
    done = run(place, "send", "--file", str(path), "nowhere", *at)
    assert (done.returncode, done.stderr) == (1, "Error: There is no such room, or it is not open to you.\n")
