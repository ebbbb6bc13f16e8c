"""Shapes in and out of customer."""

from __future__ import annotations

from services.customer.rules import FOLLOW_UP_KINDS, GOALS, LEVELS, SOURCES, CustomerStatus, PoolStatus
from shared.resources import IdInput, RecordSchema
from shared.schema import Choice, Day, Email, Flag, Id, LongText, Many, Moment, Money, Phone, Schema, Text, Url, Whole


class CustomerSchema(RecordSchema):
    """A customer."""

    name = Text(required=True, max=200)
    short_name = Text(max=80, allow_none=True)
    status = Choice(CustomerStatus)
    level = Choice(LEVELS, allow_none=True)
    source = Choice(SOURCES, allow_none=True)
    industry = Text(max=80, allow_none=True)
    region = Text(max=80, allow_none=True)
    address = Text(max=300, allow_none=True)
    phone = Phone(max=40, allow_none=True)
    fax = Phone(max=40, allow_none=True)
    website = Url(max=300, allow_none=True)
    email = Email(max=200, allow_none=True)
    tax_number = Text(max=40, allow_none=True)
    bank_name = Text(max=120, allow_none=True)
    bank_account = Text(max=60, allow_none=True)
    employees = Whole(min=0, max=10_000_000, allow_none=True)
    annual_revenue = Money(min="0", allow_none=True)
    parent_id = Id(allow_none=True, reference="customers")
    tags = Many(Text(max=40), max=20, allow_none=True, filterable=False)
    description = LongText(allow_none=True)

    latest_progress = Text(dump_only=True)
    last_contacted_at = Moment(dump_only=True)
    next_visit_on = Day(dump_only=True)
    last_order_on = Day(dump_only=True)
    pool_status = Choice(PoolStatus, dump_only=True)
    pool_id = Id(dump_only=True, reference="pools")
    protected_until = Moment(dump_only=True)
    pool_goal = Choice(GOALS, dump_only=True)
    order_total = Money(dump_only=True)
    received_total = Money(dump_only=True)


class ContactSchema(RecordSchema):
    """A contact."""

    customer_id = Id(required=True, reference="customers")
    name = Text(required=True, max=80)
    job_title = Text(max=80, allow_none=True)
    department = Text(max=80, allow_none=True)
    decision_role = Text(max=80, allow_none=True)
    reports_to_id = Id(allow_none=True, reference="contacts")
    mobile = Phone(max=40, allow_none=True)
    phone = Phone(max=40, allow_none=True)
    email = Email(max=200, allow_none=True)
    messaging_id = Text(max=80, allow_none=True)
    birthday = Day(allow_none=True)
    address = Text(max=300, allow_none=True)
    is_primary = Flag()
    description = LongText(allow_none=True)


class FollowUpSchema(RecordSchema):
    """A follow-up."""

    customer_id = Id(required=True, reference="customers")
    contact_id = Id(allow_none=True, reference="contacts")
    kind = Choice(FOLLOW_UP_KINDS, required=True)
    summary = Text(required=True, max=500)
    contacted_at = Moment()
    next_visit_on = Day(allow_none=True)


class TransferCustomerInput(IdInput):
    """A new owner; `with_related` hands over the contacts too."""

    owner_id = Id(required=True, reference="users")
    with_related = Flag(load_default=True)


class CustomerIdInput(Schema):
    """Which customer another service asks about."""

    customer_id = Id(required=True)


class CustomerIdsInput(Schema):
    """Which customers another service asks about."""

    customer_ids = Many(Id(), min=1, max=1000, required=True)
