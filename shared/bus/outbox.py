"""Publish events: a row in the outbox, in the transaction of the change. Nothing else publishes."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from shared import clock
from shared.bus.tables import Outbox
from shared.contracts.base import Event
from shared.db.base import Record, new_id


def publish(db: Session, event: Event) -> None:
    """Put an event into the outbox. It goes out when, and only when, the transaction commits.

    The event's `version` is filled with the version its aggregate has after this change, unless the event brings one.
    """
    db.flush()
    told = event if event.version else replace(event, version=_version_of(db, event.key))
    caller, now = db.info.get("caller"), db.info.get("now") or clock.now()
    event_id = new_id()
    envelope = {
        "id": event_id,
        "name": event.wire_name(),
        "publisher": event.publisher,
        "key": event.key,
        "at": now.isoformat(),
        "caller": caller.to_header() if caller else None,
        "data": told.encode(),
    }
    db.add(Outbox(event_id=event_id, name=event.wire_name(), key=event.key, envelope=envelope, created_at=now))
    db.info["published"] = True


def _version_of(db: Session, record_id: str) -> int:
    for model in Record.__subclasses__():
        record = db.identity_map.get(identity_key(model, record_id))
        if record is not None:
            return int(record.version)
    return 0
