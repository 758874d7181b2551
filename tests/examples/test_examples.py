"""Each of the examples is run, and does what it says."""

import importlib
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx2
import pytest

from tests.tools.programs import endless
from tests.tools.server import Server
from tests.tools.tree import ROOT
from webchat import testing
from webchat.client import Client
from webchat.outside import webhooks

URL = "http://127.0.0.1:8000"
EXAMPLES = ROOT / "examples"


def loaded(name: str) -> ModuleType:
    """An example, as whoever serves it would import it."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["starlette_app", "fastapi_app", "django_app"])
async def test_an_application_that_holds_a_chat(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    example: Any = loaded(name)
    transport = httpx2.ASGITransport(app=example.app)
    async with testing.place(example.chat) as place, httpx2.AsyncClient(transport=transport, base_url=URL) as browser:
        await place.add_user("ann", "owner")
        await place.add_user("bob")
        async with place.visit("ann") as ann, place.visit("bob") as bob:
            assert (await browser.post("/deployed/ann")).json() == {"notification": 1}
            await ann.expect("Your version is live.")
            assert (await browser.post("/deployed/nobody")).status_code == 404
            if name != "starlette_app":
                assert (await browser.post("/orders/ann")).status_code == 200
                await ann.expect("Your order is ready.")
            await ann.expect_nothing()
            await bob.expect_nothing()
        page = await browser.get("/chat/sign-in")
        assert page.status_code == 200
        assert 'action="/chat/sign-in' in page.text or "/chat/static/" in page.text


def test_the_bot(server: Server) -> None:
    server.add_user("ann", "--admin")
    secret = server.run("token", "add", "dice", "--scope", "read", "--scope", "post").stdout.split()[-1]
    client = Client(server.url, secret)
    environ = server.environ | {"WEBCHAT_URL": server.url, "WEBCHAT_TOKEN": secret}
    with endless([sys.executable, str(EXAMPLES / "bot.py"), "lobby"], env=environ) as bot:
        heard = client.listen("lobby", since=client.call("GET", "/rooms/lobby")["at"])
        while not client.call("GET", "/rooms/lobby/presence")["people"]:
            assert bot.poll() is None
        asked = client.send("lobby", "!roll 1")
        said = [next(heard), next(heard)]
    assert [one.body for one in said] == ["!roll 1", "dice rolls 1."]
    assert said[0].id == asked.id


def test_the_bot_that_is_called() -> None:
    bot: Any = loaded("webhook_bot")
    now, secret = 1_700_000_000, webhooks.new_secret()
    data = {"command": "roll", "text": "1", "user": {"title": "Ann"}}
    body = json.dumps({"type": "command.used", "data": data}).encode()
    signed = webhooks.signature(webhooks.Call("", secret, "call-1", body), now)
    headers = {"webhook-id": "call-1", "webhook-timestamp": str(now), "webhook-signature": f"v1,x {signed}"}
    assert bot.is_genuine(secret, headers, body, now + 299)
    assert not bot.is_genuine(secret, headers, body, now + 301), "somebody kept it"
    assert not bot.is_genuine(secret, headers, body + b" ", now)
    assert not bot.is_genuine(secret, {**headers, "webhook-id": "call-2"}, body, now)
    assert not bot.is_genuine(webhooks.new_secret(), headers, body, now)
    assert not bot.is_genuine(secret, {}, body, now)
    assert bot.answer(json.loads(body)) == {"text": "Ann rolls 1."}
    assert bot.answer({"type": "command.used", "data": {**data, "text": "-1"}})["response_type"] == "ephemeral"
    assert bot.answer({"type": "message.posted"}) == {}


def test_no_example_is_left_out() -> None:
    tested = {"starlette_app", "fastapi_app", "django_app", "bot", "webhook_bot"}
    assert {path.stem for path in EXAMPLES.glob("*.py")} == tested
    pages = {path.name for path in EXAMPLES.iterdir() if path.is_dir()} - {"__pycache__"}
    assert pages == {"blog", "shop", "static_page", "video"}, "the page is tried in tests/browser"
