"""The shapes of the API as TypeScript, for the web front end: one interface for each named shape of the OpenAPI document."""

from __future__ import annotations

from typing import Any

HEAD = "// Written by `make contracts` from the API's shapes. Don't edit.\n"
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def interfaces(schemas: dict[str, Any]) -> str:
    """A TypeScript module with an interface for each schema; a property nobody must send or give is optional."""
    return HEAD + "".join(_interface(name, schema) for name, schema in schemas.items())


def _interface(name: str, schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    properties = schema.get("properties", {}).items()
    lines = [f"  {key if key.isidentifier() else repr(key)}{'' if key in required else '?'}: {_type(one)};\n" for key, one in properties]
    return f"\nexport interface {name} {{\n{''.join(lines)}}}\n"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema or "oneOf" in schema:
        return " | ".join(dict.fromkeys(_type(one) for one in schema.get("anyOf") or schema["oneOf"]))
    if "enum" in schema:
        return " | ".join("null" if value is None else f"'{value}'" for value in schema["enum"])
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(dict.fromkeys(_type({**schema, "type": one}) for one in kind))
    if kind == "array":
        inner = _type(schema.get("items", {}))
        return f"({inner})[]" if " " in inner else f"{inner}[]"
    return PLAIN.get(str(kind), "unknown") if kind != "object" else "Record<string, unknown>"
