"""The support window where the browser keeps no cookie in a frame."""

from pathlib import Path

import pytest

from tests.tools.mail import Postbox
from tests.web.frames import Frame, let_in, opened
from tests.web.talks import PATH, asks, talks, turn_on
from webchat.app import Webchat

pytestmark = pytest.mark.anyio


@pytest.mark.usefixtures("blog")
async def test_where_the_browser_keeps_no_cookie_it_is_said(app: Webchat, frame: Frame) -> None:
    """The empty start would look as if nothing had been sent, and be asked again and again."""
    await turn_on(app)
    there = (await asks(frame, path=f"{PATH}?theme=dark&lang=en")).headers["location"]
    frame.cookies.clear()
    page = (await frame.get(there)).text
    assert "Your message was sent. But your browser keeps nothing" in page
    assert f'href="{PATH}?theme=dark&amp;lang=en"' in page, "the way to a tab, where nothing was begun yet"
    assert "Hello! What can we do for you?" not in page
    assert 'id="begin"' not in page, "no letter can be sent from here"
    assert "Does it dim?" not in page
    assert len(await talks(app)) == 1


async def test_where_no_cookie_is_kept_an_answer_comes_by_mail(tmp_path: Path, box: Postbox) -> None:
    letters = {"smtp": box.url, "contact": "mailto:chat@mail.example"}
    async with opened(tmp_path, **letters) as app, Frame(app) as frame:
        await let_in(app, "blog")
        await turn_on(app)
        there = (await asks(frame)).headers["location"]
        frame.cookies.clear()
        page = (await frame.get(there)).text
        assert 'name="email"' in page
        refused = await asks(frame, path=there, name="Gus", email="nowhere")
        assert (refused.status_code, 'name="email"' in refused.text) == (400, True)
        again = await asks(frame, path=there, name="Gus", email="gus@example.org")
        assert again.headers["location"] == f"{PATH}?begun=mail"
        frame.cookies.clear()
        page = (await frame.get(f"{PATH}?begun=mail")).text
        assert "The answer is sent to the e-mail address that you gave." in page
        assert 'id="begin"' not in page
        assert [talk.email for talk in await talks(app)] == ["", "gus@example.org"]
