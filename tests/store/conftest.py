"""A store of each kind."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from webchat.store import Store
from webchat.store.opening import open_store


@pytest.fixture
async def either(store_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    """An open store, first of SQLite and then of PostgreSQL."""
    store = open_store(store_url, tmp_path)
    yield store
    store.close()
