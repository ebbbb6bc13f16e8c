"""The door of the pool: settings, several pools, timers on several replicas, requests, and its neighbours."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from services.activity.service import ActivityService
from services.customer.rules import POOL_ACTIONS
from services.customer.service import CustomerService
from services.pool.customers.actions import Desk
from services.pool.customers.models import PoolEntry
from services.pool.ledger.models import Ledger
from services.pool.ledger.queries import held
from services.pool.pools.models import DEFAULT_POOL
from services.pool.service import PoolService
from shared.caller import Caller
from shared.contracts import pool as told
from shared.contracts.identity import DepartmentCreated, UserCreated
from shared.db import new_id
from tests.doors import Refused, TestDoor
from tests.pool.conftest import Sea


def refusal(call: Callable[[], Any]) -> tuple[int, str | None, dict[str, str]]:
    with pytest.raises(Refused) as refused:
        call()
    return refused.value.status, refused.value.code, refused.value.fields


# Settings


def test_settings_are_complete_and_start_as_the_manual_says(door_of: Any, caller: Any) -> None:
    from services.pool import presets

    door = door_of(PoolService)
    with door.database.transaction() as db:
        presets.load(db, door.settings)
        presets.load(db, door.settings)
    assert door.call("get_pool_settings", caller()) == {
        "enabled": False, "admin_ids": [], "user_ids": [], "protection_days": 10, "max_held": 50, "count_achieved": False,
        "goal_events": "either", "goal_min_amount": "0.00", "warn_days_before": 2, "daily_claim_limit": None, "reclaim_cooldown_days": 0,
        "auto_entry": {
            "no_follow_up_days": None, "no_order_days": None, "by_level": [], "exempt_statuses": [], "exempt_levels": [], "exempt_tags": [],
        },
        "version": 1, "affected": 0,
    }  # fmt: skip


WRONG_SETTINGS: list[tuple[dict[str, Any], str, str]] = [
    ({"protection_days": 0}, "protection_days", "out_of_range"),
    ({"protection_days": "10"}, "protection_days", "invalid_whole_number"),
    ({"max_held": 0}, "max_held", "out_of_range"),
    ({"goal_events": "visit"}, "goal_events", "invalid_choice"),
    ({"goal_min_amount": "-1"}, "goal_min_amount", "too_small"),
    ({"goal_min_amount": 1.5}, "goal_min_amount", "invalid_decimal"),
    ({"warn_days_before": -1}, "warn_days_before", "out_of_range"),
    ({"daily_claim_limit": 0}, "daily_claim_limit", "out_of_range"),
    ({"enabled": "yes"}, "enabled", "invalid_flag"),
    ({"user_ids": ["wang"]}, "user_ids.0", "invalid_id"),
    ({"auto_entry": {"no_order_days": 0}}, "auto_entry.no_order_days", "out_of_range"),
    ({"auto_entry": {"by_level": [{}]}}, "auto_entry.by_level.0.level", "required"),
    ({"auto_entry": {"by_level": [{"level": "A"}, {"level": "A"}]}}, "auto_entry.by_level", "repeated_items"),
    ({"auto_entry": {"exempt_tags": ["a", "a"]}}, "auto_entry.exempt_tags", "repeated_items"),
    ({"auto_entry": []}, "auto_entry", "invalid_object"),
    ({"colour": "blue"}, "colour", "unknown_field"),
    ({"affected": 5}, "affected", "read_only"),
]


def test_wrong_settings_name_the_field_and_change_nothing(sea: Sea) -> None:
    before = sea.door.call("get_pool_settings", sea.root)
    for settings, field, code in WRONG_SETTINGS:
        status, _, fields = refusal(lambda settings=settings: sea.set(**settings))
        assert (status, fields) == (422, {field: code}), settings
    nobody = new_id()
    assert refusal(lambda: sea.set(user_ids=[sea.wang.user_id, nobody])) == (422, "invalid", {"user_ids.1": "unknown_user"})
    assert refusal(lambda: sea.set(admin_ids=[nobody])) == (422, "invalid", {"admin_ids.0": "unknown_user"})
    assert refusal(lambda: sea.set(version=99, max_held=3))[:2] == (409, "stale_version")
    assert sea.door.call("get_pool_settings", sea.root) == before


def test_members_not_heard_of_yet_are_asked_for_once(sea: Sea) -> None:
    asked: list[Any] = []

    def ask(method: str, kwargs: dict[str, Any], caller: Any) -> Any:
        asked.append((method, kwargs))
        return [
            UserCreated(user_id=one, name="New", manager_id=None, department_id=None, roles=(), is_active=True, version=1).encode()
            for one in kwargs["user_ids"]
        ]

    sea.door.asker = ask
    new = sorted([new_id(), new_id()])
    assert sea.set(user_ids=[*new, sea.wang.user_id])["user_ids"] == [*new, sea.wang.user_id]
    assert asked == [("identity.vouch_for_users", {"user_ids": new})]


# The switch


def test_switching_off_asks_first_and_makes_every_customer_ordinary(sea: Sea) -> None:
    owned, free = sea.held(sea.wang, 2), sea.free(3)
    assert sea.door.call("get_pool_settings", sea.root)["affected"] == 5
    status, code, _ = refusal(lambda: sea.set(enabled=False))
    assert (status, code) == (409, "confirm_switch_off")
    assert sea.door.call("get_pool_settings", sea.root)["enabled"] is True
    assert sea.set(enabled=False, confirm=True)["affected"] == 0
    news = {event.customer_id: event for event in sea.door.published(told.CustomerWithdrawn)}
    assert {(news[one].pool_status, news[one].owner_id) for one in owned} == {("ordinary", sea.wang.user_id)}
    assert {(news[one].pool_status, news[one].owner_id) for one in free} == {("ordinary", None)}
    assert [event.affected for event in sea.door.published(told.PoolDisabled)] == [5]
    assert refusal(lambda: sea.door.call("list_ledger", sea.root))[:2] == (409, "pool_is_off")
    assert refusal(lambda: sea.log(owned[0]))[0] == 404
    sea.set(enabled=True)
    assert sea.door.call("list_pool_customers", sea.root)["total"] == 0
    assert sea.door.call("list_ledger", sea.root, action="switch_off")["total"] == 5
    with sea.door.database.transaction(read=True) as db:
        versions = dict(db.query(PoolEntry.id, PoolEntry.version).all())
    assert {one: news[one].version for one in news} == {one: versions[one] for one in news}
    assert sea.do("send", sea.wang, owned)["succeeded"] == 2


def test_switching_off_is_one_step_for_many(sea: Sea) -> None:
    sea.free(2000)
    sea.set(enabled=False, confirm=True)
    assert len(sea.door.published(told.CustomerWithdrawn)) == 2000
    assert sea.door.call("get_pool_settings", sea.root)["affected"] == 0


# Several pools


def add_pool(sea: Sea, name: str, **settings: Any) -> str:
    pool = sea.door.call("create_pool", sea.root, name=name, **{"enabled": True} | settings)
    return str(pool["id"])


def test_customers_go_to_the_pool_of_their_department_or_region(sea: Sea) -> None:
    department = new_id()
    sea.door.deliver(DepartmentCreated(department_id=department, name="South", parent_id=None, version=1))
    south = add_pool(sea, "South", department_ids=[department])
    north = add_pool(sea, "North", regions=["North"])
    off = add_pool(sea, "Off", regions=["West"], enabled=False)
    peng = sea.person("Peng", department_id=department)
    cases = [
        (sea.customer(peng, region="North"), south),
        (sea.customer(sea.wang, region="North"), north),
        (sea.customer(sea.wang, region="West"), DEFAULT_POOL),
        (sea.customer(sea.wang), DEFAULT_POOL),
    ]
    sea.do("send", sea.root, [customer_id for customer_id, _ in cases])
    assert [sea.see(sea.root, customer_id)["pool_id"] for customer_id, _ in cases] == [pool_id for _, pool_id in cases]
    named = sea.customer(sea.wang)
    sea.do("send", sea.root, named, pool_id=north)
    assert sea.see(sea.root, named)["pool_name"] == "North"
    assert refusal(lambda: sea.do("send", sea.root, sea.customer(None), pool_id=new_id()))[2] == {"pool_id": "not_found"}
    with pytest.raises(Refused) as refused:
        sea.do("send", sea.root, sea.customer(None), pool_id=off)
    assert refused.value.problem["failed"][0]["code"] == "pool_is_off"


def test_a_refused_send_leaves_no_word_of_the_pool(sea: Sea) -> None:
    """Whoever asks the pool about a customer that never was in it hears nothing: the customer keeps its owner."""
    for who in (sea.li, sea.boss):
        customer_id = sea.customer(sea.wang)
        with pytest.raises(Refused):
            sea.do("send", who, customer_id, pool_id=add_pool(sea, f"Off {who.name}", enabled=False))
        assert refusal(lambda one=customer_id: sea.door.call("vouch_for_entry", sea.root, customer_id=one))[0] == 404


def test_each_pool_has_its_own_members_and_rules(sea: Sea) -> None:
    north = add_pool(
        sea, "North", regions=["North"], user_ids=[sea.wang.user_id], admin_ids=[sea.boss.user_id], protection_days=3, max_held=1
    )
    first, second = sea.customer(None, region="North"), sea.customer(None, region="North")
    sea.do("send", sea.root, [first, second])
    assert sea.door.call("list_pool_customers", sea.li)["total"] == 0
    assert sea.door.call("list_pool_customers", sea.wang, pool_id=north)["total"] == 2
    with pytest.raises(Refused) as refused:
        sea.do("claim", sea.li, first)
    assert refused.value.problem["failed"][0]["code"] == "not_found"
    with pytest.raises(Refused) as refused:
        sea.do("assign", sea.boss, first, owner_id=sea.li.user_id)
    assert refused.value.problem["failed"][0]["code"] == "not_in_this_pool"
    found = sea.do("claim", sea.wang, [first, second])
    assert (found["succeeded"], found["failed"][0]["code"]) == (1, "limit_reached")
    assert sea.see(sea.wang, first)["protected_until"] == "2026-11-14T15:59:59Z"
    sea.held(sea.wang)
    with pytest.raises(Refused) as refused:
        sea.do("extend", sea.captain, first, days=1)
    assert refused.value.problem["failed"][0]["code"] == "not_found", "an administrator of another pool"
    assert sea.do("extend", sea.boss, first, days=1)["succeeded"] == 1
    summary = sea.door.call("pool_summary", sea.wang, pool_id=north)
    assert (summary["held"], summary["limit"], len(summary["pools"])) == (1, 1, 2)


def test_move_between_pools_keeps_owner_and_deadline_and_counts(sea: Sea) -> None:
    north = add_pool(sea, "North", admin_ids=[sea.captain.user_id], user_ids=[sea.wang.user_id])
    (customer_id,) = sea.held(sea.wang)
    before = sea.see(sea.captain, customer_id)
    assert sea.do("move", sea.captain, customer_id, pool_id=north)["succeeded"] == 1
    after = sea.see(sea.captain, customer_id)
    assert (after["pool_id"], after["owner_id"], after["protected_until"]) == (north, before["owner_id"], before["protected_until"])
    with sea.door.database.transaction(read=True) as db:
        for pool_id, count in ((DEFAULT_POOL, 0), (north, 1)):
            assert held(db, pool_id, [sea.wang.user_id or ""], count_achieved=True) == {sea.wang.user_id: count}
    with pytest.raises(Refused) as refused:
        sea.do("move", sea.captain, customer_id, pool_id=north)
    assert refused.value.problem["failed"][0]["code"] == "already_in_pool"


def test_pool_with_content_cannot_be_deleted(sea: Sea) -> None:
    north = add_pool(sea, "North", regions=["North"], user_ids=[sea.wang.user_id])
    ids = [sea.customer(None, region="North") for _ in range(3)]
    sea.do("send", sea.root, ids)
    sea.do("claim", sea.wang, ids[0])
    assert refusal(lambda: sea.door.call("delete_pool", sea.root, id=north))[:2] == (409, "pool_not_empty")
    assert refusal(lambda: sea.door.call("delete_pool", sea.root, id=DEFAULT_POOL))[:2] == (409, "default_pool_stays")
    version = sea.door.call("get_pool", sea.root, id=north)["version"]
    stale = refusal(lambda: sea.door.call("empty_pool", sea.root, id=north, version=version + 1, into_id=DEFAULT_POOL))
    assert stale[:2] == (409, "stale_version")
    assert sea.door.call("get_pool", sea.root, id=north)["affected"] == 3
    assert sea.door.call("empty_pool", sea.root, id=north, version=version, into_id=DEFAULT_POOL) == {"moved": 3}
    sea.door.call("delete_pool", sea.root, id=north)
    assert sea.see(sea.wang, ids[0])["pool_id"] == DEFAULT_POOL
    assert [event.pool_id for event in sea.door.published(told.PoolRemoved)] == [north]
    assert [one["is_default"] for one in sea.door.call("list_pools", sea.root)["items"]] == [True]
    manager = Caller(user_id=sea.boss.user_id, permissions=frozenset({"pool:read", "pool:settings"}), scopes={})
    assert "create" in sea.door.call("describe_pools", manager)["operations"]
    (bin_row,) = sea.door.call("deleted_pools", manager)["items"]
    assert (bin_row["id"], bin_row["can"]) == (north, ["restore"])
    assert refusal(lambda: sea.door.call("purge_pool", sea.root, id=north))[:2] == (409, "others_depend"), "the ledger names it"
    assert sea.door.call("restore_pool", manager, id=north)["regions"] == ["North"]
    assert sea.door.published(told.PoolSettingsChanged)[-1].user_ids == (sea.wang.user_id,)
    customer_id = sea.customer(None, region="North")
    sea.do("send", sea.root, customer_id)
    assert sea.see(sea.wang, customer_id)["pool_id"] == north

    unused = add_pool(sea, "South")
    assert sea.door.call("batch_delete_pools", sea.root, ids=[unused])["succeeded"] == 1
    sea.door.call("purge_pool", sea.root, id=unused)
    assert sea.door.call("deleted_pools", sea.root)["total"] == 0


def test_pools_are_records_with_versions(sea: Sea) -> None:
    north = add_pool(sea, "North")
    pool = sea.door.call("update_pool", sea.root, id=north, version=1, max_held=9)
    assert (pool["max_held"], pool["version"], pool["affected"]) == (9, 2, 0)
    assert refusal(lambda: sea.door.call("update_pool", sea.root, id=north, version=1, max_held=8))[1] == "stale_version"
    assert refusal(lambda: add_pool(sea, ""))[2] == {"name": "must_not_be_blank"}
    assert refusal(lambda: add_pool(sea, "X", department_ids=[new_id()]))[2] == {"department_ids.0": "unknown_department"}


# Recycling


def test_deadline_is_the_end_of_the_day_in_the_organisations_zone(sea: Sea) -> None:
    (customer_id,) = sea.held(sea.wang)
    sea.later(days=10, hours=11, minutes=59)
    sea.door.tick("recycle_due_customers")
    assert sea.see(sea.wang, customer_id)["state"] == "assigned", "a minute before midnight in Shanghai"
    sea.later(minutes=2)
    sea.door.tick("recycle_due_customers")
    assert sea.see(sea.wang, customer_id)["state"] == "unassigned"
    row = sea.log(customer_id)[0]
    assert (row["action"], row["automatic"], row["rule"], row["from_owner_name"]) == ("recycle", True, "protection_period", "Wang")
    assert (row["baseline_at"], row["deadline_before"]) == ("2026-11-11T04:00:00Z", "2026-11-21T15:59:59Z")


def test_recycling_asks_the_rules_in_force(sea: Sea) -> None:
    sea.set(goal_events="both")
    (customer_id,) = sea.held(sea.wang)
    sea.order(customer_id)
    sea.set(goal_events="order")
    sea.later(days=11)
    sea.door.tick("recycle_due_customers")
    assert sea.see(sea.wang, customer_id)["pool_goal"] == "achieved"


def recycled(sea: Sea) -> Counter[str]:
    with sea.door.database.transaction(read=True) as db:
        return Counter(row.customer_id for row in db.query(Ledger).where(Ledger.action == "recycle"))


def together(*work: Callable[[], None]) -> list[Exception]:
    errors: list[Exception] = []

    def run(one: Callable[[], None]) -> None:
        try:
            one()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_three_replicas_recycle_each_customer_once(sea: Sea) -> None:
    sea.set(max_held=10_000)
    ids = sea.held(sea.wang, 700)
    sea.later(days=11)
    assert together(*[lambda: sea.door.tick("recycle_due_customers")] * 3) == []
    assert recycled(sea) == Counter(ids)
    assert len(sea.door.published(told.CustomerRecycled)) == len(ids)


def test_crash_in_the_middle_loses_nothing(sea: Sea, monkeypatch: pytest.MonkeyPatch) -> None:
    sea.set(max_held=10_000)
    ids = sea.held(sea.wang, 450)
    sea.later(days=11)
    close, times = Desk.close, iter(range(10))

    def dies_in_the_second_run(desk: Desk) -> None:
        close(desk)
        if next(times) == 1:
            raise RuntimeError("killed")

    monkeypatch.setattr(Desk, "close", dies_in_the_second_run)
    with pytest.raises(RuntimeError):
        sea.door.tick("recycle_due_customers")
    assert len(recycled(sea)) == 200
    sea.door.tick("recycle_due_customers")
    assert recycled(sea) == Counter(ids)


def test_two_hundred_clients_and_five_thousand_claims_have_one_winner_each(sea: Sea) -> None:
    sea.set(max_held=1000)
    ids = sea.free(100)
    wins: list[str] = []

    def claims(number: int) -> Callable[[], None]:
        who = (sea.wang, sea.li, sea.boss, sea.captain)[number % 4]
        wanted = [ids[(number * 7 + step) % 100] for step in range(25)]

        def run() -> None:
            try:
                found = sea.do("claim", who, wanted)
            except Refused as refused:
                if refused.status == 503:  # the database was busy for too long: nothing was done, ask again
                    return run()
                assert refused.status == 409
                return None
            wins.extend(set(wanted) - {one["id"] for one in found["failed"]})
            return None

        return run

    work = [claims(number) for number in range(200)]
    queues = [work[start::20] for start in range(20)]
    assert together(*[lambda mine=mine: [one() for one in mine] for mine in queues]) == []  # type: ignore[misc]
    assert sorted(wins) == sorted(ids)
    with sea.door.database.transaction(read=True) as db:
        claimed = Counter(row.customer_id for row in db.query(Ledger).where(Ledger.action == "claim"))
    assert claimed == Counter(ids)


def test_one_person_claiming_twice_at_once_stays_within_the_limit(sea: Sea) -> None:
    sea.set(max_held=5)
    first, second = sea.free(5), sea.free(5)
    together(lambda: sea.do("claim", sea.wang, first), lambda: sea.do("claim", sea.wang, second))
    assert sea.door.call("pool_summary", sea.wang)["held"] == 5


# Warnings and automatic entry


def test_warning_goes_out_before_the_loss_once_per_deadline(sea: Sea) -> None:
    (customer_id,) = sea.held(sea.wang)
    sea.pass_days(7)
    assert sea.door.published(told.CustomerExpiring) == []
    sea.pass_days(2)
    (warning,) = sea.door.published(told.CustomerExpiring)
    assert (warning.owner_id, str(warning.takes_on), warning.customer_id) == (sea.wang.user_id, "2026-11-22", customer_id)
    assert {one.language: one.text for one in warning.countdown} == {
        "zh-CN": "还剩 2 天：自 11月11日领取后没有订单和收款",
        "zh-TW": "還剩 2 天：自 11月11日領取後沒有訂單和收款",
        "en": "2 days left: no order and no receipt since claimed on 11 Nov",
    }
    sea.do("extend", sea.captain, customer_id, days=4)
    sea.pass_days(6)
    assert len(sea.door.published(told.CustomerExpiring)) == 2, "the new deadline is warned of too"
    sea.pass_days(1)
    assert sea.see(sea.li, customer_id)["state"] == "unassigned"


def test_who_claims_on_the_same_day_is_warned_too(sea: Sea) -> None:
    sea.set(protection_days=2, warn_days_before=2)
    (customer_id,) = sea.held(sea.wang)
    for who in (sea.wang, sea.li):
        sea.door.tick("warn_holders")
        assert sea.door.published(told.CustomerExpiring)[-1].owner_id == who.user_id
        sea.do("release", who, customer_id)
        sea.do("claim", sea.li, customer_id)
    assert len(sea.door.published(told.CustomerExpiring)) == 2


def test_ordinary_customers_come_in_warned_and_logged(sea: Sea) -> None:
    silent = sea.customer(sea.wang, days_ago=100)
    fresh, vip = sea.customer(sea.wang), sea.customer(sea.wang, days_ago=100, tags=("vip",))
    sea.pass_days(1)
    assert sea.door.call("list_pool_customers", sea.root)["total"] == 0, "off by default"
    sea.set(auto_entry={"no_follow_up_days": 30, "exempt_tags": ["vip"]})
    sea.tick()
    (warning,) = sea.door.published(told.CustomerExpiring)
    assert (warning.customer_id, warning.rule, warning.owner_id) == (silent, "no_follow_up", sea.wang.user_id)
    sea.pass_days(2)
    assert sea.door.call("list_pool_customers", sea.root)["total"] == 0, "two days to act were promised"
    sea.pass_days(1)
    row = sea.log(silent)[0]
    assert (row["action"], row["automatic"], row["rule"], row["from_owner_name"]) == ("enter", True, "no_follow_up", "Wang")
    assert row["baseline_at"] == "2026-08-02T16:00:00Z"
    (event,) = sea.door.published(told.CustomerEntered)
    assert (event.pool_status, event.owner_id, event.from_owner_id, event.reason) == ("unassigned", None, sea.wang.user_id, "no_follow_up")
    sea.pass_days(5)
    assert {row["id"] for row in sea.door.call("list_pool_customers", sea.root)["items"]} == {silent}
    assert len({fresh, vip, silent}) == 3


def test_follow_up_in_time_keeps_the_customer_and_its_removal_does_not(sea: Sea) -> None:
    from shared.contracts.customer import FollowUpDeleted

    customer_id = sea.customer(sea.wang, days_ago=29)
    sea.set(auto_entry={"no_follow_up_days": 30}, warn_days_before=0)
    follow_up = sea.follow_up(customer_id)
    sea.pass_days(5)
    assert sea.door.published(told.CustomerEntered) == []
    sea.door.deliver(FollowUpDeleted(follow_up_id=follow_up, customer_id=customer_id))
    sea.tick()
    assert len(sea.door.published(told.CustomerEntered)) == 1


def test_many_ordinary_customers_come_in_once_by_three_replicas(sea: Sea) -> None:
    ids = sea.fleet(450, sea.wang, days_ago=40)
    sea.set(auto_entry={"no_order_days": 30}, warn_days_before=0)
    together(*[lambda: sea.door.tick("enter_due_customers")] * 3)
    sea.door.tick("enter_due_customers")
    assert Counter(event.customer_id for event in sea.door.published(told.CustomerEntered)) == Counter(ids)


# Requests for more days


def test_extension_request_is_granted_with_other_days(sea: Sea) -> None:
    (customer_id,) = sea.held(sea.wang)
    request = sea.door.call("request_extension", sea.wang, customer_id=customer_id, days=10, reason="They decide next week")
    assert (request["status"], request["owner_name"], request["days"]) == ("pending", "Wang", 10)
    asked = sea.door.published(told.ExtensionRequested)[-1]
    assert (asked.admin_ids, asked.requester_name) == ((sea.captain.user_id,), "Wang")
    again = refusal(lambda: sea.door.call("request_extension", sea.wang, customer_id=customer_id, days=1, reason="x"))
    assert again[:2] == (409, "request_waits")
    (waiting,) = sea.door.call("list_extension_requests", sea.captain, status="pending")["items"]
    assert (waiting["id"], waiting["can"], request["can"]) == (request["id"], ["grant", "refuse"], [])
    assert sea.door.call("list_extension_requests", sea.li)["total"] == 0
    assert refusal(lambda: sea.door.call("grant_extension", sea.wang, id=request["id"]))[:2] == (403, "not_a_pool_administrator")
    granted = sea.door.call("grant_extension", sea.captain, id=request["id"], days=5, answer="five will do")
    assert (granted["status"], granted["granted_days"], granted["decided_by_name"]) == ("granted", 5, "Captain")
    assert sea.see(sea.wang, customer_id)["protected_until"] == "2026-11-26T15:59:59Z"
    row = sea.log(customer_id)[0]
    assert (row["action"], row["days"], row["reason"]) == ("extend", 5, "They decide next week")
    assert refusal(lambda: sea.door.call("refuse_extension", sea.captain, id=request["id"], reason="no"))[:2] == (409, "already_decided")
    assert sea.door.published(told.ExtensionGranted)[-1].days == 5


def test_extension_request_is_refused_or_lapses(sea: Sea) -> None:
    first, second = sea.held(sea.wang, 2)
    wrong = refusal(lambda: sea.door.call("request_extension", sea.wang, customer_id=first, days=0, reason=""))
    assert (wrong[0], set(wrong[2])) == (422, {"days", "reason"})
    assert refusal(lambda: sea.door.call("request_extension", sea.li, customer_id=first, days=3, reason="x"))[0] == 404
    refused = sea.door.call("request_extension", sea.wang, customer_id=first, days=3, reason="please")
    answer = sea.door.call("refuse_extension", sea.captain, id=refused["id"], reason="enough")
    assert (answer["status"], answer["answer"]) == ("refused", "enough")
    assert sea.door.published(told.ExtensionRefused)[-1].answer == "enough"
    lapsing = sea.door.call("request_extension", sea.wang, customer_id=second, days=3, reason="please")
    sea.do("release", sea.wang, second)
    assert sea.door.call("get_extension_request", sea.wang, id=lapsing["id"])["status"] == "lapsed"


# Neighbours


@pytest.fixture
def harbour(door_of: Callable[..., TestDoor], monkeypatch: pytest.MonkeyPatch) -> tuple[Sea, TestDoor, TestDoor]:
    sea = Sea(door_of, CustomerService, ActivityService)
    sea.set_clock(monkeypatch)
    door = sea.door
    for one in (sea.root, sea.captain, sea.boss, sea.wang, sea.li, sea.stranger):
        manager = sea.boss.user_id if one in (sea.wang, sea.li) else None
        event = UserCreated(
            user_id=one.user_id or "", name=one.name, manager_id=manager, department_id=None, roles=(), is_active=True, version=1
        )
        for neighbour in door.neighbours.values():
            neighbour.deliver(event)
    return sea, door.neighbours["customer"], door.neighbours["activity"]


def test_nobody_waits_for_the_bus(harbour: Any, caller: Any) -> None:
    sea, customers, _ = harbour
    sea.door.pass_on()
    ids = [customers.call("create_customer", sea.wang, name=f"Port {number}")["id"] for number in range(3)]
    asked: list[str] = []
    ask = sea.door.asker
    sea.door.asker = lambda method, kwargs, who: (asked.append(method), ask(method, kwargs, who))[1]
    assert sea.do("send", sea.wang, ids)["succeeded"] == 3
    assert asked == ["customer.vouch_for_customers"], "one question for all"
    assert sea.do("claim", sea.li, ids[0])["succeeded"] == 1
    assert customers.call("get_customer", sea.li, id=ids[0])["owner_id"] == sea.li.user_id
    assert customers.call("get_customer", sea.li, id=ids[1])["pool_status"] == "unassigned"
    customers.pass_on()
    sea.door.pass_on()
    assert sea.see(sea.li, ids[0])["owner_name"] == "Li"


def test_customer_shows_the_pools_word_to_those_who_may_see_it(harbour: Any) -> None:
    sea, customers, _ = harbour
    free, held_one = (customers.call("create_customer", sea.wang, name=name)["id"] for name in ("Free", "Held"))
    customers.pass_on()
    sea.do("send", sea.wang, [free, held_one])
    sea.do("claim", sea.li, held_one)
    sea.door.pass_on()
    peer = sea.person("Peer", scope="department")
    own = customers.call("create_customer", sea.wang, name="Own")["id"]
    customers.pass_on()
    for who, customer_id, may in (
        (sea.wang, own, ["send"]), (sea.boss, own, []), (sea.captain, own, ["send"]), (sea.root, own, ["send"]),
        (sea.wang, free, ["claim"]), (sea.captain, free, ["claim", "pool_assign", "withdraw"]), (sea.li, held_one, ["release"]), (sea.boss, held_one, []),
        (sea.captain, held_one, ["release", "extend", "withdraw"]),
    ):  # fmt: skip
        can = customers.call("get_customer", who, id=customer_id)["can"]
        assert [name for name in can if name in POOL_ACTIONS] == may, (who.name, customer_id)
    everything = {free, held_one}
    for who, expected in (
        (sea.li, everything), (sea.wang, {free, own}), (sea.boss, {*everything, own}), (sea.captain, {*everything, own}),
        (sea.root, {*everything, own}), (sea.stranger, set()), (peer, set()),
    ):  # fmt: skip
        assert {one["id"] for one in customers.call("list_customers", who)["items"]} == expected, who.name
    sea.set(enabled=False, confirm=True)
    sea.door.pass_on()
    shown = customers.call("get_customer", sea.li, id=held_one)
    assert (shown["pool_status"], shown["pool_id"], shown["protected_until"], shown["owner_id"]) == ("ordinary", None, None, sea.li.user_id)
    assert [one["id"] for one in customers.call("list_customers", sea.wang)["items"]] == [own]


def test_reminders_say_what_the_countdown_says(harbour: Any) -> None:
    sea, _, reminders = harbour
    (customer_id,) = sea.held(sea.wang)
    name = sea.see(sea.wang, customer_id)["customer_name"]
    sea.later(days=8)
    sea.tick()
    said = sea.see(sea.wang, customer_id)["countdown"]
    request = sea.door.call("request_extension", sea.wang, customer_id=customer_id, days=3, reason="fair")
    sea.door.call("refuse_extension", sea.captain, id=request["id"], reason="enough")
    sea.later(days=3)
    sea.tick()
    sea.door.pass_on()
    texts = [one["text"] for one in reminders.call("list_reminders", sea.wang)["items"]]
    assert sorted(texts) == sorted([
        f"{name}: {said}", f"No more days for {name}: enough", f"{name} went to the pool and is no longer yours.",
    ])  # fmt: skip
    assert [one["text"] for one in reminders.call("list_reminders", sea.captain)["items"]] == [
        f"Wang asks for 3 more days for {name}: fair"
    ]
