"""What several tests of the broker start from."""

import pytest

from tests.broker.cast import TOP, FakeStore


@pytest.fixture
def store() -> FakeStore:
    """A room of 40 messages."""
    store = FakeStore()
    for _ in range(TOP):
        store.post()
    return store
