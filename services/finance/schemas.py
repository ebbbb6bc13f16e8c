"""Shapes in and out of finance."""

from __future__ import annotations

from services.finance.rules import AGEING, METHODS, PlanStatus
from shared.resources import ActionInput, RecordSchema
from shared.schema import Choice, Day, Dictionary, Flag, Id, Many, Money, Percent, Schema, Text, Whole


class PaymentPlanSchema(RecordSchema):
    """An instalment of an order."""

    number = Text(dump_only=True)
    order_id = Id(required=True, reference="orders")
    order_number = Text(dump_only=True)
    customer_id = Id(dump_only=True, reference="customers")
    customer_name = Text(dump_only=True)
    period = Whole(dump_only=True)
    due_on = Day(required=True)
    amount = Money(required=True, positive=True)
    received = Money(dump_only=True)
    outstanding = Money(dump_only=True)
    status = Choice(PlanStatus, dump_only=True, tones={"unpaid": "warn", "partially_paid": "info", "paid": "good"})
    overdue = Flag(dump_only=True)
    ageing = Choice(AGEING, dump_only=True)
    note = Text(max=500, allow_none=True)


class ReceiptSchema(RecordSchema):
    """Money received."""

    number = Text(dump_only=True)
    customer_id = Id(reference="customers")
    customer_name = Text(dump_only=True)
    order_id = Id(allow_none=True, reference="orders")
    order_number = Text(dump_only=True)
    plan_id = Id(allow_none=True, reference="payment-plans")
    amount = Money(required=True, positive=True)
    received_on = Day()
    method = Dictionary("receipt_method", METHODS, kept=("bank_transfer",))
    account = Text(max=80, allow_none=True)
    reference = Text(max=80, allow_none=True)
    note = Text(max=500, allow_none=True)
    status = Choice(("recorded", "voided"), dump_only=True, tones={"recorded": "good", "voided": "bad"})
    refund_of_id = Id(dump_only=True, reference="receipts")
    void_reason = Text(dump_only=True)
    advance_id = Id(dump_only=True, reference="receipts")


class ReceiptNoteInput(Schema):
    """What may change of a recorded receipt: not the money."""

    account = Text(max=80, allow_none=True)
    reference = Text(max=80, allow_none=True)
    note = Text(max=500, allow_none=True)
    owner_id = Id(allow_none=True, reference="users")


class InstalmentSchema(Schema):
    """One instalment of a split."""

    due_on = Day(required=True)
    amount = Money(required=True, positive=True)


class SplitInput(ActionInput):
    """How an order is to be paid; `version` is the order's."""

    instalments = Many(InstalmentSchema, min=1, max=120, required=True)


class PlansSchema(Schema):
    """The plans of an order, or the split that approval will use."""

    items = Many(PaymentPlanSchema)
    chosen = Many(InstalmentSchema)


class BatchCollectInput(Schema):
    """Plans to collect in full."""

    ids = Many(Id(), min=1, max=1000, unique=True, required=True)
    received_on = Day()
    method = Dictionary("receipt_method", METHODS)


class VoidReceiptInput(ActionInput):
    """Why."""

    reason = Text(required=True, max=500)


class RefundReceiptInput(VoidReceiptInput):
    """How much goes back, and why."""

    amount = Money(required=True, positive=True)


class ShareSchema(Schema):
    """A share of an order in percent, due so many days after the order date."""

    share = Percent(required=True, positive=True, max="100")
    days_after = Whole(required=True, min=0, max=3650)


class FinanceSettingsSchema(Schema):
    """The settings of finance."""

    default_instalments = Many(ShareSchema, min=1, max=60)
    remind_days_before = Whole(min=0, max=365)
    allow_prepayment = Flag()
    tolerated_excess = Money(min="0", max="1000000")
    version = Whole(min=1)


class OrderIdsInput(Schema):
    """Which orders another service asks about."""

    order_ids = Many(Id(), min=1, max=1000, required=True)


class CustomerIdsInput(Schema):
    """Of which customers another service asks."""

    customer_ids = Many(Id(), min=1, max=1000, required=True)
