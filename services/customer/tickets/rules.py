"""Pure decisions about tickets: statuses and moves, service levels, escalation."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class TicketStatus(StrEnum):
    """Where a ticket stands."""

    OPEN = "open"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Priority(StrEnum):
    """How pressing it is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


CHANNELS = ("phone", "mail", "message", "web", "visit", "other")
FAULT_TYPES = ("installation", "operation", "defect", "wear", "question", "complaint", "other")
SERVICE_LEVELS = {Priority.URGENT: 4, Priority.HIGH: 24, Priority.NORMAL: 72, Priority.LOW: 168}
"""Hours on working days from opening to resolving, per priority, until an administrator sets others."""

WORKABLE = frozenset({TicketStatus.OPEN, TicketStatus.ASSIGNED, TicketStatus.IN_PROGRESS})
MOVES: dict[TicketStatus, frozenset[TicketStatus]] = {
    TicketStatus.OPEN: frozenset({TicketStatus.ASSIGNED}),
    TicketStatus.ASSIGNED: frozenset({TicketStatus.ASSIGNED, TicketStatus.IN_PROGRESS, TicketStatus.RESOLVED}),
    TicketStatus.IN_PROGRESS: frozenset({TicketStatus.ASSIGNED, TicketStatus.RESOLVED}),
    TicketStatus.RESOLVED: frozenset({TicketStatus.CLOSED, TicketStatus.ASSIGNED, TicketStatus.OPEN}),
    TicketStatus.CLOSED: frozenset({TicketStatus.ASSIGNED, TicketStatus.OPEN}),
}


def may_move(current: str, wanted: TicketStatus) -> bool:
    """Whether a ticket may go from one status to another."""
    return wanted in MOVES[TicketStatus(current)]


def due_at(opened_at: datetime, hours: int, *, working_days: Collection[int], zone: str) -> datetime:
    """By when a ticket must be resolved: its hours count around the clock on working days (ISO weekdays), and not at all on others."""
    now, left = opened_at, timedelta(hours=hours)
    while True:
        day = now.astimezone(ZoneInfo(zone)).date()
        midnight = datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(zone)).astimezone(UTC)
        if day.isoweekday() in working_days:
            if left <= midnight - now:
                return now + left
            left -= midnight - now
        now = midnight


def is_overdue(status: str, due: datetime, now: datetime) -> bool:
    """Whether somebody should have resolved it already."""
    return TicketStatus(status) in WORKABLE and due < now


def minutes_between(opened_at: datetime, resolved_at: datetime) -> int:
    """Whole minutes it took."""
    return max(0, int((resolved_at - opened_at).total_seconds() // 60))
