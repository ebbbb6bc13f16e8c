"""`make contracts`: writes what the code promises as documents, so that a review sees an API change as a diff.

OpenAPI 3.1 from routes and RPC shapes, AsyncAPI 3 from the event classes, the list of heard events for the relay, the page
that shows the API, and the shapes as TypeScript for the web. `--check` fails when a committed file is not what would be written now.
"""

from __future__ import annotations

import dataclasses
import html
import json
import re
import sys
import types
import typing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from deploy.parts import SERVICES
from deploy.typescript import interfaces
from gateway import VERSION
from gateway import schemas as identity_schemas
from gateway.dispatch import DESCRIBED_VIEWS
from gateway.exports import FOLLOWED
from gateway.routes import ROUTES
from gateway.streams import DESCRIBED
from gateway.table import Route
from shared import schema as fields
from shared.bus import RpcSpec
from shared.codes import Currency, TimeZone
from shared.contracts.base import event_classes
from shared.resources.custom import PREFIX, CustomInput
from shared.resources.schemas import ChangesField

ROOT = Path(__file__).resolve().parent.parent
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "code": {"type": "string"},
        "detail": {"type": "string"}, "request_id": {"type": "string"}, "retry_after": {"type": "integer"},
        "errors": {"type": "array", "items": {"type": "object", "required": ["field", "code", "detail"], "properties": {name: {"type": "string"} for name in ("field", "code", "detail")}}},
    },
}  # fmt: skip
HELP = {
    "q": "Quick search over the fields a person would type.",
    "filter": 'The JSON text of a tree of {"and"|"or": [...]} and {"field", "op", "value"}.',
    "sort": "Fields, comma-separated; a minus before a name turns the order round.",
    "page": "The page, from 1.",
    "page_size": "Rows on a page.",
    "exact_total": "Count all rows, however many; without it a list counts up to 50,000 and `is_total_exact` says whether that was all.",
    "fields": "Fields to answer with, comma-separated.",
}
KEY = {
    "name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 200, "pattern": "^[!-~]{1,200}$"},
    "description": "The same key and body gets the first answer again; the same key with another body is a 422.",
}  # fmt: skip
EXAMPLES = {"money": "1200.00", "quantity": "2.500", "percent": "12.50", "date": "2026-11-23", "datetime": "2026-11-23T01:00:00Z"}
CODES: dict[type, list[str]] = {Currency: ["CNY"], TimeZone: ["Asia/Shanghai"]}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILE = {"type": "string", "contentMediaType": "application/octet-stream"}
FILE_ANSWERS = {"download": ("*/*",), "export": (XLSX, "text/csv"), "template": (XLSX, "text/csv"), "import_result": (XLSX, "text/csv")}
FORMS: dict[str, dict[str, Any]] = {
    "upload": {},
    "import": {
        "mapping": {"type": "string", "contentMediaType": "application/json", "description": "{heading: field, or null to leave the column out}"},
        "duplicates": {"type": "string", "enum": ["skip", "update", "create"], "default": "create"},
        "dry_run": {"type": "string", "enum": ["true", "false"], "default": "true"},
    },
}  # fmt: skip
SHAPES: dict[str, dict[str, Any]] = {}
NAMED: dict[str, type[fields.Schema]] = {}
SPECS: dict[str, RpcSpec] = {f"{service.name}.{name}": spec for service in SERVICES for name, spec in service.rpcs().items()}


def documents() -> dict[Path, str]:
    """Every generated file with its content."""
    api = openapi()
    return {
        ROOT / "gateway/published/openapi.json": _json(api),
        ROOT / "gateway/published/asyncapi.json": _json(asyncapi()),
        ROOT / "gateway/published/docs.html": _page(api),
        ROOT / "shared/contracts/heard.json": _json(heard()),
        ROOT / "web/src/shared/api/contracts.ts": interfaces(api["components"]["schemas"]),
    }


def heard() -> dict[str, list[str]]:
    """The events some service listens to, by publisher."""
    found: dict[str, set[str]] = {}
    for service in SERVICES:
        for publisher, name in service.subscriptions():
            found.setdefault(publisher, set()).add(name)
    return {publisher: sorted(names) for publisher, names in sorted(found.items())}


def openapi() -> dict[str, Any]:
    """The HTTP API."""
    paths: dict[str, Any] = {}
    for route in ROUTES:
        path = "/api/v1" + re.sub(r"<(\w+)>", r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route)
    for name, takes, gives in (
        ("login", identity_schemas.LoginInput, identity_schemas.TokensSchema),
        ("refresh", identity_schemas.RefreshInput, identity_schemas.TokensSchema),
    ):
        paths[f"/api/v1/auth/{name}"] = {"post": _auth_operation(name, takes, gives)}
    paths["/api/v1/auth/logout"] = {"post": _auth_operation("logout", None, None, status="204")}
    paths["/api/v1/auth/me"]["get"] = _auth_operation("me", None, identity_schemas.MeSchema)
    paths["/api/v1/events/stream"] = {"get": _auth_operation("stream", None, None) | DESCRIBED}
    paths["/api/v1/meta"] = {"get": {"operationId": "list_modules", "tags": ["meta"], "summary": "The modules the caller may open", "x-permission": "anyone",
                                     "responses": {"200": {"description": "Done", **_content({})}, **_problems()}}}  # fmt: skip
    return {
        "openapi": "3.1.0",
        "info": {"title": "Highseas CRM", "version": VERSION, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
            "schemas": dict(sorted({**SHAPES, "Problem": PROBLEM}.items())),
        },
    }


def asyncapi() -> dict[str, Any]:
    """The events: a channel per publisher and event, with who listens."""
    listeners: dict[tuple[str, str], list[str]] = {}
    for service in SERVICES:
        for subscription in service.subscriptions():
            listeners.setdefault(subscription, []).append(service.name)
    channels, operations, messages = {}, {}, {}
    for (publisher, name), event in event_classes().items():
        full = f"{publisher}.{name}"
        messages[full] = {"name": full, "summary": (event.__doc__ or "").strip(), "payload": _event_shape(event)}
        channels[full] = {"address": f"{publisher}.events/{name}", "messages": {name: {"$ref": f"#/components/messages/{full}"}}}
        operations[f"publish_{full}"] = {
            "action": "send", "channel": {"$ref": f"#/channels/{full}"}, "summary": f"published by {publisher}",
            "x-listeners": sorted(listeners.get((publisher, name), [])),
        }  # fmt: skip
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Highseas CRM events", "version": VERSION},
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


def _operation(route: Route) -> dict[str, Any]:
    operation = _call_operation(route)
    if route.served_by in FILE_ANSWERS:
        _answers_with_file(operation, FILE_ANSWERS[route.served_by])
    if route.served_by in ("export", "begin_export", "template", "import_result"):
        _takes_format(operation)
    if route.served_by in FORMS:
        form = {"type": "object", "required": ["file"], "additionalProperties": False, "properties": {"file": FILE} | FORMS[route.served_by]}  # fmt: skip
        operation["requestBody"] = {"required": True, "content": {"multipart/form-data": {"schema": form}}}
    return operation


def _answers_with_file(operation: dict[str, Any], media_types: tuple[str, ...]) -> None:
    """The answer is a file to save, whatever the RPC behind it gives."""
    operation["responses"]["200"] = {
        "description": "The file",
        "headers": {"Content-Disposition": {"schema": {"type": "string"}}},
        "content": {media_type: {"schema": {}} for media_type in media_types},
    }


def _takes_format(operation: dict[str, Any]) -> None:
    """The gateway makes the file: it takes the format, and follows the pages (`after`) itself."""
    chosen = {"name": "format", "in": "query", "required": False, "schema": {"type": "string", "enum": ["xlsx", "csv"], "default": "xlsx"}}
    if "requestBody" in operation:
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        body["properties"] = {"format": chosen["schema"]} | {name: one for name, one in body["properties"].items() if name not in FOLLOWED}
        return
    operation["parameters"] = [chosen, *(one for one in operation.get("parameters", []) if one["name"] != "after")]


def _call_operation(route: Route) -> dict[str, Any]:
    spec = dataclasses.replace(SPECS[route.rpc], **DESCRIBED_VIEWS.get(route.served_by, {}))
    in_path = re.findall(r"<(\w+)>", route.path)
    shape = spec.takes() if spec.takes else None
    loads = dict(shape.load_fields) if shape else {}
    parameters = [_parameter(name, "path", loads[name], required=True) for name in in_path]
    rest = {field.data_key or name: field for name, field in loads.items() if name not in in_path}
    operation: dict[str, Any] = {
        "operationId": f"{route.method.lower()}_{route.rpc.replace('.', '_')}",
        "tags": [route.path.split("/")[1]],
        "summary": spec.doc.splitlines()[0] if spec.doc else route.rpc,
        "x-permission": route.may or "anyone",
        "responses": _responses(spec),
    }
    if spec.read:
        parameters += [_parameter(name, "query", field, required=field.required) for name, field in rest.items()]
    else:
        parameters.append(KEY)
        if rest and route.method != "DELETE":
            optional = set(shape.partial_fields) if shape else set()
            body = _object(rest, {name for name, field in rest.items() if field.required and name not in optional})
            operation["requestBody"] = {"required": bool(body.get("required")), "content": {"application/json": {"schema": body}}}
    if parameters:
        operation["parameters"] = parameters
    return operation


def _auth_operation(name: str, takes: Any, gives: Any, status: str = "200") -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": f"auth_{name}", "tags": ["auth"], "summary": name,
        "responses": {status: {"description": "Done", **_content(_dumped(gives) if gives else {})}, **_problems()},
    }  # fmt: skip
    if name in ("login", "refresh", "logout"):
        operation["parameters"] = [KEY]
    if takes:
        loads = dict(takes().load_fields)
        body = _object(loads, {field_name for field_name, field in loads.items() if field.required})
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
        operation["security"] = []
    return operation


def _responses(spec: RpcSpec) -> dict[str, Any]:
    if spec.status == 204:
        return {"204": {"description": "Done"}, **_problems()}
    answers = {str(spec.status): {"description": "Done", **_content(_result(spec))}, **_problems()}
    if spec.batch:
        answers["409"]["description"] = "Not one succeeded, or a conflict of the whole request"
        answers["409"]["content"] = answers["409"]["content"] | _content(_result(spec))["content"]
    return answers


def _result(spec: RpcSpec) -> dict[str, Any]:
    if spec.gives is None:
        return {}
    one = _dumped(spec.gives)
    if not spec.many:
        return one
    counts = {name: {"type": "integer"} for name in ("page", "page_size", "total")} | {"is_total_exact": {"type": "boolean"}}
    return {
        "type": "object",
        "required": ["items", *counts],
        "properties": {"items": {"type": "array", "items": one}, **counts},
    }


def _problems() -> dict[str, Any]:
    problem = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    reasons = {
        "400": "Malformed", "401": "Not logged in", "403": "No permission", "404": "Not found", "409": "Conflict", "413": "Too large",
        "415": "Not JSON", "422": "Invalid", "429": "Too many requests", "503": "Unavailable", "504": "No answer in time",
    }  # fmt: skip
    return {status: {"description": reason, **problem} for status, reason in reasons.items()}


def _content(shape: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": shape}}}


def _parameter(name: str, place: str, field: Any, *, required: bool) -> dict[str, Any]:
    helped = {"description": HELP[name]} if place == "query" and name in HELP else {}
    return {"name": name, "in": place, "required": required, **helped, "schema": _field(field, loading=True)}


def _object(loads: dict[str, Any], required: set[str]) -> dict[str, Any]:
    named = {name: field for name, field in loads.items() if not isinstance(field, CustomInput)}
    shape: dict[str, Any] = {
        "type": "object", "additionalProperties": False,
        "properties": {field.data_key or name: _field(field, loading=True) for name, field in named.items()},
    }  # fmt: skip
    if len(named) < len(loads):
        shape["patternProperties"] = {f"^{PREFIX}": {}}
    return shape | ({"required": sorted(required)} if required else {})


def _dumped(schema: type[fields.Schema]) -> dict[str, Any]:
    """A reference to the shape of an answer, which is described once under its name."""
    name = schema.__name__.removesuffix("Schema")
    if NAMED.get(name, schema) is not schema:
        raise ValueError(f"two shapes are named {name}: {NAMED[name].__module__} and {schema.__module__}")
    if name not in NAMED:
        NAMED[name] = schema
        shown = schema().dump_fields
        SHAPES[name] = {"type": "object", "properties": {one: _nullable(_field(field, loading=False)) for one, field in shown.items()}}
    return {"$ref": f"#/components/schemas/{name}"}


def _field(field: Any, *, loading: bool) -> dict[str, Any]:
    shape = _shape(field, loading=loading)
    return _nullable(shape) if loading and field.allow_none else shape


def _nullable(shape: dict[str, Any]) -> dict[str, Any]:
    if "enum" in shape:
        return shape | {"enum": [*shape["enum"], None], "type": [shape["type"], "null"]}
    named = shape.get("type")
    types = [named] if isinstance(named, str) else list(named or [])
    return shape | {"type": [*types, "null"]} if types else shape


def _shape(field: Any, *, loading: bool) -> dict[str, Any]:
    if isinstance(field, fields.Choice):
        return {"type": "string", "enum": list(field.choices)}
    if isinstance(field, fields.Id):
        named = {"x-reference": field.metadata["reference"]} if field.metadata.get("reference") else {}
        return {"type": "string", "format": "uuid", "pattern": f"^{field.pattern.pattern}$", **named}
    if isinstance(field, fields.Exact):
        pattern = f"^-?[0-9]{{1,13}}(\\.[0-9]{{1,{field.places}}})?$"
        taken = ["string", "number" if field.floats else "integer"] if loading else "string"
        return {"type": taken, "pattern": pattern} | ({"examples": [EXAMPLES[field.kind]]} if loading else {})
    if isinstance(field, fields.Text):
        # Which entries a dictionary has is the administrator's; its presets are what it starts with.
        known = list(field.presets) if isinstance(field, fields.Dictionary) else CODES.get(type(field))
        return (
            {"type": "string"}
            | ({"examples": known} if known else {})
            | ({"maxLength": field.max, "minLength": field.min} if loading else {})
        )
    if isinstance(field, fields.Whole):
        return {"type": "integer"} | ({"minimum": field.min, "maximum": field.max} if loading else {})
    if isinstance(field, fields.Many):
        inner = field.inner
        item = _nested(inner, loading=loading) if isinstance(inner, fields.Schema) else _shape(inner, loading=loading)
        return {"type": "array", "items": item} | ({"minItems": field.min, "maxItems": field.max} if loading else {})
    if isinstance(field, (fields.One, ChangesField)):
        return _nested(field.inner, loading=loading)
    simple: dict[str, dict[str, Any]] = {
        "yes_no": {"type": "boolean"},
        "date": {"type": "string", "format": "date"},
        "datetime": {"type": "string", "format": "date-time"},
    }
    shape = dict(simple.get(field.kind, {}))
    return shape | ({"examples": [EXAMPLES[field.kind]]} if loading and field.kind in EXAMPLES else {})


def _nested(shape: Any, *, loading: bool) -> dict[str, Any]:
    if not loading:
        return _dumped(type(shape))
    optional = set(shape.partial_fields)
    loads = dict(shape.load_fields)
    return _object(loads, {name for name, field in loads.items() if field.required and name not in optional})


def _event_shape(event: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(event)
    names = [field.name for field in dataclasses.fields(event)]
    return {"type": "object", "properties": {name: _hint(hints[name]) for name in names}, "required": names}


def _hint(hint: Any) -> dict[str, Any]:
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        return _nullable(_hint(next(one for one in typing.get_args(hint) if one is not type(None))))
    if origin is tuple:
        return {"type": "array", "items": _hint(typing.get_args(hint)[0])}
    if dataclasses.is_dataclass(hint):
        return _event_shape(hint)
    known: dict[Any, dict[str, Any]] = {
        bool: {"type": "boolean"}, int: {"type": "integer"}, str: {"type": "string"}, Decimal: {"type": "string", "description": "exact decimal"},
        datetime: {"type": "string", "format": "date-time"}, date: {"type": "string", "format": "date"},
    }  # fmt: skip
    return known[hint]


def _json(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _page(api: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><b>{method.upper()}</b></td><td><code>{html.escape(path)}</code></td><td>{html.escape(operation['summary'])}</td>"
        f"<td><code>{html.escape(operation.get('x-permission') or '')}</code></td></tr>\n"
        for path, operations in api["paths"].items()
        for method, operation in operations.items()
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Highseas CRM API</title></head>\n<body>\n<h1>Highseas CRM API</h1>\n'
        '<p>The full description is in <a href="/api/v1/openapi.json">OpenAPI 3.1</a>, the events in '
        '<a href="/api/v1/asyncapi.json">AsyncAPI 3</a>. Log in with <code>POST /api/v1/auth/login</code> and send '
        "<code>Authorization: Bearer &lt;access_token&gt;</code>.</p>\n<table>\n"
        f"<tr><th>Method</th><th>Path</th><th>What it does</th><th>Permission</th></tr>\n{rows}</table>\n</body></html>\n"
    )


def main(arguments: list[str]) -> int:
    """The command line."""
    stale = [path for path, text in documents().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in arguments:
        for path in stale:
            print(f"stale: {path.relative_to(ROOT)} (run `make contracts`)", file=sys.stderr)  # noqa: T201
        return 1 if stale else 0
    for path, text in documents().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
