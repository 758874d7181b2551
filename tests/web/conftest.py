"""The whole application in this process, and browsers without script at its pages."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.tools.mail import Postbox, postbox
from tests.tools.receiver import Receiver, receiving
from webchat.app import Webchat, create_app
from webchat.chat import passwords
from webchat.settings import Settings

URL = "http://127.0.0.1:8000"
PASSWORD = "a long enough one"


class Visitor(httpx2.AsyncClient):
    """A browser that keeps cookies, sends forms as a page of ours would, and follows nothing by itself."""

    def __init__(self, app: Webchat) -> None:
        super().__init__(transport=httpx2.ASGITransport(app=app, raise_app_exceptions=False), base_url=URL)
        self.count = 0

    async def form(self, path: str, **fields: str) -> httpx2.Response:
        return await self.post(path, data=fields, headers={"Origin": URL})

    async def do(self, do: str, **fields: str) -> httpx2.Response:
        """A command as its form sends it."""
        self.count += 1
        cid = fields.pop("cid", f"cid-of-this-form-{id(self)}-{self.count}")
        return await self.form("/do", do=do, cid=cid, **fields)

    async def sign_in(self, name: str) -> "Visitor":
        answer = await self.form("/sign-in", name=name, password=PASSWORD)
        assert answer.status_code == 303, answer.text
        return self

    async def rows(self, path: str) -> list[str]:
        """The ids of the messages that a page shows."""
        return re.findall(r'<li id="(m-[1-9]\d*)"', (await self.get(path)).text)


@pytest.fixture(scope="module", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashing takes no time here, where nearly every test signs somebody in: tests/chat/test_passwords.py has the real
    cost, and so has whatever asks a server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", passwords._QUICK)
        passwords._nobodys.cache_clear()
        yield
    passwords._nobodys.cache_clear()


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Webchat]:
    app = create_app(Settings(data=tmp_path, limits=False))
    async with app.running():
        yield app


@pytest.fixture
def box() -> Iterator[Postbox]:
    """A server for letters, with what it was given."""
    with postbox() as box:
        yield box


@pytest.fixture
async def stranger(app: Webchat) -> AsyncIterator[Visitor]:
    async with Visitor(app) as visitor:
        yield visitor


@pytest.fixture
async def ann(app: Webchat, stranger: Visitor) -> AsyncIterator[Visitor]:
    """The admin of a place that is set up."""
    async with Visitor(app) as visitor:
        await visitor.form("/setup", place="The Place", name="Ann", password=PASSWORD)
        yield visitor


@pytest.fixture
async def bob(app: Webchat, ann: Visitor) -> AsyncIterator[Visitor]:
    """A member."""
    await add_user(app, "Bob")
    async with Visitor(app) as visitor:
        yield await visitor.sign_in("bob")


async def add_user(app: Any, name: str) -> None:
    from webchat.chat import people

    hashed = await passwords.hashed(PASSWORD)
    await app.state.house.store.write(lambda tx: people.add(tx, name, "member", hashed))


@pytest.fixture
async def blog(app: Webchat, ann: Visitor) -> Any:
    """A site that is let in."""
    from tests.web.frames import let_in

    return await let_in(app, "blog")


@pytest.fixture
async def frame(app: Webchat, blog: Any) -> AsyncIterator[Any]:
    """A frame in one of its pages."""
    from tests.web.frames import Frame

    async with Frame(app) as visitor:
        yield visitor


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A program that is called from here."""
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def calling(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Webchat]:
    """The application, whose operator trusts that program, and where a judge has all the time of a busy machine."""
    monkeypatch.setattr("webchat.chat.judging.BUDGET", 10)
    app = create_app(Settings(data=tmp_path, limits=False, hook_hosts=(receiver.host,)))
    async with app.running():
        yield app
