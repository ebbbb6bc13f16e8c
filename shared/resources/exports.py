"""Export: what a list shows, page by page, as cells for a spreadsheet. The gateway writes the file.

Pages follow a cursor (the last row's sort values), so that the hundred-thousandth row costs what the first did; rows added
after the export began are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_

from shared.bus.calls import Call
from shared.errors import Malformed
from shared.i18n import label
from shared.resources.meta import fields_of, title_of
from shared.resources.operation import Operation
from shared.resources.query import Page, kind_of
from shared.resources.references import named
from shared.schema import Field, Schema, Text

PAGE = 250
NOT_SHOWN = ("id", "can", "version")
CELL_KINDS = {
    "money": "money",
    "integer": "number",
    "number": "number",
    "quantity": "number",
    "percent": "number",
    "date": "date",
    "datetime": "datetime",
}


def export(resource: Any, service: Any, call: Call, *, after: str | None = None, **params: Any) -> dict[str, Any]:
    """Download every row the list's filter shows as a spreadsheet.

    Gives some hundred rows: {"title", "columns": [{"name", "label", "kind"}], "rows": [[cell]], "next", "total"}. Cells are text
    or null: numbers as exact decimals, dates as ISO, times in the organisation's zone. `next` is the cursor for the next page,
    null at the end; `total` is told with the first page. Raises Malformed as lists do.
    """
    columns = _columns(fields_of(resource, call), params.get("fields_"), service.resources)
    dialect = resource.shape(call).dialect
    query = resource.query(call.db, call.caller)
    query = resource.narrow(query, params) if resource.narrow else query
    order = dialect.sorting(call, params.get("sort") or dialect.default(call, resource.default_sort))
    walk = Walk(call, query.where(*dialect.conditions(call, params)), order, resource.model.created_at, after)

    def written(records: list[Any]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = resource.dump_many(call, Page(records, 1, PAGE, 0))["items"]
        _name_references(call, service.resources, columns, rows)
        return rows

    return _sheet(call, title_of(resource, call), columns, walk, written)


def export_list(
    call: Call,
    walk: Walk,
    *,
    title: str,
    schema: type[Schema],
    written: Callable[[list[Any]], list[dict[str, Any]]],
    fields: str | None = None,
) -> dict[str, Any]:
    """The same for a list that is none of records: `schema` names its columns, `written` gives the rows of some of what was found."""
    described = [
        {"name": name, "label": label("fields", name, call.caller.language, call.package), "type": kind_of(one)}
        for name, one in schema().dump_fields.items()
        if isinstance(one, Field)
    ]
    return _sheet(
        call, label("modules", f"{title}.many", call.caller.language, call.package), _columns(described, fields, ()), walk, written
    )


def _sheet(
    call: Call, title: str, columns: list[dict[str, Any]], walk: Walk, written: Callable[[list[Any]], list[dict[str, Any]]]
) -> dict[str, Any]:
    records, cursor = walk.page()
    return {
        "title": title,
        "columns": [{"name": one["name"], "label": one["label"], "kind": CELL_KINDS.get(one["type"], "text")} for one in columns],
        "rows": _cells(call, columns, written(records)),
        "next": cursor,
        "total": walk.total() if walk.is_first else None,
    }


def export_input(resource: Any) -> type[Schema]:
    """What an export takes: what the list takes, without pages but with a cursor."""
    return export_of(resource.schema.__name__.removesuffix("Schema"), resource.list_takes)


def export_of(stem: str, list_takes: type[Schema]) -> type[Schema]:
    """What the export of a list takes, by what the list takes."""
    whole = type("Meta", (), {"exclude": ("page", "page_size"), "unknown": "raise"})
    return cast(type[Schema], type(f"Export{stem}Input", (list_takes,), {"after": Text(max=4000), "Meta": whole}))


class Walk:
    """One step of a walk through a list, from a cursor on. `order` ends in what no two rows share, `came` is the column that tells since when a row is there."""

    def __init__(self, call: Call, query: Select[Any], order: list[tuple[Any, bool]], came: Any, after: str | None) -> None:
        self._call, self._order, self.is_first = call, order, not after
        self._last: list[Any] | None = None
        self._until = call.now
        if after:
            self._until, self._last = _read_cursor(after, len(self._order))
        self._query: Select[Any] = query.where(came <= self._until)

    def page(self) -> tuple[list[Any], str | None]:
        """The next records and the cursor behind the last of them; None when that was the end."""
        keys = [column for column, _ in self._order]
        ordered = self._query.add_columns(*keys).order_by(*(column.desc() if down else column.asc() for column, down in self._order))
        if self._last is not None:
            ordered = ordered.where(self._behind(self._last))
        found = self._call.db.execute(ordered.limit(PAGE)).all()
        return [row[0] for row in found], _write_cursor(self._until, list(found[-1][1:])) if len(found) == PAGE else None

    def total(self) -> int:
        """How many rows there are in all."""
        return self._call.db.scalar(self._query.with_only_columns(func.count()).order_by(None)) or 0

    def _behind(self, last: list[Any]) -> ColumnElement[bool]:
        """Rows that sort behind the last one: equal in the first sort columns and behind in the next."""
        ways: list[ColumnElement[bool]] = []
        equal: list[ColumnElement[bool]] = []
        for (column, down), value in zip(self._order, last, strict=True):
            ways.append(and_(*equal, self._beyond(column, down, value)))
            equal.append(column.is_(None) if value is None else column == value)
        return or_(*ways)

    def _beyond(self, column: Any, down: bool, value: Any) -> ColumnElement[bool]:
        """PostgreSQL counts an empty value as the highest, SQLite as the lowest."""
        empty_is_low = self._call.database.is_sqlite
        empties_follow = empty_is_low == down
        if value is None:
            return false() if empties_follow else column.is_not(None)
        # As a parameter: SQLAlchemy will not have yes or no written out beside < and >.
        bound = literal(value, column.type)
        further = column < bound if down else column > bound
        return or_(further, column.is_(None)) if empties_follow else further


def _columns(described: list[dict[str, Any]], wanted: str | None, resources: Any) -> list[dict[str, Any]]:
    """The fields to show, in the caller's order; without one, all a person would read."""
    fields = {field["name"]: field for field in described}
    if wanted:
        names = [name for name in wanted.split(",") if name]
        for name in names:
            if name not in fields:
                raise Malformed.parameter("fields", "unknown_field", field=name)
        return [fields[name] for name in names]
    here = {"users", *(one.module for one in resources if one.named_by)}
    return [field for name, field in fields.items() if name not in NOT_SHOWN and _is_readable(name, field, fields, here)]


def _is_readable(name: str, field: dict[str, Any], fields: dict[str, Any], here: set[str]) -> bool:
    if field["type"] in ("json", "object") or "fields" in field:
        return False
    if field["type"] in ("id", "user"):
        return f"{name.removesuffix('_id')}_name" not in fields and field.get("reference") in here
    return True


def _name_references(call: Call, resources: Any, columns: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    """Put names where ids of this service's records or of users stand; one query per column."""
    for column in columns:
        known = named(call, resources, column["reference"]) if column.get("reference") else None
        if known:
            name = column["name"]
            names = known.names({row[name] for row in rows if row.get(name)})
            for row in rows:
                row[name] = names.get(row.get(name), row.get(name))


def _cells(call: Call, columns: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[list[str | None]]:
    writers = [(column["name"], _writer(call, column)) for column in columns]
    return [[None if (value := row.get(name)) is None else write(value) for name, write in writers] for row in rows]


def _writer(call: Call, column: dict[str, Any]) -> Callable[[Any], str]:
    """How a field's value is written into a cell."""
    labels = {choice["value"]: choice["label"] for choice in column.get("choices", ())}
    if column["type"] == "datetime":
        zone = ZoneInfo(call.organisation.time_zone)
        return lambda value: _moment(value).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    if column["type"] == "yes_no":
        words = {flag: label("choices", f"yes_no.{str(flag).lower()}", call.caller.language, call.package) for flag in (True, False)}
        return lambda value: words[value]
    return lambda value: ", ".join(labels.get(one, str(one)) for one in value) if isinstance(value, list) else labels.get(value, str(value))


def _moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _write_cursor(until: datetime, values: list[Any]) -> str:
    return orjson.dumps([until.isoformat(), [_tagged(value) for value in values]]).decode()


def _tagged(value: Any) -> list[Any]:
    """JSON has no moments, days and exact decimals: their kind is written beside them."""
    if isinstance(value, Decimal):
        return ["decimal", format(value, "f")]
    if isinstance(value, datetime):
        return ["moment", value.isoformat()]
    return ["day", value.isoformat()] if isinstance(value, date) else ["plain", value]


READERS: dict[str, Callable[[Any], Any]] = {
    "decimal": Decimal, "moment": datetime.fromisoformat, "day": date.fromisoformat, "plain": lambda value: value
}  # fmt: skip


def _read_cursor(text: str, length: int) -> tuple[datetime, list[Any]]:
    try:
        until, tagged = orjson.loads(text)
        values = [READERS[kind](value) for kind, value in tagged]
        if len(values) != length:
            raise ValueError(length)
        return datetime.fromisoformat(until), values
    except (ValueError, TypeError, KeyError, ArithmeticError):
        raise Malformed.parameter("after", "invalid_value") from None


OPERATIONS = (
    Operation(name="export", method="GET", path="{module}/export", rpc="export_{many}", verb="export", run=export, read=True,
              takes=export_input, served_by="export"),
)  # fmt: skip
