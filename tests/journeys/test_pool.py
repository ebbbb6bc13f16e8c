"""The pool through the real gateway: one winner per customer, closed to roles without it, a second pool, a rehearsal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from gateway.routes.pool import ROUTES
from shared.db import new_id
from tests.journeys.client import Answered, eventually

pytestmark = pytest.mark.usefixtures("clean")


def test_many_clients_claim_at_once_and_each_customer_has_one_owner(company: Any) -> None:
    ids = [company.customer(company.wang)["id"] for _ in range(6)]
    company.wang.post("/pool/send", {"customer_ids": ids})
    people = [company.wang, company.li, company.director]

    def claim(number: int) -> set[str]:
        try:
            found = people[number % 3].post("/pool/claim", {"customer_ids": ids[number % 6 :] + ids[: number % 6]})
        except Answered as refused:
            assert refused.status == 409
            return set()
        return set(ids) - {one["id"] for one in found["failed"]}

    with ThreadPoolExecutor(12) as pool:
        wins = [customer_id for won in pool.map(claim, range(24)) for customer_id in won]
    assert sorted(wins) == sorted(ids)
    owners = {customer_id: company.director.get(f"/pool/customers/{customer_id}")["owner_id"] for customer_id in ids}
    for customer_id, owner_id in owners.items():
        eventually(lambda one=customer_id, whose=owner_id: company.admin.get(f"/customers/{one}")["owner_id"] == whose)


def test_role_without_pool_read_can_do_nothing(company: Any) -> None:
    for route in ROUTES:
        path = route.path.replace("<id>", new_id())
        call = getattr(company.cashier, {"GET": "get", "POST": "post", "PUT": "put", "PATCH": "patch", "DELETE": "delete"}[route.method])
        with pytest.raises(Answered) as refused:
            call(path, **({} if route.method in ("GET", "DELETE", "POST") else {"body": {}}))
        assert refused.value.status == 403, route


def test_second_pool_rehearsal_and_request(company: Any) -> None:
    pool = company.admin.post(
        "/pools", {"name": "North", "regions": ["North"], "enabled": True, "user_ids": [company.li.id], "admin_ids": [company.director.id]}
    )
    customer = company.wang.post("/customers", {"name": f"Harbour {new_id()[-8:]}", "region": "North"})
    company.wang.post("/pool/send", {"customer_ids": [customer["id"]]})
    assert company.li.get("/pool/customers", state="unassigned", pool_id=pool["id"])["total"] == 1
    company.li.post("/pool/claim", {"customer_ids": [customer["id"]]})
    assert company.li.get(f"/customers/{customer['id']}")["pool_id"] == pool["id"]
    assert "since claimed on" in company.li.get(f"/pool/customers/{customer['id']}/countdown")["text"]
    request = company.li.post("/pool/extension-requests", {"customer_id": customer["id"], "days": 10, "reason": "They decide next week"})
    assert company.director.post(f"/pool/extension-requests/{request['id']}/grant", {"days": 5})["granted_days"] == 5
    eventually(
        lambda: any("You get 5 more days" in one["text"] for one in company.li.get("/reminders", sort="-remind_at", page_size=200)["items"])
    )
    looked = company.admin.post("/pool/rehearsal", {"settings": {"auto_entry": {"no_order_days": 20}}})
    assert [one["days"] for one in looked["horizons"]] == [1, 7, 30]
    with pytest.raises(Answered) as refused:
        company.admin.delete(f"/pools/{pool['id']}")
    assert (refused.value.status, refused.value.problem["code"]) == (409, "pool_not_empty")
    with pytest.raises(Answered) as refused:
        company.admin.patch(f"/pools/{pool['id']}", {"enabled": False, "version": pool["version"]})
    assert refused.value.problem["detail"] == "1 customers would leave the pool. Confirm to switch it off."
    company.admin.patch(f"/pools/{pool['id']}", {"enabled": False, "confirm": True, "version": pool["version"]})
    eventually(lambda: company.li.get(f"/customers/{customer['id']}")["pool_status"] == "ordinary")
    company.admin.delete(f"/pools/{pool['id']}")
