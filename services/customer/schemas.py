"""Shapes in and out of customer."""

from __future__ import annotations

from services.customer.rules import ACCESS, DECISION_ROLES, FOLLOW_UP_KINDS, GOALS, INDUSTRIES, LEVELS, SOURCES, CustomerStatus, PoolStatus
from shared.resources import ActionInput, RecordSchema
from shared.schema import Choice, Day, Dictionary, Email, Flag, Id, LongText, Many, Moment, Money, Phone, Schema, Text, Url, Whole

STATUS_TONES = {"contacted": "info", "negotiating": "warn", "customer": "good", "lost": "bad"}


class CollaboratorSchema(Schema):
    """Somebody besides the owner who works on a customer."""

    user_id = Id(required=True, reference="users")
    access = Choice(ACCESS, required=True)


class CustomerRow(RecordSchema):
    """A customer in a list."""

    name = Text(required=True, max=200)
    short_name = Text(max=80, allow_none=True)
    status = Dictionary("customer_status", CustomerStatus, kept=("potential",), tones=STATUS_TONES)
    level = Dictionary("customer_level", LEVELS, allow_none=True)
    source = Dictionary("customer_source", SOURCES, allow_none=True)
    industry = Dictionary("industry", INDUSTRIES, allow_none=True)
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
    pool_status = Choice(PoolStatus, dump_only=True, tones={"unassigned": "warn", "assigned": "info"})
    pool_id = Id(dump_only=True, reference="pools")
    protected_until = Moment(dump_only=True)
    pool_goal = Choice(GOALS, dump_only=True, tones={"pending": "warn", "achieved": "good"})
    order_total = Money(dump_only=True)
    received_total = Money(dump_only=True)
    merged_into_id = Id(dump_only=True, allow_none=True, reference="customers")


class CustomerSchema(CustomerRow):
    """A customer. `merged_into_id` names the customer it was merged into."""

    collaborators = Many(CollaboratorSchema, max=50, filterable=False)


class DuplicatesInput(Schema):
    """What is about to be saved."""

    name = Text(max=200, load_default="")
    phone = Text(max=40, load_default="")


class DuplicateSchema(Schema):
    """A customer that looks like the same one. Out of the caller's sight only a masked name is told, and no id."""

    id = Id(allow_none=True, reference="customers")
    name = Text()
    owner_name = Text(allow_none=True)
    pool_status = Choice(PoolStatus)
    matched = Many(Choice(("name", "phone")))
    visible = Flag()


class DuplicatesSchema(Schema):
    """Possible duplicates, the likeliest first."""

    items = Many(DuplicateSchema)


class MergeCustomerInput(ActionInput):
    """The customer to be merged into the one in the path."""

    from_id = Id(required=True, reference="customers")


class PositionSchema(Schema):
    """A contact's place in the customer's organisation."""

    id = Id(reference="contacts")
    name = Text()
    job_title = Text(allow_none=True)
    department = Text(allow_none=True)
    decision_role = Text(allow_none=True)
    is_primary = Flag()
    reports_to_id = Id(allow_none=True, reference="contacts")


class OrgChartSchema(Schema):
    """Everybody at a customer, superiors before those who report to them."""

    items = Many(PositionSchema, max=10_000)


class ContactSchema(RecordSchema):
    """A contact."""

    customer_id = Id(required=True, reference="customers")
    name = Text(required=True, max=80)
    job_title = Text(max=80, allow_none=True)
    department = Text(max=80, allow_none=True)
    decision_role = Dictionary("decision_role", DECISION_ROLES, allow_none=True)
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
    kind = Dictionary("follow_up_kind", FOLLOW_UP_KINDS, required=True)
    contacted_at = Moment()
    summary = Text(required=True, max=500)
    next_visit_on = Day(allow_none=True)
    stage = Text(max=60, allow_none=True)
    location = Text(max=200, allow_none=True)


class TransferCustomerInput(ActionInput):
    """A new owner; `with_related` hands over contacts, open tickets, quotes, orders and plans of the old owner too."""

    owner_id = Id(required=True, reference="users")
    with_related = Flag(load_default=True)


class CustomerIdInput(Schema):
    """Which customer another service asks about."""

    customer_id = Id(required=True)


class ContactIdInput(CustomerIdInput):
    """Which contact of a customer another service asks about."""

    contact_id = Id(required=True)


class CustomerIdsInput(Schema):
    """Which customers another service asks about."""

    customer_ids = Many(Id(), min=1, max=1000, required=True)


class PoolMoveInput(Schema):
    """What the pool asks for when customers change hands there."""

    reason = Text(max=500)


class PoolAssignInput(PoolMoveInput):
    """Who shall have them."""

    owner_id = Id(required=True, reference="users")


class PoolExtendInput(PoolMoveInput):
    """For how many days longer."""

    days = Whole(required=True, min=1, max=365)
