"""The generic resource: list, get, create, update, delete, batches, history and metadata for one kind of record.

A plain entity is a model, a schema and one `Resource(...)` line. A record with a life of its own gives its own
`create`, `update` or `delete` and keeps its status out of the input shape.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import marshmallow as ma
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from shared.bus.calls import Call, Prepare, RpcSpec, TimerSpec
from shared.bus.outbox import publish
from shared.caller import Caller
from shared.contracts.base import Event
from shared.db.base import Customizable
from shared.errors import Conflict, Forbidden, Invalid, NotFound, StaleVersion
from shared.people import find_person, learn_people, names_of
from shared.resources import attachments, choices, exports, fields, history, imports, meta, numbering, plain, recycle_bin, schemas, views
from shared.resources.batch import batch
from shared.resources.batch_forms import batch_forms
from shared.resources.custom import with_custom
from shared.resources.declarations import QuickView, Related, RowAction, standard_views, with_standard
from shared.resources.importing import Importing
from shared.resources.operation import Operation, permission_for
from shared.resources.query import Computed, Dialect, Page
from shared.resources.reach import as_looked_for
from shared.resources.scope import EVERYTHING, Scope, all_in, of_owner, one_in
from shared.resources.shape import Shape, check_rights, shape_of
from shared.schema import Dictionary, Id, Schema, dumper

STANDARD = ("list", "get", "create", "update", "delete", "batch_update", "batch_assign", "batch_delete", "recycle", "history", "describe",
            "attachments", "export")  # fmt: skip
"""The operations a plain module has; those of a feature come with them (its `group`)."""


class Resource:
    """One kind of record.

    `create(db, *, data, caller, now)` returns the record; `update(db, *, record, changes, caller, now)` and
    `delete(db, *, record, caller, now)` change it; each has a plain default. `created`, `updated` and `deleted` make the
    event to publish from the record. `scope(db, caller, module)` is the condition rows must meet to exist for a
    caller. `enrich(call, records, rows)` adds to many rows at once what lives elsewhere (names from copies).
    `prepare(call, data)` runs before the transaction of create and update; `learn(call, data)` when one was refused, before it is tried
    again: it asks the owners of the records named about what was not heard of yet. `before_delete(call, ids)` asks, before the transaction of a delete, what else may depend on the records. `restore` and `purge` are as `delete`, for the recycle bin;
    `restored` makes the event that tells of a restored record (`updated` unless given). `handed_over` is the condition of records that
    change hands when their owner leaves; without one none do; `holders` are the fields that name whose a record is, where not the owner alone. `check_write(db, caller, record)` raises Forbidden
    for one of the records one sees that one may not change. `children` are collections that one record is read together with. `not_in_batch` are the fields that are edited one record at a time.

    For front ends: the `path` of its list where that is not its name, `columns` of a list at first, `sections` of a form with their
    fields, `related` lists beside a record, quick `views` (beside "mine" and "my team", where the records are `owned` by people).
    `managed_by` is the verb whose permission opens create, update and delete, where these are one ("settings"). `number` is the kind of document its numbers are of ("SO"). `named_by` is the field people call a record by in files, `imports`
    says how records come in from them. `operations` says which methods there are; those for custom fields, dictionaries, numbers and
    imports come by themselves where the model is Customizable, a field is a Dictionary, or `number` or `imports` is given.
    """

    def __init__(
        self,
        name: str,
        model: type[Any],
        schema: type[Schema],
        *,
        noun: str | None = None,
        permission: str | None = None,
        managed_by: str | None = None,
        create: Callable[..., Any] | None = None,
        update: Callable[..., None] | None = None,
        delete: Callable[..., None] | None = None,
        create_schema: type[Schema] | None = None,
        update_schema: type[Schema] | None = None,
        list_schema: type[Schema] | None = None,
        list_takes: type[Schema] = schemas.ListInput,
        narrow: Callable[[Select[Any], dict[str, Any]], Select[Any]] | None = None,
        created: Callable[[Any], Event] | None = None,
        updated: Callable[[Any], Event] | None = None,
        deleted: Callable[[Any], Event] | None = None,
        scope: Scope | None = None,
        enrich: Callable[[Call, list[Any], list[dict[str, Any]]], None] | None = None,
        prepare: Prepare | None = None,
        learn: Prepare | None = None,
        before_delete: Callable[[Call, list[str]], None] | None = None,
        restore: Callable[..., None] | None = None,
        purge: Callable[..., None] | None = None,
        restored: Callable[[Any], Event] | None = None,
        actions: tuple[RowAction, ...] = (),
        search: tuple[str, ...] = (),
        extra_filters: Mapping[str, Computed] | None = None,
        children: tuple[Any, ...] = (),
        handed_over: ColumnElement[bool] | None = None,
        holders: tuple[str, ...] = ("owner_id",),
        check_write: Callable[[Session, Caller, Any], None] | None = None,
        default_sort: str = "-created_at",
        not_in_batch: tuple[str, ...] = (),
        columns: tuple[str, ...] = (),
        sections: dict[str, tuple[str, ...]] | None = None,
        related: tuple[Related, ...] = (),
        views: tuple[QuickView, ...] = (),
        owned: bool = True,
        path: str | None = None,
        number: str | None = None,
        named_by: str | None = None,
        imports: Importing | None = None,
        operations: tuple[str, ...] = STANDARD,
    ) -> None:
        self.name, self.model, self.schema = name, model, schema
        self.noun, self.module = noun or name.removesuffix("s"), name.replace("_", "-")
        self.permission, self.managed_by, self.path = permission or self.noun, managed_by, path or f"/{self.module}"
        self.is_customizable = issubclass(model, Customizable)
        take = with_custom if self.is_customizable else lambda given: given
        written = create_schema or schema
        changed = take(update_schema or written)
        self.create_schema = schemas.create_schema(take(written), schema)
        self.update_schema = schemas.update_schema(changed, schema)
        self.changes_schema = schemas.batch_update_schema(changed, schema, not_in_batch)
        self.list_takes, self.list_schema, self.narrow = list_takes, list_schema or schema, narrow
        self._create, self._update, self._delete = create or plain.adder(model), update or plain.set_fields, delete or plain.mark_deleted
        self.created, self.updated, self.deleted, self._before_delete = created, updated, deleted, before_delete or plain.ask_nobody
        self._scope, self._enrich, self._prepare, self.learn = scope or of_owner(model), enrich, prepare, learn
        self._restore, self._purge, self.restored = restore or plain.mark_restored, purge or plain.delete_row, restored or updated
        self.search, self.default_sort, self.number, self.imports = search, default_sort, number, imports
        self.columns, self.sections, self.related, self.views = columns, sections or {}, related, (*standard_views(owned), *views)
        self.handed_over, self.holders, self._check_write, self.children = handed_over, holders, check_write, children
        self.dialect = Dialect(model, self.list_schema, search, extra_filters)
        taken = schema().fields | self.create_schema().fields
        self.dictionaries = {name: one for name, one in taken.items() if isinstance(one, Dictionary)}
        self.is_configurable = self.is_customizable or bool(self.dictionaries)
        self.named_by = named_by or next((name for name in ("name", "number", "title", "username") if hasattr(model, name)), None)
        self.operations = (*operations, *self._configured())
        self.all_actions = with_standard(actions, operations)
        self._dump, self._dump_row = dumper(schema), dumper(self.list_schema)

    # What others may ask of a resource

    def query(self, db: Session, caller: Caller, *, deleted: bool = False) -> Select[Any]:
        """The records that exist for a caller; the `deleted` ones are in the recycle bin."""
        return all_in(self.model, self._scope(db, caller, self.module), deleted=deleted)

    def visible(self, db: Session, caller: Caller, record_id: str) -> Any:
        """The record, if it exists for the caller. Raises NotFound."""
        return self._one(db, caller, record_id)

    def locked(self, db: Session, caller: Caller, record_id: str, version: int | None = None, *, deleted: bool = False) -> Any:
        """The record, locked until the transaction ends. Raises NotFound; Forbidden; StaleVersion when `version` is not its own."""
        record = self._one(db, caller, record_id, deleted=deleted, locked=True)
        if self._check_write:
            self._check_write(db, caller, record)
        if version is not None and record.version != version:
            raise StaleVersion
        return record

    def shape(self, call: Call) -> Shape:
        """What the caller may find, see and write of this module now. Everything that shows or takes records goes through it."""
        return shape_of(self, call)

    def permission_for(self, verb: str) -> str:
        """The permission a caller needs for a verb."""
        return permission_for(verb, self.permission, self.managed_by)

    def is_default(self, name: str, value: Any) -> bool:
        """Whether a value is what the input shape fills in by itself."""
        field = self.create_schema().fields.get(name)
        return field is not None and field.load_default is not ma.missing and field.load_default == value

    def check_owner(self, call: Call, data: dict[str, Any]) -> None:
        """Refuse to make a record for somebody unknown, or for anybody else without the permission. Raises Forbidden, Invalid."""
        if data.get("owner_id") not in (None, call.caller.user_id):
            self.check_new_owner(call, data["owner_id"])

    def check_new_owner(self, call: Call, owner_id: str | None) -> None:
        """Refuse to hand a record over without the permission, even to oneself, and to nobody. Raises Forbidden, Invalid."""
        if owner_id is None:
            raise Invalid.field("owner_id", "must_not_be_null")
        if not call.caller.may(self.permission_for("assign")):
            raise Forbidden("may_not_assign")
        if find_person(call.db, owner_id) is None:
            raise Invalid.field("owner_id", "unknown_user")

    # What an import asks of a resource

    def create_many(self, call: Call, datas: list[dict[str, Any]]) -> list[Any]:
        """Add many records as `create` adds one, with one flush for all."""
        with call.db.no_autoflush:
            records = [self._made(call, data) for data in datas]
        call.db.flush()
        if self.created:
            publish(call.db, *(self.created(record) for record in records))
        return records

    def change(self, call: Call, record_id: str, changes: dict[str, Any]) -> None:
        """Change a record whatever its version. Raises NotFound and what the resource's rules raise."""
        self.shape(call).load(call, changes, partial=True)
        self._change(call, self.locked(call.db, call.caller, record_id), changes)

    def count_held(self, db: Session, user_id: str) -> int:
        """How many records somebody holds that would change hands if they left."""
        return db.scalar(select(func.count()).select_from(self.model).where(*self._held(user_id))) or 0

    def hand_over(self, call: Call, from_user_id: str | None, to_user_id: str | None, *conditions: ColumnElement[bool]) -> None:
        """Give somebody's records (those that meet the conditions) to somebody else, each as if it had been changed by hand."""
        held = select(self.model).where(*self._held(from_user_id), *conditions)
        for record in call.db.scalars(held.with_for_update()).all():
            changes = {name: to_user_id for name in self.holders if getattr(record, name) == from_user_id}
            self._update(call.db, record=record, changes=changes, caller=call.caller, now=call.now)
            self._publish(call.db, self.updated, record)

    def _held(self, user_id: str | None) -> tuple[ColumnElement[bool], ...]:
        assert self.handed_over is not None
        return (or_(*(getattr(self.model, name) == user_id for name in self.holders)), self.model.deleted_at.is_(None), self.handed_over)

    # RPC methods

    def rpcs(self, own: Mapping[str, RpcSpec]) -> list[RpcSpec]:
        """The methods this resource brings to its service's door, which has its `own`."""
        return [*(operation.spec(self) for operation in self.every_operation()), *batch_forms(self, own)]

    def every_operation(self) -> list[Operation]:
        """What can be done with this module, standard operations and those of features."""
        return [operation for operation in OPERATIONS if operation.belongs_to(self.operations)]

    def timers(self) -> list[TimerSpec]:
        """The timers this resource brings to its service."""
        return list(imports.TIMERS) if self.imports else []

    def page(self, service: Any, call: Call, **params: Any) -> Page:
        """One page of the records the caller may see."""
        query = all_in(self.model, EVERYTHING)
        if self.narrow:
            query = self.narrow(query, params)
        scope = as_looked_for(call.db, self.model, self._scope(call.db, call.caller, self.module))
        return self.shape(call).dialect.page(call, query, params, self.default_sort, scope=scope)

    def get(self, service: Any, call: Call, *, id: str) -> Any:
        """One record."""
        return self.visible(call.db, call.caller, id)

    def create(self, service: Any, call: Call, **data: Any) -> Any:
        """Add a record; the caller owns it unless they may assign and name somebody else."""
        record = self._made(call, data)
        self._publish(call.db, self.created, record)
        return record

    def update(self, service: Any, call: Call, *, id: str, version: int, **changes: Any) -> Any:
        """Change the fields given; 409 when somebody changed the record since `version`."""
        self.shape(call).load(call, changes, partial=True)
        record = self.locked(call.db, call.caller, id, version)
        self._change(call, record, changes)
        return record

    def delete(self, service: Any, call: Call, *, id: str, version: int | None = None) -> None:
        """Move a record to the recycle bin."""
        self._remove(call, self.locked(call.db, call.caller, id, version))

    def batch_update(self, service: Any, call: Call, *, ids: list[str], changes: dict[str, Any]) -> dict[str, Any]:
        """Give many records the same new values."""
        shape = self.shape(call)
        shape.load(call, changes, partial=True, prefix="changes.")
        shape.check(call, changes, prefix="changes.")
        return batch(call, ids, lambda one: self._change(call, self.locked(call.db, call.caller, one), dict(changes)))

    def batch_assign(self, service: Any, call: Call, *, ids: list[str], owner_id: str) -> dict[str, Any]:
        """Give many records a new owner."""
        return self.batch_update(service, call, ids=ids, changes={"owner_id": owner_id})

    def batch_delete(self, service: Any, call: Call, *, ids: list[str]) -> dict[str, Any]:
        """Move many records to the recycle bin."""
        return batch(call, ids, lambda one: self._remove(call, self.locked(call.db, call.caller, one)))

    def restore(self, call: Call, record: Any) -> Any:
        """Take a record out of the recycle bin. Raises what its `restore` raises, Conflict when its name is taken by now."""
        self._restore(call.db, record=record, caller=call.caller, now=call.now)
        self._publish(call.db, self.restored, record)
        return record

    def purge(self, call: Call, record: Any) -> None:
        """Delete a record of the recycle bin for good. Raises Conflict when others depend on it."""
        try:
            with call.db.begin_nested():
                self._purge(call.db, record=record, caller=call.caller, now=call.now)
        except IntegrityError as error:
            raise Conflict("others_depend") from error

    def before_write(self, call: Call, data: dict[str, Any]) -> None:
        """What comes before the transaction of a create or update: the caller may write these fields; know the people and records named."""
        self.before_assign(call, data)
        if self._prepare:
            self._prepare(call, data)

    def before_assign(self, call: Call, data: dict[str, Any], *, prefix: str = "") -> None:
        """What comes before the transaction of a batch assignment: the caller may write these fields; know the people named."""
        check_rights(self, call.caller, data, prefix=prefix)
        # Which custom fields are of users is known in the transaction; an id in one of them is a user's.
        named = [data.get("owner_id"), *(data.get("custom") or {}).values()]
        if people := {one for one in named if isinstance(one, str) and Id.pattern.fullmatch(one)}:
            learn_people(call, people)

    def before_batch(self, call: Call, data: dict[str, Any]) -> None:
        """What comes before the transaction of a batch update."""
        self.before_assign(call, data["changes"], prefix="changes.")

    def before_delete(self, call: Call, data: dict[str, Any]) -> None:
        """What comes before the transaction of a delete, of one or of many."""
        self._before_delete(call, data["ids"] if "ids" in data else [data["id"]])

    # How records are written out

    def dump_one(self, call: Call, record: Any) -> dict[str, Any] | None:
        """A record in its shape, with what the caller may do with it."""
        return None if record is None else self._dumped(call, [record], self._dump)[0]

    def dump_many(self, call: Call, page: Page) -> dict[str, Any]:
        """A page in the shape every list has."""
        return page.shown(self._dumped(call, page.records, self._dump_row))

    def _dumped(self, call: Call, records: list[Any], dump: Callable[[Any], dict[str, Any]]) -> list[dict[str, Any]]:
        rows = [dump(record) for record in records]
        names: dict[str | None, str] = {call.caller.user_id: call.caller.name} if call.caller.name else {}
        names.update(names_of(call.db, {record.owner_id for record in records} - names.keys()))
        permitted = [action for action in self.all_actions if call.caller.may(action.permission_of(self))]
        for record, row in zip(records, rows, strict=True):
            row["owner_name"] = names.get(record.owner_id)
            row["can"] = [action.name for action in permitted if action.when(record, call.caller)]
        if self._enrich:
            self._enrich(call, records, rows)
        self.shape(call).finish(records, rows)
        return rows

    # The inner steps

    def _configured(self) -> list[str]:
        groups = {"fields": self.is_customizable, "choices": self.dictionaries, "numbering": self.number, "imports": self.imports}
        return [group for group, wanted in groups.items() if wanted]

    def _one(self, db: Session, caller: Caller, record_id: str, *, deleted: bool = False, locked: bool = False) -> Any:
        found = one_in(self.model, self._scope(db, caller, self.module), deleted=deleted, locked=locked, children=self.children)
        for record in found.all(db, record_id=record_id):
            return record
        raise NotFound()

    def _change(self, call: Call, record: Any, changes: dict[str, Any]) -> None:
        if changes.get("owner_id", record.owner_id) != record.owner_id:
            self.check_new_owner(call, changes["owner_id"])
        self.shape(call).check(call, changes, record)
        if "custom" in changes:
            merged = {**record.custom, **changes["custom"]}
            changes = changes | {"custom": {name: value for name, value in merged.items() if value is not None}}
        before = record.version
        self._update(call.db, record=record, changes=changes, caller=call.caller, now=call.now)
        call.db.flush()
        if record.version != before:
            self._publish(call.db, self.updated, record)

    def _remove(self, call: Call, record: Any) -> None:
        self._delete(call.db, record=record, caller=call.caller, now=call.now)
        self._publish(call.db, self.deleted, record)

    def _made(self, call: Call, data: dict[str, Any]) -> Any:
        shape = self.shape(call)
        if self.is_customizable:
            shape.load(call, data, partial=False)
        shape.check(call, data)
        self.check_owner(call, data)
        data["owner_id"] = data.get("owner_id") or call.caller.user_id
        return self._create(call.db, data=data, caller=call.caller, now=call.now)

    def _publish(self, db: Session, event_of: Callable[[Any], Event] | None, record: Any) -> None:
        if event_of:
            db.flush()
            publish(db, event_of(record))


RECORDS = (
    Operation(name="list", method="GET", path="{module}", rpc="list_{many}", verb="read", run=Resource.page, read=True, many=True,
              takes=lambda resource: resource.list_takes, gives=lambda resource: resource.list_schema),
    Operation(name="get", method="GET", path="{module}/<id>", rpc="get_{noun}", verb="read", run=Resource.get, read=True,
              takes=schemas.IdInput, gives=lambda resource: resource.schema),
    Operation(name="create", method="POST", path="{module}", rpc="create_{noun}", verb="create", run=Resource.create, status=201,
              takes=lambda resource: resource.create_schema, gives=lambda resource: resource.schema, prepare=Resource.before_write, learns=True),
    Operation(name="update", method="PATCH", path="{module}/<id>", rpc="update_{noun}", verb="update", run=Resource.update,
              takes=lambda resource: resource.update_schema, gives=lambda resource: resource.schema, prepare=Resource.before_write, learns=True),
    Operation(name="delete", method="DELETE", path="{module}/<id>", rpc="delete_{noun}", verb="delete", run=Resource.delete, status=204,
              takes=schemas.ActionInput, prepare=Resource.before_delete),
    Operation(name="batch_update", method="POST", path="{module}/batch-update", rpc="batch_update_{many}", verb="update",
              run=Resource.batch_update, batch=True, takes=lambda resource: resource.changes_schema, gives=schemas.BatchResultSchema,
              prepare=Resource.before_batch),
    Operation(name="batch_assign", method="POST", path="{module}/batch-assign", rpc="batch_assign_{many}", verb="assign",
              run=Resource.batch_assign, batch=True, takes=schemas.BatchAssignInput, gives=schemas.BatchResultSchema,
              prepare=Resource.before_assign),
    Operation(name="batch_delete", method="POST", path="{module}/batch-delete", rpc="batch_delete_{many}", verb="delete",
              run=Resource.batch_delete, batch=True, takes=schemas.BatchInput, gives=schemas.BatchResultSchema, prepare=Resource.before_delete),
)  # fmt: skip

FEATURES = (history, meta, views, recycle_bin, fields, choices, numbering, attachments, exports, imports)

OPERATIONS = (*RECORDS, *(operation for feature in FEATURES for operation in feature.OPERATIONS))
"""Everything a resource can do: a feature adds its own table of operations here."""
