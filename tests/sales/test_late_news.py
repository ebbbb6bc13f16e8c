"""News from other services that comes late."""

from __future__ import annotations

from typing import Any

from services.customer.service import CustomerService
from services.pool.service import PoolService
from services.sales.service import SalesService
from shared.contracts.customer import CustomerUpdated
from shared.contracts.pool import CustomerSent
from tests.office import Office, refusal, some_id


def test_old_news_refuses_nobody(door_of: Any) -> None:
    office = Office(door_of, SalesService, CustomerService, PoolService)
    pump = office.product()
    own = office.hire("Own", "customer:read", "customer:create", "order:read", "order:create", "pool:read")
    office.settle()
    office.doors["pool"].call("update_pool_settings", office.admin, enabled=True, user_ids=[own.user_id])
    acme = office.customer(own)["id"]
    office.settle()
    office.doors["pool"].call("send_customers", own, customer_ids=[acme])
    (sent,) = office.doors["pool"].published(CustomerSent)
    office.doors["pool"].call("claim_customers", own, customer_ids=[acme])
    office.customer_door.deliver(sent)
    office.sales.deliver(office.customer_door.published(CustomerUpdated)[-1])
    line = {"product_id": pump["id"], "quantity": 1}
    assert office.order(own, acme, line)["customer_id"] == acme
    refused = refusal(office.sales, "create_order", own, customer_id=some_id(), subject="Pumps", lines=[line])
    assert refused.fields["customer_id"] == "not_found"
