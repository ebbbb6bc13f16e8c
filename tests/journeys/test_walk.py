"""A team at work at random, five of them at once now and then: afterwards every figure and date is the same wherever it stands."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from deploy.audit import violations
from tests.journeys.client import Answered, Client, eventually
from tests.journeys.walk import Walk

pytestmark = [pytest.mark.usefixtures("clean"), pytest.mark.timeout(400)]

STEPS = 300
LONGEST = 25.0
"""Seconds of walking; a machine that is busy with much else walks less far."""


@pytest.fixture(scope="module")
def walk(company: Any, databases: Any) -> Walk:
    """A walk that is over, and its news has gone round."""
    walk, ends = Walk(company, seed=20261130), time.monotonic() + LONGEST
    for number in range(STEPS):
        if time.monotonic() > ends:
            break
        if number % 40 == 39:
            walk.at_once()
        elif number % 60 == 30:
            walk.leave()
        elif number % 15 == 7:
            walk.change_rules()
        else:
            walk.step(walk.chance.choice(walk.people), walk.chance, strict=True)

    def nothing_wrong() -> bool:
        with closing(violations(databases)) as found:
            return next(found, None) is None

    eventually(nothing_wrong)
    return walk


def everything(client: Client, module: str, **wanted: Any) -> list[Any]:
    """All records of a list."""
    found: list[Any] = []
    for page in range(1, 100):
        told = client.get(f"/{module}", page=page, page_size=200, **wanted)
        found += told["items"]
        if len(found) >= told["total"] or not told["items"]:
            break
    return found


def customers(walk: Walk, client: Client) -> list[Any]:
    return everything(client, "customers", q=walk.tag)


def test_what_a_row_offered_was_done_and_all_else_refused_with_a_reason(walk: Walk) -> None:
    assert walk.wrong == []
    done = {what.split(":")[0] for what in walk.done}
    assert len(done) > 25, walk.done


def test_everybody_sees_what_is_for_them(walk: Walk) -> None:
    for person in (walk.wang, walk.li, walk.outsider):
        for one in customers(walk, person):
            if one["pool_status"] == "unassigned":
                assert person is not walk.outsider, one
            else:
                assert one["owner_id"] == person.id, one
        for module in ("orders", "payment-plans", "receipts"):
            assert {one["owner_id"] for one in everything(person, module)} <= {person.id}


def test_customer_pool_ledger_and_countdown_tell_the_same(walk: Walk) -> None:
    pools = {pool["id"] for pool in walk.pools}
    shown = {one["id"]: one for one in customers(walk, walk.captain) if one["pool_id"] in pools}
    listed = [one for pool in walk.pools for one in _in_pool(walk, pool)]
    assert {one["id"] for one in listed} == set(shown)
    for entry in listed:
        customer = shown[entry["id"]]
        names = ("owner_id", "pool_goal", "protected_until", "pool_id")
        assert [customer[name] for name in names] == [entry[name] for name in names]
        newest = walk.captain.get(f"/pool/customers/{entry['id']}/log")["items"][0]
        assert (newest["to_owner_id"], newest["deadline_after"]) == (entry["owner_id"], entry["protected_until"])
        countdown = walk.captain.get(f"/pool/customers/{entry['id']}/countdown")
        assert countdown["text"] == entry["countdown"]
        assert (countdown["takes_on"] is None) == (entry["protected_until"] is None)
        if countdown["takes_on"]:
            last = date.fromisoformat(countdown["takes_on"]) - timedelta(days=1)
            assert entry["protected_until"].startswith(last.isoformat())


def test_what_somebody_holds_is_what_the_ledger_counts(walk: Walk) -> None:
    for pool in walk.pools:
        rules, inside = walk.company.admin.get(f"/pools/{pool['id']}"), _in_pool(walk, pool)
        counted = ("pending", "achieved") if rules["count_achieved"] else ("pending",)
        for member in walk.captain.get("/pool/members", pool_id=pool["id"])["items"]:
            mine = [one for one in inside if one["owner_id"] == member["user_id"] and one["pool_goal"] in counted]
            assert member["held"] == len(mine), (pool, member)


def test_totals_are_those_of_orders_receipts_and_reports(walk: Walk) -> None:
    admin = walk.company.admin
    orders = {one["id"]: one for one in everything(admin, "orders") if walk.tag in (one["customer_name"] or "")}
    sold = [one for one in orders.values() if one["status"] == "approved"]
    known = customers(walk, admin)
    assert sum(Decimal(one["order_total"]) for one in known) == sum(Decimal(one["total"]) for one in sold)
    table = admin.get("/summary/gross-margin", by="customer", **{"from": "2025-01-01", "to": "2027-12-31"})["items"]
    assert {one["name"]: one["revenue"] for one in table if walk.tag in one["name"] and Decimal(one["revenue"])} == {
        one["name"]: one["order_total"] for one in known if Decimal(one["order_total"])
    }
    receipts = [one for one in everything(admin, "receipts") if walk.tag in (one["customer_name"] or "") and one["status"] == "recorded"]
    assert sum(Decimal(one["received_total"]) for one in known) == sum(Decimal(one["amount"]) for one in receipts)
    for person in (walk.company.director, admin):
        waiting = {
            one["record_id"] for one in everything(person, "reminders") if one["kind"] == "approval_waiting" and one["status"] == "open"
        }
        assert {one for one in waiting & set(orders) if orders[one]["status"] != "pending_approval"} == set()


def _in_pool(walk: Walk, pool: Any) -> list[Any]:
    """The customers in a pool; none where it is off."""
    try:
        return [
            one
            for state in ("unassigned", "assigned")
            for one in everything(walk.captain, "pool/customers", state=state, pool_id=pool["id"])
        ]
    except Answered as refused:
        assert refused.problem["code"] == "pool_is_off"
        return []
