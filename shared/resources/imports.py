"""Import: records from a spreadsheet. Checked first, by doing it and undoing it; then done. The work is in `import_jobs`."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from typing import Any

from sqlalchemy import insert, select

from shared.bus.blocking import run_blocking
from shared.bus.calls import Call, TimerSpec
from shared.caller import ALL, Caller
from shared.db.base import new_id
from shared.db.loading import lock
from shared.errors import Conflict, Forbidden, Invalid, NotFound, WrongState
from shared.file_keys import reserve
from shared.files import CHUNK, file_store
from shared.i18n import LANGUAGES, error_text, label
from shared.resources.import_jobs import carry_on_imports, forget_old_imports, go_on_to, no_counts, resource_of
from shared.resources.importing import ImportJob, ImportRow, importable_fields
from shared.resources.meta import fields_of, title_of
from shared.resources.operation import Operation
from shared.resources.schemas import IdInput
from shared.schema import Choice, Flag, Id, Json, Many, Moment, Schema, Text, Whole
from shared.sheets import Sheet, read_sheet

SHOWN_BAD_ROWS = 100
RESULT_PAGE = 500


class StartImportInput(Schema):
    """A file in the store to import. `mapping` gives a field, or null to leave it out, by column heading."""

    file_key = Text(required=True, max=90)
    file_name = Text(required=True, max=200)
    sha256 = Text(required=True, min=64, max=64)
    mapping = Json()
    duplicates = Choice(("skip", "update", "create"), load_default="create")
    dry_run = Flag(load_default=True)


class ColumnSchema(Schema):
    """A column of the file and the field it fills, null where it is left out. One that is not matched waits for its mapping."""

    heading = Text()
    field = Text(allow_none=True)
    is_matched = Flag()


class CountsSchema(Schema):
    """How many rows are to be (before the commit) or were (after it) created, updated, skipped, or are bad."""

    created = Whole()
    updated = Whole()
    skipped = Whole()
    bad = Whole()


class RowErrorSchema(Schema):
    """What is wrong in a row: the column's heading, its field (both empty when it is the row as a whole), what stands there, code and text."""

    heading = Text()
    field = Text()
    value = Text(allow_none=True)
    code = Text()
    detail = Text()


class BadRowSchema(Schema):
    """A bad row, by its number in the spreadsheet."""

    row = Whole()
    errors = Many(RowErrorSchema)


class ImportSchema(Schema):
    """An import. `progress` of `total` rows of the present step are done; the first hundred bad rows are shown."""

    id = Id()
    module = Text()
    file_name = Text()
    status = Choice(("checking", "checked", "importing", "done", "failed"))
    duplicates = Choice(("skip", "update", "create"))
    total = Whole()
    progress = Whole()
    columns = Many(ColumnSchema)
    counts = Json()
    bad_rows = Many(BadRowSchema)
    can_commit = Flag()
    created_at = Moment()
    finished_at = Moment(allow_none=True)


class ImportResultInput(IdInput):
    """Where to go on in an import's result."""

    after = Whole(min=0, load_default=0)


def import_template(resource: Any, service: Any, call: Call) -> dict[str, Any]:
    """Download an empty file to fill in.

    Gives {"title", "columns": [{"name", "label", "required", "kind", "choices": [label]}]}.
    """
    columns = [
        {
            "name": one["name"], "label": one["label"], "required": one["required"], "kind": one["type"],
            "choices": [choice["label"] for choice in one.get("choices", ()) if choice["active"]],
        }
        for one in importable_fields(resource, call).values()
    ]  # fmt: skip
    return {"title": title_of(resource, call), "columns": columns}


def begin_import(resource: Any, service: Any, call: Call) -> dict[str, str]:
    """Reserve a place for the file. It goes by itself after an hour: by then its rows are in the database."""
    return {"file_key": reserve(call.db, service.name, call.now)}


def read_file(resource: Any, call: Call, data: dict[str, Any]) -> None:
    """Before the transaction: the file's rows, read in a real thread. Raises Invalid naming what is wrong with it."""
    with tempfile.TemporaryFile() as copy, file_store(call.settings).open(data["file_key"]) as stored:
        while piece := stored.read(CHUNK):
            copy.write(piece)
        copy.seek(0)
        data["sheet"] = run_blocking(read_sheet, copy, data["file_name"])
    if not data["sheet"].rows:
        raise Invalid.field("file", "file_has_no_rows")


def start_import(
    resource: Any, service: Any, call: Call, *, sheet: Sheet, file_name: str, duplicates: str, dry_run: bool, **given: Any
) -> dict[str, Any]:
    """Take in a file and check its rows; without a dry run, import them too when not one is bad."""
    _check_rights(resource, call.caller, duplicates)
    job = ImportJob(
        id=new_id(), resource=resource.name, user_id=call.caller.user_id, caller=_as_importer(call.caller).to_header(),
        file_name=file_name, duplicates=duplicates, commits_itself=not dry_run, status="checking", progress=0,
        columns=_columns(resource, call, sheet, given.get("mapping"), may_wait=dry_run), total=len(sheet.rows), counts=no_counts(), created_at=call.now,
    )  # fmt: skip
    call.db.add(job)
    call.db.flush()
    rows = [{"import_id": job.id, "number": number, "cells": cells} for number, cells in sheet.rows]
    for start in range(0, len(rows), 1000):
        call.db.execute(insert(ImportRow), rows[start : start + 1000])
    return _told(service, call, job)


def get_import(resource: Any, service: Any, call: Call, *, id: str) -> dict[str, Any]:
    """How far an import of the caller's is, and what is wrong with its rows."""
    return _told(service, call, _own(call.db.get(ImportJob, id), call.caller))


def commit_import(resource: Any, service: Any, call: Call, *, id: str) -> dict[str, Any]:
    """Import what was checked. Raises Conflict where a row is bad or a column waits for its mapping: then nothing is imported."""
    job = _own(lock(call.db, ImportJob, id), call.caller)
    _check_rights(resource_of(service, job), call.caller, job.duplicates)
    if job.status != "checked":
        raise WrongState(job.status)
    if unmatched := _unmatched(job.columns):
        raise Conflict("import_has_unmatched_columns", headings=", ".join(unmatched))
    if job.counts["bad"]:
        raise Conflict("import_has_bad_rows", bad=job.counts["bad"])
    job.caller = _as_importer(call.caller).to_header()
    go_on_to(job, "importing")
    return _told(service, call, job)


def import_result(resource: Any, service: Any, call: Call, *, id: str, after: int) -> dict[str, Any]:
    """What became of each row, some hundred at a time, in the shape of an export; `next` is the row number to go on after."""
    job = _own(call.db.get(ImportJob, id), call.caller)
    of_job = select(ImportRow).where(ImportRow.import_id == job.id, ImportRow.number > after).order_by(ImportRow.number).limit(RESULT_PAGE)
    rows = call.db.scalars(of_job).all()
    words = _Words(call, job, resource_of(service, job))
    own = [{"name": f"column_{index}", "label": one["heading"], "kind": "text"} for index, one in enumerate(job.columns)]
    return {
        "title": job.file_name, "columns": [*words.columns(), *own],
        "rows": [[str(row.number), words.outcome(row.outcome), words.reasons(row.errors, row.cells), *row.cells] for row in rows],
        "next": rows[-1].number if len(rows) == RESULT_PAGE else None, "total": job.total,
    }  # fmt: skip


def _check_rights(resource: Any, caller: Caller, duplicates: str) -> None:
    verbs = ["import", "create", *(["update"] if duplicates == "update" else [])]
    for verb in verbs if resource.imports.create is None else verbs[:1]:
        if not caller.may(needed := resource.permission_for(verb)):
            raise Forbidden("lacks_permission", permission=needed)


def _columns(resource: Any, call: Call, sheet: Sheet, mapping: Any, *, may_wait: bool) -> list[dict[str, Any]]:
    """Which column fills which field; columns that fill none wait where they `may_wait`. Raises Invalid for them otherwise, and for required ones left out."""
    fields = importable_fields(resource, call)
    chosen = _mapping(mapping, sheet, fields)
    known = _headings(resource, call)
    columns: list[dict[str, Any]] = []
    for heading in sheet.headings:
        name = chosen[heading] if heading in chosen else known.get(_folded(heading))
        is_matched = heading in chosen or name in fields
        if not is_matched and not may_wait:
            raise Invalid.field("file", "read_only_column" if name else "unknown_column", heading=heading)
        if is_matched and name and any(one["field"] == name for one in columns):
            raise Invalid.field("file", "repeated_column", heading=heading)
        columns.append({"heading": heading, "field": name if is_matched else None, "is_matched": is_matched})
    there = {one["field"] for one in columns}
    for name, one in fields.items():
        if one["required"] and name not in there and not _unmatched(columns):
            raise Invalid.field("file", "column_missing", heading=one["label"])
    return columns


def _unmatched(columns: list[dict[str, Any]]) -> list[str]:
    """The headings of columns that wait for their mapping."""
    return [one["heading"] for one in columns if not one.get("is_matched", True)]


def _headings(resource: Any, call: Call) -> dict[str, str]:
    """Field names by heading, in every language; where two fields share one, the field that can be filled goes before."""
    found: dict[str, str] = {}
    for language in LANGUAGES:
        there = replace(call, caller=replace(call.caller, language=language))
        fillable = importable_fields(resource, there)
        told = fields_of(resource, there)
        for one in [*fillable.values(), *told]:
            found.setdefault(_folded(one["label"]), one["name"])
            found.setdefault(_folded(one["name"]), one["name"])
    return found


def _own(job: ImportJob | None, caller: Caller) -> ImportJob:
    """An import is its user's alone. Raises NotFound."""
    if job is None or (job.user_id != caller.user_id and ALL not in caller.permissions):
        raise NotFound()
    return job


def _as_importer(caller: Caller) -> Caller:
    return caller.on_channel("import")


def _folded(heading: str) -> str:
    return heading.rstrip("*＊ ").strip().casefold()


def _mapping(mapping: Any, sheet: Sheet, fields: dict[str, Any]) -> dict[str, str | None]:
    """The mapping the caller gave. Raises Invalid for headings that are not there and fields that cannot be filled."""
    if mapping is None:
        return {}
    if not isinstance(mapping, dict):
        raise Invalid.field("mapping", "invalid_object")
    for heading, name in mapping.items():
        if heading not in sheet.headings:
            raise Invalid.field("mapping", "heading_not_in_file", heading=heading[:200])
        if name is not None and name not in fields:
            raise Invalid.field("mapping", "field_not_importable", field=str(name)[:100])
    return mapping


def _told(service: Any, call: Call, job: ImportJob) -> dict[str, Any]:
    resource = resource_of(service, job)
    words = _Words(call, job, resource)
    bad = select(ImportRow.number, ImportRow.errors, ImportRow.cells).where(ImportRow.import_id == job.id, ImportRow.outcome == "bad")
    rows = call.db.execute(bad.order_by(ImportRow.number).limit(SHOWN_BAD_ROWS)) if job.counts["bad"] else ()
    shown = ("id", "file_name", "status", "duplicates", "total", "progress", "columns", "counts", "created_at", "finished_at")
    return {
        **{name: getattr(job, name) for name in shown}, "module": resource.module,
        "bad_rows": [{"row": number, "errors": words.errors(errors, cells)} for number, errors, cells in rows],
        "can_commit": job.status == "checked" and not job.counts["bad"] and not _unmatched(job.columns),
    }  # fmt: skip


class _Words:
    """What is told of rows, in the caller's language."""

    def __init__(self, call: Call, job: ImportJob, resource: Any) -> None:
        self._language, self._package = call.caller.language, call.package
        self._columns = {one["field"]: (position, one["heading"]) for position, one in enumerate(job.columns) if one["field"]}
        self._done = job.status in ("importing", "done")
        self._fields = {one["name"]: one for one in fields_of(resource, call)}

    def columns(self) -> list[dict[str, str]]:
        """The columns a result begins with."""
        return [{"name": name, "label": self._text(f"import.{name}"), "kind": kind} for name, kind in
                (("row", "number"), ("outcome", "text"), ("reasons", "text"))]  # fmt: skip

    def outcome(self, outcome: str | None) -> str:
        """What became of a row."""
        return self._text(f"import.{'done' if self._done else 'checked'}.{outcome}") if outcome else ""

    def errors(self, errors: list[Any] | None, cells: list[str | None]) -> list[dict[str, Any]]:
        """What is wrong with a row, field by field."""
        return [self._error(one, one["field"].partition(".")[0], cells) for one in errors or ()]

    def reasons(self, errors: list[Any] | None, cells: list[str | None]) -> str:
        """The same in one text."""
        return " ".join(": ".join(part for part in (one["heading"], one["detail"]) if part) for one in self.errors(errors, cells))

    def _error(self, told: dict[str, Any], name: str, cells: list[str | None]) -> dict[str, Any]:
        field, (position, heading) = self._fields.get(name, {}), self._columns.get(name, (None, ""))
        choices = [choice["label"] for choice in field.get("choices", ()) if choice["active"]]
        params = told["params"] | ({"choices": ", ".join(choices)} if choices else {})
        return {
            "heading": heading or field.get("label") or name, "field": told["field"], "value": None if position is None else cells[position],
            "code": told["code"], "detail": error_text(told["code"], self._language, self._package, params),
        }  # fmt: skip

    def _text(self, key: str) -> str:
        return label("choices", key, self._language, self._package)


OPERATIONS = (
    Operation(name="import_template", group="imports", method="GET", path="{module}/import-template", rpc="{many}_import_template",
              verb="import", run=import_template, read=True, served_by="template"),
    Operation(name="begin_import", group="imports", rpc="begin_{many}_import", run=begin_import),
    Operation(name="import", group="imports", method="POST", path="{module}/import", rpc="import_{many}", verb="import", run=start_import,
              takes=StartImportInput, gives=ImportSchema, status=202, prepare=read_file, served_by="import"),
    Operation(name="get_import", group="imports", rpc="get_import", run=get_import, takes=IdInput, gives=ImportSchema, read=True),
    Operation(name="commit_import", group="imports", rpc="commit_import", run=commit_import, takes=IdInput, gives=ImportSchema),
    Operation(name="import_result", group="imports", rpc="import_result", run=import_result, takes=ImportResultInput, read=True),
)  # fmt: skip
TIMERS = (
    TimerSpec(name="carry_on_imports", run=carry_on_imports, seconds=1, transaction=False),
    TimerSpec(name="forget_old_imports", run=forget_old_imports, seconds=3600),
)
