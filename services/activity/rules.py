"""Pure decisions: the kinds of reminders and what each tells."""

from __future__ import annotations

from enum import StrEnum


class ReminderKind(StrEnum):
    """Why somebody is reminded."""

    PERSONAL = "personal"
    NEXT_VISIT = "next_visit"
    APPROVAL_WAITING = "approval_waiting"
    ORDER_APPROVED = "order_approved"
    ORDER_REJECTED = "order_rejected"
    POOL_ASSIGNED = "pool_assigned"
    POOL_RECYCLED = "pool_recycled"
    POOL_EXPIRING = "pool_expiring"
    EXTENSION_REQUESTED = "extension_requested"
    EXTENSION_GRANTED = "extension_granted"
    EXTENSION_REFUSED = "extension_refused"
    PLAN_DUE = "plan_due"
    PLAN_OVERDUE = "plan_overdue"
    BIRTHDAY = "birthday"
    TICKET_ASSIGNED = "ticket_assigned"
    TICKET_OVERDUE = "ticket_overdue"
    IMPERSONATED = "impersonated"


VISIT_HOUR = 9
"""A visit is reminded of at nine in the morning of its day."""
