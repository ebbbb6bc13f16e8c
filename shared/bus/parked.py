"""Events that a service gave up after ten attempts: listed, and given ten more, by the status page and by `make parked` alike."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.bus.calls import Call
from shared.bus.tables import Inbox
from shared.i18n import error_text
from shared.schema import Many, Moment, Schema, Text, Whole

SHOWN = 500
PARKED = Inbox.status == "parked"


class RetryInput(Schema):
    """Which parked events, by the numbers of their rows."""

    ids = Many(Whole(min=1, max=2**53), min=1, max=1000, unique=True, required=True)


class ParkedEventSchema(Schema):
    """An event that was given up: `since` is when it came in, `key` the record it is about."""

    id = Whole()
    service = Text()
    handler = Text()
    publisher = Text()
    name = Text()
    key = Text()
    attempts = Whole()
    last_error = Text(allow_none=True)
    since = Moment()


class ParkedSchema(Schema):
    """What a service gave up, oldest first, and how much that is in all."""

    items = Many(ParkedEventSchema)
    total = Whole()


class NotRetriedSchema(Schema):
    """An event that was not given more attempts, and why."""

    id = Whole()
    code = Text()
    detail = Text()


class RetriedSchema(Schema):
    """How many events were given ten more attempts."""

    succeeded = Whole()
    failed = Many(NotRetriedSchema)


def parked(db: Session, *, limit: int | None = None) -> Sequence[Inbox]:
    """The events given up, oldest first."""
    return db.scalars(select(Inbox).where(PARKED).order_by(Inbox.id).limit(limit)).all()


def retry(db: Session, now: datetime, ids: Collection[int] | None = None) -> set[int]:
    """Give parked events ten more attempts from now, all where no ids are given; the ids of those that were parked."""
    wanted = select(Inbox).where(PARKED).with_for_update()
    rows = db.scalars(wanted if ids is None else wanted.where(Inbox.id.in_(ids))).all()
    for row in rows:
        row.status, row.attempts, row.next_attempt_at = "pending", 0, now
    return {row.id for row in rows}


def page(call: Call, service: str) -> dict[str, Any]:
    """What this service gave up, as ParkedSchema tells it."""
    items = [
        {
            "id": row.id, "service": service, "handler": row.handler, "publisher": row.publisher, "name": row.name, "key": row.key,
            "attempts": row.attempts, "last_error": row.last_error, "since": row.received_at,
        }
        for row in parked(call.db, limit=SHOWN)
    ]  # fmt: skip
    return {"items": items, "total": call.db.scalar(select(func.count()).select_from(Inbox).where(PARKED))}


def retry_each(call: Call, ids: list[int]) -> dict[str, Any]:
    """Give these events ten more attempts; one that is not parked, or no longer, is named."""
    retried = retry(call.db, call.now, ids)
    told = error_text("not_parked", call.caller.language, call.package, {})
    return {"succeeded": len(retried), "failed": [{"id": one, "code": "not_parked", "detail": told} for one in ids if one not in retried]}
