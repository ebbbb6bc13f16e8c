"""The chassis' tables behind the bus: what is to be sent, what has come in, what was answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import ChassisBase
from shared.db.types import IdType, MomentType

UNSENT = text("sent_at IS NULL")
OPEN = text("status <> 'done'")
Sequence = BigInteger().with_variant(Integer(), "sqlite")


class Outbox(ChassisBase):
    """An event to publish, written in the transaction of the change it tells of.

    A row without `sent_at` is work not done. `position` orders the rows of one publisher.
    """

    __tablename__ = "outbox"

    position: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    event_id: Mapped[str] = mapped_column(IdType(), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(64))
    envelope: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text())

    __table_args__ = (Index("ix_outbox_unsent", "position", sqlite_where=UNSENT, postgresql_where=UNSENT),)


class Inbox(ChassisBase):
    """An event that came in, once per handler, with what became of it.

    `status` is pending, done or parked. `sequence` is the publisher's position: among the rows of one publisher and
    key a handler takes the lowest that is not done, and later ones wait behind it.
    """

    __tablename__ = "inbox"

    id: Mapped[int] = mapped_column(Sequence, primary_key=True, autoincrement=True)
    event_id: Mapped[str] = mapped_column(IdType())
    handler: Mapped[str] = mapped_column(String(80))
    publisher: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int] = mapped_column(Sequence)
    envelope: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(10), default="pending")
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text())
    received_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("event_id", "handler"),
        Index("ix_inbox_open", "status", "next_attempt_at", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_inbox_key", "publisher", "key", "sequence", sqlite_where=OPEN, postgresql_where=OPEN),
    )  # fmt: skip


class Lease(ChassisBase):
    """Who does a job that only one replica may do at a time, until when."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime] = mapped_column(MomentType())


class IdempotencyKey(ChassisBase):
    """The answer to a write, kept under the caller's key, stored in the transaction of the write itself."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    method: Mapped[str] = mapped_column(String(80))
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    answer: Mapped[Any] = mapped_column(Text())
    created_at: Mapped[datetime] = mapped_column(MomentType(), index=True)
