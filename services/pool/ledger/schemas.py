"""Shapes of the ledger."""

from __future__ import annotations

from services.pool.rules import LEDGER_ACTIONS, TAKING_RULES
from shared.resources import ListInput
from shared.schema import Choice, Day, Flag, Id, Many, Moment, Percent, Schema, Text, Whole


class LedgerRowSchema(Schema):
    """One change of hands. `automatic` ones were made by a rule; `action_name` and `rule_name` are in the caller's language."""

    id = Whole(max=2**62)
    customer_id = Id()
    customer_name = Text(allow_none=True)
    pool_id = Id()
    from_pool_id = Id()
    action = Choice(LEDGER_ACTIONS)
    action_name = Text()
    from_owner_id = Id(allow_none=True)
    from_owner_name = Text(allow_none=True)
    to_owner_id = Id(allow_none=True)
    to_owner_name = Text(allow_none=True)
    actor_id = Id(allow_none=True)
    actor_name = Text(allow_none=True)
    impersonated_by = Id(allow_none=True)
    impersonated_by_name = Text(allow_none=True)
    automatic = Flag()
    reason = Text(allow_none=True)
    rule = Choice(TAKING_RULES, allow_none=True)
    rule_name = Text(allow_none=True)
    rule_version = Whole()
    baseline_at = Moment(allow_none=True)
    deadline_before = Moment(allow_none=True)
    deadline_after = Moment(allow_none=True)
    days = Whole(allow_none=True)
    batch_id = Id()
    at = Moment()


class LedgerLineSchema(Schema):
    """A change of hands in a file: all in words."""

    at = Moment()
    customer_name = Text()
    action_name = Text()
    from_owner_name = Text()
    to_owner_name = Text()
    actor_name = Text()
    impersonated_by_name = Text()
    automatic = Flag()
    reason = Text()
    rule_name = Text()
    deadline_before = Moment()
    deadline_after = Moment()
    days = Whole()
    batch_id = Text()


class PageInput(Schema):
    """Which page."""

    page = Whole(min=1, max=1_000_000, load_default=1)
    page_size = Whole(min=1, max=200, load_default=20)


class LedgerInput(ListInput):
    """What every list takes, and shorter ways to narrow it: to a pool, a customer, an action, or whatever somebody gave, got or did."""

    pool_id = Id(reference="pools")
    customer_id = Id(reference="customers")
    user_id = Id(reference="users")
    action = Choice(LEDGER_ACTIONS)


class LogInput(PageInput):
    """A page of one customer's log."""

    id = Id(required=True)


class LedgerSchema(Schema):
    """A page of the ledger, newest first."""

    items = Many(LedgerRowSchema)
    page = Whole()
    page_size = Whole()
    total = Whole()
    is_total_exact = Flag()


class StatisticsInput(Schema):
    """From which day to which, both counted; this month unless given. The default pool unless another is named."""

    from_ = Day(data_key="from")
    to = Day()
    pool_id = Id(reference="pools")


class PoolStatisticsRowSchema(Schema):
    """What one user did with the pool.

    `goal_rate` is the share of the customers taken in these days (claimed or assigned) whose goal this taking reached, up
    to now, in percent; None when none was taken.
    """

    user_id = Id()
    name = Text()
    claims = Whole()
    assignments = Whole()
    releases = Whole()
    recycles = Whole()
    goals = Whole()
    goal_rate = Percent(allow_none=True)


class PoolStatisticsSchema(Schema):
    """The pool's figures by user, from `first_day` to `last_day`."""

    first_day = Day()
    last_day = Day()
    items = Many(PoolStatisticsRowSchema, max=20_000)
