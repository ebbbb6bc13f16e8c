"""The pure decision: whether, why and on which day the pool takes a customer.

Recycling, automatic entry, warnings, the countdown and the rehearsal all ask `fate_of`, so that none can say what another
does not do. Days are the organisation's calendar days.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

HORIZONS = (1, 7, 30)
"""How many days ahead a rehearsal looks."""


@dataclass(frozen=True)
class AutoEntry:
    """Which ordinary customers come in by themselves. Days of None switch a rule off; a level may have days of its own."""

    no_follow_up_days: int | None = None
    no_order_days: int | None = None
    by_level: Mapping[str, tuple[int | None, int | None]] = field(default_factory=dict)
    exempt_statuses: frozenset[str] = frozenset()
    exempt_levels: frozenset[str] = frozenset()
    exempt_tags: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> AutoEntry:
        """From the shape the pool's settings have."""
        levels = {
            one["level"]: (one.get("no_follow_up_days"), one.get("no_order_days")) for one in settings.get("by_level", ())
        }  # fmt: skip
        return cls(
            settings.get("no_follow_up_days"), settings.get("no_order_days"), levels, frozenset(settings.get("exempt_statuses", ())),
            frozenset(settings.get("exempt_levels", ())), frozenset(settings.get("exempt_tags", ())),
        )  # fmt: skip

    def days_for(self, level: str | None) -> tuple[int | None, int | None]:
        """Days without follow-up and days without order, for customers of a level."""
        return self.by_level.get(level or "", (self.no_follow_up_days, self.no_order_days))

    def shortest(self) -> tuple[int | None, int | None]:
        """The fewest days each rule gives any level; None where it is off for all."""
        pairs = [(self.no_follow_up_days, self.no_order_days), *self.by_level.values()]
        follow_up, order = ([days for days in column if days] for column in zip(*pairs, strict=True))
        return min(follow_up, default=None), min(order, default=None)


@dataclass(frozen=True)
class TakingRules:
    """What of a pool's settings decides about taking."""

    goal_events: str
    warn_days_before: int
    auto_entry: AutoEntry


@dataclass(frozen=True)
class Subject:
    """A customer as the rules look at it.

    `state` is ordinary, unassigned or assigned. Of an assigned one count `deadline` (the last protected day), `achieved` and
    `missing` (the kinds of facts its goal waits for); of an ordinary one the days of its life and who it is.
    """

    state: str
    claimed_on: date | None = None
    deadline: date | None = None
    achieved: bool = False
    missing: tuple[str, ...] = ()
    status: str | None = None
    level: str | None = None
    tags: tuple[str, ...] = ()
    created_on: date = date.min
    owned_since: date = date.min
    followed_up_on: date | None = None
    ordered_on: date | None = None
    warned_from: date | None = None
    warned_on: date | None = None


@dataclass(frozen=True)
class Exemption:
    """A reason not to take a customer that was looked at, and whether it holds."""

    name: str
    applies: bool


@dataclass(frozen=True)
class Fate:
    """What will happen: `rule` takes the customer at the beginning of `takes_on`, counted from `counted_from`.

    `baseline` says what that day was: claimed, follow_up, order, owned or created. A `rule` of "none" takes it never.
    """

    rule: str
    baseline: str = "none"
    counted_from: date | None = None
    takes_on: date | None = None
    exemptions: tuple[Exemption, ...] = ()

    def days_left(self, today: date) -> int | None:
        """Whole days after today that are left; 0 on the last day and when it is overdue."""
        return None if self.takes_on is None else max(0, (self.takes_on - today).days - 1)

    def is_due(self, today: date) -> bool:
        """Whether the pool takes the customer now."""
        return self.takes_on is not None and self.takes_on <= today

    def is_to_warn(self, today: date, warn_days_before: int) -> bool:
        """Whether the days are near in which the owner has to know."""
        left = self.days_left(today)
        return left is not None and warn_days_before > 0 and left <= warn_days_before


def fate_of(subject: Subject, rules: TakingRules, today: date) -> Fate:
    """When and why the pool takes a customer."""
    if subject.state == "assigned":
        return _fate_of_claimed(subject)
    return _fate_of_ordinary(subject, rules, today) if subject.state == "ordinary" else Fate("none")


def _fate_of_claimed(subject: Subject) -> Fate:
    reached = Exemption("goal_achieved", subject.achieved or not subject.missing)
    if reached.applies or subject.deadline is None:
        return Fate("none", exemptions=(reached,))
    return Fate("protection_period", "claimed", subject.claimed_on, subject.deadline + timedelta(days=1), (reached,))


def _fate_of_ordinary(subject: Subject, rules: TakingRules, today: date) -> Fate:
    exemptions = _exemptions(subject, rules.auto_entry)
    no_follow_up, no_order = rules.auto_entry.days_for(subject.level)
    found = [
        _running_out("no_follow_up", no_follow_up, "follow_up", subject.followed_up_on, subject),
        _running_out("no_order", no_order, "order", subject.ordered_on, subject),
    ]
    earliest = min((fate for fate in found if fate is not None), key=lambda fate: fate.takes_on or date.max, default=None)
    if earliest is None or any(one.applies for one in exemptions):
        return Fate("none", exemptions=exemptions)
    takes_on = _not_without_warning(earliest, subject, rules.warn_days_before, today)
    return Fate(earliest.rule, earliest.baseline, earliest.counted_from, takes_on, exemptions)


def _running_out(rule: str, days: int | None, kind: str, last: date | None, subject: Subject) -> Fate | None:
    """A rule's own day: so many days after the latest of last contact (or order), change of owner and creation."""
    if days is None:
        return None
    since, baseline = max((subject.created_on, "created"), (subject.owned_since, "owned"), key=lambda one: one[0])
    if last is not None and last >= since:
        since, baseline = last, kind
    return Fate(rule, baseline, since, since + timedelta(days=days + 1))


def _not_without_warning(fate: Fate, subject: Subject, warn_days_before: int, today: date) -> date:
    """The day of taking, put off until the owner has known of it for as many days as the settings promise."""
    assert fate.takes_on is not None
    if not warn_days_before:
        return fate.takes_on
    told_on = subject.warned_on if subject.warned_on and subject.warned_from == fate.counted_from else today
    return max(fate.takes_on, told_on + timedelta(days=warn_days_before + 1))


def _exemptions(subject: Subject, auto_entry: AutoEntry) -> tuple[Exemption, ...]:
    looked_at = [
        ("status", bool(auto_entry.exempt_statuses), subject.status in auto_entry.exempt_statuses),
        ("level", bool(auto_entry.exempt_levels), subject.level in auto_entry.exempt_levels),
        ("tag", bool(auto_entry.exempt_tags), not auto_entry.exempt_tags.isdisjoint(subject.tags)),
    ]
    return tuple(Exemption(name, applies) for name, is_set, applies in looked_at if is_set)


@dataclass(frozen=True)
class Holding:
    """A customer that a rehearsal looks at: whose it is, what it is worth, and how both sets of rules see it."""

    customer_id: str
    customer_name: str
    owner_id: str | None
    value: Decimal
    present: Subject
    proposed: Subject


@dataclass(frozen=True)
class Loss:
    """A customer that one of two sets of rules takes within the longest horizon."""

    holding: Holding
    present: Fate
    proposed: Fate

    @property
    def first(self) -> date:
        """The day of the earlier taking."""
        return min(fate.takes_on for fate in (self.present, self.proposed) if fate.takes_on)


def rehearse(holdings: Iterable[Holding], present: TakingRules, proposed: TakingRules, today: date) -> list[Loss]:
    """Every customer that the present or the proposed rules take within the longest horizon, the first to go first."""
    end = today + timedelta(days=max(HORIZONS))
    both = (Loss(one, fate_of(one.present, present, today), fate_of(one.proposed, proposed, today)) for one in holdings)
    lost = (loss for loss in both if loss.present.is_due(end) or loss.proposed.is_due(end))
    return sorted(lost, key=lambda loss: (loss.first, loss.holding.customer_name, loss.holding.customer_id))


def totals(losses: Iterable[Loss], side: str, by: date) -> dict[str | None, tuple[int, Decimal]]:
    """Per owner, how many customers and of which value one side ("present" or "proposed") takes by a day."""
    found: dict[str | None, tuple[int, Decimal]] = {}
    for loss in losses:
        fate: Fate = getattr(loss, side)
        if fate.is_due(by):
            count, value = found.get(loss.holding.owner_id, (0, Decimal("0.00")))
            found[loss.holding.owner_id] = (count + 1, value + loss.holding.value)
    return found
