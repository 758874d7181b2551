"""A Redis for the tests of a module."""

from collections.abc import Iterator

import pytest

from tests.tools.redis import Redis, running


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with running(tmp_path_factory.mktemp("redis")) as server:
        yield server
