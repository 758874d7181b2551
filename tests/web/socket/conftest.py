"""The door on a real server."""

from collections.abc import AsyncIterator

import pytest

from tests.wire.live import House, Live, serving


@pytest.fixture
async def house() -> House:
    return House()


@pytest.fixture
async def live(house: House) -> AsyncIterator[Live]:
    async with serving(house) as live:
        yield live
