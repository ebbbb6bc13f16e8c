"""Tables of finance."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from services.finance.rules import PlanStatus, plan_status
from shared.contracts.finance import PlanCancelled, PlanCreated, PlanEvent, PlanPaid, PlanUpdated, ReceiptRecorded, ReceiptVoided
from shared.db import IdType, Mergeable, Model, MoneyType, Record, new_metadata, remote_id
from shared.errors import Conflict, WrongState
from shared.i18n import amount_text


class Base(Model):
    """The root of all tables of finance."""

    __abstract__ = True
    metadata = new_metadata()


E = TypeVar("E", bound=PlanEvent)
ZERO = Decimal("0.00")


class FinanceSettings(Record, Base):
    """The one row of settings. `default_instalments` is [{"share": percent, "days_after": days}]."""

    __tablename__ = "finance_settings"

    default_instalments: Mapped[list[Any]]
    remind_days_before: Mapped[int] = mapped_column(default=0)
    allow_prepayment: Mapped[bool] = mapped_column(default=False)
    tolerated_excess: Mapped[Decimal] = mapped_column(MoneyType(), default=ZERO)


class OrderCopy(Base):
    """What finance knows of an order; the row to lock for anything that changes what an order's plans add up to.

    `split` is an instalment plan chosen before approval: [{"due_on", "amount"}].
    """

    __tablename__ = "order_copies"

    id: Mapped[str] = mapped_column(IdType(), primary_key=True)
    number: Mapped[str] = mapped_column(String(30))
    customer_id: Mapped[str] = remote_id("customer")
    owner_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    order_date: Mapped[date]
    total: Mapped[Decimal] = mapped_column(MoneyType())
    status: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(default=0)
    split: Mapped[list[Any] | None]
    is_deleted: Mapped[bool] = mapped_column(default=False)


class CustomerCopy(Mergeable, Base):
    """What finance knows of a customer."""

    __tablename__ = "customer_copies"

    name: Mapped[str] = mapped_column(String(200))
    owner_id: Mapped[str | None] = mapped_column(IdType(), index=True)
    version: Mapped[int] = mapped_column(default=0)
    is_deleted: Mapped[bool] = mapped_column(default=False)


class PaymentPlan(Record, Base):
    """One instalment of an order. Money moves only through `book`; the database refuses more than the amount."""

    __tablename__ = "payment_plans"

    number: Mapped[str] = mapped_column(String(30), unique=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("order_copies.id"))
    customer_id: Mapped[str] = remote_id("customer")
    period: Mapped[int]
    due_on: Mapped[date] = mapped_column(index=True)
    amount: Mapped[Decimal] = mapped_column(MoneyType())
    received: Mapped[Decimal] = mapped_column(MoneyType(), default=ZERO)
    status: Mapped[str] = mapped_column(String(16), default=PlanStatus.UNPAID.value, index=True)
    note: Mapped[str | None] = mapped_column(String(500))
    reminded_on: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("received >= 0 AND received <= amount", name="received_within_amount"),
        Index("uq_payment_plans_period", "order_id", "period", unique=True, sqlite_where=text("deleted_at IS NULL AND status <> 'cancelled'"),
              postgresql_where=text("deleted_at IS NULL AND status <> 'cancelled'")),
    )  # fmt: skip

    untracked = Record.untracked | {"reminded_on"}

    @property
    def outstanding(self) -> Decimal:
        """What is still open."""
        return ZERO if self.status == PlanStatus.CANCELLED else self.amount - self.received

    def book(self, amount: Decimal) -> PlanEvent:
        """Add (or, negative, take back) received money. Raises Conflict when it is more than is open."""
        if self.status == PlanStatus.CANCELLED:
            raise WrongState(self.status, "payment_plan.status")
        if amount > self.outstanding:
            raise Conflict("over_collected", open=amount_text(self.outstanding))
        self.received += amount
        self.status = plan_status(self.amount, self.received).value
        return self.told(PlanPaid if self.status == PlanStatus.PAID else PlanUpdated)

    def close(self) -> PlanEvent:
        """The order was voided: nothing more is expected. What came in stays: the plan is over that, and paid."""
        if not self.received:
            return self.cancel()
        self.amount, self.status = self.received, PlanStatus.PAID.value
        return self.told(PlanPaid)

    def cancel(self) -> PlanCancelled:
        """Nothing is expected."""
        self.status = PlanStatus.CANCELLED.value
        return self.told(PlanCancelled)

    def check_untouched(self) -> None:
        """Raise WrongState when money came in already, or nothing is expected any more."""
        if self.status != PlanStatus.UNPAID:
            code = "wrong_state" if self.status == PlanStatus.CANCELLED else "plan_has_money"
            raise WrongState(self.status, "payment_plan.status", code=code)

    def told(self, kind: type[E] = PlanUpdated) -> E:  # type: ignore[assignment]
        """An event with the plan as it is now."""
        return kind(
            plan_id=self.id, number=self.number, order_id=self.order_id, customer_id=self.customer_id, owner_id=self.owner_id,
            period=self.period, due_on=self.due_on, amount=self.amount, received=self.received, status=self.status,
        )  # fmt: skip

    def created(self) -> PlanCreated:
        """The event that tells of the new plan."""
        return self.told(PlanCreated)


class Receipt(Record, Base):
    """Money that came in; a refund is a receipt with a negative amount tied to its original.

    `advance_id` is the receipt of the customer's advance into which went what was more than open.
    """

    __tablename__ = "receipts"

    number: Mapped[str] = mapped_column(String(30), unique=True)
    customer_id: Mapped[str] = remote_id("customer")
    order_id: Mapped[str | None] = mapped_column(ForeignKey("order_copies.id"), index=True)
    plan_id: Mapped[str | None] = mapped_column(ForeignKey("payment_plans.id"), index=True)
    amount: Mapped[Decimal] = mapped_column(MoneyType())
    received_on: Mapped[date] = mapped_column(index=True)
    method: Mapped[str] = mapped_column(String(40))
    account: Mapped[str | None] = mapped_column(String(80))
    reference: Mapped[str | None] = mapped_column(String(80), index=True)
    note: Mapped[str | None] = mapped_column(String(500))
    status: Mapped[str] = mapped_column(String(10), default="recorded")
    refund_of_id: Mapped[str | None] = mapped_column(ForeignKey("receipts.id"), index=True)
    void_reason: Mapped[str | None] = mapped_column(String(500))
    advance_id: Mapped[str | None] = mapped_column(ForeignKey("receipts.id"))

    def void(self, reason: str) -> ReceiptVoided:
        """Undo it. Raises WrongState when it is undone already."""
        if self.status != "recorded":
            raise WrongState(self.status, "receipt.status")
        self.status, self.void_reason = "voided", reason
        return ReceiptVoided(**self._facts(), reason=reason)

    def told(self) -> ReceiptRecorded:
        """The event that tells of the receipt."""
        return ReceiptRecorded(**self._facts())

    def _facts(self) -> dict[str, Any]:
        recorded: datetime = self.created_at
        return {
            "receipt_id": self.id, "number": self.number, "customer_id": self.customer_id, "order_id": self.order_id,
            "plan_id": self.plan_id, "owner_id": self.owner_id, "amount": self.amount, "received_on": self.received_on,
            "recorded_at": recorded, "refund_of_id": self.refund_of_id,
        }  # fmt: skip
