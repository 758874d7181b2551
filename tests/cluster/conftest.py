"""Three servers behind nginx, for all tests that share them."""

from collections.abc import Iterator

import pytest

from tests.tools.cluster import Cluster
from tests.tools.postgres import Postgres

OFTEN = """
from webchat.web import revocation
revocation.COMPARED = 1.0
"""
"""A server that looks every second, and not every five, for sessions that ended."""


@pytest.fixture(scope="package")
def cluster(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory, long_run: bool) -> Iterator[Cluster]:
    """Three servers, open to guests, without limits."""
    folder, store = tmp_path_factory.mktemp("cluster"), postgres.emptied("cluster")
    with Cluster(folder, store, 3, "--open", patch="" if long_run else OFTEN) as cluster:
        yield cluster
