"""Shapes in and out of the pool."""

from __future__ import annotations

from services.pool.rules import ACTIONS, GOAL_EVENTS, MAX_EXTENSION, Goal
from shared.resources import ListInput, RecordSchema
from shared.schema import Choice, Day, Flag, Id, Many, Moment, Money, Schema, Text, Whole


class PoolSettingsSchema(Schema):
    """The rules of the pool; `affected` is how many customers are in it now."""

    enabled = Flag()
    admin_ids = Many(Id(), max=1000, unique=True)
    user_ids = Many(Id(), max=10_000, unique=True)
    protection_days = Whole(min=1, max=3650)
    max_held = Whole(min=1, max=100_000)
    count_achieved = Flag()
    goal_events = Choice(GOAL_EVENTS)
    goal_min_amount = Money(min="0")
    warn_days_before = Whole(min=0, max=365)
    daily_claim_limit = Whole(min=1, max=100_000, allow_none=True)
    reclaim_cooldown_days = Whole(min=0, max=3650)
    version = Whole(min=1)
    affected = Whole(dump_only=True)


class PoolCustomerSchema(RecordSchema):
    """A customer in the pool."""

    owner_id = Id(dump_only=True, reference="users")
    customer_id = Id(dump_only=True, attribute="id", reference="customers")
    customer_name = Text(dump_only=True)
    level = Text(dump_only=True)
    region = Text(dump_only=True)
    state = Choice(("unassigned", "assigned"), dump_only=True)
    pool_goal = Choice(Goal, dump_only=True, attribute="goal")
    entered_at = Moment(dump_only=True)
    claimed_at = Moment(dump_only=True)
    protected_until = Moment(dump_only=True)


class PoolListInput(ListInput):
    """The two tabs of the pool."""

    state = Choice(("unassigned", "assigned"))


class CustomersInput(Schema):
    """The customers an action is about."""

    customer_ids = Many(Id(), min=1, max=1000, unique=True, required=True)
    reason = Text(max=500, load_default="")


class AssignInput(CustomersInput):
    """Give customers to a member."""

    owner_id = Id(required=True, reference="users")


class ExtendInput(CustomersInput):
    """Move the deadline by whole days."""

    days = Whole(min=1, max=MAX_EXTENSION, required=True)


class CustomerInput(Schema):
    """One customer, in the path."""

    id = Id(required=True)


class CustomerIdInput(Schema):
    """Which customer another service asks about."""

    customer_id = Id(required=True)


class LedgerRowSchema(Schema):
    """One change of hands."""

    id = Whole(max=2**62)
    customer_id = Id()
    action = Choice(ACTIONS)
    from_owner_id = Id(allow_none=True)
    from_owner_name = Text(allow_none=True)
    to_owner_id = Id(allow_none=True)
    to_owner_name = Text(allow_none=True)
    actor_id = Id(allow_none=True)
    actor_name = Text(allow_none=True)
    automatic = Flag()
    reason = Text(allow_none=True)
    deadline_before = Moment(allow_none=True)
    deadline_after = Moment(allow_none=True)
    days = Whole(allow_none=True)
    at = Moment()


class LedgerInput(Schema):
    """A page of the ledger."""

    page = Whole(min=1, max=1_000_000, load_default=1)
    page_size = Whole(min=1, max=200, load_default=20)


class LedgerSchema(Schema):
    """A page of the ledger, newest first."""

    items = Many(LedgerRowSchema)
    page = Whole()
    page_size = Whole()
    total = Whole()


class LogInput(LedgerInput):
    """A page of one customer's log."""

    id = Id(required=True)


class SummarySchema(Schema):
    """How many I hold of how many, and how many run out within the warning days."""

    enabled = Flag()
    level = Choice(("outsider", "user", "admin", "system"))
    held = Whole()
    limit = Whole()
    expiring_soon = Whole()
    claims_left_today = Whole(allow_none=True)


class CountdownSchema(Schema):
    """Why and when the pool will take a customer, and what resets it."""

    customer_id = Id()
    rule = Choice(("protection_period", "none"))
    counted_from = Moment(allow_none=True)
    takes_on = Day(allow_none=True)
    days_left = Whole(allow_none=True)
    exemptions = Many(Text())
    reset_by = Text(allow_none=True)
    text = Text()


class MemberSchema(Schema):
    """Somebody who works with the pool."""

    user_id = Id()
    name = Text()
    level = Choice(("user", "admin"))
    held = Whole()


class MembersSchema(Schema):
    """Everybody who works with the pool."""

    items = Many(MemberSchema, max=20_000)
