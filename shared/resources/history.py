"""The history of a record, as its trail wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from shared.bus.calls import Call
from shared.people import names_of
from shared.resources import schemas
from shared.resources.operation import Operation
from shared.resources.shape import Shape
from shared.trail import History

if TYPE_CHECKING:
    from shared.resources.resource import Resource


def read_history(resource: Resource, service: Any, call: Call, *, id: str, page: int, page_size: int) -> dict[str, Any]:
    """Who changed what and when, newest first, without the fields the caller may not see."""
    resource.visible(call.db, call.caller, id)
    of_record = (History.record_type == resource.model.__name__, History.record_id == id)
    total = call.db.scalar(select(func.count()).select_from(History).where(*of_record)) or 0
    rows = call.db.scalars(
        select(History).where(*of_record).order_by(History.id.desc()).limit(page_size).offset((page - 1) * page_size)
    ).all()
    names, shape = names_of(call.db, (who for row in rows for who in (row.by, row.impersonated_by))), resource.shape(call)
    items = [_entry(row, names, shape) for row in rows]
    return {"items": items, "page": page, "page_size": page_size, "total": total}


def _entry(row: History, names: dict[str, str], shape: Shape) -> dict[str, Any]:
    def shown(field: str, value: Any) -> Any:
        return shape.known[field].show(value) if field in shape.known and value is not None else value

    def allowed(field: str, value: Any) -> Any:
        """The children without the columns the caller may not see."""
        if not isinstance(value, list):
            return value
        return [
            {name: one[name] for name in one if f"{field}.{name}" not in shape.hidden} if isinstance(one, dict) else one for one in value
        ]

    changes = [
        {"field": field, "old": allowed(field, shown(field, old)), "new": allowed(field, shown(field, new))}
        for field, (old, new) in row.changes.items()
        if field not in shape.hidden
    ]
    return {
        "at": row.at, "by": row.by, "by_name": names.get(row.by or "", ""),
        "impersonated_by": row.impersonated_by, "impersonated_by_name": names.get(row.impersonated_by or ""),
        "action": row.action, "channel": row.channel, "changes": changes,
    }  # fmt: skip


OPERATIONS = (
    Operation(name="history", method="GET", path="{module}/<id>/history", rpc="{noun}_history", verb="read", run=read_history, read=True,
              takes=schemas.HistoryInput, gives=schemas.HistorySchema),
)  # fmt: skip
