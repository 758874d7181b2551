"""The client's search, against a real server."""

import pytest

from tests.test_client import token
from tests.tools.server import Server
from webchat.client import AsyncClient, Client, Problem


@pytest.fixture
def secret(server: Server) -> str:
    server.add_user("ann", "--admin")
    return token(server, "read", "post")


def test_it_searches_page_after_page(server: Server, secret: str) -> None:
    client = Client(server.url, secret)
    for n in range(27):
        client.send("lobby", f"Build {n} **passed**")
    while len(found := list(client.search("passed from:robot in:lobby"))) < 27:
        pass  # the words are put there in the background
    assert [one.body for one in found] == [f"Build {n} **passed**" for n in range(26, -1, -1)]
    assert list(client.search("failed")) == []
    with pytest.raises(Problem, match="Write the day"):
        list(client.search("passed before:now"))


@pytest.mark.anyio
async def test_the_same_to_await(server: Server, secret: str) -> None:
    client = AsyncClient(server.url, secret)
    await client.send("lobby", "Build 1 passed")
    while [one.body async for one in client.search('"1 passed"')] != ["Build 1 passed"]:
        pass
