"""The words of the audit log: every detail has one in three languages, and people are called by their names."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from gateway.facts import facts_of
from shared.i18n import LANGUAGES, text

GATEWAY = Path(__file__).parents[2] / "gateway"
LISTED = {"q", "filter", "sort", "fields"}
"""What an export may say of the list it took its rows from."""
SETTINGS = {"name", "time_zone", "currency", "working_days"}


def written() -> set[str]:
    """The names of all details that the gateway writes somewhere."""
    calls = [
        node
        for file in GATEWAY.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    ]
    audits = [call for call in calls if getattr(call.func, "attr", getattr(call.func, "id", "")) in ("audit", "ask_and_tell")]
    return {keyword.arg for call in audits for keyword in call.keywords if keyword.arg}


def test_every_detail_has_its_word() -> None:
    names = written() | LISTED | SETTINGS | {"service", "ids"}
    assert {"user", "roles", "session"} <= names
    assert [(name, one) for name in sorted(names) for one in LANGUAGES if text("audit", name, one, "gateway") is None] == []


@pytest.mark.parametrize(
    ("detail", "language", "value"),
    [({"user": "u1"}, "en", "Wang"), ({"user": "gone"}, "en", "gone"), ({"to_pool": True}, "zh-CN", "是"), ({"to_pool": False}, "en", "No"),
     ({"roles": ["admin", "gone"]}, "en", "The bosses, gone"), ({"role": "admin"}, "en", "The bosses"), ({"permissions": ["a", "b"]}, "en", "a, b"), ({"module": "customers"}, "zh-TW", "客戶"), ({"module": "pool/summary"}, "en", "pool/summary"),
     ({"module": "pool/customers"}, "en", "Pool customers"), ({"sort": "-protected_until,gone", "module": "pool/customers"}, "zh-CN", "保护结束日期 ↓、gone ↑"),
     ({"rows": 12}, "en", "12"), ({"handover_to": None}, "en", "—"),
     ({"outcome": "unknown"}, "en", "not known: nobody heard the answer")],
)  # fmt: skip
def test_values_in_words(detail: dict[str, Any], language: str, value: str) -> None:
    fact = facts_of(detail, {"u1": "Wang", "admin": "The bosses"}, language)[0]
    assert (fact["name"], fact["value"]) == (next(iter(detail)), value)
