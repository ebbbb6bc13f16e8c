"""Tables of receipts."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from services.finance.models import Base
from shared.contracts.finance import ReceiptRecorded, ReceiptVoided
from shared.db import MoneyType, Record, remote_id
from shared.errors import WrongState


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
