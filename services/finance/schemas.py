"""Shapes in and out of finance."""

from __future__ import annotations

from services.finance.rules import AGEING, PlanStatus
from shared.resources import ActionInput, RecordSchema
from shared.schema import Choice, Day, Flag, Id, Many, Money, Percent, Schema, Text, Whole


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
