"""What goes from process to process: one version byte, then msgpack of who sends and what happened, in order."""

import logging
from collections.abc import Iterator, Sequence

import msgspec

from webchat.between import Between
from webchat.bus import Gap
from webchat.events import Event, MessagePosted

log = logging.getLogger("webchat.bus")

VERSION = b"\x01"
MOST = 200
"""The most events of one parcel, so that none is so long that Redis gives up on who hears it."""

News = Event | Between | Gap
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(News)


class _Parcel(msgspec.Struct, array_like=True, frozen=True):
    node: str
    news: list[msgspec.Raw]


_opener = msgspec.msgpack.Decoder(_Parcel)


def packed(news: News) -> bytes:
    """One event as it travels. Only the process where a post was stored counts it: the others are told the sum."""
    if isinstance(news, MessagePosted):
        news = msgspec.structs.replace(news, room_id=0)
    return _encoder.encode(news)


def parcels(node: str, news: Sequence[bytes]) -> Iterator[bytes]:
    """Packed events, as few parcels as they fit in."""
    for low in range(0, len(news), MOST):
        yield VERSION + _encoder.encode(_Parcel(node, [msgspec.Raw(one) for one in news[low : low + MOST]]))


def opened(node: str, parcel: bytes) -> Iterator[News]:
    """What is in a parcel that another process than ``node`` sent. What cannot be understood is one line of the log:
    a newer program may know more, and what it meant is found in the store."""
    if parcel[:1] != VERSION:
        log.warning("Ignored a message of %d bytes on the bus: it is not of version %d.", len(parcel), VERSION[0])
        return
    try:
        found = _opener.decode(memoryview(parcel)[1:])
    except (msgspec.DecodeError, RecursionError) as error:
        log.warning("Ignored a message of %d bytes on the bus: %s", len(parcel), error)
        return
    for raw in () if found.node == node else found.news:
        try:
            yield _decoder.decode(raw)
        except (msgspec.DecodeError, RecursionError) as error:
            log.warning("Ignored news of %d bytes on the bus: %s", len(bytes(raw)), error)
