"""Publish events: a row in the outbox, in the transaction of the change. Nothing else publishes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from shared import clock
from shared.bus.tables import Outbox
from shared.contracts.base import Event
from shared.db.base import Record, new_id
from shared.db.quick import QuickInsert

PUT = QuickInsert(Outbox.__table__)


def publish(db: Session, *events: Event) -> None:
    """Put events into the outbox. They go out when, and only when, the transaction commits.

    The `version` of each is filled with the version its aggregate has after this change, unless the event brings one.
    """
    db.flush()
    if db.info.get("rehearsal"):
        return
    caller, now = db.info.get("caller"), db.info.get("now") or clock.now()
    told_by = caller.to_header() if caller else None
    rows = [_row(event if event.version else replace(event, version=_version_of(db, event.key)), told_by, now) for event in events]
    if rows:
        PUT.add(db, *rows)
        db.info["published"] = True


def _row(event: Event, told_by: str | None, now: datetime) -> dict[str, Any]:
    event_id = new_id()
    envelope = {
        "id": event_id,
        "name": event.wire_name(),
        "publisher": event.publisher,
        "key": event.key,
        "at": now.isoformat(),
        "caller": told_by,
        "data": event.encode(),
    }
    return {"event_id": event_id, "name": event.wire_name(), "key": event.key, "envelope": envelope, "created_at": now, "attempts": 0}


def _version_of(db: Session, record_id: str) -> int:
    for model in Record.__subclasses__():
        record = db.identity_map.get(identity_key(model, record_id))
        if record is not None:
            return int(record.version)
    return 0
