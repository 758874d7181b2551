"""The Big List of Naughty Strings, in everything that people can write or name: kept as text, or refused in words."""

import json
from pathlib import Path

import pytest

from tests.stories.test_bad_input_markup import assert_ours
from tests.web.conftest import Visitor
from webchat.app import Webchat

pytestmark = pytest.mark.anyio

NAUGHTY: list[str] = json.loads((Path(__file__).parents[1] / "vendor/blns/blns.json").read_text("utf-8"))
ASKED: dict[str, dict[str, str]] = {
    "post-message": {"room": "lobby", "body": "{}"},
    "create-room": {"room": "{}", "title": "{}", "topic": "{}"},
    "set-profile": {"title": "{}", "status": "{}"},
    "send-notification": {"user": "ann", "title": "{}", "body": "{}"},
}
PAGES = ("/rooms", "/inbox", "/settings", "/rooms?q=", "/admin/users")


async def kept(visitor: Visitor, word: str, text: str) -> bool:
    """Whether a command with the text is done; what is not is refused in a sentence."""
    fields = {name: value.replace("{}", text) for name, value in ASKED[word].items()}
    answer = await visitor.do(word, **fields)
    assert answer.status_code in (303, 400, 403, 404, 409, 413), (word, text, answer.status_code)
    if answer.status_code == 303:
        return True
    assert_ours(answer.text)
    return False


@pytest.mark.parametrize("word", ASKED)
async def test_it_is_kept_as_text_or_refused(app: Webchat, ann: Visitor, word: str) -> None:
    done = [text for text in NAUGHTY if await kept(ann, word, text)]
    assert len(done) > (0 if word == "create-room" else len(NAUGHTY) / 2)
    history = [f"/rooms/lobby?before={place}" for place in range(51, len(done) + 51, 50)]
    for path in [*PAGES, *(history if word == "post-message" else ())]:
        assert_ours((await ann.get(path)).text)


async def test_it_is_looked_for(ann: Visitor) -> None:
    for text in NAUGHTY:
        found = await ann.get("/rooms", params={"q": text})
        assert found.status_code == 200
        assert_ours(found.text)


async def test_it_is_nobody_s_name_and_password(ann: Visitor, stranger: Visitor) -> None:
    for text in NAUGHTY[::20]:  # each costs what a password must cost
        assert (await stranger.form("/sign-in", name=text, password=text)).status_code in (400, 401, 403, 429)
