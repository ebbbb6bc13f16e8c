"""A customer that waits in a pool is seen by the pool's users, and changed by whoever claims it or administers the pool."""

from __future__ import annotations

from typing import Any

import pytest

from services.customer.service import CustomerService
from services.pool.service import PoolService
from tests.kept import kept
from tests.office import Office, refusal

ALL = ("customer:read", "customer:create", "customer:update", "customer:delete", "customer:assign", "customer:transfer", "customer:merge",
       "follow_up:create", "pool:read")  # fmt: skip


class Shore(Office):
    """A user and an administrator of the pool, who may do everything with their own customers, and one customer that waits."""

    def __init__(self, door_of: Any) -> None:
        super().__init__(door_of, CustomerService, PoolService)
        self.user, self.captain = self.hire("User", *ALL, scope="team"), self.hire("Captain", *ALL, scope="team")
        self.pool.call("update_pool_settings", self.admin, enabled=True, user_ids=[self.user.user_id], admin_ids=[self.captain.user_id])
        self.waiting = self.customer(self.admin)["id"]
        self.settle()
        self.pool.call("send_customers", self.admin, customer_ids=[self.waiting])
        self.settle()

    def shown(self, caller: Any) -> Any:
        """The customer that waits, as somebody sees it."""
        return self.customer_door.call("get_customer", caller, id=self.waiting)


@pytest.fixture
def shore(door_of: Any) -> Shore:
    return kept(Shore, door_of)


def test_a_pool_user_claims_before_changing(shore: Shore) -> None:
    door, own = shore.customer_door, shore.customer(shore.user)["id"]
    assert shore.shown(shore.user)["can"] == ["claim"]
    [row] = [one for one in door.call("list_customers", shore.user)["items"] if one["id"] == shore.waiting]
    assert row["can"] == ["claim"]
    for method, values in (
        ("update_customer", {"id": shore.waiting, "version": row["version"], "name": "New"}),
        ("update_customer", {"id": shore.waiting, "version": row["version"], "owner_id": shore.user.user_id}),
        ("transfer_customer", {"id": shore.waiting, "owner_id": shore.user.user_id, "with_related": False}),
        ("merge_customer", {"id": own, "from_id": shore.waiting}),
        ("merge_customer", {"id": shore.waiting, "from_id": own}),
        ("delete_customer", {"id": shore.waiting}),
    ):
        refused = refusal(door, method, shore.user, **values)
        assert (refused.status, refused.code) == (403, "claim_first"), method
    many = door.call("batch_delete_customers", shore.user, ids=[shore.waiting, own])
    assert (many["succeeded"], [one["code"] for one in many["failed"]]) == (1, ["claim_first"])
    door.call("create_follow_up", shore.user, customer_id=shore.waiting, kind="call", summary="Still waits")
    shore.settle()
    shore.pool.call("claim_customers", shore.user, customer_ids=[shore.waiting])
    shore.settle()
    assert {"update", "delete", "transfer"} <= set(shore.shown(shore.user)["can"])
    door.call("update_customer", shore.user, id=shore.waiting, version=shore.shown(shore.user)["version"], phone="123456")


def test_administrators_and_those_it_is_shared_with_change_it_as_it_is(shore: Shore) -> None:
    door = shore.customer_door
    for caller in (shore.captain, shore.admin):
        shown = shore.shown(caller)
        assert {"update", "transfer", "delete"} <= set(shown["can"])
        door.call("update_customer", caller, id=shore.waiting, version=shown["version"], phone=f"12345{shown['version']}")
    collaborators = [{"user_id": shore.user.user_id, "access": "write"}]
    door.call("update_customer", shore.admin, id=shore.waiting, version=shore.shown(shore.admin)["version"], collaborators=collaborators)
    assert "update" in shore.shown(shore.user)["can"]
    door.call("update_customer", shore.user, id=shore.waiting, version=shore.shown(shore.user)["version"], phone="999999")
