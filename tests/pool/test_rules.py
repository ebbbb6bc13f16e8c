"""Pure decisions: levels, goals, which pool, and when the pool takes a customer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.pool import rules
from services.pool.deadlines.rules import AutoEntry, Fate, Holding, Subject, TakingRules, fate_of, rehearse, totals
from services.pool.pools.rules import Reach, ancestry, choose_pool
from services.pool.rules import Fact, Level

TODAY = date(2026, 11, 11)
NOW = datetime(2026, 11, 11, 4, tzinfo=UTC)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("action", "stranger", "user", "owner", "admin", "system"),
    [
        ("send", 0, 0, 1, 1, 1),
        ("withdraw", 0, 0, 0, 1, 1),
        ("claim", 0, 1, 1, 1, 1),
        ("assign", 0, 0, 0, 1, 1),
        ("release", 0, 0, 1, 1, 1),
        ("extend", 0, 0, 0, 1, 1),
        ("move", 0, 0, 0, 1, 1),
        ("request_extension", 0, 0, 1, 0, 0),
        ("decide_extension", 0, 0, 0, 1, 1),
    ],
)
def test_levels(action: str, stranger: int, user: int, owner: int, admin: int, system: int) -> None:
    assert rules.may(Level.OUTSIDER, action, owns=True) == bool(stranger)
    assert rules.may(Level.USER, action) == bool(user)
    assert rules.may(Level.USER, action, owns=True) == bool(owner)
    assert rules.may(Level.ADMIN, action) == bool(admin)
    assert rules.may(Level.SYSTEM, action) == bool(system)


def test_actions_follow_state_and_goal() -> None:
    assert rules.actions_on(Level.USER, "unassigned", "none", owns=False) == ["claim"]
    assert rules.actions_on(Level.USER, "assigned", "pending", owns=True) == ["release", "request_extension"]
    assert rules.actions_on(Level.USER, "assigned", "pending", owns=False) == []
    assert rules.actions_on(Level.ADMIN, "assigned", "achieved", owns=False) == ["release", "withdraw", "move"]
    assert rules.actions_on(Level.SYSTEM, "left", "none", owns=True) == []


@pytest.mark.parametrize(
    ("at", "amount", "until", "counts"),
    [
        (NOW, "1", None, True),
        (NOW - timedelta(seconds=1), "1", None, False),
        (NOW + timedelta(days=3), "1", NOW + timedelta(days=2), False),
        (NOW + timedelta(days=3), "1", NOW + timedelta(days=3), True),
        (NOW, "0", None, False),
        (NOW, "-5", None, False),
    ],
)
def test_facts_count_from_the_claim_to_the_deadline(at: datetime, amount: str, until: datetime | None, counts: bool) -> None:
    facts = [Fact("order", at, Decimal(amount))]
    found = rules.counted_kinds(facts, claimed_at=NOW, protected_until=until, minimum=Decimal(0))
    assert found == ({"order"} if counts else set())


@pytest.mark.parametrize(
    ("goal_events", "found", "missing"),
    [
        ("order", [], ("order",)),
        ("order", ["receipt"], ("order",)),
        ("order", ["order"], ()),
        ("either", [], ("order", "receipt")),
        ("either", ["receipt"], ()),
        ("both", ["receipt"], ("order",)),
        ("both", ["receipt", "order"], ()),
    ],
)
def test_what_a_goal_waits_for(goal_events: str, found: list[str], missing: tuple[str, ...]) -> None:
    assert rules.missing_kinds(goal_events, found) == missing
    assert rules.goal_reached(goal_events, found) == (not missing)


def test_nearest_department_wins_then_region_then_default() -> None:
    reaches = [Reach("sales", {"d1"}, ()), Reach("south", (), {"South"}), Reach("team", {"d2"}, {"North"}), Reach("late", {"d2"}, ())]
    parents = {"d3": "d2", "d2": "d1", "d1": None, "x": "y", "y": "x"}
    assert choose_pool(reaches, ancestry("d3", parents), "South", "default") == "team"
    assert choose_pool(reaches, ancestry("d1", parents), "South", "default") == "sales"
    assert choose_pool(reaches, ancestry(None, parents), "South", "default") == "south"
    assert choose_pool(reaches, ancestry("x", parents), None, "default") == "default"


def taking(warn: int = 0, **entry: Any) -> TakingRules:
    return TakingRules("either", warn, AutoEntry(**entry))


def ordinary(**facts: Any) -> Subject:
    known = {"created_on": ago(100), "owned_since": ago(100)}
    return Subject("ordinary", **{**known, **facts})


CLAIMED = Subject("assigned", claimed_on=ago(7), deadline=ago(-3), missing=("order", "receipt"))


@pytest.mark.parametrize(
    ("subject", "rules", "rule", "baseline", "takes_in"),
    [
        (CLAIMED, taking(), "protection_period", "claimed", 4),
        (Subject("assigned", claimed_on=ago(7), deadline=ago(-3), missing=()), taking(), "none", "none", None),
        (Subject("assigned", claimed_on=ago(7), achieved=True, missing=("order",)), taking(), "none", "none", None),
        (Subject("unassigned"), taking(no_follow_up_days=1), "none", "none", None),
        (ordinary(), taking(), "none", "none", None),
        (ordinary(), taking(no_follow_up_days=30), "no_follow_up", "created", -69),
        (ordinary(owned_since=ago(5)), taking(no_follow_up_days=30), "no_follow_up", "owned", 26),
        (ordinary(followed_up_on=ago(10)), taking(no_follow_up_days=30), "no_follow_up", "follow_up", 21),
        (ordinary(followed_up_on=ago(10), owned_since=ago(4)), taking(no_follow_up_days=30), "no_follow_up", "owned", 27),
        (ordinary(followed_up_on=ago(10)), taking(no_follow_up_days=30, no_order_days=90), "no_order", "created", -9),
        (ordinary(followed_up_on=ago(10), ordered_on=ago(1)), taking(no_follow_up_days=30, no_order_days=90), "no_follow_up", "follow_up", 21),
        (ordinary(level="A"), taking(no_follow_up_days=30, by_level={"A": (120, None)}), "no_follow_up", "created", 21),
        (ordinary(level="A"), taking(no_follow_up_days=30, by_level={"A": (None, None)}), "none", "none", None),
        (ordinary(level="B"), taking(by_level={"A": (5, None)}), "none", "none", None),
    ],
)  # fmt: skip
def test_fate(subject: Subject, rules: TakingRules, rule: str, baseline: str, takes_in: int | None) -> None:
    fate = fate_of(subject, rules, TODAY)
    day = None if takes_in is None else TODAY + timedelta(days=takes_in)
    assert (fate.rule, fate.baseline, fate.takes_on) == (rule, baseline, day)


def test_customer_created_a_minute_ago_is_not_recycled_by_the_no_follow_up_rule() -> None:
    fate = fate_of(ordinary(created_on=TODAY, owned_since=TODAY), taking(no_follow_up_days=1), TODAY)
    assert (fate.is_due(TODAY), fate.takes_on) == (False, TODAY + timedelta(days=2))


@pytest.mark.parametrize(
    "who", [{"status": "customer"}, {"level": "A"}, {"tags": ("old", "vip")}],
)  # fmt: skip
def test_exempt_customers_stay(who: dict[str, Any]) -> None:
    exempt = {"exempt_statuses": frozenset({"customer"}), "exempt_levels": frozenset({"A"}), "exempt_tags": frozenset({"vip"})}
    rules = taking(no_follow_up_days=1, **exempt)
    fate = fate_of(ordinary(**who), rules, TODAY)
    assert (fate.rule, [one.name for one in fate.exemptions]) == ("none", ["status", "level", "tag"])
    assert [one.applies for one in fate.exemptions].count(True) == 1
    assert fate_of(ordinary(status="lost", level="B", tags=("new",)), rules, TODAY).is_due(TODAY)


def test_nobody_is_taken_without_the_promised_warning() -> None:
    rules = taking(warn=2, no_follow_up_days=30)
    fresh = fate_of(ordinary(), rules, TODAY)
    assert (fresh.is_due(TODAY), fresh.is_to_warn(TODAY, 2), fresh.takes_on) == (False, True, TODAY + timedelta(days=3))
    warned = ordinary(warned_from=ago(100), warned_on=ago(3))
    assert fate_of(warned, rules, TODAY).is_due(TODAY)
    again = ordinary(followed_up_on=ago(40), warned_from=ago(100), warned_on=ago(50))
    assert not fate_of(again, rules, TODAY).is_due(TODAY), "that warning was about another time"


def test_days_left() -> None:
    fate = Fate("protection_period", takes_on=TODAY + timedelta(days=4))
    assert [fate.days_left(TODAY + timedelta(days=n)) for n in (0, 3, 9)] == [3, 0, 0]
    assert [fate.is_to_warn(TODAY + timedelta(days=n), 2) for n in (0, 1, 3)] == [False, True, True]
    assert not fate.is_to_warn(TODAY + timedelta(days=3), 0)


def test_rehearsal_compares_two_sets_of_rules() -> None:
    def holding(name: str, owner: str, value: str, subject: Subject) -> Holding:
        return Holding(name, name, owner, Decimal(value), subject, subject)

    holdings = [
        holding("claimed", "wang", "10.00", CLAIMED),
        holding("silent", "li", "20.00", ordinary()),
        holding("touched", "li", "40.00", ordinary(followed_up_on=ago(10))),
        holding("safe", "li", "80.00", ordinary(followed_up_on=TODAY)),
    ]
    losses = rehearse(holdings, taking(), taking(no_follow_up_days=15), TODAY)
    assert [loss.holding.customer_id for loss in losses] == ["silent", "claimed", "touched", "safe"]
    by = {days: (totals(losses, "present", ago(-days)), totals(losses, "proposed", ago(-days))) for days in (1, 7, 30)}
    assert by[1] == ({}, {"li": (1, Decimal("20.00"))})
    assert by[7] == ({"wang": (1, Decimal("10.00"))}, {"wang": (1, Decimal("10.00")), "li": (2, Decimal("60.00"))})
    assert by[30][1] == {"wang": (1, Decimal("10.00")), "li": (3, Decimal("140.00"))}
