"""The recycle bin: what was deleted can be looked at, restored, or purged for good."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from shared.bus.calls import Call
from shared.people import names_of
from shared.resources import schemas
from shared.resources.batch import batch
from shared.resources.operation import Operation
from shared.resources.query import Page
from shared.schema import Moment

if TYPE_CHECKING:
    from shared.resources.resource import Resource

PURGE = "module:purge"


def list_deleted(resource: Resource, service: Any, call: Call, **params: Any) -> dict[str, Any]:
    """The deleted records of the caller's scope, with when and by whom they were deleted; the latest first."""
    query = resource.query(call.db, call.caller, deleted=True)
    dialect = resource.shape(call).dialect
    page = dialect.adapted(fields={"deleted_at": Moment()}, columns={"deleted_at": resource.model.deleted_at}).page(
        call, query, params, "-deleted_at"
    )
    shown = resource.dump_many(call, replace(page, fields=()))
    _mark(resource, call, page, shown["items"])
    return page.shown(shown["items"])


def restore_one(resource: Resource, service: Any, call: Call, *, id: str, version: int | None = None) -> Any:
    """Take a record out of the recycle bin."""
    return resource.restore(call, resource.locked(call.db, call.caller, id, version, deleted=True))


def purge_one(resource: Resource, service: Any, call: Call, *, id: str, version: int | None = None) -> None:
    """Delete a record of the recycle bin for good."""
    resource.purge(call, resource.locked(call.db, call.caller, id, version, deleted=True))


def batch_restore(resource: Resource, service: Any, call: Call, *, ids: list[str]) -> dict[str, Any]:
    """Take many records out of the recycle bin."""
    return batch(call, ids, lambda one: resource.restore(call, resource.locked(call.db, call.caller, one, deleted=True)))


def batch_purge(resource: Resource, service: Any, call: Call, *, ids: list[str]) -> dict[str, Any]:
    """Delete many records of the recycle bin for good."""
    return batch(call, ids, lambda one: resource.purge(call, resource.locked(call.db, call.caller, one, deleted=True)))


def _mark(resource: Resource, call: Call, page: Page, rows: list[dict[str, Any]]) -> None:
    allowed = {"restore": resource.permission_for("delete"), "purge": PURGE}
    can = [name for name, permission in allowed.items() if call.caller.may(permission)]
    names = names_of(call.db, (record.updated_by for record in page.records))
    for record, row in zip(page.records, rows, strict=True):
        row["deleted_at"] = Moment().encode(record.deleted_at)
        row["deleted_by"], row["deleted_by_name"] = record.updated_by, names.get(record.updated_by or "")
        row["can"] = can if record.is_restorable else [name for name in can if name != "restore"]


def _schema(resource: Resource) -> Any:
    return resource.schema


OPERATIONS = (
    Operation(name="deleted", group="recycle", method="GET", path="{module}/deleted", rpc="deleted_{many}", verb="delete", run=list_deleted,
              read=True, takes=lambda resource: resource.list_takes),
    Operation(name="restore", group="recycle", method="POST", path="{module}/<id>/restore", rpc="restore_{noun}", verb="delete",
              run=restore_one, takes=schemas.ActionInput, gives=_schema),
    Operation(name="purge", group="recycle", method="POST", path="{module}/<id>/purge", rpc="purge_{noun}", verb=PURGE, run=purge_one,
              status=204, takes=schemas.ActionInput),
    Operation(name="batch_restore", group="recycle", method="POST", path="{module}/batch-restore", rpc="batch_restore_{many}", verb="delete",
              run=batch_restore, batch=True, takes=schemas.BatchInput, gives=schemas.BatchResultSchema),
    Operation(name="batch_purge", group="recycle", method="POST", path="{module}/batch-purge", rpc="batch_purge_{many}", verb=PURGE,
              run=batch_purge, batch=True, takes=schemas.BatchInput, gives=schemas.BatchResultSchema),
)  # fmt: skip
