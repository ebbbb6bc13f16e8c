"""The main job once more, with every service on PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from deploy.demo import PASSWORD as DEMO_PASSWORD
from deploy.demo import load
from deploy.postgres import PrivatePostgres
from deploy.suite import Suite
from tests.journeys.client import Client, eventually
from tests.journeys.conftest import PASSWORD, Company, run_suite
from tests.journeys.test_main_job import (
    test_foreign_records_are_not_found,
    test_from_claimed_customer_to_last_instalment,
    test_instalments_add_up_to_the_cent,
    test_voided_order_undoes_plans_goal_and_figures,
    test_what_one_service_acknowledged_the_next_accepts_at_once,
)
from tests.journeys.test_races import test_two_cashiers_collect_the_same_plans

__all__ = [
    "test_foreign_records_are_not_found",
    "test_from_claimed_customer_to_last_instalment",
    "test_instalments_add_up_to_the_cent",
    "test_two_cashiers_collect_the_same_plans",
    "test_voided_order_undoes_plans_goal_and_figures",
    "test_what_one_service_acknowledged_the_next_accepts_at_once",
]


# The first of them also starts the suite and loads the demo company.
pytestmark = [pytest.mark.usefixtures("clean"), pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def suite(postgres: PrivatePostgres) -> Iterator[Suite]:
    """A running suite on a database of its own."""
    name = f"suite_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(postgres.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield from run_suite(database_url=postgres.url.rsplit("/", 1)[0] + f"/{name}")


@pytest.fixture(scope="module")
def demo(suite: Suite) -> str:
    """The demo company in small, loaded before anybody else comes; what the loader said."""
    return load(suite.url, PASSWORD, scale=0.05)


@pytest.fixture(scope="module")
def company(suite: Suite, demo: str) -> Company:
    """The small company, beside the demo company, whose approval rule is not for its orders."""
    made = Company(suite)
    for rule in made.admin.find("/approval-rules", is_active=True):
        made.admin.patch(f"/approval-rules/{rule['id']}", {"is_active": False, "version": rule["version"]})
    return made


def test_demo_company(suite: Suite, demo: str) -> None:
    assert "20 customers" in demo
    assert "already" in load(suite.url, PASSWORD)
    admin, director = Client(suite.url, "admin", PASSWORD), Client(suite.url, "director", DEMO_PASSWORD)
    orders = admin.get("/orders", page_size=200)["items"]
    assert {"approved", "draft", "pending_approval"} <= {order["status"] for order in orders}
    assert 2 in {order["approval_step"] for order in director.find("/orders", waits_for_me=True)}
    assert len({order["order_date"][:7] for order in orders}) > 6
    assert 0 < director.get("/orders")["total"] < len(orders)
    customers = admin.get("/customers", page_size=200)["items"]
    assert {"ordinary", "unassigned", "assigned"} <= {customer["pool_status"] for customer in customers}
    eventually(lambda: admin.find("/customers", pool_goal="achieved"))
    plans = Client(suite.url, "cashier", DEMO_PASSWORD).get("/payment-plans", page_size=200)["items"]
    assert {"paid", "unpaid"} <= {plan["status"] for plan in plans}
    assert any(plan["due_on"] < date.today().isoformat() for plan in plans)
    # So small a company does not sell in every team and year.
    ever = {"by": "owner", "from": min(order["order_date"] for order in orders)}
    eventually(lambda: admin.get("/summary/gross-margin", **ever)["items"])
    # More may be booked meanwhile: what is seen in part is asked for first.
    seen = director.get("/summary/gross-margin", **ever)["items"]
    sold = admin.get("/summary/gross-margin", **ever)["items"]
    assert {row["id"] for row in seen} <= {row["id"] for row in sold}
