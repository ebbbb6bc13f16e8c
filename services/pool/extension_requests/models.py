"""Requests for more days."""

from __future__ import annotations

from datetime import datetime
from typing import TypeVar

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from services.pool.extension_requests.rules import RequestStatus
from services.pool.models import Base
from shared.contracts.pool import ExtensionEvent, ExtensionLapsed
from shared.db import IdType, Record, remote_id
from shared.errors import WrongState

E = TypeVar("E", bound=ExtensionEvent)
WAITING = text("status = 'pending'")


class ExtensionRequest(Record, Base):
    """Somebody asks for more days for a customer they hold; of one customer only one request waits at a time."""

    __tablename__ = "extension_requests"

    customer_id: Mapped[str] = remote_id("customer")
    customer_name: Mapped[str] = mapped_column(String(200))
    pool_id: Mapped[str] = mapped_column(IdType(), index=True)
    days: Mapped[int]
    reason: Mapped[str] = mapped_column(String(500))
    status: Mapped[str] = mapped_column(String(8), default=RequestStatus.PENDING.value)
    granted_days: Mapped[int | None]
    answer: Mapped[str | None] = mapped_column(String(500))
    decided_by: Mapped[str | None] = mapped_column(IdType())
    decided_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_extension_requests_waiting", "customer_id", unique=True, sqlite_where=WAITING, postgresql_where=WAITING),
        Index("ix_extension_requests_status", "status", "created_at"),
    )

    def grant(self, *, days: int, answer: str, by: str | None, at: datetime) -> None:
        """Give days, those asked for or others. Raises WrongState."""
        self._decide(RequestStatus.GRANTED, answer, by, at)
        self.granted_days = days

    def refuse(self, *, answer: str, by: str | None, at: datetime) -> None:
        """Say no. Raises WrongState."""
        self._decide(RequestStatus.REFUSED, answer, by, at)

    def lapse(self, *, requester_name: str) -> ExtensionLapsed:
        """Nobody has to answer any more."""
        self.status = RequestStatus.LAPSED.value
        return self.told(ExtensionLapsed, requester_name=requester_name)

    def told(self, kind: type[E], *, requester_name: str, **more: object) -> E:
        """The event that tells of the request as it is now."""
        facts = {
            "request_id": self.id, "customer_id": self.customer_id, "customer_name": self.customer_name, "requester_id": self.owner_id,
            "requester_name": requester_name, "days": self.granted_days or self.days, "reason": self.reason,
        }  # fmt: skip
        return kind(**facts, **more)  # type: ignore[arg-type]

    def _decide(self, status: RequestStatus, answer: str, by: str | None, at: datetime) -> None:
        if self.status != RequestStatus.PENDING:
            raise WrongState(self.status, code="already_decided")
        self.status, self.answer, self.decided_by, self.decided_at = status.value, answer or None, by, at
