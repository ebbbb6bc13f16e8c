"""Shapes of approval rules."""

from __future__ import annotations

from services.sales.approval_rules.rules import MAX_STEPS, StepKind
from shared.resources import RecordSchema
from shared.schema import Choice, Flag, Id, Many, Money, Percent, Schema, Text, Whole


class RuleStepSchema(Schema):
    """Who decides a step: a user, anybody with a role, or the manager of the order's owner."""

    kind = Choice(StepKind, required=True)
    user_id = Id(allow_none=True, load_default=None, reference="users")
    role_id = Id(allow_none=True, load_default=None, reference="roles")


class ApprovalRuleSchema(RecordSchema):
    """A rule: for orders of at least this amount, with at least this discount, with at most this margin, where it sets one."""

    owner_id = Id(dump_only=True, reference="users")
    name = Text(required=True, max=120)
    is_active = Flag()
    position = Whole(dump_only=True)
    min_amount = Money(min="0", allow_none=True)
    min_discount = Percent(positive=True, max="100", allow_none=True)
    max_margin = Percent(min="-1000", max="100", allow_none=True)
    may_approve_own = Flag()
    steps = Many(RuleStepSchema, min=1, max=MAX_STEPS, required=True, filterable=False)


class ArrangementSchema(Schema):
    """All rules in the order in which they are asked."""

    ids = Many(Id(), min=1, max=1000, unique=True, required=True)


class PlanStepSchema(Schema):
    """A step of an order's approval, and who may decide it."""

    kind = Choice(StepKind)
    role_name = Text(allow_none=True)
    approver_ids = Many(Id())


class ApprovalPlanSchema(Schema):
    """The rule an order goes by, as it was when the order was submitted; no steps where none is for it."""

    rule_name = Text(allow_none=True)
    steps = Many(PlanStepSchema)
