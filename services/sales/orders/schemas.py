"""Shapes of orders."""

from __future__ import annotations

from services.sales.approval_rules.schemas import ApprovalPlanSchema
from services.sales.orders.rules import OrderStatus, Step
from services.sales.schemas import DocumentInput, DocumentRow, DocumentSchema
from shared.resources import ActionInput
from shared.schema import Choice, Day, Flag, Id, Many, Moment, Money, One, Schema, Text, Whole


class _OrderFields(Schema):
    subject = Text(required=True, max=200)
    order_date = Day()
    starts_on = Day(allow_none=True)
    ends_on = Day(allow_none=True)
    deliver_on = Day(allow_none=True)
    payment_method = Text(max=60, allow_none=True)
    signer = Text(max=80, allow_none=True)
    quote_id = Id(allow_none=True, reference="quotes")


class _OrderState(Schema):
    status = Choice(
        OrderStatus, dump_only=True, tones={"pending_approval": "warn", "approved": "good", "completed": "good", "voided": "bad"}
    )
    approver_id = Id(dump_only=True, reference="users")
    approval_step = Whole(dump_only=True)
    waits_for_me = Flag(dump_only=True)
    submitted_by = Id(dump_only=True, reference="users")
    approved_at = Moment(dump_only=True)
    received = Money(dump_only=True)


class ApprovalSchema(Schema):
    """One step of the approval; `position` is the step of the rule it was about."""

    step = Choice(Step)
    position = Whole(allow_none=True)
    by = Id(allow_none=True, reference="users")
    comment = Text(allow_none=True)
    at = Moment()


class OrderRow(_OrderFields, _OrderState, DocumentRow):
    """An order in a list."""


class OrderSchema(_OrderFields, _OrderState, DocumentSchema):
    """An order with its lines, the rule its approval goes by, and its approval history."""

    approval_plan = One(ApprovalPlanSchema, attribute="plan", dump_only=True, filterable=False)
    approvals = Many(ApprovalSchema, dump_only=True, filterable=False)


class OrderInput(_OrderFields, DocumentInput):
    """An order as it is written; the order date is today unless given."""


class SubmitOrderInput(ActionInput):
    """Whom to ask where no approval rule is for the order (a rule names its own people), and a word to them."""

    approver_id = Id(allow_none=True, load_default=None, reference="users")
    comment = Text(max=1000, load_default="")


class DecideOrderInput(ActionInput):
    """A word with the decision."""

    comment = Text(max=1000, load_default="")


class VoidOrderInput(ActionInput):
    """Why."""

    reason = Text(required=True, max=1000)


class OrderIdInput(Schema):
    """Which order another service asks about."""

    order_id = Id(required=True)
