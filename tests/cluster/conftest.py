"""Three servers behind nginx, for all tests of a module."""

from collections.abc import Iterator

import pytest

from tests.tools.cluster import Cluster
from tests.tools.postgres import Postgres


@pytest.fixture(scope="module")
def cluster(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three servers, open to guests, without limits."""
    with Cluster(tmp_path_factory.mktemp("cluster"), postgres.emptied("cluster"), 3, "--open") as cluster:
        yield cluster
