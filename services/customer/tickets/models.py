"""Tables of tickets."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from services.customer.models import Base
from services.customer.tickets.rules import WORKABLE, TicketStatus, may_move, minutes_between
from shared.contracts.customer import (
    TicketAssigned,
    TicketClosed,
    TicketCreated,
    TicketDeleted,
    TicketEvent,
    TicketOverdue,
    TicketReopened,
    TicketResolved,
    TicketUpdated,
)
from shared.db import Customizable, IdType, MoneyType, Record, remote_id
from shared.errors import WrongState

E = TypeVar("E", bound=TicketEvent)


class TicketSettings(Record, Base):
    """The one row of settings: hours to resolve a ticket on working days, per priority."""

    __tablename__ = "ticket_settings"

    service_levels: Mapped[dict[str, Any]]


class ProductCopy(Base):
    """What customer knows of a product: its name, for tickets and their statistics, and who sees it. One that is deleted keeps its name."""

    __tablename__ = "product_copies"

    id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[str | None] = mapped_column(IdType())
    is_deleted: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=0)


class Ticket(Customizable, Record, Base):
    """Something to repair or to answer. Its status moves only by the verbs below."""

    __tablename__ = "tickets"

    number: Mapped[str] = mapped_column(String(30), unique=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("customers.id"), index=True)
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contacts.id"))
    product_id: Mapped[str | None] = remote_id("sales", nullable=True)
    order_id: Mapped[str | None] = remote_id("sales", nullable=True, index=False)
    title: Mapped[str] = mapped_column(String(200), index=True)
    fault_description: Mapped[str] = mapped_column(Text())
    fault_type: Mapped[str] = mapped_column(String(40), default="other", index=True)
    channel: Mapped[str] = mapped_column(String(40), default="phone")
    priority: Mapped[str] = mapped_column(String(10), default="normal")
    status: Mapped[str] = mapped_column(String(12), default=TicketStatus.OPEN.value, index=True)
    assignee_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    due_at: Mapped[datetime] = mapped_column(index=True)
    escalated_at: Mapped[datetime | None]
    resolution: Mapped[str | None] = mapped_column(Text())
    parts: Mapped[str | None] = mapped_column(Text())
    cost: Mapped[Decimal | None] = mapped_column(MoneyType())
    resolved_at: Mapped[datetime | None] = mapped_column(index=True)
    minutes_to_resolve: Mapped[int | None]
    closed_at: Mapped[datetime | None]
    satisfaction: Mapped[int | None]
    reopened: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        Index("ix_tickets_to_escalate", "due_at", sqlite_where=text("escalated_at IS NULL AND resolved_at IS NULL"),
              postgresql_where=text("escalated_at IS NULL AND resolved_at IS NULL")),
    )  # fmt: skip

    untracked = Record.untracked | {"escalated_at", "minutes_to_resolve"}

    def assign(self, *, assignee_id: str) -> TicketAssigned:
        """Give it to somebody to work on. Raises WrongState once it is resolved."""
        if TicketStatus(self.status) not in WORKABLE:
            raise WrongState(self.status, "ticket.status")
        self._move_to(TicketStatus.ASSIGNED)
        self.assignee_id = assignee_id
        return self.told(TicketAssigned)

    def start(self) -> TicketUpdated:
        """Work on it begins. Raises WrongState."""
        self._move_to(TicketStatus.IN_PROGRESS)
        return self.told()

    def resolve(self, *, resolution: str, parts: str | None, cost: Decimal | None, at: datetime) -> TicketResolved:
        """It is repaired or answered. Raises WrongState."""
        self._move_to(TicketStatus.RESOLVED)
        self.resolution, self.resolved_at = resolution, at
        self.parts, self.cost = parts, cost
        self.minutes_to_resolve = minutes_between(self.created_at, at)
        return self.told(TicketResolved)

    def close(self, *, satisfaction: int | None, at: datetime) -> TicketClosed:
        """The customer agrees. Raises WrongState."""
        self._move_to(TicketStatus.CLOSED)
        self.closed_at, self.satisfaction = at, satisfaction
        return self.told(TicketClosed)

    def reopen(self, *, due_at: datetime) -> TicketReopened:
        """It was not solved after all: back to who worked on it, with a new deadline. Raises WrongState."""
        if TicketStatus(self.status) in WORKABLE:
            raise WrongState(self.status, "ticket.status")
        self._move_to(TicketStatus.ASSIGNED if self.assignee_id else TicketStatus.OPEN)
        self.resolved_at, self.closed_at, self.minutes_to_resolve, self.escalated_at = None, None, None, None
        self.due_at, self.reopened = due_at, self.reopened + 1
        return self.told(TicketReopened)

    def escalate(self, *, at: datetime) -> TicketOverdue:
        """Nobody resolved it in time."""
        self.escalated_at = at
        return self.told(TicketOverdue)

    def told(self, kind: type[E] = TicketUpdated) -> E:  # type: ignore[assignment]
        """An event with the ticket as it is now."""
        return kind(
            ticket_id=self.id, number=self.number, title=self.title, customer_id=self.customer_id, owner_id=self.owner_id,
            assignee_id=self.assignee_id, status=self.status, fault_type=self.fault_type, product_id=self.product_id, due_at=self.due_at,
            contact_id=self.contact_id, priority=self.priority,
        )  # fmt: skip

    def created(self) -> TicketCreated:
        """The event that tells of the new ticket."""
        return self.told(TicketCreated)

    def gone(self) -> TicketDeleted:
        """The event that tells it was deleted."""
        return self.told(TicketDeleted)

    def _move_to(self, status: TicketStatus) -> None:
        if not may_move(self.status, status):
            raise WrongState(self.status, "ticket.status")
        self.status = status.value
