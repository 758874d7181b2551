"""Passwords: what they may be, what hashing them costs, and that it keeps nobody waiting."""

import hashlib
from pathlib import Path
from typing import Any

import anyio
import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.low_level import Type

from webchat.chat import passwords
from webchat.errors import Malformed, Unavailable

pytestmark = pytest.mark.anyio

VENDOR = Path(passwords.__file__).parent / "vendor"


async def test_hashes_cost_what_they_should() -> None:
    stored = await passwords.hashed("a long enough one")
    found = extract_parameters(stored)
    assert found.type is Type.ID
    assert found.memory_cost >= 19 * 1024
    assert found.time_cost >= 2
    assert found.parallelism == 1
    assert await passwords.matches(stored, "a long enough one")
    assert not await passwords.matches(stored, "a long enough on")
    assert not await passwords.matches("no hash", "a long enough one")


@pytest.mark.parametrize("password", ["1234567", "x" * 129, "password", "PassWord1", "qwertyuiop", "a\x00bcdefgh"])
def test_what_is_no_password(password: str) -> None:
    with pytest.raises(Malformed):
        passwords.check(password)


@pytest.mark.parametrize("password", ["zebra 77", "x" * 128, "correct horse", "我的密码很长很长", "        "])
def test_no_other_rules(password: str) -> None:
    passwords.check(password)


async def test_nothing_is_cut_off() -> None:
    stored = await passwords.hashed("x" * 128)
    assert not await passwords.matches(stored, "x" * 127)


async def test_one_that_was_made_up_costs_as_much_to_try(monkeypatch: pytest.MonkeyPatch) -> None:
    spent: list[int] = []
    for work in ("hash", "verify"):
        does = getattr(PasswordHasher, work)

        def counted(self: PasswordHasher, *args: str, does: Any = does) -> Any:
            shown = args[0] if len(args) > 1 else ""
            quick = shown and (not shown.startswith("$argon2") or extract_parameters(shown).memory_cost < 19 * 1024)
            spent.append(0 if quick else self.memory_cost)
            return does(self, *args)

        monkeypatch.setattr(PasswordHasher, work, counted)
    passwords._nobodys()
    secret, quick = passwords.made_up()
    usual = await passwords.hashed("mine")
    for stored, password, is_right in (
        ("", "nobody has this password", False),
        (usual, "yours", False),
        (quick, "yours", False),
        ("no hash", "yours", False),
        (quick, secret, True),
    ):
        spent.clear()
        assert await passwords.matches(stored, password) == is_right
        assert sum(spent) == 19_456


async def test_nobody_s_password_costs_as_much_and_never_matches(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    verify = passwords._HASHER.verify

    def counted(stored: str, password: str) -> bool:
        asked.append(stored)
        return verify(stored, password)

    monkeypatch.setattr(passwords._HASHER.__class__, "verify", lambda _self, *args: counted(*args))
    assert not await passwords.matches("", "nobody has this password")
    assert not await passwords.matches(await passwords.hashed("mine"), "yours")
    assert len(asked) == 2
    assert extract_parameters(asked[0]) == extract_parameters(asked[1])


async def test_at_most_two_are_hashed_at_once_and_not_too_many_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    held = anyio.Event()
    answers: list[bool | None] = []
    running: list[int] = []

    def hold(stored: str, password: str) -> bool:
        running.append(1)
        anyio.from_thread.run(held.wait)
        return False

    async def ask() -> None:
        try:
            answers.append(await passwords.matches("", "x"))
        except Unavailable:
            answers.append(None)

    monkeypatch.setattr(passwords, "_verify", hold)
    async with anyio.create_task_group() as group:
        for _ in range(passwords.MOST + 5):
            group.start_soon(ask)
        while len(running) < 2 or len(answers) < 5:
            await anyio.lowlevel.checkpoint()
        assert len(running) == 2
        assert answers == [None] * 5
        held.set()
    assert answers.count(False) == passwords.MOST


def test_the_list_is_whole_and_as_published() -> None:
    lines = (VENDOR / "VERSIONS").read_text("utf-8").splitlines()
    hashes = dict(line.split()[::-1] for line in lines if len(line.split()) == 2 and len(line.split()[0]) == 64)
    files = {path.relative_to(VENDOR).as_posix(): path for path in VENDOR.rglob("*.*") if path.is_file()}
    files |= {path.relative_to(VENDOR).as_posix(): path for path in VENDOR.rglob("LICENSE")}
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()} == hashes
    assert len(passwords._common()) > 8_000
