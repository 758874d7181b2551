"""What tests against a real uvicorn start from."""

import gc
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.wire.live import House, Live, serving
from webchat import wire


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes no goodbye is not waited for."""
    monkeypatch.setattr(wire, "GRACE", 0.2)
    monkeypatch.setattr(wire, "FLOOD_GRACE", 0.1)


@pytest.fixture
async def house() -> House:
    return House()


@pytest.fixture
async def live(house: House) -> AsyncIterator[Live]:
    async with serving(house) as live:
        yield live


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Python's collector of cycles does nothing."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(params=[True, False], ids=["uvloop", "asyncio"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    """uvicorn's two loops: their transports buffer in different ways."""
    return "asyncio", {"use_uvloop": request.param}
