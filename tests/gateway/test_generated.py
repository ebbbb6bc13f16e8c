"""Every operation of the OpenAPI document with generated input, good and bad: a clean answer that the document describes."""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema_rs import Draft202012Validator
from openapi_spec_validator import validate
from schemathesis.core import NotSet
from werkzeug.test import TestResponse

from deploy.contracts import openapi
from gateway.rules import PERMISSIONS
from shared.db import new_id
from tests.gateway.house import House, Person
from tests.gateway.samples import sample, wrong

EXAMPLES = 2
STREAM = "/api/v1/events/stream"

pytestmark = pytest.mark.timeout(600)
RIGHTS = sorted(set(PERMISSIONS) - {"*", "pool:settings"})
ANYBODYS = {"users", "departments", "roles", "articles", "pools", "approval-rules", "workbench/templates"}


@cache
def document() -> dict[str, Any]:
    return openapi()


def operations(*, body: bool | None = None, method: str | None = None) -> list[tuple[str, str, dict[str, Any]]]:
    """(method, path, operation) of all but log-in and log-out, the stream (test_streams.py), and those that take a file (tests/journeys/test_files.py)."""
    return [
        (verb.upper(), path, operation)
        for path, verbs in document()["paths"].items()
        for verb, operation in verbs.items()
        if "/auth/" not in path and path != STREAM
        and set(operation.get("requestBody", {}).get("content", {"application/json": {}})) == {"application/json"}
        and (body is None or body == ("requestBody" in operation))
        and (method is None or verb.upper() == method)
    ]  # fmt: skip


def body_shape(operation: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = operation["requestBody"]["content"]["application/json"]["schema"]
    return found


def address(path: str, record_id: str | None = None) -> str:
    return re.sub(r"\{\w+\}", lambda _: record_id or new_id(), path.removeprefix("/api/v1"))


@cache
def _validator(method: str, path: str, status: str, kind: str) -> Any:
    described = document()["paths"][path][method.lower()]["responses"]
    assert status in described, f"{method} {path}: {status} is not described"
    content = described[status].get("content", {})
    assert {kind, "*/*"} & set(content) or not content, f"{method} {path}: {status} as {kind} is not described"
    return _validator_of(json.dumps(content.get(kind, {}).get("schema", {})))


@cache
def _validator_of(shape: str) -> Any:
    # One for all operations that answer alike: each takes some megabytes.
    return Draft202012Validator({**json.loads(shape), "components": document()["components"]})


def conforms(method: str, path: str, answer: TestResponse, sent: Any = None) -> None:
    """The answer is one the document describes; a refusal is a problem document."""
    what = f"{method} {path} {str(sent)[:300]}: {answer.status_code} {answer.data[:600]!r}"
    assert answer.status_code < 500, what
    kind = (answer.content_type or "application/json").partition(";")[0]
    if not kind.endswith("json"):
        assert _validator(method, path, str(answer.status_code), kind)
        return
    errors = [error.message for error in _validator(method, path, str(answer.status_code), kind).iter_errors(answer.get_json(silent=True))]
    if answer.status_code != 204:
        assert errors == [], what
    if answer.status_code >= 400 and kind != "application/problem+json":
        assert (answer.status_code, set(answer.get_json())) == (409, {"succeeded", "failed"}), what


def refused(method: str, path: str, answer: TestResponse, sent: Any, field: str | None = None) -> None:
    """A 4xx; the problem names the field."""
    conforms(method, path, answer, sent)
    assert 400 <= answer.status_code < 500, f"{method} {path} took {str(sent)[:300]}"
    if field is not None:
        named = [one["field"] for one in answer.get_json().get("errors", ())]
        assert any(one == field or one.startswith(field + ".") for one in named), (method, path, field, str(sent)[:300], named)


def test_the_document_is_valid() -> None:
    validate(document())
    for method, path, operation in operations():
        assert operation["summary"], path
        assert operation["x-permission"], path
        assert set(operation["responses"]) >= {"400", "401", "403", "404", "409", "422", "429", "503"}, path
        named = {one["name"]: one for one in operation.get("parameters", [])}
        assert set(re.findall(r"\{(\w+)\}", path)) == {name for name, one in named.items() if one["in"] == "path"}, path
        assert ("Idempotency-Key" in named) == (method != "GET"), path
        if method == "GET" and "_list_" in operation["operationId"] and "filter" in named:
            assert set(named) >= {"q", "filter", "sort", "page", "page_size", "fields"}, path


def test_wrong_bodies_name_the_field_and_store_nothing(house: House) -> None:
    admin = house.at()
    before = house.rows()
    # The shapes are read before the database is asked, so that one database sees all and the other a part; and an edit
    # takes the fields that a creation takes, an export those of its list, so that two wrong values of each tell enough.
    every = 1 if house.identity.database.is_sqlite else 6
    for method, path, operation in operations(body=True)[::every]:
        shape = body_shape(operation)
        good = sample(shape, {}, whole=False)
        for name, inner in shape["properties"].items():
            for value in list(wrong(inner))[: 2 if method == "PATCH" or "/batch-" in path or path.endswith("/export") else None]:
                sent = {**good, name: value}
                refused(method, path, admin.send(method, address(path), sent), sent, name)
        for name in shape.get("required", []):
            sent = {key: value for key, value in good.items() if key != name}
            refused(method, path, admin.send(method, address(path), sent), sent, name)
        refused(method, path, admin.send(method, address(path), {**good, "no_such_field": 1}), "an unknown field", "no_such_field")
    assert house.rows() == before


def test_wrong_queries_name_the_parameter(house: House) -> None:
    admin = house.at()
    for method, path, operation in operations(method="GET"):
        query = [one for one in operation.get("parameters", []) if one["in"] == "query"]
        tries = [("no_such_parameter", "1")]
        for one in query:
            tries += [
                (one["name"], str(value)) for value in wrong(one["schema"]) if isinstance(value, (str, int)) and not isinstance(value, bool)
            ]
        for name, value in tries:
            sent = value[:30_000]
            if {"type": "integer"}.items() <= next((one["schema"] for one in query if one["name"] == name), {}).items() and sent == "5":
                continue
            answer = admin.send(method, address(path), query_string={name: sent})
            conforms(method, path, answer, (name, sent))
            if name == "no_such_parameter" or any(one["schema"].get("type") == "integer" for one in query if one["name"] == name):
                refused(method, path, answer, (name, sent), name)


def test_unknown_ids_are_not_found(house: House) -> None:
    admin = house.at()
    before = house.rows()
    for method, path, operation in operations():
        if "{" not in path:
            continue
        sent = sample(body_shape(operation), {}, whole=False) if "requestBody" in operation else None
        answer = admin.send(method, address(path), sent)
        conforms(method, path, answer, sent)
        assert answer.status_code == 404 or (sent and answer.status_code in (409, 422)), (method, path, answer.text)
        refused(method, path, admin.send(method, address(path, "not-an-id"), sent), "a malformed id")
    assert house.rows() == before


@pytest.fixture(scope="module")
def records(house: House) -> dict[str, dict[str, Any]]:
    """One record of every module that can be created, made from its shape alone."""
    admin, made = house.at(), dict[str, dict[str, Any]]()
    waiting = {
        path: operation
        for method, path, operation in operations(body=True, method="POST")
        if path.count("/") == 3 and "201" in operation["responses"]
    }
    references = {"users": admin.id}
    for _ in range(len(waiting)):
        for path, operation in list(waiting.items()):
            sent = sample(body_shape(operation), references, whole=False)
            answer = admin.send("POST", address(path), sent)
            conforms("POST", path, answer, sent)
            if answer.status_code == 201:
                module = path.rpartition("/")[2]
                made[module], references[module] = answer.get_json(), answer.get_json()["id"]
                del waiting[path]
        house.settle()
    return made


def test_records_are_made_from_their_shapes(records: dict[str, dict[str, Any]]) -> None:
    assert set(records) >= {
        "customers",
        "contacts",
        "follow-ups",
        "products",
        "price-lists",
        "quotes",
        "orders",
        "reminders",
        "departments",
    }


def test_stale_versions_and_foreign_records(house: House, records: dict[str, dict[str, Any]]) -> None:
    admin = house.at()
    stranger = _stranger(house)
    before = house.rows()
    for method, path, operation in operations():
        module = path.removeprefix("/api/v1/").split("/")[0]
        if "{id}" not in path or "/views/" in path or module not in records:
            continue
        sent = sample(body_shape(operation), {}, whole=False) if "requestBody" in operation else None
        target = address(path, records[module]["id"])
        if method == "PATCH":
            stale = admin.send(method, target, {**(sent or {}), "version": 999})
            assert (stale.status_code, stale.get_json()["code"]) == (409, "stale_version"), path
        if module not in ANYBODYS:
            answer = stranger.send(method, target, sent)
            conforms(method, path, answer, sent)
            assert answer.status_code == 404 or (sent and answer.status_code == 422), (method, path, answer.text)
    assert house.rows() == before


def test_nobody_reads_foreign_rows_in_a_list(house: House, records: dict[str, dict[str, Any]]) -> None:
    stranger = _stranger(house)
    for module, record in records.items():
        answer = stranger.send("GET", f"/{module}", query_string={"page_size": "200"})
        assert answer.status_code == 200
        if module not in ANYBODYS:
            assert record["id"] not in {row["id"] for row in answer.get_json()["items"]}, module


def _stranger(house: House) -> Person:
    """Somebody who may do everything but set up the pools, which shows every customer; with their own records only."""
    admin = house.at()
    code = f"stranger{new_id()[-12:]}"
    assert (
        admin.send("POST", "/roles", {"code": code, "name": "Stranger", "permissions": RIGHTS, "scopes": {"*": "own"}}).status_code == 201
    )
    return house.employ(code, code)


@pytest.mark.parametrize("mode", ["positive", "negative"])
def test_generated_requests_get_described_answers(house: House, records: dict[str, dict[str, Any]], mode: str) -> None:
    # Each database gets the first of every operation, one of them all.
    last = EXAMPLES if house.identity.database.is_sqlite else 1
    for method, path, examples in generated(mode):
        for query, sent in examples[:last]:
            target = address(path, records.get(path.split("/")[3], {}).get("id"))
            answer = house.at().send(method, target, query_string=query, content_type="application/json", **sent)
            conforms(method, path, answer, (query, sent))
    assert house.at().send("GET", "/auth/me").status_code == 200


@cache
def generated(mode: str) -> list[tuple[str, str, list[tuple[dict[str, str], dict[str, Any]]]]]:
    """For each operation (method, path, its requests): query and body, made from its description or, where the mode is negative, against it."""
    described = _bodies_and_queries()
    found, known = [], dict[str, list[tuple[dict[str, str], dict[str, Any]]]]()
    for operation in (one.ok() for one in schemathesis.openapi.from_dict(described).get_all_operations()):
        if "/auth/" in operation.path or operation.path == STREAM:
            continue
        if mode == "positive" or list(operation.body) or list(operation.query):
            # What takes the same is sent the same: many operations of the modules differ by their path alone.
            takes = {name: described["paths"][operation.path][operation.method].get(name) for name in ("parameters", "requestBody")}
            key = json.dumps(takes, sort_keys=True)
            if key not in known:
                known[key] = _requests(operation, schemathesis.GenerationMode(mode))
            found.append((operation.method.upper(), operation.path, known[key]))
    return found


def _bodies_and_queries() -> dict[str, Any]:
    """The document with what is generated here alone: a wrong header must not take the place of a wrong body."""
    described = copy.deepcopy(document())
    for verbs in described["paths"].values():
        for operation in verbs.values():
            operation["parameters"] = [one for one in operation.get("parameters", []) if one["in"] == "query"]
    return described


def _requests(operation: Any, mode: Any) -> list[tuple[dict[str, str], dict[str, Any]]]:
    made: list[tuple[dict[str, str], dict[str, Any]]] = []

    def keep(case: Any) -> None:
        sent = {} if isinstance(case.body, NotSet) else {"data": case.body if isinstance(case.body, bytes) else json.dumps(case.body)}
        made.append(({name: str(value) for name, value in (case.query or {}).items()}, sent))

    # Hypothesis reads the source of each function it is given, word by word.
    tried = given(case=operation.as_strategy(generation_mode=mode))(lambda case: keep(case))
    settings(max_examples=EXAMPLES, phases=[Phase.generate], suppress_health_check=list(HealthCheck))(tried)()
    return made
