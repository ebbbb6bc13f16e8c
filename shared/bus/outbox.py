"""Publish events: a row in the outbox, in the transaction of the change. Nothing else publishes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from shared import clock
from shared.bus.tables import Outbox
from shared.contracts.base import Event
from shared.db.base import Record, new_id


def publish(db: Session, *events: Event) -> None:
    """Put events into the outbox. They go out when, and only when, the transaction commits.

    An event's `version` is filled with the version its aggregate has after this change, unless the event brings one.
    """
    db.flush()
    caller, now = db.info.get("caller"), db.info.get("now") or clock.now()
    header = caller.to_header() if caller else None
    db.add_all([_row(db, event, header, now) for event in events])
    db.info["published"] = bool(events) or db.info.get("published", False)


def _row(db: Session, event: Event, caller: str | None, now: datetime) -> Outbox:
    told = event if event.version else replace(event, version=_version_of(db, event.key))
    event_id = new_id()
    envelope = {
        "id": event_id,
        "name": event.wire_name(),
        "publisher": event.publisher,
        "key": event.key,
        "at": now.isoformat(),
        "caller": caller,
        "data": told.encode(),
    }
    return Outbox(event_id=event_id, name=event.wire_name(), key=event.key, envelope=envelope, created_at=now)


def _version_of(db: Session, record_id: str) -> int:
    for model in Record.__subclasses__():
        record = db.identity_map.get(identity_key(model, record_id))
        if record is not None:
            return int(record.version)
    return 0
