"""What an import is made of: its tables, what a resource says of it, and the work on some rows of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import orjson
from marshmallow import ValidationError
from sqlalchemy import ForeignKey, Index, String, Text, bindparam, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from shared.bus.calls import Call
from shared.db.base import ChassisBase
from shared.db.types import IdType
from shared.errors import AppError, FieldErrors, StaleVersion
from shared.i18n import LANGUAGES
from shared.jobs import Job
from shared.resources.cells import Reader, reader
from shared.resources.custom import load_custom
from shared.resources.meta import fields_of
from shared.resources.references import named
from shared.schema import Schema, field_errors, loader

READABLE = ("text", "long_text", "email", "phone", "url", "integer", "money", "quantity", "percent", "date", "datetime", "yes_no", "choice",
            "list", "id", "user", "number", "multi_choice")  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Importing:
    """How records of a resource come in from a file.

    `match` gives, per column of the model, what a row must have there to mean the same record. Where it is `unique`, a second
    one is refused. `create(call, data)` and `update(call, record_id, changes)` stand in for the resource's own.
    """

    match: Mapping[str, Callable[[dict[str, Any]], Any]]
    unique: bool = True
    create: Callable[[Call, dict[str, Any]], Any] | None = None
    update: Callable[[Call, str, dict[str, Any]], None] | None = None


class ImportJob(Job, ChassisBase):
    """An import: `status` is checking, checked, importing, done or failed; `progress` counts the rows of the present step.

    `columns` is [{"heading", "field"}]. `counts` tells how many rows are to be (or were) created, updated, skipped, and bad.
    """

    __tablename__ = "imports"
    open_in = ("checking", "importing")

    resource: Mapped[str] = mapped_column(String(60))
    user_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    caller: Mapped[str] = mapped_column(Text())
    file_name: Mapped[str] = mapped_column(String(200))
    duplicates: Mapped[str] = mapped_column(String(10))
    commits_itself: Mapped[bool]
    columns: Mapped[list[Any]]
    total: Mapped[int]
    progress: Mapped[int] = mapped_column(default=0)
    counts: Mapped[dict[str, Any]]


class ImportRow(ChassisBase):
    """A row of an import: its cells, what it repeats, what became of it, and why not."""

    __tablename__ = "import_rows"

    import_id: Mapped[str] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    cells: Mapped[list[Any]]
    match_key: Mapped[str | None] = mapped_column(String(64))
    outcome: Mapped[str | None] = mapped_column(String(10))
    record_id: Mapped[str | None] = mapped_column(IdType())
    errors: Mapped[list[Any] | None]

    __table_args__ = (
        Index("ix_import_rows_match", "import_id", "match_key", "number"),
        Index("ix_import_rows_outcome", "import_id", "outcome", "number"),
    )


@dataclass
class Row:
    """A row being worked on. `outcome` is create, update, skip or bad."""

    number: int
    cells: list[str | None]
    data: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    missing: FieldErrors = field(default_factory=dict)
    key: tuple[Any, ...] | None = None
    outcome: str = "create"
    record_id: str | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, errors: FieldErrors) -> None:
        """The row is bad, and why."""
        self.outcome, self.record_id = "bad", None
        self.errors += [{"field": name, "code": code, "params": params} for name, codes in errors.items() for code, params in codes]

    def refuse_for(self, error: AppError) -> None:
        """The row is bad for what a rule says."""
        self.refuse(error.errors or {"": [(error.code, error.params)]})

    @cached_property
    def key_hash(self) -> str | None:
        """What the row repeats, short enough for an index."""
        return hashlib.sha256(orjson.dumps([str(part) for part in self.key])).hexdigest() if self.key else None


class RowWork:
    """The work on rows of one import, by the rules of its resource and in the name of who started it."""

    def __init__(self, service: Any, call: Call, resource: Any, job: ImportJob) -> None:
        self._service, self._resource, self._importing = service, resource, resource.imports
        self._job_id, self._policy = job.id, job.duplicates
        self._fields = importable_fields(resource, call)
        self._columns = [(position, column["field"]) for position, column in enumerate(job.columns) if column["field"]]
        self._choices = _choices(resource, call)
        shape = resource.shape(call)
        self._custom, self._required = shape.custom, shape.required(call)
        self._schema: Schema = resource.create_schema()
        self._whole = loader(self._schema)
        self._partial = loader(resource.changes_schema().load_fields["changes"].inner)

    def read(self, call: Call, rows: Sequence[Any]) -> list[Row]:
        """Understand rows: fields, references and what each repeats. Nothing is written."""
        return call.read(lambda reading: self._understand(reading, [Row(number=row.number, cells=row.cells) for row in rows]))

    def apply(self, call: Call, rows: list[Row]) -> None:
        """Create and update, all at once; where that fails, one by one, so that each bad row is known. Inside a transaction."""
        try:
            with call.db.begin_nested():
                self._create(call, [row for row in rows if row.outcome == "create"])
                self._update(call, [row for row in rows if row.outcome == "update"], rows)
                call.db.flush()
        except (AppError, IntegrityError, StaleDataError):
            for row in rows:
                self._apply_one(call, row, rows)

    def _understand(self, call: Call, rows: list[Row]) -> list[Row]:
        for row, raw in zip(rows, self._raw(call, rows), strict=True):
            self._load(row, raw)
        self._find_repeats(call.db, rows)
        return rows

    def _apply_one(self, call: Call, row: Row, rows: list[Row]) -> None:
        try:
            with call.db.begin_nested():
                self._create(call, [row] if row.outcome == "create" else [])
                self._update(call, [row] if row.outcome == "update" else [], rows)
                call.db.flush()
        except AppError as error:
            row.refuse_for(error)
        except StaleDataError:
            row.refuse_for(StaleVersion())
        except IntegrityError as error:
            row.refuse_for(call.clash(error))

    def _create(self, call: Call, rows: list[Row]) -> None:
        own = self._importing.create
        datas = [dict(row.data) for row in rows]
        records = [own(call, data) for data in datas] if own else self._resource.create_many(call, datas)
        for row, record in zip(rows, records, strict=True):
            row.record_id = record.id

    def _update(self, call: Call, rows: list[Row], all_rows: list[Row]) -> None:
        """Change the records that rows repeat; one that an earlier row of these made is known by its key."""
        change = self._importing.update or self._resource.change
        made = {row.key: row.record_id for row in all_rows if row.outcome == "create"} if rows else {}
        for row in rows:
            row.record_id = row.record_id or made.get(row.key)
            if row.record_id:
                change(call, row.record_id, dict(row.changes))

    def _raw(self, call: Call, rows: list[Row]) -> list[dict[str, Any]]:
        """What each row says, as JSON values by field; empty cells say nothing."""
        raws: list[dict[str, Any]] = [{} for _ in rows]
        for position, name in self._columns:
            described = self._fields[name]
            read = self._reference_reader(call, described, rows, position) or reader(call, described, self._choices.get(name, {}))
            for row, raw in zip(rows, raws, strict=True):
                text = row.cells[position]
                if text:
                    _read_cell(row, raw, name, text, read)
        return raws

    def _reference_reader(self, call: Call, described: dict[str, Any], rows: list[Row], position: int) -> Reader | None:
        known = named(call, self._service.resources, described["reference"]) if described.get("reference") else None
        if known is None:
            return None
        found = known.ids({row.cells[position] for row in rows if row.cells[position]})

        def read(text: str) -> str:
            ids = found[text]
            if len(ids) != 1:
                raise ValidationError("ambiguous_name" if ids else "name_not_found")
            return str(ids[0])

        return read

    def _load(self, row: Row, raw: dict[str, Any]) -> None:
        """Load the row as the API would load it; what only a new record must have is noted apart."""
        refused = {error["field"] for error in row.errors}
        _, errors = load_custom(self._custom, {name: raw[name] for name in raw if name in self._custom})
        errors |= {name: [("required", {})] for name in self._required if name not in raw}
        try:
            row.data = self._whole(raw)
        except ValidationError as error:
            errors |= field_errors(error, self._schema)
        errors = {name: codes for name, codes in errors.items() if name not in refused}
        row.missing = {name: codes for name, codes in errors.items() if name not in raw and codes[0][0] == "required"}
        wrong = {name: codes for name, codes in errors.items() if name not in row.missing}
        if wrong or refused:
            row.refuse(wrong if self._policy == "update" else errors)
        elif self._policy == "update":
            row.changes = self._partial(raw)

    def _find_repeats(self, db: Session, rows: list[Row]) -> None:
        good = [row for row in rows if row.outcome != "bad"]
        for row in good:
            row.key = self._key(row.data or row.changes)
        present = self._present(db, {row.key for row in good if row.key})
        earlier = self._earlier(db, good)
        for row in good:
            self._decide(row, present.get(row.key) if row.key else None, earlier.get(row.key_hash or ""))
            if row.key_hash and row.outcome != "bad":
                earlier.setdefault(row.key_hash, row.number)

    def _key(self, data: dict[str, Any]) -> tuple[Any, ...] | None:
        try:
            parts = tuple(value(data) for value in self._importing.match.values())
        except KeyError:
            return None
        return parts if all(part not in (None, "") for part in parts) else None

    def _decide(self, row: Row, record_id: str | None, repeated: int | None) -> None:
        column = next(iter(self._importing.match))
        name = column if column in self._fields else next(iter(self._fields))
        if record_id or repeated:
            if self._policy == "skip":
                row.outcome, row.record_id = "skip", record_id
                return
            if self._policy == "update":
                row.outcome, row.record_id = "update", record_id
                return
            if self._importing.unique:
                row.refuse({name: [("repeated_in_file", {"row": str(repeated)}) if repeated else ("already_exists", {})]})
                return
        if row.missing:
            row.refuse(row.missing)

    def _present(self, db: Session, keys: set[tuple[Any, ...]]) -> dict[tuple[Any, ...], str]:
        """Ids of the records that are there already, by key, in one query."""
        model = self._resource.model
        columns = [getattr(model, name) for name in self._importing.match]
        query = select(model.id, *columns).where(tuple_(*columns).in_(keys)).order_by(model.id.desc())
        if hasattr(model, "deleted_at"):
            query = query.where(model.deleted_at.is_(None))
        return {tuple(row[1:]): row[0] for row in db.execute(query)} if keys else {}

    def _earlier(self, db: Session, rows: list[Row]) -> dict[str, int]:
        """Rows of this file before these that mean the same records, by hash of the key."""
        hashes = {row.key_hash for row in rows if row.key_hash}
        if not hashes or not rows:
            return {}
        same = (ImportRow.import_id == self._job_id, ImportRow.match_key.in_(hashes), ImportRow.number < rows[0].number)
        query = select(ImportRow.match_key, ImportRow.number).where(*same, ImportRow.outcome != "bad").order_by(ImportRow.number.desc())
        return {key: number for key, number in db.execute(query) if key}


def importable_fields(resource: Any, call: Call) -> dict[str, dict[str, Any]]:
    """The described fields a file may fill, by name."""
    fields = (one for one in fields_of(resource, call) if not one["read_only"] and one["type"] in READABLE)
    return {one["name"]: one for one in fields if "fields" not in one}


def save_outcomes(db: Session, job_id: str, rows: list[Row]) -> None:
    """Write down what became of rows."""
    table: Any = ImportRow.__table__
    changed = update(table).where(table.c.import_id == job_id, table.c.number == bindparam("row_number"))
    values = [
        {
            "row_number": row.number,
            "match_key": row.key_hash,
            "outcome": row.outcome,
            "record_id": row.record_id,
            "errors": row.errors or None,
        }
        for row in rows
    ]
    db.execute(changed, values)


def _read_cell(row: Row, raw: dict[str, Any], name: str, text: str, read: Reader) -> None:
    try:
        raw[name] = read(text)
    except ValidationError as error:
        row.refuse(field_errors(ValidationError({name: error.messages})))


def _choices(resource: Any, call: Call) -> dict[str, dict[str, str]]:
    """Per field, the value of each choice by its label in any language and by itself, whatever the case."""
    found: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        for one in fields_of(resource, replace(call, caller=replace(call.caller, language=language))):
            for choice in one.get("choices", ()):
                found.setdefault(one["name"], {}).update(
                    {choice["label"].casefold(): choice["value"], choice["value"].casefold(): choice["value"]}
                )
    return found
