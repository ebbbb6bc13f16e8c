"""A request for more days waits for its pool's administrators until one of them answers, or nobody has to: so do their reminders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from services.activity.service import ActivityService
from services.pool.pools.models import DEFAULT_POOL
from shared.contracts import pool as told
from shared.contracts.customer import CustomerDeleted, CustomerMerged, CustomerOwnerChanged
from shared.contracts.identity import UserHandedOver
from shared.db import new_id
from tests.doors import TestDoor
from tests.kept import kept
from tests.pool.conftest import Sea


def port(door_of: Callable[..., TestDoor]) -> Sea:
    """A pool with a second administrator, a second pool, and the reminders of all."""
    sea = Sea(door_of, ActivityService)
    sea.set(admin_ids=[sea.captain.user_id, sea.boss.user_id])
    sea.door.call("create_pool", sea.root, name="North", enabled=True, admin_ids=[sea.captain.user_id], user_ids=[])
    return sea


@pytest.fixture
def sea(door_of: Callable[..., TestDoor], monkeypatch: pytest.MonkeyPatch) -> Sea:
    made = kept(port, door_of)
    made.set_clock(monkeypatch)
    return made


def north(sea: Sea) -> Any:
    return next(pool for pool in sea.door.call("list_pools", sea.root)["items"] if pool["name"] == "North")


def empty(sea: Sea, customer_id: str) -> None:
    version = sea.door.call("get_pool", sea.root, id=DEFAULT_POOL)["version"]
    sea.door.call("empty_pool", sea.root, id=DEFAULT_POOL, version=version, into_id=north(sea)["id"])


def hand_over(sea: Sea, customer_id: str) -> None:
    sea.door.deliver(CustomerOwnerChanged(customer_id=customer_id, from_owner_id=sea.wang.user_id, owner_id=sea.li.user_id))


ENDS: dict[str, Callable[[Sea, str], Any]] = {
    "released": lambda sea, one: sea.do("release", sea.wang, one),
    "recycled": lambda sea, one: sea.pass_days(11),
    "withdrawn": lambda sea, one: sea.do("withdraw", sea.captain, one),
    "moved": lambda sea, one: sea.do("move", sea.captain, one, pool_id=north(sea)["id"]),
    "pool emptied": empty,
    "pool switched off": lambda sea, one: sea.set(enabled=False, confirm=True),
    "handed over": hand_over,
    "owner left": lambda sea, one: sea.door.deliver(
        UserHandedOver(user_id=sea.wang.user_id or "", to_user_id=sea.li.user_id or "", to_pool=True)
    ),
    "deleted": lambda sea, one: sea.door.deliver(CustomerDeleted(customer_id=one, version=7)),
    "merged": lambda sea, one: sea.door.deliver(CustomerMerged(customer_id=new_id(), from_id=one)),
    "goal reached": lambda sea, one: sea.order(one),
}


def asked(sea: Sea) -> tuple[str, Any]:
    """A customer of Wang's for which more days are asked, of which the administrators have heard."""
    (customer_id,) = sea.held(sea.wang)
    request = sea.door.call("request_extension", sea.wang, customer_id=customer_id, days=10, reason="They decide next week")
    sea.door.pass_on()
    assert waiting(sea) == ["open", "open"]
    return customer_id, request


def waiting(sea: Sea) -> list[str]:
    """How the reminders of both administrators stand."""
    activity = sea.door.neighbours["activity"]
    kind = '{"field": "kind", "op": "eq", "value": "extension_requested"}'
    return [one["status"] for who in (sea.captain, sea.boss) for one in activity.call("list_reminders", who, filter=kind)["items"]]


@pytest.mark.parametrize("end", ENDS)
def test_request_lapses_and_its_reminders_end_when_there_is_nothing_left_to_decide(sea: Sea, end: str) -> None:
    customer_id, request = asked(sea)
    ENDS[end](sea, customer_id)
    sea.door.pass_on()
    [lapsed] = sea.door.published(told.ExtensionLapsed)
    assert isinstance(lapsed, told.ExtensionLapsed)
    assert (lapsed.request_id, lapsed.requester_name, lapsed.version) == (request["id"], "Wang", request["version"] + 1)
    assert sea.door.call("get_extension_request", sea.root, id=request["id"])["status"] == "lapsed"
    assert waiting(sea) == ["done", "done"]


@pytest.mark.parametrize("answer", ["grant", "refuse"])
def test_answer_of_one_administrator_ends_the_reminders_of_all(sea: Sea, answer: str) -> None:
    _, request = asked(sea)
    sea.door.call(f"{answer}_extension", sea.captain, id=request["id"], **({"reason": "enough"} if answer == "refuse" else {}))
    sea.door.pass_on()
    assert waiting(sea) == ["done", "done"]
    assert sea.door.published(told.ExtensionLapsed) == []
    decided = sea.door.call("extension_request_history", sea.wang, id=request["id"])["items"][0]
    assert decided["by"] == sea.captain.user_id
    assert "status" in {change["field"] for change in decided["changes"]}


def test_customer_that_comes_back_after_its_request_lapsed_can_be_asked_for_again(sea: Sea) -> None:
    customer_id, _ = asked(sea)
    sea.do("withdraw", sea.captain, customer_id)
    sea.do("send", sea.root, customer_id)
    sea.do("claim", sea.li, customer_id)
    again = sea.door.call("request_extension", sea.li, customer_id=customer_id, days=3, reason="new owner")
    assert again["status"] == "pending"


def test_what_happens_to_one_customer_leaves_requests_for_others_alone(sea: Sea) -> None:
    customer_id, extended = asked(sea)
    other = sea.held(sea.wang)[0]
    request = sea.door.call("request_extension", sea.wang, customer_id=other, days=2, reason="x")
    sea.do("extend", sea.captain, customer_id, days=3)
    assert sea.door.call("get_extension_request", sea.root, id=extended["id"])["status"] == "pending", "there may be need of more"
    sea.do("release", sea.wang, customer_id)
    assert sea.door.call("get_extension_request", sea.root, id=request["id"])["status"] == "pending"
