"""What the pool shows: tabs, visibility, countdown, statistics, rehearsal."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from services.pool.deadlines.queries import day_text
from tests.doors import Refused
from tests.pool.conftest import NOON, Sea


def listed(sea: Sea, who: Any, **params: Any) -> set[str]:
    return {row["id"] for row in sea.door.call("list_pool_customers", who, **params)["items"]}


def test_visibility(sea: Sea) -> None:
    (free,), (held,) = sea.free(), sea.held(sea.wang)
    assert listed(sea, sea.wang) == {free, held}
    assert listed(sea, sea.li) == {free}, "a colleague sees no assigned customer of another"
    assert listed(sea, sea.boss) == {free, held}, "those above the owner do"
    assert listed(sea, sea.captain) == listed(sea, sea.root) == {free, held}
    assert listed(sea, sea.stranger) == set()
    assert listed(sea, sea.captain, state="unassigned") == {free}
    assert listed(sea, sea.captain, state="assigned") == {held}
    with pytest.raises(Refused) as refused:
        sea.see(sea.li, held)
    assert refused.value.status == 404
    with pytest.raises(Refused) as refused:
        listed(sea, sea.stranger, state="unassigned")
    assert (refused.value.status, refused.value.code) == (403, "not_a_pool_member")
    with pytest.raises(Refused) as refused:
        sea.door.call("list_ledger", sea.wang)
    assert (refused.value.status, refused.value.code) == (403, "not_a_pool_administrator")


def test_colleague_of_a_wide_scope_sees_no_assigned_customer(sea: Sea) -> None:
    (held,) = sea.held(sea.wang)
    peer = sea.person("Peer", scope="department", department_id=None)
    assert listed(sea, peer) == set()
    assert held in listed(sea, sea.wang)


def test_rows_say_what_the_caller_may_do(sea: Sea) -> None:
    (held,), (free,) = sea.held(sea.wang), sea.free()
    assert sea.see(sea.wang, held)["can"] == ["release", "request_extension"]
    assert sea.see(sea.boss, held)["can"] == []
    assert sea.see(sea.captain, held)["can"] == ["release", "extend", "withdraw", "move"]
    assert sea.see(sea.wang, free)["can"] == ["claim"]
    assert sea.see(sea.captain, free)["can"] == ["claim", "assign", "withdraw", "move"]


def test_list_dialect_holds(sea: Sea) -> None:
    first, second = sea.free(2)
    page = sea.door.call("list_pool_customers", sea.wang, sort="customer_name", page_size="1", fields="id,countdown")
    assert (page["total"], page["items"][0]["countdown"]) == (2, "Nobody holds this customer.")
    assert page["items"][0]["id"] in (first, second)
    with pytest.raises(Refused) as refused:
        sea.door.call("list_pool_customers", sea.wang, sort="countdown")
    assert refused.value.status == 400


def test_log_and_ledger(sea: Sea) -> None:
    (held,) = sea.held(sea.wang)
    sea.do("release", sea.captain, held, reason="holiday")
    assert [row["action"] for row in sea.log(held)] == ["release", "claim", "send"]
    by_user = sea.door.call("list_ledger", sea.captain, user_id=sea.wang.user_id)
    assert [row["action"] for row in by_user["items"]] == ["release", "claim"]
    assert sea.door.call("list_ledger", sea.captain, action="claim", page_size="1")["total"] == 1
    assert sea.door.call("list_ledger", sea.captain, customer_id=held)["total"] == 3

    def found(**asked: Any) -> list[str]:
        return [row["action"] for row in sea.door.call("list_ledger", sea.captain, customer_id=held, **asked)["items"]]

    assert found(q="holi") == ["release"]
    assert found(sort="action") == ["claim", "release", "send"]
    mine = {"and": [{"field": "actor_id", "op": "eq", "value": sea.wang.user_id}, {"field": "at", "op": "today"}]}
    assert found(filter=json.dumps(mine)) == ["claim"]
    assert found(filter='{"field": "automatic", "op": "eq", "value": true}') == []
    few = sea.door.call("list_ledger", sea.captain, customer_id=held, fields="action,actor_name", sort="action")["items"]
    assert few[0] == {"action": "claim", "actor_name": "Wang"}
    told = sea.door.call("export_ledger", sea.captain, customer_id=held, filter=json.dumps(mine))
    assert (told["total"], len(told["rows"])) == (1, 1)
    for wrong in ({"sort": "customer_name"}, {"filter": '{"field": "days", "op": "contains", "value": 1}'}, {"fields": "nothing"}):
        with pytest.raises(Refused) as refused:
            found(**wrong)
        assert refused.value.status == 400


def test_summary_and_members(sea: Sea) -> None:
    sea.set(max_held=7, daily_claim_limit=5, warn_days_before=2)
    sea.held(sea.wang, 3)
    sea.later(days=8)
    summary = sea.door.call("pool_summary", sea.wang)
    expected = {"enabled": True, "level": "user", "held": 3, "limit": 7, "expiring_soon": 3, "claims_left_today": 5}
    assert {name: summary[name] for name in expected} == expected
    members = sea.door.call("list_pool_members", sea.wang)["items"]
    assert [(one["name"], one["level"], one["held"]) for one in members] == [
        ("Boss", "user", 0), ("Captain", "admin", 0), ("Li", "user", 0), ("Wang", "user", 3),
    ]  # fmt: skip


def countdown(sea: Sea, who: Any, customer_id: str) -> Any:
    return sea.door.call("pool_customer_countdown", who, id=customer_id)


def test_countdown_of_a_claimed_customer(sea: Sea) -> None:
    sea.set(goal_events="order", goal_min_amount="500.00")
    (held,) = sea.held(sea.wang)
    sea.later(days=7)
    assert countdown(sea, sea.wang, held) | {"rule_version": 0, "pool_id": ""} == {
        "customer_id": held, "pool_id": "", "rule": "protection_period", "rule_name": "Protection period", "rule_version": 0,
        "counted_from": "2026-11-11", "baseline": "claimed", "takes_on": "2026-11-22", "days_left": 3,
        "exemptions": [{"name": "goal_achieved", "applies": False, "text": "Goal achieved"}],
        "reset_by": "order", "reset_text": "an approved order of at least 500.00",
        "text": "3 days left: no order since claimed on 11 Nov",
    }  # fmt: skip
    assert sea.see(sea.wang, held)["countdown"] == "3 days left: no order since claimed on 11 Nov"
    sea.later(days=2)
    assert countdown(sea, sea.wang, held)["text"] == "1 day left: no order since claimed on 11 Nov"
    sea.later(days=1)
    assert countdown(sea, sea.wang, held)["text"] == "Last day: no order since claimed on 11 Nov"
    with pytest.raises(Refused) as refused:
        countdown(sea, sea.li, held)
    assert refused.value.status == 404


def test_countdown_names_the_one_thing_that_is_missing(sea: Sea) -> None:
    sea.set(goal_events="both")
    (held,) = sea.held(sea.wang)
    assert countdown(sea, sea.wang, held)["text"] == "10 days left: not both an order and a receipt since claimed on 11 Nov"
    sea.order(held)
    assert countdown(sea, sea.wang, held)["text"] == "10 days left: no receipt since claimed on 11 Nov"
    assert countdown(sea, sea.wang, held)["reset_by"] == "receipt"


def test_countdown_of_an_ordinary_customer(sea: Sea) -> None:
    customer_id = sea.customer(sea.wang, days_ago=20, status="potential")
    assert countdown(sea, sea.wang, customer_id)["text"] == "No rule takes this customer."
    sea.set(auto_entry={"no_follow_up_days": 30, "exempt_statuses": ["customer"]})
    found = countdown(sea, sea.wang, customer_id)
    assert (found["rule"], found["takes_on"], found["reset_by"]) == ("no_follow_up", "2026-11-22", "follow_up")
    assert found["text"] == "10 days left: no follow-up since it was created on 22 Oct"
    assert found["exemptions"] == [{"name": "status", "applies": False, "text": "Exempt status"}]
    sea.follow_up(customer_id)
    assert countdown(sea, sea.wang, customer_id)["text"] == "30 days left: no follow-up since 11 Nov"
    exempt = sea.customer(sea.wang, days_ago=20, status="customer")
    assert countdown(sea, sea.wang, exempt)["text"] == "Not taken: its status is exempt."
    with pytest.raises(Refused) as refused:
        countdown(sea, sea.li, customer_id)
    assert refused.value.status == 404


def test_days_in_words() -> None:
    today = NOON.date()
    assert [day_text(today, today, language) for language in ("en", "zh-CN", "zh-TW")] == ["11 Nov", "11月11日", "11月11日"]
    assert day_text(today - timedelta(days=365), today, "en") == "11 Nov 2025"


def test_statistics_come_from_the_ledger(sea: Sea) -> None:
    first, second, third = sea.held(sea.wang, 3)
    sea.do("assign", sea.captain, sea.free(), owner_id=sea.wang.user_id)
    sea.order(first)
    order = sea.order(second)
    sea.void(order)
    sea.do("release", sea.captain, third)
    sea.do("claim", sea.li, third)
    sea.pass_days(12)
    rows = {row["name"]: row for row in sea.door.call("pool_statistics", sea.captain)["items"]}
    wang = {name: value for name, value in rows["Wang"].items() if name not in ("user_id", "name")}
    assert wang == {"claims": 3, "assignments": 1, "releases": 1, "recycles": 2, "goals": 2, "goal_rate": "25.00"}
    assert (rows["Li"]["claims"], rows["Li"]["recycles"], rows["Li"]["goal_rate"]) == (1, 1, "0.00")
    assert rows["Boss"]["goal_rate"] is None
    assert [row["name"] for row in sea.door.call("pool_statistics", sea.wang)["items"]] == ["Wang"]
    assert [row["name"] for row in sea.door.call("pool_statistics", sea.boss)["items"]] == ["Boss", "Li", "Wang"]
    quiet = sea.door.call("pool_statistics", sea.captain, **{"from": "2026-10-01", "to": "2026-10-31"})
    assert {row["claims"] for row in quiet["items"]} == {0}


def test_rehearsal_tells_who_would_lose_what_and_moves_nothing(sea: Sea) -> None:
    (held,) = sea.held(sea.wang)
    silent = sea.customer(sea.li, days_ago=100)
    sea.order(silent, total="250.00", days_ago=50)
    sea.customer(sea.li)
    before = len(sea.door.published())
    found = sea.door.call("rehearse", sea.root, settings={"auto_entry": {"no_order_days": 45}, "warn_days_before": 0})
    assert len(sea.door.published()) == before
    assert [(one["days"], one["present"]["customers"], one["proposed"]["customers"], one["proposed"]["value"]) for one in found["horizons"]] == [
        (1, 0, 1, "250.00"), (7, 0, 1, "250.00"), (30, 1, 2, "250.00"),
    ]  # fmt: skip
    assert found["horizons"][0]["people"] == [
        {
            "user_id": sea.li.user_id, "name": "Li", "present": {"customers": 0, "value": "0.00"},
            "proposed": {"customers": 1, "value": "250.00"},
        }
    ]  # fmt: skip
    assert [one["customer_id"] for one in found["customers"]] == [silent, held]
    assert found["customers"][0]["present"] is None
    assert found["customers"][0]["proposed"]["text"] == "Due now: no order since 22 Sep"
    with pytest.raises(Refused) as refused:
        sea.door.call("rehearse", sea.root, settings={"protection_days": 0})
    assert (refused.value.status, refused.value.fields) == (422, {"settings.protection_days": "out_of_range"})


def test_what_the_rehearsal_says_is_what_happens(sea: Sea) -> None:
    settings = {"auto_entry": {"no_follow_up_days": 20, "by_level": [{"level": "A", "no_follow_up_days": 25}], "exempt_tags": ["vip"]}}
    facts: list[dict[str, Any]] = [{}, {"level": "A"}, {"tags": ("vip",)}, {"status": "lost"}]
    ids = [sea.customer(sea.wang, days_ago=days, **more) for days in (1, 15, 18, 40) for more in facts]
    sea.follow_up(ids[4])
    sea.held(sea.li, 2)
    said = sea.door.call("rehearse", sea.root, settings=settings)
    sea.set(**settings)
    start = sea.now
    for horizon in said["horizons"]:
        while (sea.now - start).days < horizon["days"]:
            sea.tick()
            sea.later(days=1)
        sea.tick()
        lost = (
            sea.door.call("list_ledger", sea.root, action="enter")["total"]
            + sea.door.call("list_ledger", sea.root, action="recycle")["total"]
        )
        assert lost == horizon["proposed"]["customers"], horizon["days"]
