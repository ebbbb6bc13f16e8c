"""Pure decisions: when two names are the same, what a follow-up leaves on its customer."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


class CustomerStatus(StrEnum):
    """How far we are with a customer."""

    POTENTIAL = "potential"
    CONTACTED = "contacted"
    NEGOTIATING = "negotiating"
    CUSTOMER = "customer"
    LOST = "lost"


class PoolStatus(StrEnum):
    """Where a customer stands towards the pool."""

    ORDINARY = "ordinary"
    UNASSIGNED = "unassigned"
    ASSIGNED = "assigned"


LEVELS = ("A", "B", "C", "D")
SOURCES = ("referral", "web", "exhibition", "phone", "campaign", "partner", "other")
FOLLOW_UP_KINDS = ("call", "visit", "mail", "message", "meeting", "other")
SOLD = ("approved", "completed")
GOALS = ("none", "pending", "achieved")


def name_key(name: str) -> str:
    """What makes two names the same: case, width, spaces and punctuation do not count."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in folded if char.isalnum())


class Contacted(Protocol):
    """What a follow-up tells about its customer."""

    summary: str
    contacted_at: datetime
    next_visit_on: date | None


def latest(follow_ups: Sequence[Contacted]) -> tuple[str | None, datetime | None, date | None]:
    """Latest progress, last contact and next visit, from a customer's follow-ups with the newest first.

    The next visit comes from the newest follow-up that names one.
    """
    if not follow_ups:
        return None, None, None
    visit = next((one.next_visit_on for one in follow_ups if one.next_visit_on), None)
    return follow_ups[0].summary, follow_ups[0].contacted_at, visit
