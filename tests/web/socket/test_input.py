"""What cannot be understood gets one clear sentence, to its sender only, and changes nothing."""

import logging

import pytest
from websockets.asyncio.client import connect

from tests.wire.live import CID, House, Live, answer, post


@pytest.mark.parametrize(
    ("frame", "cid"),
    [("", None), ("[]", None), ("1", None), ("null", None), ("{", None), ('{"do":1}', None), ("{}", None),
     (b"\x00\x01", None), ("[" * 60_000, None), ('{"a":' * 12_000, None), ('{"a":' + "9" * 5_000 + "}", None),
     (post("\ud800"), None), ('{"do":NaN}', None), (post("x" * 65_536), None), (post("é" * 10_001), CID),
     (post("a\x00b"), CID), (post(""), CID), (post("x" * 10_001), CID), (post(room=7), CID), (post(room=""), CID),
     (post(do="no-such-thing"), CID), (post(cid="short"), "short"), (post(cid=["x"]), None), (post(cid="x" * 99), None),
     (post(body=["a", "b"]), CID), (post(body=None), CID), (post(do="edit-message:x"), CID)],
)  # fmt: skip
async def test_bad_input_gets_one_sentence_and_changes_nothing(
    live: Live, house: House, frame: str | bytes, cid: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    async with connect(live.url, max_size=None) as client, connect(live.url) as other:
        await client.send(frame)
        nack = await answer(client)
        assert list(nack) == ["nack", "why"]
        assert nack["nack"] == cid
        assert nack["why"].startswith("[en] ")
        assert nack["why"].endswith(".")
        await client.send(post("and it goes on", "cid-after-it-0123456"))
        assert (await answer(client))["ack"] == "cid-after-it-0123456"
        assert [str(await other.recv())[:6] for _ in range(4)] == ["<state", '{"at":', "<chang", '{"at":']
    assert len(house.performed) == 1
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
