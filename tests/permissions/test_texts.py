"""The doors for plain clients, for everybody in every situation: they hear and say what the one table lets them."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.permissions.doors import scope
from tests.permissions.matrix import Case, Matrix
from tests.permissions.test_permissions import FILLED, facts, place
from webchat.app import Webchat

pytestmark = pytest.mark.anyio

SAID = {"text": ("/ws/{}/", "hello"), "json": ("/ws/chat/{}/", '{"message":"hello"}')}


async def told(app: Webchat, case: Case) -> tuple[int, str]:
    """The code that a connection is closed with, or 0 and what it is told when it has said hello."""
    path, said = SAID[case.door]
    sent: asyncio.Queue[Any] = asyncio.Queue()
    answers: asyncio.Queue[Any] = asyncio.Queue()
    asked = scope(path.format(case.asked.form["room"]), case.asked.cookie, "websocket")
    sent.put_nowait({"type": "websocket.connect"})
    task = asyncio.create_task(app(asked, sent.get, answers.put))
    assert (await answers.get())["type"] == "websocket.accept"
    sent.put_nowait({"type": "websocket.receive", "text": said})
    answer = await answers.get()
    sent.put_nowait({"type": "websocket.disconnect", "code": 1000})
    await task
    return answer.get("code", 0), answer.get("text", "")


def is_hello(text: str) -> bool:
    return text == "hello" or ('"message":"hello"' in text and "id" in json.loads(text))


@pytest.mark.parametrize("door", SAID)
@pytest.mark.parametrize("welcome", [False, True], ids=["", "open-server"])
async def test_who_may_say_something(tmp_path: Path, door: str, welcome: bool) -> None:
    async with place(tmp_path, open=welcome) as app:
        matrix = Matrix(app, "post-message", FILLED["post-message"], (door,), welcome=welcome)
        cases, store = await matrix.cases(), app.state.house.store
        before = await store.read(facts)
        for case in sorted(cases, key=lambda case: case.allowed):
            if case.allowed and before:
                assert await store.read(facts) == before, "a refusal has changed something"
                before = {}
            code, text = await told(app, case)
            assert (code == 0) == case.seen, f"{case.situation}: {code} {text}"
            assert code == 0 or code == (4401 if case.situation.role == "guest" else 4403), case.situation
            assert is_hello(text) == case.allowed, f"{case.situation}: {text}"
