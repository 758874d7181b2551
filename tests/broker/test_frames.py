"""Frames are what a WebSocket library reads."""

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame as Read, Opcode
from websockets.protocol import OPEN
from websockets.uri import parse_uri

from webchat.broker.frames import Frame, at, data, position_of


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
    assert at("") == '{"at":""}'


def heard(stream: bytes) -> list[tuple[str, str, str]]:
    """The events of a stream, as the standard reads them: id, name, data."""
    found = []
    for block in stream.decode().split("\n\n")[:-1]:
        fields: dict[str, list[str]] = {"id": [], "event": [], "data": []}
        for line in block.split("\n"):
            name, _colon, value = line.partition(": ")
            fields[name].append(value)
        found.append(("".join(fields["id"]), "".join(fields["event"]), "\n".join(fields["data"])))
    return found


@pytest.mark.parametrize(
    "lines", ["one\ntwo", "one\r\ntwo", "one\rtwo", "one\n\ntwo", "id: 7\nevent: x\ndata: y", "\n\n", ""]
)
def test_no_text_begins_another_event_or_field(lines: str) -> None:
    assert heard(Frame(f"<p>{lines}</p>", '{"at":"e.1"}').events) == [
        ("", "", f"<p>{lines}</p>".replace("\r\n", "\n").replace("\r", "\n")),
        ("e.1", "at", '{"at":"e.1"}'),
    ]


def test_data_are_events_with_a_name() -> None:
    frame = Frame('{"read":{"7":3},"mentions":{"7":0}}', at(""), "<p>é 你好</p>")
    assert heard(frame.events) == [
        ("", "read", '{"read":{"7":3},"mentions":{"7":0}}'),
        ("", "at", '{"at":""}'),
        ("", "", "<p>é 你好</p>"),
    ]
    assert frame.events is frame.events
    assert heard(Frame("a\ud800b").events) == [("", "", "a?b")]


def test_only_a_position_is_one() -> None:
    assert position_of(at("e.1")) == "e.1"
    assert position_of(at("")) == ""
    assert position_of('{"ack":"at"}') is None
    assert position_of("<p>") is None
