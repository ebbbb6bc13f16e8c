"""Shapes of pools and their settings."""

from __future__ import annotations

from services.pool.rules import GOAL_EVENTS
from shared.resources import ActionInput, RecordSchema
from shared.schema import Choice, Flag, Id, Many, Money, One, Schema, Text, Whole

MAX_DAYS = 3650


class LevelDaysSchema(Schema):
    """The days of one customer level, instead of those for all; None switches a rule off for this level."""

    level = Text(max=40, required=True)
    no_follow_up_days = Whole(min=1, max=MAX_DAYS, allow_none=True, load_default=None)
    no_order_days = Whole(min=1, max=MAX_DAYS, allow_none=True, load_default=None)


class AutoEntrySchema(Schema):
    """Which ordinary customers come in by themselves: nobody followed up, or no order was approved, for so many days.

    None switches a rule off. Of several rules the earliest takes the customer. Customers of an exempt status or level, or
    with an exempt tag, are never taken.
    """

    no_follow_up_days = Whole(min=1, max=MAX_DAYS, allow_none=True, load_default=None)
    no_order_days = Whole(min=1, max=MAX_DAYS, allow_none=True, load_default=None)
    by_level = Many(LevelDaysSchema, max=50, load_default=list)
    exempt_statuses = Many(Text(max=40), max=50, unique=True, load_default=list)
    exempt_levels = Many(Text(max=40), max=50, unique=True, load_default=list)
    exempt_tags = Many(Text(max=40), max=100, unique=True, load_default=list)


class RulesSchema(Schema):
    """The rules of a pool."""

    enabled = Flag()
    admin_ids = Many(Id(), max=1000, unique=True)
    user_ids = Many(Id(), max=10_000, unique=True)
    protection_days = Whole(min=1, max=MAX_DAYS)
    max_held = Whole(min=1, max=100_000)
    count_achieved = Flag()
    goal_events = Choice(GOAL_EVENTS)
    goal_min_amount = Money(min="0")
    warn_days_before = Whole(min=0, max=365)
    daily_claim_limit = Whole(min=1, max=100_000, allow_none=True)
    reclaim_cooldown_days = Whole(min=0, max=MAX_DAYS)
    auto_entry = One(AutoEntrySchema)


class PoolSettingsSchema(RulesSchema):
    """The rules of the default pool. `affected` is how many customers are in it; switching off with some in it takes `confirm`."""

    version = Whole(min=1)
    confirm = Flag(load_only=True)
    affected = Whole(dump_only=True)


class PoolSchema(RecordSchema, RulesSchema):
    """A pool: its name, the departments and regions whose customers go to it, and its rules."""

    owner_id = Id(dump_only=True, reference="users")
    name = Text(max=80, required=True)
    department_ids = Many(Id(), max=200, unique=True)
    regions = Many(Text(max=80), max=200, unique=True)
    is_default = Flag(dump_only=True)
    affected = Whole(dump_only=True)
    confirm = Flag(load_only=True)


class EmptyInput(ActionInput):
    """Which pool takes all customers of another."""

    into_id = Id(required=True, reference="pools")


class MovedSchema(Schema):
    """How many customers went to the other pool."""

    moved = Whole()


class WhichPoolInput(Schema):
    """Which pool is meant; the default one unless named."""

    pool_id = Id(reference="pools")


class MemberSchema(Schema):
    """Somebody who works with the pool, and how many of its customers they hold."""

    user_id = Id()
    name = Text()
    level = Choice(("user", "admin"))
    held = Whole()


class MembersSchema(Schema):
    """Everybody who works with the pool."""

    items = Many(MemberSchema, max=20_000)


class MyPoolSchema(Schema):
    """A pool that somebody works with."""

    id = Id()
    name = Text()
    level = Choice(("outsider", "user", "admin", "system"))
    enabled = Flag()


class SummarySchema(Schema):
    """How many I hold of how many, and how many run out within the warning days."""

    pool_id = Id()
    enabled = Flag()
    level = Choice(("outsider", "user", "admin", "system"))
    held = Whole()
    limit = Whole()
    expiring_soon = Whole()
    claims_left_today = Whole(allow_none=True)
    pools = Many(MyPoolSchema)
