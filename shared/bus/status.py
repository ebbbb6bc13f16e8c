"""How a service is and how much work waits on its bus: figures for the status page and for metrics."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import column, func, inspect, select, table
from sqlalchemy.orm import Session

from shared.bus.tables import Inbox, Outbox
from shared.db.size import bytes_of
from shared.schema import Choice, One, Schema, Text, Whole

VERSIONS = table("alembic_version", column("version_num"))
"""Where Alembic notes the version of the tables. Loading Alembic for it would take longer than the answer may."""


class OutboxSchema(Schema):
    """Events that wait to be sent, and the age of the oldest."""

    waiting = Whole()
    oldest_seconds = Whole()


class InboxSchema(Schema):
    """Events that wait to be handled, the age of the oldest, and those that were given up."""

    pending = Whole()
    parked = Whole()
    oldest_seconds = Whole()


class StatusSchema(Schema):
    """What a service says of itself: "ready"; "away" is said of one that does not answer."""

    service = Text()
    status = Choice(("ready", "away"))
    outbox = One(OutboxSchema)
    inbox = One(InboxSchema)
    schema_revision = Text(allow_none=True)
    database_bytes = Whole()
    attachment_bytes = Whole()


def figures(db: Session, now: datetime) -> dict[str, Any]:
    """Sizes and ages: {"outbox": {"waiting", "oldest_seconds"}, "inbox": {"pending", "parked", "oldest_seconds"}}."""
    unsent = Outbox.sent_at.is_(None)
    waiting, oldest = db.execute(select(func.count(), func.min(Outbox.created_at)).where(unsent)).one()
    pending, oldest_in = db.execute(select(func.count(), func.min(Inbox.received_at)).where(Inbox.status == "pending")).one()
    parked = db.scalar(select(func.count()).select_from(Inbox).where(Inbox.status == "parked"))
    return {
        "outbox": {"waiting": waiting, "oldest_seconds": _age(oldest, now)},
        "inbox": {"pending": pending, "parked": parked, "oldest_seconds": _age(oldest_in, now)},
    }


def report(db: Session, service: str, now: datetime) -> dict[str, Any]:
    """The figures, the version of the tables, and what is stored, as StatusSchema tells it."""
    # Attachments are a part of the resources, which stand on the bus.
    from shared.resources.attachments import attached_bytes

    return {
        "service": service, "status": "ready", **figures(db, now), "schema_revision": _revision(db),
        "database_bytes": bytes_of(db), "attachment_bytes": attached_bytes(db),
    }  # fmt: skip


def _revision(db: Session) -> str | None:
    connection = db.connection()
    heads = connection.scalars(select(VERSIONS.c.version_num)) if inspect(connection).has_table(VERSIONS.name) else ()
    return ", ".join(heads) or None


def _age(moment: datetime | None, now: datetime) -> int:
    return max(0, int((now - moment).total_seconds())) if moment else 0
