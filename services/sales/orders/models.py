"""Tables of orders. An order guards itself: each verb checks the status and returns the event it caused."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.sales.models import LINE_IN_HISTORY, Base, Document, Line
from services.sales.orders.rules import OrderStatus, Step, may_move
from shared.contracts.sales import (
    OrderApproved,
    OrderEvent,
    OrderLineFact,
    OrderRejected,
    OrderSubmitted,
    OrderUpdated,
    OrderVoided,
    OrderWithdrawn,
)
from shared.db import Customizable, IdType, Plain, Record, remote_id
from shared.errors import Conflict, WrongState

E = TypeVar("E", bound=OrderEvent)


class Order(Customizable, Document, Record, Base):
    """A contract with a customer. Its status moves only by the verbs below."""

    __tablename__ = "orders"

    subject: Mapped[str] = mapped_column(String(200), index=True)
    status: Mapped[str] = mapped_column(String(20), default=OrderStatus.DRAFT.value, index=True)
    order_date: Mapped[date] = mapped_column(index=True)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    deliver_on: Mapped[date | None]
    payment_method: Mapped[str | None] = mapped_column(String(60))
    signer: Mapped[str | None] = mapped_column(String(80))
    quote_id: Mapped[str | None] = mapped_column(ForeignKey("quotes.id"), index=True)
    approver_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    submitted_by: Mapped[str | None] = mapped_column(IdType())
    approved_at: Mapped[datetime | None]
    received: Mapped[Decimal] = mapped_column(default=Decimal("0.00"))
    lines: Mapped[list[OrderLine]] = relationship(cascade="all, delete-orphan", order_by="OrderLine.position", info=LINE_IN_HISTORY)
    approvals: Mapped[list[Approval]] = relationship(cascade="all", order_by="Approval.id")

    def submit(self, *, approver_id: str, by: str | None, comment: str, at: datetime) -> OrderSubmitted:
        """送批: ask somebody to approve. Raises WrongState, Conflict for an order without lines."""
        if not self.lines:
            raise Conflict("order_without_lines")
        self._move_to(OrderStatus.PENDING_APPROVAL)
        self.approver_id, self.submitted_by = approver_id, by
        self._note(Step.SUBMITTED, by, comment, at)
        return self.told(OrderSubmitted, approver_id=approver_id, submitted_by=by or "", comment=comment)

    def withdraw(self, *, by: str | None, at: datetime) -> OrderWithdrawn:
        """Take it back before a decision. Raises WrongState."""
        self._need(OrderStatus.PENDING_APPROVAL)
        self._move_to(OrderStatus.DRAFT)
        self.approver_id = None
        self._note(Step.WITHDRAWN, by, "", at)
        return self.told(OrderWithdrawn)

    def approve(self, *, by: str | None, comment: str, at: datetime) -> OrderApproved:
        """The named approver says yes. Raises WrongState, Conflict for one's own order."""
        self._check_decision(by)
        self._move_to(OrderStatus.APPROVED)
        self.approved_at = at
        self._note(Step.APPROVED, by, comment, at)
        return self.told(OrderApproved, approved_by=by or "", approved_at=at, submitted_by=self.submitted_by)

    def reject(self, *, by: str | None, comment: str, at: datetime) -> OrderRejected:
        """The named approver says no; it is a draft again. Raises WrongState, Conflict."""
        self._check_decision(by)
        self._move_to(OrderStatus.DRAFT)
        self._note(Step.REJECTED, by, comment, at)
        return self.told(OrderRejected, rejected_by=by or "", comment=comment, submitted_by=self.submitted_by)

    def void(self, *, by: str | None, reason: str, at: datetime, received: Decimal = Decimal(0)) -> OrderVoided:
        """Undo an approved order on which no money came in; `received` is what finance knows of. Raises WrongState, Conflict."""
        if max(self.received, received) > 0:
            raise Conflict("has_receipts")
        self._need(OrderStatus.APPROVED)
        self._move_to(OrderStatus.VOIDED)
        self._note(Step.VOIDED, by, reason, at)
        return self.told(OrderVoided, reason=reason, voided_at=at)

    def check_draft(self) -> None:
        """Raise WrongState unless it may be edited or deleted."""
        self._need(OrderStatus.DRAFT)

    def told(self, kind: type[E] = OrderUpdated, **more: Any) -> E:  # type: ignore[assignment]
        """An event with the order as it is now."""
        return kind(
            order_id=self.id, number=self.number, subject=self.subject, customer_id=self.customer_id, owner_id=self.owner_id,
            order_date=self.order_date, total=self.total, status=self.status, lines=tuple(line.fact() for line in self.lines), **more,
        )  # fmt: skip

    def _check_decision(self, by: str | None) -> None:
        self._need(OrderStatus.PENDING_APPROVAL)
        if by is not None and by in (self.submitted_by, self.owner_id):
            raise Conflict("own_order")
        if by != self.approver_id:
            raise Conflict("not_the_approver")

    def _need(self, status: OrderStatus) -> None:
        if self.status != status:
            raise WrongState(self.status)

    def _move_to(self, status: OrderStatus) -> None:
        if not may_move(self.status, status):
            raise WrongState(self.status)
        self.status = status.value

    def _note(self, step: Step, by: str | None, comment: str, at: datetime) -> None:
        self.approvals.append(Approval(step=step.value, by=by, comment=comment or None, at=at))


class OrderLine(Line, Base):
    """A line of an order."""

    __tablename__ = "order_lines"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"), index=True)

    def fact(self) -> OrderLineFact:
        """The line as it is told to others."""
        return OrderLineFact(
            line_id=self.id, product_id=self.product_id, product_code=self.product_code, product_name=self.product_name,
            quantity=self.quantity, unit_price=self.unit_price, discount=self.discount, total=self.total, cost=self.cost,
        )  # fmt: skip


class Approval(Plain, Base):
    """One step of an order's approval: the history nobody edits."""

    __tablename__ = "order_approvals"

    order_id: Mapped[str] = mapped_column(ForeignKey("orders.id"))
    step: Mapped[str] = mapped_column(String(12))
    by: Mapped[str | None] = mapped_column(IdType())
    comment: Mapped[str | None] = mapped_column(String(1000))
    at: Mapped[datetime]

    __table_args__ = (Index("ix_order_approvals_order", "order_id", "id"),)


class ReceiptFact(Base):
    """What sales knows of a receipt on an order."""

    __tablename__ = "receipt_facts"

    receipt_id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    order_id: Mapped[str] = remote_id("sales")
    amount: Mapped[Decimal]
    is_live: Mapped[bool]
