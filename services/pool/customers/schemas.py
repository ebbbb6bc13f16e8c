"""Shapes of pool customers and of what is done with them."""

from __future__ import annotations

from services.pool.rules import MAX_EXTENSION, Goal
from shared.resources import ListInput, RecordSchema
from shared.schema import Choice, Id, Many, Moment, Schema, Text, Whole


class PoolCustomerSchema(RecordSchema):
    """A customer in a pool. `countdown` says in words when the pool takes it and why."""

    owner_id = Id(dump_only=True, reference="users")
    customer_id = Id(dump_only=True, attribute="id", reference="customers")
    customer_name = Text(dump_only=True)
    pool_id = Id(dump_only=True, reference="pools")
    pool_name = Text(dump_only=True)
    level = Text(dump_only=True)
    region = Text(dump_only=True)
    state = Choice(("unassigned", "assigned"), dump_only=True, tones={"unassigned": "warn", "assigned": "info"})
    pool_goal = Choice(Goal, dump_only=True, attribute="goal", tones={"pending": "warn", "achieved": "good"})
    entered_at = Moment(dump_only=True)
    claimed_at = Moment(dump_only=True)
    protected_until = Moment(dump_only=True)
    previous_owner_id = Id(dump_only=True, reference="users")
    previous_owner_name = Text(dump_only=True)
    countdown = Text(dump_only=True, max=500)


class PoolListInput(ListInput):
    """The two tabs of the pool, of all pools or of one."""

    state = Choice(("unassigned", "assigned"))
    pool_id = Id(reference="pools")


class CustomersInput(Schema):
    """The customers an action is about."""

    customer_ids = Many(Id(), min=1, max=1000, unique=True, required=True)
    reason = Text(max=500, load_default="")


class SendInput(CustomersInput):
    """Into which pool; that of the owner's department or the customer's region unless named."""

    pool_id = Id(reference="pools", load_default=None, allow_none=True)


class MoveInput(CustomersInput):
    """To which other pool."""

    pool_id = Id(required=True, reference="pools")


class AssignInput(CustomersInput):
    """Give customers to a member."""

    owner_id = Id(required=True, reference="users")


class ExtendInput(CustomersInput):
    """Move the deadline by whole days."""

    days = Whole(min=1, max=MAX_EXTENSION, required=True)


class CustomerIdInput(Schema):
    """Which customer another service asks about."""

    customer_id = Id(required=True)
