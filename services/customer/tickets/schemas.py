"""Shapes of tickets."""

from __future__ import annotations

from services.customer.tickets.rules import CHANNELS, FAULT_TYPES, Priority, TicketStatus
from shared.resources import ActionInput, RecordSchema
from shared.schema import Choice, Day, Dictionary, Flag, Id, LongText, Many, Moment, Money, Percent, Schema, Text, Whole

STATUS_TONES = {"open": "bad", "assigned": "warn", "in_progress": "info", "resolved": "good"}


class TicketSchema(RecordSchema):
    """A ticket. `overdue` is computed when read."""

    number = Text(dump_only=True)
    title = Text(required=True, max=200)
    customer_id = Id(required=True, reference="customers")
    customer_name = Text(dump_only=True, allow_none=True)
    contact_id = Id(allow_none=True, reference="contacts")
    product_id = Id(allow_none=True, reference="products")
    product_name = Text(dump_only=True, allow_none=True)
    order_id = Id(allow_none=True, reference="orders")
    fault_description = LongText(required=True, max=10_000)
    fault_type = Dictionary("ticket_fault_type", FAULT_TYPES, kept=("other",))
    channel = Dictionary("ticket_channel", CHANNELS, kept=("phone",))
    priority = Choice(Priority, tones={"high": "warn", "urgent": "bad"})
    status = Choice(TicketStatus, dump_only=True, tones=STATUS_TONES)
    assignee_id = Id(dump_only=True, allow_none=True, reference="users")
    assignee_name = Text(dump_only=True, allow_none=True)
    due_at = Moment()
    overdue = Flag(dump_only=True)
    resolution = LongText(dump_only=True, allow_none=True)
    parts = LongText(dump_only=True, allow_none=True)
    cost = Money(dump_only=True, allow_none=True)
    resolved_at = Moment(dump_only=True)
    minutes_to_resolve = Whole(dump_only=True)
    closed_at = Moment(dump_only=True)
    satisfaction = Whole(dump_only=True)
    reopened = Whole(dump_only=True)


class AssignTicketInput(ActionInput):
    """Who shall work on it."""

    assignee_id = Id(required=True, reference="users")


class ResolveTicketInput(ActionInput):
    """What solved it, which parts it took and what it cost."""

    resolution = LongText(required=True, max=10_000)
    parts = LongText(max=2000, allow_none=True, load_default=None)
    cost = Money(min="0", allow_none=True, load_default=None)


class CloseTicketInput(ActionInput):
    """How content the customer is, from 1 to 5."""

    satisfaction = Whole(min=1, max=5, allow_none=True, load_default=None)


class ServiceLevelsSchema(Schema):
    """Hours to resolve a ticket, per priority; they count on the organisation's working days."""

    urgent = Whole(min=1, max=8760, required=True)
    high = Whole(min=1, max=8760, required=True)
    normal = Whole(min=1, max=8760, required=True)
    low = Whole(min=1, max=8760, required=True)


class StatisticsInput(Schema):
    """Tickets opened from–to (days), counted by what."""

    from_ = Day(data_key="from")
    to = Day()
    by = Choice(("fault_type", "product", "assignee", "priority", "channel"), load_default="fault_type")


class TicketStatisticsRowSchema(Schema):
    """One fault type, product, person, ...: how many tickets, how long they took, how many in time."""

    key = Text(allow_none=True)
    label = Text()
    tickets = Whole()
    resolved = Whole()
    overdue = Whole()
    average_minutes = Whole(allow_none=True)
    in_time_rate = Percent(allow_none=True)
    cost = Money()


class TicketStatisticsSchema(Schema):
    """The statistics of tickets."""

    by = Text()
    items = Many(TicketStatisticsRowSchema, max=10_000)
