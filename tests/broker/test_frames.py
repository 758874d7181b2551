"""Frames are what a WebSocket library reads."""

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame as Read, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from webchat.broker.frames import NOWHERE, Frame, data


def read(wire: bytes) -> list[str]:
    client = ClientProtocol(parse_uri("ws://localhost/"), state=OPEN, max_size=None)
    client.receive_data(wire)
    frames = client.events_received()
    assert client.parser_exc is None
    assert all(isinstance(frame, Read) and frame.opcode is Opcode.TEXT and frame.fin for frame in frames)
    return [bytes(frame.data).decode() for frame in frames if isinstance(frame, Read)]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 200_000])
def test_a_text_of_any_size_is_one_frame(size: int) -> None:
    assert read(Frame("x" * size).wire) == ["x" * size]


def test_texts_are_frames_one_after_the_other() -> None:
    assert read(Frame("<p>é 你好</p>", '{"at":"e.1"}').wire) == ["<p>é 你好</p>", '{"at":"e.1"}']


def test_half_of_a_surrogate_pair_does_not_stop_a_room() -> None:
    assert read(Frame("a\ud800b").wire) == ["a?b"]


def test_a_data_frame_is_json() -> None:
    assert data({"nack": None, "why": 'say "x"'}).texts == ('{"nack":null,"why":"say \\"x\\""}',)
    assert NOWHERE.texts == ('{"at":""}',)
