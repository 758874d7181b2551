"""Copies of conversations by letter, and how many new visitors a network may bring."""

from pathlib import Path

import pytest

from tests.tools.mail import postbox
from tests.web.frames import Frame, let_in, opened, signed
from tests.web.talks import PATH, asks, room_of, says, turn_on

pytestmark = pytest.mark.anyio


async def test_a_copy_goes_to_the_address_that_the_site_gave(tmp_path: Path) -> None:
    with postbox() as box:
        async with opened(tmp_path, smtp=box.url, contact="mailto:chat@mail.example") as app, Frame(app) as frame:
            site = await let_in(app, "blog")
            await turn_on(app)
            await asks(frame, email="victim@example.org")
            assert "Send it to" not in (await frame.get(PATH)).text
            refused = await says(frame, "send-transcript", room=await room_of(frame))
            assert (refused.status_code, "No letter can be sent to you from here." in refused.text) == (409, True)
            await frame.form("/embed/blog/identify", token=signed(site, email="hanna@example.org"))
            await asks(frame, "Does it dim?")
            assert "Send it to hanna@example.org" in (await frame.get(PATH)).text
            answer = await says(frame, "send-transcript", room=await room_of(frame))
            assert answer.headers["location"] == f"{PATH}?sent&lang=en"
            assert "Sent to hanna@example.org." in (await frame.get(answer.headers["location"])).text
            letter = box.next()
            assert (letter["To"], "Hanna: Does it dim?" in letter.get_content()) == ("hanna@example.org", True)
            assert (await says(frame, "send-transcript", room="blog.~0123456789abcdef")).status_code == 404
            box.answer = "451 Later"
            answer = await says(frame, "send-transcript", room=await room_of(frame))
            assert (answer.status_code, "The letter could not be sent." in answer.text) == (503, True)


async def test_new_visitors_of_one_network_come_one_after_the_other(tmp_path: Path) -> None:
    async with opened(tmp_path, limits=True) as app:
        await let_in(app, "blog")
        await turn_on(app)
        app.state.house.limits._clock = lambda: 0.0
        statuses = []
        for _visitor in range(11):
            async with Frame(app) as frame:
                answer = await asks(frame)
                statuses.append(answer.status_code)
        assert statuses == [303] * 10 + [429]
        assert int(answer.headers["retry-after"]) > 0
        assert "Does it dim?" in answer.text
