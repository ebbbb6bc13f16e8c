"""What people do with pool customers: each cell of the three levels' table, limits, and the bugs others have."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.pool.ledger.models import Ledger
from shared.contracts import pool as told
from shared.contracts.customer import CustomerDeleted, CustomerMerged, CustomerOwnerChanged, CustomerUpdated
from shared.db import new_id
from tests.doors import Refused
from tests.pool.conftest import Sea

ALLOWED = (200, "")
NO_MEMBER = (403, "not_a_pool_member")
NO_ADMIN = (403, "not_a_pool_administrator")


def outcome(sea: Sea, action: str, who: Any, customer_id: str, **more: Any) -> tuple[int, str]:
    try:
        sea.do(action, who, customer_id, **more)
    except Refused as refused:
        failed = refused.problem.get("failed")
        return (refused.status, failed[0]["code"] if failed else str(refused.code))
    return ALLOWED


LEVELS = [
    ("root", "send", "wang", ALLOWED),
    ("captain", "send", "wang", ALLOWED),
    ("wang", "send", "wang", ALLOWED),
    ("li", "send", "wang", (409, "not_found")),
    ("boss", "send", "wang", (409, "not_your_customer")),
    ("stranger", "send", "stranger", NO_MEMBER),
    ("root", "withdraw", "free", ALLOWED),
    ("captain", "withdraw", "free", ALLOWED),
    ("captain", "withdraw", "held by wang", ALLOWED),
    ("wang", "withdraw", "held by wang", NO_ADMIN),
    ("stranger", "withdraw", "free", NO_MEMBER),
    ("root", "assign", "free", ALLOWED),
    ("captain", "assign", "free", ALLOWED),
    ("wang", "assign", "free", NO_ADMIN),
    ("stranger", "assign", "free", NO_MEMBER),
    ("root", "claim", "free", ALLOWED),
    ("captain", "claim", "free", ALLOWED),
    ("wang", "claim", "free", ALLOWED),
    ("stranger", "claim", "free", NO_MEMBER),
    ("root", "extend", "held by wang", ALLOWED),
    ("captain", "extend", "held by wang", ALLOWED),
    ("wang", "extend", "held by wang", NO_ADMIN),
    ("root", "release", "held by wang", ALLOWED),
    ("captain", "release", "held by wang", ALLOWED),
    ("wang", "release", "held by wang", ALLOWED),
    ("li", "release", "held by wang", (409, "not_found")),
    ("boss", "release", "held by wang", (409, "not_found")),
    ("stranger", "release", "held by wang", NO_MEMBER),
    ("root", "claim", "held by wang", (409, "already_claimed")),
    ("root", "assign", "held by wang", (409, "already_claimed")),
    ("root", "extend", "free", (409, "wrong_pool_state")),
    ("root", "release", "free", (409, "wrong_pool_state")),
    ("root", "send", "free", (409, "already_in_pool")),
    ("wang", "send", "free", (409, "already_in_pool")),
    ("root", "withdraw", "wang", (409, "not_in_pool")),
    ("wang", "claim", "stranger", (409, "not_found")),
    ("root", "claim", "unknown", (409, "not_found")),
]


def test_three_levels(sea: Sea) -> None:
    makes = {"free": lambda: sea.free()[0], "held by wang": lambda: sea.held(sea.wang)[0], "unknown": new_id}
    more: dict[str, Any] = {"assign": {"owner_id": sea.li.user_id}, "extend": {"days": 3}}
    for who, action, whose, expected in LEVELS:
        customer_id = makes[whose]() if whose in makes else sea.customer(getattr(sea, whose))
        before = len(sea.door.published())
        found = outcome(sea, action, getattr(sea, who), customer_id, **more.get(action, {}))
        told_others = len(sea.door.published()) > before
        assert (found, told_others) == (expected, expected == ALLOWED), f"{who} may {action} one of {whose}"


def test_every_route_needs_the_module() -> None:
    from gateway.routes.pool import ROUTES

    assert {route.may for route in ROUTES} == {"pool:read", "pool:settings", "pool:export", "module:purge"}


def test_switched_off_pool_does_nothing(sea: Sea) -> None:
    customer_id = sea.customer(sea.wang)
    sea.set(enabled=False)
    for action in ("send", "withdraw", "claim", "release"):
        assert outcome(sea, action, sea.root, customer_id) == (409, "pool_is_off")


def test_claim_and_assign_start_the_period(sea: Sea) -> None:
    sea.set(protection_days=10)
    first, second = sea.free(2)
    sea.do("claim", sea.wang, first)
    sea.do("assign", sea.captain, second, owner_id=sea.wang.user_id, reason="yours")
    for customer_id in (first, second):
        shown = sea.see(sea.wang, customer_id)
        assert (shown["state"], shown["owner_id"], shown["pool_goal"]) == ("assigned", sea.wang.user_id, "pending")
        assert shown["protected_until"] == "2026-11-21T15:59:59Z", "the last second of the 21st in Shanghai"
        assert shown["countdown"] == "10 days left: no order and no receipt since claimed on 11 Nov"


def test_loser_of_a_claim_is_told_who_won(sea: Sea) -> None:
    (customer_id,) = sea.held(sea.wang)
    with pytest.raises(Refused) as refused:
        sea.do("claim", sea.li, customer_id)
    assert refused.value.problem["failed"] == [{"id": customer_id, "code": "already_claimed", "detail": "Already taken by Wang."}]


def test_batch_claim_takes_as_many_as_fit(sea: Sea) -> None:
    sea.set(max_held=3)
    ids = sea.free(5)
    found = sea.do("claim", sea.wang, [*ids, new_id()])
    assert found["succeeded"] == 3
    assert [one["code"] for one in found["failed"]] == ["limit_reached", "limit_reached", "not_found"]
    assert found["failed"][0]["detail"] == "The limit is 3 customers; 3 are held."


def test_limit_counts_assignments_and_not_what_is_achieved(sea: Sea) -> None:
    sea.set(max_held=2)
    first, second, third = sea.free(3)
    sea.do("assign", sea.captain, [first, second], owner_id=sea.wang.user_id)
    assert outcome(sea, "assign", sea.captain, third, owner_id=sea.wang.user_id) == (409, "limit_reached")
    sea.order(first)
    assert outcome(sea, "claim", sea.wang, third) == ALLOWED
    sea.set(count_achieved=True)
    assert outcome(sea, "claim", sea.wang, sea.free()[0]) == (409, "limit_reached")
    assert sea.door.call("pool_summary", sea.wang)["held"] == 3


def test_releasing_an_achieved_customer_counts_once(sea: Sea) -> None:
    (customer_id,) = sea.held(sea.wang)
    sea.order(customer_id)
    sea.do("release", sea.wang, customer_id)
    assert sea.door.call("pool_summary", sea.wang)["held"] == 0
    sea.do("claim", sea.wang, customer_id)
    assert sea.door.call("pool_summary", sea.wang)["held"] == 1


def test_customers_go_only_to_members(sea: Sea) -> None:
    with pytest.raises(Refused) as refused:
        sea.do("assign", sea.captain, sea.free(), owner_id=sea.stranger.user_id)
    assert (refused.value.status, refused.value.fields) == (422, {"owner_id": "not_a_pool_member"})


def test_extension_takes_whole_days(sea: Sea) -> None:
    ids = sea.held(sea.wang)
    for days in (0, -1, 366, 1.5, "3", None, True, 10**18):
        with pytest.raises(Refused) as refused:
            sea.do("extend", sea.captain, ids, days=days)
        assert (refused.value.status, list(refused.value.fields)) == (422, ["days"]), days
    assert [row["action"] for row in sea.log(ids[0])] == ["claim", "send"]


def test_extension_moves_the_deadline_by_its_days(sea: Sea) -> None:
    (customer_id,) = sea.held(sea.wang)
    sea.do("extend", sea.captain, customer_id, days=5, reason="trade fair")
    assert sea.see(sea.wang, customer_id)["protected_until"] == "2026-11-26T15:59:59Z"
    row = sea.log(customer_id)[0]
    assert (row["action"], row["days"], row["reason"], row["actor_name"]) == ("extend", 5, "trade fair", "Captain")
    assert (row["deadline_before"], row["deadline_after"]) == ("2026-11-21T15:59:59Z", "2026-11-26T15:59:59Z")
    sea.order(customer_id)
    assert outcome(sea, "extend", sea.captain, customer_id, days=5) == (409, "goal_already_achieved")


def test_ledger_row_tells_everything(sea: Sea) -> None:
    customer_id = sea.customer(sea.wang)
    sea.do("send", sea.wang, customer_id, reason="no budget")
    sea.do("claim", sea.li, customer_id)
    claimed, sent = sea.log(customer_id)
    version = sea.door.call("get_pool_settings", sea.root)["version"]
    assert sent | {"id": 0, "batch_id": ""} == {
        "id": 0, "customer_id": customer_id, "customer_name": sent["customer_name"], "pool_id": sent["pool_id"],
        "from_pool_id": sent["pool_id"], "action": "send", "action_name": "Sent to pool", "from_owner_id": sea.wang.user_id,
        "from_owner_name": "Wang", "to_owner_id": None, "to_owner_name": None, "actor_id": sea.wang.user_id, "actor_name": "Wang",
        "impersonated_by": None, "impersonated_by_name": None,
        "automatic": False, "reason": "no budget", "rule": None, "rule_name": None, "rule_version": version,
        "baseline_at": "2026-11-11T04:00:00Z", "deadline_before": None, "deadline_after": None, "days": None, "batch_id": "",
        "at": "2026-11-11T04:00:00Z",
    }  # fmt: skip
    assert (claimed["to_owner_name"], claimed["rule"], claimed["deadline_after"]) == ("Li", "protection_period", "2026-11-21T15:59:59Z")


def test_database_refuses_to_change_the_ledger(sea: Sea) -> None:
    sea.free()
    truncate = [] if sea.door.database.is_sqlite else ["TRUNCATE pool_ledger"]
    for statement in ["UPDATE pool_ledger SET actor_id = NULL", "DELETE FROM pool_ledger", *truncate]:
        with pytest.raises(DBAPIError, match="append-only"), sea.door.database.transaction() as db:
            db.execute(text(statement))


def test_session_refuses_to_change_the_ledger(sea: Sea) -> None:
    sea.free()
    for change in (lambda db, row: setattr(row, "reason", "other"), lambda db, row: db.delete(row)):
        with pytest.raises(RuntimeError, match="append-only"), sea.door.database.transaction() as db:
            change(db, db.query(Ledger).first())
            db.flush()


# The bugs other pools have


def test_quota_survives_a_cache_flush(sea: Sea) -> None:
    sea.set(daily_claim_limit=2)
    sea.held(sea.wang, 2)
    sea.door.database.engine.dispose()
    assert outcome(sea, "claim", sea.wang, sea.free()[0]) == (409, "daily_limit_reached")
    sea.later(hours=11, minutes=59)
    assert outcome(sea, "claim", sea.wang, sea.free()[0]) == (409, "daily_limit_reached")
    sea.later(minutes=2)
    assert outcome(sea, "claim", sea.wang, sea.free()[0]) == ALLOWED, "a new day in Shanghai"


def test_claim_and_release_in_one_day_still_uses_the_quota(sea: Sea) -> None:
    sea.set(daily_claim_limit=1)
    sea.do("release", sea.wang, sea.held(sea.wang))
    assert outcome(sea, "claim", sea.wang, sea.free()[0]) == (409, "daily_limit_reached")
    assert sea.door.call("pool_summary", sea.wang)["claims_left_today"] == 0


def test_admin_assignments_do_not_eat_the_quota(sea: Sea) -> None:
    sea.set(daily_claim_limit=1)
    sea.do("assign", sea.captain, sea.free(3), owner_id=sea.wang.user_id)
    assert outcome(sea, "claim", sea.wang, sea.free()[0]) == ALLOWED


def test_batch_claim_stops_at_the_quota(sea: Sea) -> None:
    sea.set(daily_claim_limit=2)
    found = sea.do("claim", sea.wang, sea.free(4))
    assert (found["succeeded"], {one["code"] for one in found["failed"]}) == (2, {"daily_limit_reached"})


def test_manager_who_releases_does_not_become_previous_owner(sea: Sea) -> None:
    sea.set(reclaim_cooldown_days=3)
    (customer_id,) = sea.held(sea.wang)
    sea.do("release", sea.captain, customer_id)
    assert sea.see(sea.li, customer_id)["previous_owner_name"] == "Wang"
    assert outcome(sea, "claim", sea.wang, customer_id) == (409, "cooling_down")
    assert outcome(sea, "claim", sea.captain, customer_id) == ALLOWED


def test_edit_in_the_pool_does_not_restart_the_cool_down(sea: Sea) -> None:
    sea.set(reclaim_cooldown_days=3)
    (customer_id,) = sea.held(sea.wang)
    sea.do("release", sea.wang, customer_id)
    entered = sea.see(sea.wang, customer_id)["entered_at"]
    sea.later(days=2)
    sea.door.deliver(
        CustomerUpdated(customer_id=customer_id, name="Renamed", owner_id=None, created_at=sea.now, version=5, region="North")
    )  # fmt: skip
    shown = sea.see(sea.wang, customer_id)
    assert (shown["customer_name"], shown["entered_at"]) == ("Renamed", entered)
    with pytest.raises(Refused) as refused:
        sea.do("claim", sea.wang, customer_id)
    assert refused.value.problem["failed"][0]["detail"] == "The previous owner may claim this customer again from 2026-11-14."
    sea.later(days=1)
    assert outcome(sea, "claim", sea.wang, customer_id) == ALLOWED


# Goals


def test_only_what_came_after_the_claim_and_within_the_period_counts(sea: Sea) -> None:
    (customer_id,) = sea.free()
    sea.order(customer_id)
    sea.later(minutes=1)
    sea.do("claim", sea.wang, customer_id)
    sea.order(customer_id, days_ago=1)
    assert sea.see(sea.wang, customer_id)["pool_goal"] == "pending"
    sea.later(days=11)
    sea.order(customer_id)
    assert sea.see(sea.wang, customer_id)["pool_goal"] == "pending", "too late"
    sea.door.tick("recycle_due_customers")
    assert sea.see(sea.wang, customer_id)["state"] == "unassigned"


GOALS = [
    ("order", ["order"], True),
    ("order", ["receipt"], False),
    ("receipt", ["order"], False),
    ("receipt", ["receipt"], True),
    ("either", ["order"], True),
    ("either", ["receipt"], True),
    ("both", ["order"], False),
    ("both", ["receipt"], False),
    ("both", ["order", "receipt"], True),
]


def test_goal_events(sea: Sea) -> None:
    for goal_events, facts, achieved in GOALS:
        sea.set(goal_events=goal_events)
        (customer_id,) = sea.held(sea.wang)
        for fact in facts:
            getattr(sea, fact)(customer_id)
        shown = sea.see(sea.wang, customer_id)
        found = (shown["pool_goal"], shown["protected_until"] is None)
        assert found == ("achieved" if achieved else "pending", achieved), f"{goal_events} by {facts}"


def test_goal_has_a_least_amount(sea: Sea) -> None:
    sea.set(goal_min_amount="500.00")
    (customer_id,) = sea.held(sea.wang)
    sea.order(customer_id, total="499.99")
    assert sea.see(sea.wang, customer_id)["pool_goal"] == "pending"
    sea.order(customer_id, total="500.00")
    assert sea.see(sea.wang, customer_id)["pool_goal"] == "achieved"


def test_news_that_came_late_gives_the_customer_back(sea: Sea) -> None:
    late, too_late, taken = sea.held(sea.wang, 3)
    sea.later(days=11)
    sea.door.tick("recycle_due_customers")
    sea.do("claim", sea.li, taken)
    for customer_id, days_ago in ((late, 2), (too_late, 0), (taken, 2)):
        sea.order(customer_id, days_ago=days_ago)
    shown = sea.see(sea.wang, late)
    assert (shown["owner_name"], shown["pool_goal"], shown["claimed_at"]) == ("Wang", "achieved", "2026-11-11T04:00:00Z")
    assert sea.log(late)[0]["action"] == "restore"
    assert sea.see(sea.root, too_late)["state"] == "unassigned"
    assert (sea.see(sea.li, taken)["owner_name"], sea.see(sea.li, taken)["pool_goal"]) == ("Li", "pending")


def test_achieved_customer_is_never_recycled(sea: Sea) -> None:
    (customer_id,) = sea.held(sea.wang)
    sea.order(customer_id)
    sea.pass_days(40)
    assert sea.see(sea.wang, customer_id)["owner_name"] == "Wang"
    assert sea.see(sea.wang, customer_id)["countdown"] == "The goal is achieved; the pool will not take this customer back."


def test_voided_order_puts_the_goal_back_with_the_days_that_were_left(sea: Sea) -> None:
    (customer_id,) = sea.held(sea.wang)
    sea.later(days=4)
    order = sea.order(customer_id)
    sea.later(days=30)
    sea.void(order)
    shown = sea.see(sea.wang, customer_id)
    assert (shown["pool_goal"], shown["countdown"]) == ("pending", "6 days left: no order and no receipt since claimed on 11 Nov")
    assert [row["action"] for row in sea.log(customer_id)][:2] == ["goal_reopened", "goal_achieved"]


def test_another_order_keeps_the_goal_when_one_is_voided(sea: Sea) -> None:
    (customer_id,) = sea.held(sea.wang)
    first, _ = sea.order(customer_id), sea.order(customer_id)
    sea.void(first)
    assert sea.see(sea.wang, customer_id)["pool_goal"] == "achieved"


def test_refund_takes_the_goal_back(sea: Sea) -> None:
    sea.set(goal_min_amount="80.00")
    (customer_id,) = sea.held(sea.wang)
    receipt = sea.receipt(customer_id, "100.00")
    sea.receipt(customer_id, "-20.00", refund_of=receipt.receipt_id)
    assert sea.see(sea.wang, customer_id)["pool_goal"] == "achieved"
    sea.receipt(customer_id, "-0.01", refund_of=receipt.receipt_id)
    assert sea.see(sea.wang, customer_id)["pool_goal"] == "pending"


def test_stricter_rules_do_not_take_an_achieved_goal_back(sea: Sea) -> None:
    (customer_id,) = sea.held(sea.wang)
    sea.order(customer_id)
    sea.set(goal_events="both")
    sea.follow_up(customer_id)
    assert sea.see(sea.wang, customer_id)["pool_goal"] == "achieved"


# Elsewhere


def test_deleted_customer_leaves_the_pool(sea: Sea) -> None:
    (customer_id,) = sea.held(sea.wang)
    sea.door.deliver(CustomerDeleted(customer_id=customer_id, version=7))
    with pytest.raises(Refused):
        sea.see(sea.root, customer_id)
    assert sea.door.published(told.CustomerWithdrawn)[-1].customer_id == customer_id
    assert outcome(sea, "send", sea.root, customer_id) == (409, "not_found")
    sea.door.deliver(CustomerUpdated(customer_id=customer_id, name="Back", owner_id=sea.wang.user_id, created_at=sea.now, version=8))
    assert outcome(sea, "send", sea.wang, customer_id) == ALLOWED


def test_merged_customer_leaves_its_orders_to_the_other(sea: Sea) -> None:
    winner, loser = sea.held(sea.wang, 2)
    sea.order(loser)
    sea.door.deliver(CustomerMerged(customer_id=winner, from_id=loser))
    assert sea.see(sea.wang, winner)["pool_goal"] == "achieved"
    with pytest.raises(Refused):
        sea.see(sea.root, loser)


def test_hand_over_elsewhere_keeps_the_deadline(sea: Sea) -> None:
    (customer_id,) = sea.held(sea.wang)
    deadline = sea.see(sea.wang, customer_id)["protected_until"]
    sea.later(days=2)
    change = CustomerOwnerChanged(customer_id=customer_id, from_owner_id=sea.wang.user_id, owner_id=sea.li.user_id)
    sea.door.deliver(change, caller=sea.boss)
    sea.door.deliver(change, caller=sea.boss)
    shown = sea.see(sea.li, customer_id)
    assert (shown["owner_name"], shown["protected_until"]) == ("Li", deadline)
    assert [row["action"] for row in sea.log(customer_id)] == ["transfer", "claim", "send"]


def test_news_of_a_hand_over_that_the_pool_has_overtaken_changes_nothing(sea: Sea) -> None:
    (customer_id,) = sea.held(sea.li)
    sea.door.deliver(CustomerOwnerChanged(customer_id=customer_id, from_owner_id=sea.wang.user_id, owner_id=sea.boss.user_id))
    assert sea.see(sea.li, customer_id)["owner_name"] == "Li"


def test_withdrawn_customer_keeps_its_owner_and_hides_its_log(sea: Sea) -> None:
    (customer_id,) = sea.held(sea.wang)
    sea.do("withdraw", sea.captain, customer_id)
    assert sea.door.published(told.CustomerWithdrawn)[-1].owner_id == sea.wang.user_id
    with pytest.raises(Refused) as refused:
        sea.log(customer_id)
    assert refused.value.status == 404
    assert outcome(sea, "send", sea.wang, customer_id) == ALLOWED


def test_thousand_in_one_batch(sea: Sea) -> None:
    sea.set(max_held=1000)
    ids = sea.free(1000)
    assert sea.do("claim", sea.wang, ids)["succeeded"] == len(ids)
    assert sea.do("release", sea.wang, ids)["succeeded"] == len(ids)
