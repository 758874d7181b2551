"""The OpenAPI document, made of the table and the types that the endpoints themselves read and write."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, get_type_hints

import msgspec

from webchat import __version__
from webchat.commands.fields import Id, Place, Slug, Sub
from webchat.web.api.endpoint import Endpoint, plain
from webchat.web.api.problems import MEDIA_TYPE, ROOT, Problem

_TEMPLATE = "#/components/schemas/{name}"
_PROBLEM = {"content": {MEDIA_TYPE: {"schema": {"$ref": _TEMPLATE.format(name="Problem")}}}}
SAID_NO: Mapping[int, str] = {
    400: "What was sent cannot be understood",
    401: "The token is missing or not valid",
    403: "The token or its account may not do it",
    404: "It is not there, or not for this account",
    409: "Somebody was faster, or it is over",
    413: "It is too long",
    422: "The Idempotency-Key stands for another request",
    429: "Too fast; Retry-After says how long to wait",
    503: "Not now; ask again",
}
"""How an endpoint may refuse. All but the first four only those that change something."""
BYTES = {"type": "string", "format": "binary"}
FORM = {"type": "object", "properties": {"file": BYTES}, "required": ["file"]}
READING = (400, 401, 403, 404, 429, 503)
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Whoever sends the same again with the same key is answered again, and nothing is done twice.",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,255}$"},
}


def document(table: Iterable[Endpoint], base: str) -> dict[str, Any]:
    """The whole document, of a place at the path ``base``."""
    table = list(table)
    schemas, components = _schemas(table)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in table:
        paths.setdefault(plain(endpoint.path), {})[endpoint.method.lower()] = _operation(endpoint, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "webchat", "version": __version__},
        "servers": [{"url": base + ROOT}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": {str(status): {"description": said, **_PROBLEM} for status, said in SAID_NO.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def answer(endpoint: Endpoint) -> type[msgspec.Struct] | None:
    """The type of what an endpoint answers with, if there is any content."""
    if endpoint.show is None:
        return None
    shown: type[msgspec.Struct] = get_type_hints(endpoint.show)["return"]
    return shown


def in_path(endpoint: Endpoint) -> list[str]:
    """The names in its path."""
    return re.findall(r"\{(\w+)\}", plain(endpoint.path))


def _schemas(table: list[Endpoint]) -> tuple[dict[Any, Any], dict[str, Any]]:
    """The schema of each type that is read or written, and those that they refer to."""
    types: dict[Any, None] = {Problem: None}
    for endpoint in table:
        types |= dict.fromkeys(one for one in (endpoint.body, answer(endpoint)) if one)
    found, components = msgspec.json.schema_components(types, ref_template=_TEMPLATE)
    return dict(zip(types, found, strict=True)), components


def _operation(endpoint: Endpoint, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    changes = endpoint.method != "GET"
    operation: dict[str, Any] = {
        "summary": endpoint.said,
        "description": f"Needs a token with the scope `{endpoint.scope}`.",
        "operationId": f"{endpoint.method.lower()}{re.sub(r'[^a-z]+', '_', plain(endpoint.path))}".rstrip("_"),
        "parameters": [*_parameters(endpoint), *([_KEY] if endpoint.command else [])],
        "responses": {
            str(endpoint.status): _said_yes(endpoint, schemas),
            **{
                str(status): {"$ref": f"#/components/responses/{status}"}
                for status in (SAID_NO if changes else READING)
            },
        },
    }
    if endpoint.form:
        operation["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": FORM}}}
    if endpoint.body:
        content = {media: {"schema": schemas[endpoint.body]} for media in endpoint.accepts if "json" in media}
        content |= {media: {"schema": {"type": "string"}} for media in endpoint.accepts if "json" not in media}
        required = any(one.required for one in msgspec.structs.fields(endpoint.body))
        operation["requestBody"] = {"required": required, "content": content}
    return operation


def _said_yes(endpoint: Endpoint, schemas: Mapping[Any, Any]) -> dict[str, Any]:
    shown = answer(endpoint)
    media = endpoint.streams or "application/json"
    content = {"content": {media: {"schema": schemas[shown]}}} if shown else {}
    if endpoint.gives:
        content = {"content": {endpoint.gives: {"schema": BYTES}}}
    return {"description": "One of these after the other" if endpoint.streams else "Done", **content}


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    fields = {one.name: one.type for one in msgspec.structs.fields(endpoint.command)} if endpoint.command else {}
    found = []
    for name in in_path(endpoint):
        otherwise = Id if f"{{{name}:number}}" in endpoint.path else {"sub": Sub, "room": Place}.get(name, Slug)
        schema = msgspec.json.schema(fields.get(name, otherwise))
        found.append({"name": name, "in": "path", "required": True, "schema": schema})
    queried = msgspec.structs.fields(endpoint.query)
    return found + [{"name": one.name, "in": "query", "required": False, "schema": _schema(one)} for one in queried]


def _schema(field: msgspec.structs.FieldInfo) -> dict[str, Any]:
    schema = msgspec.json.schema(field.type)
    return schema if field.default is msgspec.UNSET else {**schema, "default": field.default}
