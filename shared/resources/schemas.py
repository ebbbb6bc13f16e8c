"""Shapes that all resources share."""

from __future__ import annotations

from typing import Any, cast

from shared.schema import Field, Flag, Id, Json, Many, Moment, Schema, Text, Whole

MAX_BATCH = 1000
MAX_PAGE_SIZE = 200


class RecordSchema(Schema):
    """What every record shows beside its own fields. `can` lists what this caller may do with this row now."""

    id = Id(dump_only=True)
    owner_id = Id(allow_none=True, reference="users")
    owner_name = Text(dump_only=True)
    version = Whole(dump_only=True)
    created_at = Moment(dump_only=True)
    created_by = Id(dump_only=True, reference="users")
    updated_at = Moment(dump_only=True)
    updated_by = Id(dump_only=True, reference="users")
    can = Many(Text(), dump_only=True)


class ListInput(Schema):
    """What every list takes. `filter` is the JSON text of the filter tree, `fields` and `sort` are comma-separated."""

    q = Text(max=200)
    filter = Text(max=20_000)
    sort = Text(max=500)
    page = Whole(min=1, max=1_000_000, load_default=1)
    page_size = Whole(min=1, max=MAX_PAGE_SIZE, load_default=20)
    fields_ = Text(max=2000, data_key="fields")
    exact_total = Flag(load_default=False)


class IdInput(Schema):
    """The id in the path."""

    id = Id(required=True)


class ActionInput(IdInput):
    """What is done to a record may name the version it was decided on: 409 when somebody changed the record since."""

    version = Whole(min=1)


class PageInput(Schema):
    """A page of something that has an order of its own."""

    page = Whole(min=1, max=1_000_000, load_default=1)
    page_size = Whole(min=1, max=MAX_PAGE_SIZE, load_default=50)


class HistoryInput(IdInput, PageInput):
    """A page of a record's history."""


class ChangeSchema(Schema):
    """One changed field."""

    field = Text()
    old = Json(allow_none=True)
    new = Json(allow_none=True)


class HistoryEntrySchema(Schema):
    """One entry of a record's history: `impersonated_by` is who acted in the place of `by`, where that is somebody else."""

    at = Moment()
    by = Id(allow_none=True)
    by_name = Text()
    impersonated_by = Id(allow_none=True)
    impersonated_by_name = Text(allow_none=True)
    action = Text()
    channel = Text()
    changes = Many(ChangeSchema)


class HistorySchema(Schema):
    """A page of history, newest first."""

    items = Many(HistoryEntrySchema)
    page = Whole()
    page_size = Whole()
    total = Whole()


class BatchInput(Schema):
    """The records a batch is about."""

    ids = Many(Id(), min=1, max=MAX_BATCH, unique=True, required=True)


class BatchAssignInput(BatchInput):
    """A new owner for many."""

    owner_id = Id(required=True)


class FailureSchema(Schema):
    """One item a batch could not do, and why."""

    id = Id()
    code = Text()
    detail = Text()


class BatchResultSchema(Schema):
    """What a batch did."""

    succeeded = Whole()
    failed = Many(FailureSchema)


def create_schema(schema: type[Schema], record: type[Schema]) -> type[Schema]:
    """The shape of a new record: `schema`, which knows that the other fields of the record are the system's."""
    shown = frozenset(record().dump_fields)
    return cast(type[Schema], type(schema.__name__, (schema,), cast(dict[str, Any], {"shown": shown, "__doc__": schema.__doc__})))


def update_schema(schema: type[Schema], record: type[Schema]) -> type[Schema]:
    """The shape of a PATCH: any field of `schema`, with the id from the path and the version it was decided on."""
    changeable, shown = tuple(schema().load_fields), frozenset(record().dump_fields)
    body = {"id": Id(required=True), "version": Whole(min=1, required=True), "partial_fields": changeable, "shown": shown}
    return cast(type[Schema], type(f"Update{_stem(schema)}Input", (schema,), cast(dict[str, Any], body)))


def batch_update_schema(schema: type[Schema], record: type[Schema], leaving_out: tuple[str, ...] = ()) -> type[Schema]:
    """The shape of a batch edit: the same new values for many records, without the fields that belong to each record alone."""
    meta = type("Meta", (Schema.Meta,), {"exclude": leaving_out})
    body = {"partial_fields": tuple(schema().load_fields), "shown": frozenset(record().dump_fields), "Meta": meta}
    changes = type(f"Changes{_stem(schema)}", (schema,), cast(dict[str, Any], body))
    return cast(type[Schema], type(f"BatchUpdate{_stem(schema)}Input", (BatchInput,), {"changes": ChangesField(changes)}))


class ChangesField(Field):
    """New values for a batch: an object of the changed fields."""

    kind = "object"

    def __init__(self, schema: Any) -> None:
        self.inner = schema()
        super().__init__(required=True)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        return self.inner.load(value)


def _stem(schema: type[Schema]) -> str:
    return schema.__name__.removesuffix("Schema").removesuffix("Input")
