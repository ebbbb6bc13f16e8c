"""The audit finds what is planted: each case breaks one thing in a copy of real data and must see it named."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy.audit import audit
from deploy.parts import SERVICES
from deploy.processes import ROOT
from deploy.suite import Suite
from shared.settings import Settings
from tests.journeys.client import eventually

pytestmark = pytest.mark.timeout(400)

Plant = Callable[[str, str], None]

SOLD = "(SELECT id FROM orders WHERE subject = 'Audited')"
PLANTED = {
    "outbox is empty": ("sales", f"UPDATE outbox SET sent_at = NULL WHERE name = 'order_approved' AND key = {SOLD}"),
    "inbox is done": ("finance", "UPDATE inbox SET status = 'parked', last_error = 'boom' WHERE id = (SELECT max(id) FROM inbox)"),
    "sent news arrives": ("finance", "DELETE FROM inbox WHERE id = (SELECT max(id) FROM inbox WHERE name = 'user_created')"),
    "money is exact": ("reporting", "UPDATE sale_facts SET revenue = revenue + 0.1 WHERE line_id = (SELECT max(line_id) FROM sale_facts)"),
    "each approval stands once": (
        "sales",
        f"INSERT INTO order_approvals (id, order_id, step, by, at) SELECT 'second', order_id, step, by, at FROM order_approvals WHERE step = 'approved' AND order_id = {SOLD}",
    ),
    "nobody approves their own order": (
        "sales",
        f"UPDATE order_approvals SET by = (SELECT submitted_by FROM orders WHERE id = order_id) WHERE step = 'approved' AND order_id = {SOLD}",
    ),
    "approved order has plans": ("finance", "DELETE FROM payment_plans WHERE order_id = {order}"),
    "plans stay within the order": ("finance", "UPDATE payment_plans SET amount = amount + 1 WHERE order_id = {order} AND period = 3"),
    "plans add up to the order": ("finance", "UPDATE payment_plans SET amount = amount - 1 WHERE order_id = {order} AND period = 3"),
    "only approved orders have plans": ("sales", f"UPDATE orders SET status = 'draft' WHERE id = {SOLD}"),
    "each period stands once": (
        "finance",
        "DROP INDEX uq_payment_plans_period; UPDATE payment_plans SET period = 2 WHERE order_id = {order} AND period = 3",
    ),
    "plans belong to an order": ("sales", f"DELETE FROM orders WHERE id = {SOLD}"),
    "received is the sum of receipts": (
        "finance",
        "UPDATE payment_plans SET received = received + 1 WHERE order_id = {order} AND period = 2",
    ),
    "receipts stay within the order": ("finance", "UPDATE receipts SET amount = 10000000 WHERE order_id = {order}"),
    "refunds stay within their receipt": (
        "finance",
        "UPDATE receipts SET amount = -999900 WHERE refund_of_id IS NOT NULL AND customer_id = {customer}",
    ),
    "finance knows the order": ("finance", "UPDATE order_copies SET total = total + 1 WHERE id = {order}"),
    "an order waits for those it asks": ("sales", "INSERT INTO order_approvers (order_id, user_id, waits) VALUES ({order}, 'stranger', 1)"),
    "order shows its receipts": ("sales", f"UPDATE orders SET received = received + 1 WHERE id = {SOLD}"),
    "reporting books the order": ("reporting", "UPDATE sale_facts SET cost = cost + 1 WHERE order_id = {order}"),
    "customer shows its orders": ("customer", "UPDATE customers SET order_total = 0 WHERE id = {customer}"),
    "customer shows its receipts": ("customer", "UPDATE customers SET received_total = received_total + 1 WHERE id = {customer}"),
    "customer shows its last order": ("customer", "UPDATE customers SET last_order_on = NULL WHERE id = {customer}"),
    "merged customers are empty": ("customer", "UPDATE customers SET merged_into_id = id WHERE id = {customer}"),
    "customer shows the pool's word": ("customer", "UPDATE customers SET owner_id = NULL WHERE id = {customer}"),
    "goal follows orders and receipts": ("pool", "UPDATE pool_entries SET goal = 'pending' WHERE id = {customer}"),
    "pool counts orders and receipts": ("pool", "DELETE FROM customer_facts WHERE source_id = {order}"),
    "ledger is a chain": (
        "pool",
        "DROP TRIGGER pool_ledger_no_update; UPDATE pool_ledger SET from_owner_id = 'stranger' WHERE customer_id = {customer} AND action = 'goal_achieved'",
    ),
    "nothing is recycled early": (
        "pool",
        "DROP TRIGGER pool_ledger_no_update; UPDATE pool_ledger SET action = 'recycle', deadline_before = '2999-01-01 00:00:00' "
        "WHERE customer_id = {customer} AND action = 'claim'",
    ),
    "ledger names the owner": (
        "pool",
        "DROP TRIGGER pool_ledger_no_delete; DELETE FROM pool_ledger WHERE customer_id = {customer} AND action <> 'send'",
    ),
    "ledger counts what is held": (
        "pool",
        "DROP TRIGGER pool_ledger_no_update; UPDATE pool_ledger SET goal_after = 'none' WHERE customer_id = {customer} AND action = 'claim'",
    ),
    "nobody takes more than the limit": ("pool", "UPDATE pools SET max_held = 0"),
}


@pytest.fixture(scope="module")
def sold(suite: Suite, company: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder with a copy of all databases after one whole sale, and the ids in it."""
    customer = company.pooled(company.wang)
    company.li.post("/pool/claim", {"customer_ids": [customer["id"]]})
    line = {"product_id": company.product["id"], "quantity": 10}
    order = company.li.post("/orders", {"customer_id": customer["id"], "subject": "Audited", "lines": [line]})
    company.li.post(f"/orders/{order['id']}/submit", {"approver_id": company.director.id, "comment": ""})
    company.director.post(f"/orders/{order['id']}/approve")
    plan = eventually(lambda: company.plans(order["id"]))[0]
    receipt = company.cashier.post("/receipts", {"plan_id": plan["id"], "customer_id": customer["id"], "amount": plan["amount"]})
    company.cashier.post(f"/receipts/{receipt['id']}/refund", {"amount": "10.00", "reason": "too much"})
    eventually(lambda: company.li.get(f"/customers/{customer['id']}")["pool_goal"] == "achieved")
    folder = tmp_path_factory.mktemp("sold")

    def sound_copy() -> bool:
        for service in SERVICES:
            file = f"{service.name}.sqlite3"
            with closing(sqlite3.connect(suite.settings.data_dir / file)) as source, closing(sqlite3.connect(folder / file)) as target:
                source.backup(target)
        return not audit(replace(suite.settings, data_dir=folder))

    # One file is copied after the other: what was on its way between them is there the next time.
    eventually(sound_copy)
    return {"folder": folder, "order": order["id"], "customer": customer["id"]}


@pytest.fixture
def copied(sold: Any, tmp_path: Path) -> Iterator[tuple[Settings, Plant]]:
    """Settings of a fresh copy, and how to break something in it."""
    for file in Path(sold["folder"]).glob("*.sqlite3"):
        shutil.copy(file, tmp_path)
    ids = {name: f"'{sold[name]}'" for name in ("order", "customer")}

    def plant(service: str, statements: str) -> None:
        with sqlite3.connect(tmp_path / f"{service}.sqlite3") as database:
            database.execute("PRAGMA ignore_check_constraints = ON")
            *before, last = statements.format(**ids).split("; ")
            for statement in before:
                database.execute(statement)
            assert database.execute(last).rowcount > 0, "nothing was planted"

    yield replace(Settings(), data_dir=tmp_path), plant


def test_the_copy_is_sound(copied: Any) -> None:
    settings, _ = copied
    assert audit(settings) == []


@pytest.mark.parametrize("invariant", PLANTED)
def test_finds_what_is_planted(copied: Any, invariant: str) -> None:
    settings, plant = copied
    plant(*PLANTED[invariant])
    assert invariant in {violation.invariant for violation in audit(settings)}


def test_command_line_names_it_and_fails(copied: Any) -> None:
    settings, plant = copied
    command = [sys.executable, "-W", "ignore", "-m", "deploy.audit"]
    env = {"HIGHSEAS_DATA_DIR": str(settings.data_dir), "PATH": "/usr/bin:/bin"}
    quiet = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (quiet.returncode, quiet.stdout.splitlines()[-1]) == (0, "0 violations"), quiet.stderr
    plant(*PLANTED["customer shows its receipts"])
    loud = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (loud.returncode, loud.stdout.splitlines()[-1]) == (1, "1 violations")
    assert "customer shows its receipts" in loud.stdout


def test_every_invariant_has_its_plant() -> None:
    source = (ROOT / "deploy" / "audit.py").read_text()
    named = {line.split('Violation("')[1].split('"')[0] for line in source.splitlines() if 'Violation("' in line}
    assert named == set(PLANTED)
