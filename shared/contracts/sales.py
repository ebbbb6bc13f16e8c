"""What sales tells: products, quotes and the life of an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar

from shared.contracts.base import Event


@dataclass(frozen=True, kw_only=True)
class ProductCreated(Event):
    """A product was added."""

    publisher: ClassVar[str] = "sales"
    key_field: ClassVar[str] = "product_id"

    product_id: str
    code: str
    name: str
    is_active: bool
    owner_id: str | None


@dataclass(frozen=True, kw_only=True)
class ProductUpdated(ProductCreated):
    """A product changed; carries its facts as they are now."""


@dataclass(frozen=True, kw_only=True)
class ProductDeleted(Event):
    """A product went to the recycle bin."""

    publisher: ClassVar[str] = "sales"
    key_field: ClassVar[str] = "product_id"

    product_id: str


@dataclass(frozen=True, kw_only=True)
class QuoteCreated(Event):
    """A quote was written."""

    publisher: ClassVar[str] = "sales"
    key_field: ClassVar[str] = "quote_id"

    quote_id: str
    number: str
    name: str
    customer_id: str
    owner_id: str | None
    status: str
    total: Decimal


@dataclass(frozen=True, kw_only=True)
class QuoteUpdated(QuoteCreated):
    """A quote changed; carries its facts as they are now."""


@dataclass(frozen=True, kw_only=True)
class OrderLineFact:
    """One line of an order as it was agreed. `cost` is the cost of the whole line at that time."""

    line_id: str
    product_id: str
    product_code: str
    product_name: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    total: Decimal
    cost: Decimal


@dataclass(frozen=True, kw_only=True)
class OrderEvent(Event):
    """What listeners need to know of an order to act without asking back."""

    key_field: ClassVar[str] = "order_id"

    order_id: str
    number: str
    subject: str
    customer_id: str
    owner_id: str | None
    order_date: date
    total: Decimal
    status: str
    lines: tuple[OrderLineFact, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OrderCreated(OrderEvent):
    """An order was written; it is a draft."""

    publisher: ClassVar[str] = "sales"


@dataclass(frozen=True, kw_only=True)
class OrderUpdated(OrderEvent):
    """A draft order changed."""

    publisher: ClassVar[str] = "sales"


@dataclass(frozen=True, kw_only=True)
class OrderDeleted(OrderEvent):
    """A draft order went to the recycle bin."""

    publisher: ClassVar[str] = "sales"


@dataclass(frozen=True, kw_only=True)
class OrderSubmitted(OrderEvent):
    """An order waits for any one of `approver_ids`; `approver_id` is who alone is asked."""

    publisher: ClassVar[str] = "sales"

    submitted_by: str
    approver_id: str | None = None
    approver_ids: tuple[str, ...] = ()
    comment: str = ""


@dataclass(frozen=True, kw_only=True)
class OrderStepApproved(OrderEvent):
    """A step of an approval rule was passed; the order waits for any one of `approver_ids` next."""

    publisher: ClassVar[str] = "sales"

    approved_by: str
    submitted_by: str | None = None
    approver_id: str | None = None
    approver_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class OrderWithdrawn(OrderEvent):
    """The submitter took the order back before a decision."""

    publisher: ClassVar[str] = "sales"


@dataclass(frozen=True, kw_only=True)
class OrderApproved(OrderEvent):
    """The order stands. Finance makes payment plans, pool marks goals, customer and reporting book it."""

    publisher: ClassVar[str] = "sales"

    approved_by: str
    approved_at: datetime
    submitted_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class OrderRejected(OrderEvent):
    """The approver said no; the order is a draft again."""

    publisher: ClassVar[str] = "sales"

    rejected_by: str
    comment: str = ""
    submitted_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class OrderVoided(OrderEvent):
    """An approved order was undone: unpaid plans, stock, goals and figures follow."""

    publisher: ClassVar[str] = "sales"

    reason: str
    voided_at: datetime
