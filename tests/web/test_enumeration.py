"""Whether there is an account cannot be told from what a wrong sign-in is answered, nor from how long that takes."""

import re
import statistics
import time

import pytest

from tests.web.conftest import PASSWORD, Visitor, add_user
from webchat.app import Webchat
from webchat.chat import passwords

pytestmark = pytest.mark.anyio

WRONG = {"ann": "wrong password", "nobody": PASSWORD, "webchat": PASSWORD, "dis": PASSWORD, "x" * 9_000: PASSWORD}
"""A name and a password: a wrong one, nobody's, a program's, a disabled account's, and what is no name."""


@pytest.fixture(scope="module", autouse=True)
def quick_passwords() -> None:
    """None are: the time is what this is about."""


@pytest.fixture
async def place(app: Webchat, ann: Visitor) -> Webchat:
    await add_user(app, "dis")
    await app.state.house.store.write(lambda tx: tx.run("UPDATE users SET disabled = 1 WHERE name = 'dis'"))
    return app


async def test_text_status_and_work_are_the_same(
    place: Webchat, stranger: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    verify = passwords._verify

    def counted(stored: str, password: str) -> bool:
        hashed.append(stored)
        return verify(stored, password)

    monkeypatch.setattr(passwords, "_verify", counted)
    said = set()
    for number, (name, password) in enumerate(WRONG.items(), 1):
        answer = await stranger.form("/sign-in", name=name, password=password)
        assert len(hashed) == number, "one hash each"
        assert "webchat" not in stranger.cookies
        said.add((answer.status_code, re.sub(rf'value="{name}"', "", answer.text)))
    assert len(said) == 1


@pytest.mark.timeout(900)
async def test_it_takes_the_same_time(place: Webchat, stranger: Visitor, long_run: bool) -> None:
    rounds, most = (200, 1.05) if long_run else (7, 2)
    await passwords.matches("", "warm")
    took: dict[str, list[float]] = {name: [] for name in WRONG}
    for _ in range(rounds):  # in turn, so that whatever else the machine does slows all of them
        for name, password in WRONG.items():
            began = time.process_time()
            await stranger.form("/sign-in", name=name, password=password)
            took[name].append(time.process_time() - began)
    medians = {name[:8]: statistics.median(times) for name, times in took.items()}
    assert max(medians.values()) < most * min(medians.values()), medians
