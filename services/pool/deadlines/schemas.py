"""Shapes of countdown and rehearsal."""

from __future__ import annotations

from services.pool.pools.schemas import RulesSchema
from services.pool.rules import TAKING_RULES
from shared.schema import Choice, Day, Flag, Id, Many, Money, One, Schema, Text, Whole


class ExemptionSchema(Schema):
    """A reason not to take a customer that was looked at."""

    name = Choice(("goal_achieved", "status", "level", "tag"))
    applies = Flag()
    text = Text()


class CountdownSchema(Schema):
    """Why and when the pool takes a customer, and what resets it. `rule` is "none" where it is not taken at all.

    It is the owner's until the end of the day before `takes_on`; `days_left` are the whole days after today.
    """

    customer_id = Id()
    pool_id = Id()
    rule = Choice((*TAKING_RULES, "none"))
    rule_name = Text()
    rule_version = Whole()
    counted_from = Day(allow_none=True)
    baseline = Choice(("claimed", "follow_up", "order", "owned", "created", "none"))
    takes_on = Day(allow_none=True)
    days_left = Whole(allow_none=True)
    exemptions = Many(ExemptionSchema)
    reset_by = Choice(("order", "receipt", "either", "both", "follow_up"), allow_none=True)
    reset_text = Text(allow_none=True)
    text = Text()


class RehearsalInput(Schema):
    """The rules to try; what is not given stays as it is. The default pool's unless another is named."""

    settings = One(RulesSchema, required=True)
    pool_id = Id(reference="pools")


class SumSchema(Schema):
    """How many customers, and what their approved orders add up to."""

    customers = Whole()
    value = Money()


class PersonLossSchema(Schema):
    """What one person would lose."""

    user_id = Id(allow_none=True)
    name = Text(allow_none=True)
    present = One(SumSchema)
    proposed = One(SumSchema)


class HorizonSchema(Schema):
    """What would be lost until a day, in all and by person."""

    days = Whole()
    by = Day()
    present = One(SumSchema)
    proposed = One(SumSchema)
    people = Many(PersonLossSchema)


class TakingSchema(Schema):
    """When and why one set of rules takes a customer."""

    rule = Choice(TAKING_RULES)
    takes_on = Day()
    text = Text()


class CustomerLossSchema(Schema):
    """A customer that one of the two sets of rules takes within thirty days."""

    customer_id = Id()
    customer_name = Text()
    owner_id = Id(allow_none=True)
    owner_name = Text(allow_none=True)
    value = Money()
    present = One(TakingSchema, allow_none=True)
    proposed = One(TakingSchema, allow_none=True)


class RehearsalSchema(Schema):
    """What the present and the proposed rules would take; nothing moved. `more` customers are counted but not listed."""

    pool_id = Id()
    horizons = Many(HorizonSchema)
    customers = Many(CustomerLossSchema)
    more = Whole()
