"""What finance tells: payment plans and money received."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from shared.contracts.base import Event


@dataclass(frozen=True, kw_only=True)
class PlanEvent(Event):
    """One instalment of an order as it is now. `status` is unpaid, partially_paid, paid or cancelled."""

    key_field: ClassVar[str] = "plan_id"

    plan_id: str
    number: str
    order_id: str
    customer_id: str
    owner_id: str | None
    period: int
    due_on: date
    amount: Decimal
    received: Decimal
    status: str


@dataclass(frozen=True, kw_only=True)
class PlanCreated(PlanEvent):
    """An instalment was planned."""

    publisher: ClassVar[str] = "finance"


@dataclass(frozen=True, kw_only=True)
class PlanUpdated(PlanEvent):
    """An instalment changed: its date or amount by hand, or what it received."""

    publisher: ClassVar[str] = "finance"


@dataclass(frozen=True, kw_only=True)
class PlanPaid(PlanEvent):
    """The last cent of an instalment came in."""

    publisher: ClassVar[str] = "finance"


@dataclass(frozen=True, kw_only=True)
class PlanDue(PlanEvent):
    """An instalment falls due today (or within the days set)."""

    publisher: ClassVar[str] = "finance"


@dataclass(frozen=True, kw_only=True)
class PlanOverdue(PlanEvent):
    """An instalment is past its day and not paid."""

    publisher: ClassVar[str] = "finance"


@dataclass(frozen=True, kw_only=True)
class PlanCancelled(PlanEvent):
    """An unpaid instalment was cancelled with its order."""

    publisher: ClassVar[str] = "finance"


@dataclass(frozen=True, kw_only=True)
class ReceiptRecorded(Event):
    """Money came in (or went back: a refund has a negative amount)."""

    publisher: ClassVar[str] = "finance"
    key_field: ClassVar[str] = "receipt_id"

    receipt_id: str
    number: str
    customer_id: str
    order_id: str | None
    plan_id: str | None
    owner_id: str | None
    amount: Decimal
    received_on: date
    recorded_at: datetime
    refund_of_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReceiptVoided(ReceiptRecorded):
    """A receipt was undone; `amount` is what it had been."""

    reason: str
