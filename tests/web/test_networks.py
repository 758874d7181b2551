"""No address is kept, and what guests of one network do is counted together."""

from pathlib import Path
from typing import Any

import pytest

from tests.permissions.doors import request
from tests.web.conftest import PASSWORD, add_user
from tests.web.frames import COOKIE, THREAD, let_in, opened
from webchat.app import Webchat
from webchat.chat import rules, sites
from webchat.commands import SetRules
from webchat.store import Tx, users
from webchat.web.limits import RATES

pytestmark = pytest.mark.anyio
ADDRESSES = ("203.0.113.77", "2001:db8:77:66::1")


async def came(app: Webchat, path: str, where: str, cookie: str = "", **form: str) -> tuple[int, str]:
    """The status of a form that was sent from an address, and the cookie that was given."""
    headers = {"x-forwarded-for": where, "referer": "http://127.0.0.1:8000/embed/blog/post-1"}
    status, told, _body = await request(app, path, cookie, "POST", form, headers=headers)
    return status, told.get("set-cookie", "").partition(";")[0]


async def dumped(app: Webchat) -> str:
    def read(tx: Tx) -> str:
        tables = [row[0] for row in tx.all("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return "\n".join(str(row) for table in tables for row in tx.all(f"SELECT * FROM {table}"))  # noqa: S608

    found: str = await app.state.house.store.read(read)
    return found


async def held_at_first(app: Webchat) -> None:
    def hold(tx: Tx) -> Any:
        owner = users.by_name(tx, "ann")
        assert owner
        sites.begun(tx, None, THREAD)
        return rules.set_(tx, owner, SetRules(THREAD, "c" * 16, hold="all"))

    await app.state.house.store.write(hold)


async def test_no_table_holds_an_address(tmp_path: Path) -> None:
    async with opened(tmp_path, proxies=("127.0.0.1",)) as app:
        await let_in(app, "blog")
        await add_user(app, "Bob")
        await held_at_first(app)
        for number, where in enumerate(ADDRESSES):
            assert (await came(app, "/sign-in", where, name="bob", password=PASSWORD))[0] == 303
            assert (await came(app, "/sign-in", where, name="bob", password="wrong"))[0] == 403
            status, cookie = await came(app, "/embed/blog/enter", where, name=f"Gus {number}")
            assert status == 204
            assert cookie.startswith(COOKIE)
            said = {
                "do": "post-message",
                "room": THREAD,
                "body": f"Hello {number}",
                "cid": f"a-cid-of-a-guest-{number}",
            }
            assert (await came(app, "/do", where, cookie, **said))[0] in (200, 303)
        found = await dumped(app)
    assert "Hello 1" in found
    for part in ("203.0.113", "2001:db8"):
        assert part not in found


async def test_a_network_becomes_so_many_guests_and_no_more(tmp_path: Path) -> None:
    async with opened(tmp_path, limits=True, proxies=("127.0.0.1",)) as app:
        await let_in(app, "blog")
        most = int(RATES["identities"][1])

        async def says(number: int, where: str) -> int:
            said = {"do": "post-message", "room": THREAD, "body": "Hello", "cid": f"a-cid-of-a-guest-{number}"}
            return (await came(app, "/do", where, **said))[0]

        assert [await says(number, ADDRESSES[0]) for number in range(most)] == [303] * most
        assert await says(most, ADDRESSES[0]) == 429
        assert await says(most + 1, ADDRESSES[1]) == 303
