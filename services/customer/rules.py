"""Pure decisions: when two names are the same, what a follow-up leaves on its customer."""

from __future__ import annotations

import re
import unicodedata
from calendar import isleap
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
DECISION_ROLES = ("decision_maker", "influencer", "buyer", "user", "gatekeeper", "other")
INDUSTRIES = (
    "machinery", "electronics", "chemicals", "medical", "food", "logistics", "environment", "construction", "software", "automotive",
    "textiles", "instruments", "packaging", "energy", "finance", "education", "retail", "government", "other",
)  # fmt: skip
ACCESS = ("read", "write")
SOLD = ("approved", "completed")
VOIDED = "voided"
GOALS = ("none", "pending", "achieved")

LATIN_FORMS = frozenset(
    {"co", "company", "ltd", "limited", "inc", "incorporated", "llc", "llp", "corp", "corporation", "plc", "gmbh", "pte", "group"}
)
CHINESE_FORMS = ("集团股份有限公司", "集团有限公司", "股份有限公司", "有限责任公司", "有限公司", "集团公司", "公司", "集团")


POOL_ACTIONS = ("send", "claim", "pool_assign", "release", "extend", "withdraw")
"""What may be done with a customer at the pool's own door."""


def pool_actions(status: str, goal: str, *, is_admin: bool, is_member: bool, owns: bool) -> set[str]:
    """What a pool's administrator, its user (who may own the customer), or nobody of it may do with a customer now."""
    if not (is_admin or is_member):
        return set()
    mine = is_admin or owns
    if status == PoolStatus.ORDINARY:
        return {"send"} if mine else set()
    if status == PoolStatus.UNASSIGNED:
        return {"claim", "pool_assign", "withdraw"} if is_admin else {"claim"}
    pending = {"extend"} if goal == "pending" else set()
    return {"release", "withdraw", *pending} if is_admin else {"release"} if mine else set()


def name_key(name: str) -> str:
    """What makes two names the same: case, width, spaces and punctuation do not count."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in folded if char.isalnum())


def match_key(simplified: str) -> str:
    """What makes two names look like the same company: as `name_key`, without the legal form. Takes Simplified characters.

    "上海远洋科技有限公司" and "上海远洋科技" are alike, as are "Ocean Tech Co., Ltd." and "OCEAN TECH".
    """
    folded = unicodedata.normalize("NFKC", simplified).casefold()
    words = re.findall(r"[^\W_]+", folded)
    while len(words) > 1 and words[-1] in LATIN_FORMS:
        words.pop()
    key = "".join(words)
    form = next((form for form in CHINESE_FORMS if key.endswith(form) and len(key) - len(form) >= 2), "")
    return key.removesuffix(form)


def phone_key(phone: str | None) -> str | None:
    """A phone number's own digits: without country code 86, trunk zero, blanks and signs. None where there are too few to tell."""
    digits = "".join(char for char in unicodedata.normalize("NFKC", phone or "") if char.isdecimal() and char.isascii())
    digits = digits.removeprefix("00").removeprefix("86").lstrip("0")
    return digits if len(digits) >= 6 else None


def masked(name: str) -> str:
    """A name that tells those who know it, and nobody else."""
    return f"{name[:2]}***{name[-1]}" if len(name) > 4 else f"{name[:1]}***"


def birthdays_on(day: date) -> list[tuple[int, int]]:
    """The (month, day) of birth whose birthday is on a day; those of 29 February have theirs on the 28th when there is no 29th."""
    born = [(day.month, day.day)]
    if (day.month, day.day) == (2, 28) and not isleap(day.year):
        born.append((2, 29))
    return born


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
