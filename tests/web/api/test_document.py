"""The OpenAPI document is what the API does: schemathesis asks what it allows, and what it does not."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
import requests
import schemathesis
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, settings
from schemathesis.checks import (
    content_type_conformance,
    negative_data_rejection,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.web.api.conftest import place
from tests.web.conftest import URL
from tests.web.test_bearer import Program, made
from webchat.chat import scopes
from webchat.web.api import TABLE, openapi

CHECKS = [
    content_type_conformance,
    negative_data_rejection,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
]
"""All but those that ask again by themselves, which tests/web/api/test_table.py does, and the one that what the types
allow is done: a name may have the right length and still be none."""
EXAMPLES = 5
OPEN: dict[str, Any] = {"security": []}
"""The program shows its token each time."""
schema = schemathesis.openapi.from_dict(openapi.document(TABLE, "") | OPEN)


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as portal:
        yield portal


@pytest.fixture(scope="module")
def program(portal: BlockingPortal, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with portal.wrap_async_context_manager(place(tmp_path_factory.mktemp("document"))) as app:
        secret = portal.call(made, app, "ann", *scopes.SCOPES)
        with portal.wrap_async_context_manager(Program(app, secret)) as program:
            yield program


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
def test_it_is_what_is_done(case: Any, program: Program, portal: BlockingPortal) -> None:
    asked: Any = requests.Request(**case.as_transport_kwargs(base_url=f"{URL}/api/v1")).prepare()

    async def send() -> httpx2.Response:
        return await program.request(asked.method, asked.url, headers=dict(asked.headers), content=asked.body)

    case.validate_response(portal.call(send), checks=CHECKS)
