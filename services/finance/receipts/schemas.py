"""Shapes in and out of receipts."""

from __future__ import annotations

from services.finance.receipts.rules import METHODS
from shared.resources import ActionInput, RecordSchema
from shared.schema import Choice, Day, Dictionary, Id, Many, Money, Schema, Text


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
