"""Parts die in the middle of work and come back: nothing lost, nothing doubled, and the gateway stays polite."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import pytest
import requests
from sqlalchemy import text

from deploy.audit import audit
from deploy.suite import Suite
from shared.db.engine import database
from tests.journeys.client import Answered, eventually
from tests.journeys.work import Work

pytestmark = [pytest.mark.usefixtures("clean"), pytest.mark.timeout(400)]


def sql(suite: Suite, service: str, statement: str, **values: Any) -> list[Any]:
    """Run one statement in a service's own database."""
    db = database(service, suite.settings)
    try:
        with db.transaction() as session:
            result = session.execute(text(statement), values)
            return list(result) if result.returns_rows else []
    finally:
        db.close()


def test_finance_dies_between_approval_and_plan(suite: Suite, company: Any) -> None:
    customer = company.customer(company.wang)
    order = company.submitted(company.wang, customer["id"], price="1000.00")
    suite.hold("finance")
    company.director.post(f"/orders/{order['id']}/approve")
    answer = requests.get(f"{suite.url}/api/v1/payment-plans", headers=dict(company.cashier.session.headers), timeout=60)
    assert answer.status_code in (503, 504)
    suite.release("finance")
    plans = eventually(lambda: company.plans(order["id"]))
    assert [plan["amount"] for plan in plans] == ["333.30", "333.30", "333.40"]


@pytest.fixture
def silent_sales(suite: Suite) -> Iterator[Callable[[], None]]:
    """Sales commits and publishes nothing, as if another process held the relay's lease; until the function is called."""

    def speak() -> None:
        sql(suite, "sales", "DROP TRIGGER IF EXISTS drill")

    eventually(lambda: not sql(suite, "sales", "SELECT position FROM outbox WHERE sent_at IS NULL"))
    suite.hold("sales")
    nobody = "CREATE TRIGGER drill BEFORE UPDATE ON leases WHEN old.name = 'relay' BEGIN SELECT RAISE(IGNORE); END"
    sql(suite, "sales", nobody)
    suite.release("sales")
    suite.wait_ready()
    yield speak
    speak()


def test_sales_dies_after_commit_and_before_publish(suite: Suite, company: Any, silent_sales: Callable[[], None]) -> None:
    order = company.submitted(company.wang, company.customer(company.wang)["id"])
    company.director.post(f"/orders/{order['id']}/approve")
    unsent = sql(suite, "sales", "SELECT key FROM outbox WHERE name = 'order_approved' AND sent_at IS NULL")
    assert [row.key for row in unsent] == [order["id"]]
    suite.kill("sales")
    assert company.plans(order["id"]) == []
    silent_sales()
    assert len(eventually(lambda: company.plans(order["id"]))) == 3


def test_receipt_on_an_approval_not_heard_of_yet(company: Any, silent_sales: Callable[[], None]) -> None:
    """Sales acknowledged the approval, so finance takes the money at once; the plans are made once all the same."""
    order = company.submitted(company.wang, company.customer(company.wang)["id"])
    with pytest.raises(Answered) as refused:
        company.cashier.post("/receipts", {"order_id": order["id"], "amount": "10.00"})
    assert (refused.value.status, refused.value.problem["code"]) == (409, "order_not_approved")
    company.director.post(f"/orders/{order['id']}/approve")
    assert company.cashier.post("/receipts", {"order_id": order["id"], "amount": "10.00"})["customer_id"] == order["customer_id"]
    plans = company.plans(order["id"])
    assert len(plans) == 3
    silent_sales()
    eventually(lambda: company.wang.get(f"/orders/{order['id']}")["received"] == "10.00")
    eventually(lambda: company.wang.get(f"/customers/{order['customer_id']}")["order_total"] == "100.00")
    assert company.plans(order["id"]) == plans


def test_every_event_comes_a_second_time(suite: Suite, company: Any) -> None:
    """As after a crash between publishing and marking, for all that was ever sent."""
    customer = company.pooled(company.wang)
    company.li.post("/pool/claim", {"customer_ids": [customer["id"]]})
    order, plans = company.approved(company.li, customer["id"])
    eventually(lambda: company.li.get(f"/customers/{customer['id']}")["pool_goal"] == "achieved")
    eventually(lambda: not audit(suite.settings))
    before = company.director.get("/summary/gross-margin", by="owner")
    rows = 0
    for service in ("identity", "customer", "pool", "sales", "finance"):
        rows += sql(suite, service, "SELECT count(*) FROM outbox")[0][0]
        sql(suite, service, "UPDATE outbox SET sent_at = NULL")
    assert rows > 20
    for service in ("identity", "customer", "pool", "sales", "finance"):
        eventually(lambda service=service: not sql(suite, service, "SELECT 1 FROM outbox WHERE sent_at IS NULL"))
    eventually(lambda: not audit(suite.settings))
    after = company.director.get("/summary/gross-margin", by="owner")
    assert (after["items"], after["totals"]) == (before["items"], before["totals"])
    assert [plan["id"] for plan in company.plans(order["id"])] == [plan["id"] for plan in plans]


def test_broker_is_away_for_twenty_seconds_under_work(suite: Suite, company: Any) -> None:
    work, pids, took = Work(company), suite.pids(), []
    headers = dict(company.wang.session.headers)
    with work.going_on():
        time.sleep(3)
        suite.hold("broker")
        down = time.monotonic()
        while time.monotonic() - down < 20:
            asked = time.monotonic()
            answer = requests.get(f"{suite.url}/api/v1/customers", headers=headers, timeout=60)
            took.append(time.monotonic() - asked)
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) > 0
            assert answer.json()["code"] == "broker_unavailable"
            time.sleep(2)
        suite.release("broker")
        eventually(lambda: requests.get(f"{suite.url}/api/v1/customers", headers=headers, timeout=60).status_code == 200)
        suite.wait_ready()
        time.sleep(2)
    # Waiting for the broker would take each of them five seconds; a busy machine delays some.
    assert median(took) < 3
    survivors = {name: pid for name, pid in suite.pids().items() if name != "broker"}
    assert survivors.items() <= pids.items()
    work.check()


def test_services_are_killed_at_random_under_work(suite: Suite, company: Any) -> None:
    seed = random.randrange(10_000)
    print(f"seed {seed}")
    chance = random.Random(seed)
    work = Work(company)
    names = [name for name in suite.pids() if not name.startswith("broker")]
    with work.going_on():
        for _ in range(10):
            time.sleep(chance.uniform(1, 2.5))
            suite.kill(chance.choice(names))
        suite.wait_ready()
    work.check()


def caught_while_written(suite: Suite, person: Any, asked: dict[str, Any]) -> Any:
    """An export that somebody has claimed and cannot write, since the list's service is held; one that was too quick is begun anew."""
    while True:
        suite.wait_ready()
        job = person.post("/customers/export", asked)
        suite.hold("customer")
        row = eventually(lambda job=job: sql(suite, "identity", "SELECT status FROM exports WHERE id = :id AND attempts > 0", id=job["id"]))
        if row[0].status == "waiting":
            return job
        suite.release("customer")
        person.delete(f"/exports/{job['id']}")


def test_who_writes_an_export_is_killed(suite: Suite, company: Any) -> None:
    """The next process begins the file again: it is there once, and whole."""
    mark = f"Exported {random.randrange(10**9)}"
    for number in range(3):
        company.director.post("/customers", {"name": f"{mark} {number}"})
    job = caught_while_written(suite, company.director, {"format": "csv", "q": mark, "fields": "name"})
    suite.kill("identity")
    suite.release("customer")
    # What is claimed by the dead, or waits for the service, is waited for only so long.
    sql(suite, "identity", "UPDATE exports SET claimed_until = '2020-01-01 00:00:00.000000' WHERE id = :id", id=job["id"])
    done = eventually(lambda: found if (found := company.director.get(f"/exports/{job['id']}"))["status"] == "done" else None)
    assert (done["total"], done["progress"]) == (3, 3)
    answer = company.director.session.get(f"{suite.url}/api/v1/exports/{job['id']}/file", timeout=30)
    assert sorted(answer.content.decode("utf-8-sig").split("\r\n")[1:-1]) == [f'"{mark} {number}"' for number in range(3)]
    assert len(company.director.get("/exports")["items"]) == 1
