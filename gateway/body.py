"""Reading a request: its JSON strictly (one object, no repeated names, no NaN, not too deep), and the key under which it may come again."""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson
from flask import request
from marshmallow import ValidationError

from shared.errors import AppError, Invalid, Malformed
from shared.schema import Schema, field_errors

MAX_DEPTH = 20
MAX_BODY = 1024 * 1024
KEY = re.compile(r"[\x21-\x7e]{1,200}")


class TooLarge(AppError):
    """The body is larger than we read."""

    status = 413


class UnsupportedMediaType(AppError):
    """The body is not JSON."""

    status = 415


def given_key() -> str | None:
    """The caller's idempotency key; None where they gave none. Raises Malformed."""
    given = request.headers.get("Idempotency-Key")
    if given is not None and not KEY.fullmatch(given):
        raise Malformed.parameter("Idempotency-Key", "invalid_idempotency_key")
    return given


def loaded(schema: type[Schema], *, required: bool = True) -> dict[str, Any]:
    """The body in a shape. Raises what json_body raises, and Invalid."""
    shape = schema()
    try:
        data: dict[str, Any] = shape.load(json_body(required=required))
    except ValidationError as error:
        raise Invalid(errors=field_errors(error, shape)) from error
    return data


def json_body(*, required: bool = True) -> dict[str, Any]:
    """The body as a dict. Raises Malformed, TooLarge, UnsupportedMediaType; no body at all is an empty dict if allowed."""
    if (request.content_length or 0) > MAX_BODY:
        raise TooLarge()
    raw = request.get_data(cache=False)
    if len(raw) > MAX_BODY:
        raise TooLarge()
    if not raw and not required:
        return {}
    if request.mimetype != "application/json":
        raise UnsupportedMediaType()
    return parse_object(raw)


def parse_object(raw: bytes) -> dict[str, Any]:
    """A JSON object read strictly. Raises Malformed."""
    try:
        body = json.loads(raw, object_pairs_hook=_unique, parse_constant=_no_constant)
        _check(body, 0)
        orjson.dumps(body)
    except (ValueError, RecursionError, TypeError):
        raise Malformed("malformed_json") from None
    if not isinstance(body, dict):
        raise Malformed("body_must_be_object")
    return body


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _check(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("too deep")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not finite")
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check(inner, depth + 1)
