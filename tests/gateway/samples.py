"""Values made from the shapes in the OpenAPI document: acceptable ones, and every kind of unacceptable one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shared.db import new_id


def kinds(shape: dict[str, Any]) -> set[str]:
    """The JSON types a shape allows."""
    named = shape.get("type", [])
    return {named} if isinstance(named, str) else set(named)


def sample(shape: dict[str, Any], references: dict[str, str], *, whole: bool = True) -> Any:
    """A value of this shape; ids point to `references` by module. `whole` fills optional fields too."""
    if "enum" in shape:
        return shape["enum"][0]
    if shape.get("examples"):
        return shape["examples"][0]
    if shape.get("format") == "uuid":
        return references.get(shape.get("x-reference", ""), new_id())
    types = kinds(shape)
    if "object" in types:
        wanted = shape.get("properties", {})
        required = set(shape.get("required", []))
        return {name: sample(inner, references, whole=whole) for name, inner in wanted.items() if whole or name in required}
    if "array" in types:
        return [sample(shape["items"], references, whole=whole)] * max(shape.get("minItems", 0), 1)
    if "integer" in types:
        return max(shape.get("minimum", 0), min(1, shape.get("maximum", 1)))
    if "boolean" in types:
        return False
    return "Sample text"[: shape.get("maxLength", 20)].ljust(shape.get("minLength", 0), "x") if "string" in types else {}


def wrong(shape: dict[str, Any]) -> Iterator[Any]:
    """Values that are not of this shape."""
    types = kinds(shape)
    if not types:
        return
    if "null" not in types:
        yield None
    if "string" in types:
        yield from _wrong_text(shape)
    elif "integer" in types:
        yield from ("5", 1.5, True, 2**63, -(2**63), [], {}, shape["minimum"] - 1, shape["maximum"] + 1)
    elif "boolean" in types:
        yield from ("true", 1, 0, [], {})
    elif "array" in types:
        yield from ({}, "x", 5, True)
        if shape.get("maxItems", 10**6) <= 1000:
            yield [sample(shape["items"], {}, whole=False)] * (shape["maxItems"] + 1)
        yield from ([value] for value in wrong(shape["items"]))
    elif "object" in types:
        yield from ([], "x", 5, True, {"no_such_field": 1})


def _wrong_text(shape: dict[str, Any]) -> Iterator[Any]:
    yield from (True, [], {}, ["x"], {"a": {"b": {"c": 1}}})
    if "number" not in kinds(shape):
        yield 1.5
    if "enum" in shape:
        yield from ("nonsense", "", shape["enum"][0].upper() + "x")
    elif "format" in shape or "pattern" in shape:
        yield from ("nonsense", "NaN", "1e309", "-", "0x10", "١٢", "a\0b", "9" * 5000, "' OR 1=1 --")
    else:
        yield from (5, "a\0b", "a\x1bb", "x" * (shape["maxLength"] + 1))
