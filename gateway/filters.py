"""A list's filter in the words of its module: what the web shows on the audit log's page, for its lines in files and for readers of the API."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from shared.i18n import phrase, text

WITHOUT_VALUE = frozenset({"is_empty", "is_not_empty", "is_me", "in_my_team", "today", "yesterday", "this_week", "last_week", "this_month", "last_month", "this_quarter", "this_year"})  # fmt: skip
COUNTED = frozenset({"last_n_days", "not_in_last_n_days", "next_n_days"})

FieldWord = Callable[[str], str]
"""What a field is called."""
ValueWord = Callable[[str, Any], str]
"""What a value of a field is called."""


def tree_of(filter_: Any) -> Any:
    """A filter as a list was given it; None where it cannot be read."""
    try:
        tree = json.loads(filter_) if isinstance(filter_, str) else filter_
    except ValueError:
        return None
    return tree if isinstance(tree, dict) and ({"field", "op"} <= tree.keys() or "and" in tree or "or" in tree) else None


def values_in(tree: Any) -> Iterator[Any]:
    """Every value that a filter compares with."""
    for part in tree.get("and") or tree.get("or") or ():
        yield from values_in(part)
    value = tree.get("value")
    yield from value if isinstance(value, list) else [value]


def in_words(tree: dict[str, Any], language: str, field: FieldWord, value: ValueWord) -> str:
    """A whole filter: "Level is any of A, B and (Status is empty or Owner is Li)". `field` and `value` are the words of the module."""
    if "field" in tree:
        return _condition(tree, language, field, value)
    join = "and" if "and" in tree else "or"
    parts = tree[join]
    return str(text("filters", join, language, "gateway")).join(
        in_words(part, language, field, value)
        if "field" in part or len(parts) < 2
        else _bracketed(in_words(part, language, field, value), language)
        for part in parts
    )


def _bracketed(words: str, language: str) -> str:
    return f"({words})" if language == "en" else f"（{words}）"


def _condition(leaf: dict[str, Any], language: str, field: FieldWord, value: ValueWord) -> str:
    name, op, given = str(leaf["field"]), str(leaf["op"]), leaf.get("value")
    told = f"{field(name)} {text('filters', f'op.{op}', language, 'gateway') or op}"
    if op in WITHOUT_VALUE:
        return told
    if op in COUNTED:
        key = "day" if str(given) == "1" else "days"
        return f"{told} {phrase('filters', key, language, 'gateway', {'count': str(given)})}"
    comma = " – " if op == "between" else ", " if language == "en" else "、"
    return f"{told} {comma.join(value(name, one) for one in (given if isinstance(given, list) else [given]))}"
