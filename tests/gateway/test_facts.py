"""The words of the audit log: every detail has one in three languages, and people are called by their names."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from deploy.web import WEB
from gateway.facts import facts_of, people_in
from shared.db import new_id
from shared.i18n import LANGUAGES, text
from shared.resources.query import OPERATORS

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


LEVEL = {"field": "level", "op": "in", "value": ["A", "B"]}
OWNER = {"field": "owner_id", "op": "ne", "value": "u1"}
NESTED = {
    "and": [
        {"field": "status", "op": "in", "value": ["lost", "gone"]},
        {"or": [OWNER, {"field": "updated_at", "op": "last_n_days", "value": 1}]},
    ]
}


@pytest.mark.parametrize(
    ("tree", "language", "value"),
    [
        (OWNER, "en", "Owner is not Wang"),
        (NESTED, "en", "Status is any of Lost, gone and (Owner is not Wang or Updated at in the last 1 day)"),
        (NESTED, "zh-CN", "状态 属于 流失、gone 且 （负责人 不等于 Wang 或 修改时间 最近 1 天）"),
        ({"field": "owner_id", "op": "in_my_team"}, "zh-TW", "負責人 是我或下屬"),
        ({"field": "order_total", "op": "between", "value": ["1", "2"]}, "en", "Orders between 1 – 2"),
        ({"nonsense": 1}, "en", '{"nonsense": 1}'),
    ],
)
def test_a_filter_in_words(tree: dict[str, Any], language: str, value: str) -> None:
    detail = {"filter": json.dumps(tree), "module": "customers"}
    assert facts_of(detail, {"u1": "Wang"}, language)[0]["value"] == value


def test_an_empty_list_is_not_told() -> None:
    told = facts_of({"setting": "pools/1/restore", "fields": []}, {}, "en")
    assert [one["name"] for one in told] == ["setting"]


def test_people_in_a_filter_are_looked_up() -> None:
    user_id = new_id()
    assert people_in({"filter": json.dumps({"and": [LEVEL, {**OWNER, "op": "in", "value": [user_id]}]})}) == {user_id}


@pytest.mark.parametrize("language", LANGUAGES)
def test_operators_are_called_as_in_the_web(language: str) -> None:
    web = json.loads((WEB / f"src/locales/{language}.json").read_text(encoding="utf-8"))
    shown = {name for operators in OPERATORS.values() for name in operators}
    assert {name: text("filters", f"op.{name}", language, "gateway") for name in shown} == {name: web[f"op.{name}"] for name in shown}
    assert [text("filters", one, language, "gateway") for one in ("and", "or")] == [web["filter.and"], web["filter.or"]]
