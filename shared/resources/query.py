"""The one list dialect: quick search, filter tree, sort, paging, fields.

Unknown fields, operators and value types are a 400 that names them.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Self, cast

from dateutil.relativedelta import relativedelta
from marshmallow import ValidationError
from sqlalchemy import ColumnElement, Select, and_, asc, desc, false, func, literal, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from shared import clock
from shared.bus.calls import Call
from shared.db.quick import Count, Records
from shared.errors import Malformed
from shared.people import subordinates
from shared.resources.scope import EVERYTHING, KEPT
from shared.schema import Field, Part, Schema, Text

Computed = Callable[[Call], ColumnElement[Any]]

MAX_DEPTH = 10
MAX_CONDITIONS = 100
PART = Text(max=200)

EQUALITY = ("eq", "ne", "in", "not_in", "is_empty", "is_not_empty")
ORDER = ("gt", "gte", "lt", "lte", "between")
TEXT = ("contains", "starts_with")
DATES = ("today", "yesterday", "this_week", "last_week", "this_month", "last_month", "this_quarter", "this_year",
         "last_n_days", "next_n_days", "not_in_last_n_days")  # fmt: skip
PEOPLE = ("is_me", "in_my_team")
COMPARISONS = {"eq": operator.eq, "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
OPERATORS = {
    "text": EQUALITY + TEXT,
    "long_text": EQUALITY + TEXT,
    "email": EQUALITY + TEXT,
    "phone": EQUALITY + TEXT,
    "url": EQUALITY + TEXT,
    "id": EQUALITY,
    "user": EQUALITY + PEOPLE,
    "choice": EQUALITY,
    "multi_choice": ("contains", "is_empty", "is_not_empty"),
    "yes_no": EQUALITY,
    "integer": EQUALITY + ORDER,
    "number": EQUALITY + ORDER,
    "money": EQUALITY + ORDER,
    "quantity": EQUALITY + ORDER,
    "percent": EQUALITY + ORDER,
    "date": EQUALITY + ORDER + DATES,
    "datetime": EQUALITY + ORDER + DATES,
}


COUNTED = 30_000
"""How far a list counts unless asked for more: nobody pages that far, and counting a million rows takes longer than finding twenty."""


@dataclass(frozen=True)
class Page:
    """One page of a list, and how many rows there are in all: exactly, or `total` and more."""

    records: list[Any]
    page: int
    page_size: int
    total: int
    is_total_exact: bool = True
    fields: tuple[str, ...] = ()

    def shown(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """The answer that every list gives, with its records written out as these rows, of which only the fields asked for are shown."""
        if self.fields:
            rows = [Part((name, row[name]) for name in self.fields) for row in rows]
        return {"items": rows, "page": self.page, "page_size": self.page_size, "total": self.total, "is_total_exact": self.is_total_exact}


@dataclass(frozen=True)
class Asked:
    """A list as it was asked for: the statements of its rows and of their number, counted up to `most`, and the fields wanted."""

    rows: Records
    count: Count
    most: int | None
    wanted: tuple[str, ...]


class Dialect:
    """The list dialect for one model and schema: which fields may be searched, filtered and sorted by.

    A schema field is filterable where the model has a column (or SQL expression) of its name, unless it says
    `filterable=False`. `extra` adds fields that are computed when read: {"overdue": function of the call that gives the expression}.
    """

    def __init__(self, model: type, schema: type[Schema], search: tuple[str, ...], extra: Mapping[str, Computed] | None = None) -> None:
        self.model = model
        self.fields: dict[str, Field] = {name: f for name, f in schema().dump_fields.items() if isinstance(f, Field)}
        self.columns = {name: column for name, f in self.fields.items() if (column := _column(model, name, f)) is not None}
        self.computed = dict(extra or {})
        self.search: dict[str, Any] = {name: getattr(model, name) for name in search}
        self._known: dict[Any, Asked] = {}

    @property
    def filterable(self) -> frozenset[str]:
        """The fields one may filter and sort by."""
        return frozenset(self.columns) | frozenset(self.computed)

    def adapted(
        self, *, hidden: Collection[str] = (), fields: dict[str, Field] | None = None, columns: dict[str, Any] | None = None
    ) -> Self:
        """The same without the hidden fields, and with some more (or other) fields and columns."""

        def kept(named: dict[str, Any]) -> dict[str, Any]:
            return {name: one for name, one in named.items() if name not in hidden}

        other = copy(self)
        other._known = {}
        other.fields, other.columns = kept(self.fields) | (fields or {}), kept(self.columns) | (columns or {})
        other.computed, other.search = kept(self.computed), kept(self.search)
        return other

    def check(self, call: Call, *, filter: Any, sort: str | None, columns: Iterable[str]) -> None:
        """Raise Malformed unless this dialect understands a filter tree, a sort and column names."""
        if filter is not None:
            Tree(self, call, self.columns_of(call)).condition(filter, 0)
        if sort:
            self.sorting(call, sort)
        self._known_fields(columns)

    def page(
        self, call: Call, query: Select[Any], params: dict[str, Any], default_sort: str, *, scope: ColumnElement[bool] = EVERYTHING
    ) -> Page:
        """Run a list: `query` already holds the row scope, or `scope` is it. Raises Malformed naming what is wrong."""
        number, size = params["page"], params["page_size"]
        asked = self._asked(call, query, params, default_sort, scope)
        records = asked.rows.all(call.db)
        total, is_exact = _total(call.db, asked, number, size, len(records))
        return Page(records, number, size, total, is_exact, asked.wanted)

    def _asked(self, call: Call, query: Select[Any], params: dict[str, Any], default_sort: str, scope: ColumnElement[bool]) -> Asked:
        # Whoever has the same rights and asks the same on the same day gets the same statements; building them costs more than a page.
        key = (query, scope, call.today, call.organisation.time_zone, call.caller.user_id, tuple(params.items()))
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= KEPT:
                self._known.clear()
            found = self._known[key] = self._build(call, query, params, default_sort, scope)
        return found

    def _build(self, call: Call, query: Select[Any], params: dict[str, Any], default_sort: str, scope: ColumnElement[bool]) -> Asked:
        wanted = self._wanted(params.get("fields_"))
        # The scope comes last: SQLite tries the conditions in their order, and this one costs most.
        narrowed = query.where(*self.conditions(call, params), scope)
        number, size = params["page"], params["page_size"]
        sort = params.get("sort") or self.default(call, default_sort)
        order = ((desc if down else asc)(column) for column, down in self.sorting(call, sort))
        most = None if params.get("exact_total") else max(COUNTED, number * size)
        rows = narrowed.order_by(*order).limit(size).offset((number - 1) * size)
        return Asked(Records(rows), Count(_counting(narrowed, most)), most, wanted)

    def columns_of(self, call: Call) -> dict[str, Any]:
        """What a list may be filtered and sorted by, with what is computed for this call."""
        return self.columns | {name: compute(call) for name, compute in self.computed.items()}

    def conditions(self, call: Call, params: dict[str, Any]) -> list[ColumnElement[bool]]:
        """What `q` and `filter` demand of a row. Raises Malformed."""
        found = []
        if params.get("q"):
            found.append(or_(false(), *(_like(call, column, "contains", params["q"]) for column in self.search.values())))
        if params.get("filter"):
            tree = Tree(self, call, self.columns_of(call))
            found.append(tree.condition(_json(params["filter"]), 0))
        return found

    def default(self, call: Call, sort: str) -> str:
        """The default sort; where it names what the caller may not see, the newest come first."""
        columns = self.columns_of(call)
        return sort if all(part.lstrip("-") in columns for part in sort.split(",")) else "-id"

    def sorting(self, call: Call, sort: str) -> list[tuple[Any, bool]]:
        """The columns to sort by, each with whether downwards; the id makes the order certain. Raises Malformed."""
        columns, order, down = self.columns_of(call), [], False
        for part in sort.split(","):
            name, down = (part[1:], True) if part.startswith("-") else (part, False)
            if name not in columns:
                raise Malformed.parameter("sort", "unknown_sort_field", field=name[:100])
            order.append((columns[name], down))
        return [*order, (self.model.id, down)]  # type: ignore[attr-defined]

    def _wanted(self, names: str | None) -> tuple[str, ...]:
        wanted = tuple(name for name in (names or "").split(",") if name)
        self._known_fields(wanted)
        return wanted

    def _known_fields(self, names: Iterable[str]) -> None:
        for name in names:
            if name not in self.fields:
                raise Malformed.parameter("fields", "unknown_field", field=name[:100])


@dataclass
class Tree:
    """A filter tree being turned into a condition."""

    dialect: Dialect
    call: Call
    columns: dict[str, Any]
    conditions: int = 0

    def condition(self, node: Any, depth: int) -> ColumnElement[bool]:
        """The condition of a node: {"and": [...]}, {"or": [...]} or {"field", "op", "value"}."""
        self.conditions += 1
        if depth > MAX_DEPTH or self.conditions > MAX_CONDITIONS:
            raise Malformed.parameter("filter", "filter_too_large")
        if isinstance(node, dict) and len(node) == 1 and next(iter(node)) in ("and", "or"):
            kind, children = next(iter(node.items()))
            if not isinstance(children, list) or not children:
                raise Malformed.parameter("filter", "filter_malformed")
            return (and_ if kind == "and" else or_)(*(self.condition(child, depth + 1) for child in children))
        if not isinstance(node, dict) or not {"field", "op"} <= set(node) <= {"field", "op", "value"}:
            raise Malformed.parameter("filter", "filter_malformed")
        return self._leaf(node["field"], node["op"], node.get("value"))

    def _leaf(self, name: Any, op: Any, value: Any) -> ColumnElement[bool]:
        if not isinstance(name, str) or name not in self.columns:
            raise Malformed.parameter("filter", "unknown_filter_field", field=str(name)[:100])
        field = self.dialect.fields[name]
        if op not in operators(field):
            raise Malformed.parameter("filter", "unknown_operator", field=name, op=str(op)[:50])
        column = self.columns[name]
        try:
            if op in PEOPLE:
                return self._people(column, op)
            if op == "not_in_last_n_days":
                return not_(func.coalesce(self._within(column, field, *_days("last_n_days", value, self.call.today)), false()))
            if op in DATES:
                return self._within(column, field, *_days(op, value, self.call.today))
            if op in TEXT and field.kind != "multi_choice":
                return _like(self.call, column, op, value)
            condition: ColumnElement[bool] = _compare(column, field, op, value)
        except (ValidationError, TypeError, KeyError):
            raise Malformed.parameter("filter", "invalid_filter_value", field=name, op=op) from None
        return condition

    def _people(self, column: Any, op: str) -> ColumnElement[bool]:
        me = self.call.caller.user_id or ""
        mine: ColumnElement[bool] = column == me if op == "is_me" else column.in_(subordinates(me))
        return mine

    def _within(self, column: Any, field: Field, first: date, last: date) -> ColumnElement[bool]:
        if field.kind == "date":
            return and_(column >= first, column <= last)
        zone = self.call.organisation.time_zone
        start, end = clock.start_of_day(first, zone), clock.start_of_day(last + timedelta(days=1), zone)
        return and_(column >= start, column < end)


def operators(field: Field) -> tuple[str, ...]:
    """What a field may be filtered by."""
    return OPERATORS.get(kind_of(field), EQUALITY)


def kind_of(field: Field) -> str:
    """The type of a field as a front end sees it: a reference to a user is a type of its own."""
    return "user" if field.metadata.get("reference") == "users" else field.kind


def _like(call: Call, column: Any, op: str, value: Any) -> ColumnElement[bool]:
    part = PART.deserialize(value)
    # SQLite's LIKE ignores case by itself; lower() on every row would double the time of a search. PostgreSQL's ILIKE costs more than its
    # LIKE, which will do for words without case, as those in Chinese.
    blind = "" if call.database.is_sqlite or part.lower() == part.upper() else "i"
    matches = getattr(column, blind + {"contains": "contains", "starts_with": "startswith"}[op])
    condition: ColumnElement[bool] = matches(part, autoescape=True)
    return condition


def _compare(column: Any, field: Field, op: str, value: Any) -> Any:
    if field.kind == "multi_choice" and op == "contains":
        return column.contains(f'"{cast(Any, field).inner.deserialize(value)}"', autoescape=True)
    if value is None:
        op = {"eq": "is_empty", "ne": "is_not_empty"}.get(op, op)
    if op in ("is_empty", "is_not_empty"):
        empty = or_(column.is_(None), column == "") if isinstance(field, Text) else column.is_(None)
        return empty if op == "is_empty" else not_(empty)
    if op in ("in", "not_in"):
        if not isinstance(value, list) or len(value) > 1000:
            raise ValidationError("invalid_list")
        values = [_given(field, item) for item in value]
        return column.in_(values) if op == "in" else or_(column.not_in(values), column.is_(None))
    if op == "between":
        low, high = (_given(field, item) for item in _pair(value))
        return and_(column >= low, column <= high)
    wanted = _given(field, value)
    if op == "ne":
        return or_(column != wanted, column.is_(None))
    return COMPARISONS[op](column, wanted)


def _given(field: Field, value: Any) -> Any:
    """A value to compare with: nothing is more, less or one of some than no value, also where the field takes none."""
    if value is None:
        raise ValidationError("must_not_be_null")
    return field.deserialize(value)


def _pair(value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValidationError("invalid_pair")
    return value


def _days(op: str, value: Any, today: date) -> tuple[date, date]:
    if op in ("last_n_days", "next_n_days"):
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 3660:
            raise ValidationError("invalid_days")
        return (today - timedelta(days=value - 1), today) if op == "last_n_days" else (today, today + timedelta(days=value))
    monday = today - timedelta(days=today.weekday())
    month = today.replace(day=1)
    quarter = month.replace(month=(month.month - 1) // 3 * 3 + 1)
    day = timedelta(days=1)
    return {
        "today": (today, today),
        "yesterday": (today - day, today - day),
        "this_week": (monday, monday + 6 * day),
        "last_week": (monday - 7 * day, monday - day),
        "this_month": (month, month + relativedelta(months=1) - day),
        "last_month": (month - relativedelta(months=1), month - day),
        "this_quarter": (quarter, quarter + relativedelta(months=3) - day),
        "this_year": (today.replace(month=1, day=1), today.replace(month=12, day=31)),
    }[op]


def _column(model: type, name: str, field: Field) -> Any:
    column = getattr(model, field.attribute or name, None)
    if field.metadata.get("filterable") is False or not isinstance(column, (InstrumentedAttribute, ColumnElement)):
        return None
    return None if hasattr(column.property, "mapper") else column


def _total(db: Session, asked: Asked, page: int, size: int, found: int) -> tuple[int, bool]:
    if found < size and (found or page == 1):
        return (page - 1) * size + found, True
    total = asked.count.of(db)
    return (total, True) if asked.most is None else (min(total, asked.most), total <= asked.most)


def _counting(query: Select[Any], most: int | None) -> Select[Any]:
    if most is None:
        return query.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    # Without a condition nothing but the columns says which table is counted.
    one_each = query.with_only_columns(literal(1), maintain_column_froms=True).order_by(None)
    return select(func.count()).select_from(one_each.limit(most + 1).subquery())


def _json(text: str) -> Any:
    try:
        tree = json.loads(text, parse_constant=_refuse)
        # Half a surrogate pair is no text; it could not even be told back.
        json.dumps(tree, ensure_ascii=False).encode()
        return tree
    except (ValueError, RecursionError):
        raise Malformed.parameter("filter", "filter_malformed") from None


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
