"""The recycle bin of payment plans, and the dictionary of receipt methods."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doors import Refused
from tests.finance.conftest import Till


def refusal(till: Till, rpc: str, /, **arguments: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        till.finance.call(rpc, till.admin, **arguments)
    return refused.value


def test_a_restored_plan_is_open_again_as_the_next_period(till: Till) -> None:
    order = till.sold()
    first, *_ = till.plans(order["id"])
    till.finance.call("delete_payment_plan", till.admin, id=first["id"])
    back = till.finance.call("restore_payment_plan", till.admin, id=first["id"])
    assert (back["status"], back["period"], back["outstanding"]) == ("unpaid", 1, first["amount"])
    till.check()


def test_a_plan_is_not_restored_beyond_its_order(till: Till) -> None:
    order = till.sold()
    first, *_ = till.plans(order["id"])
    till.finance.call("delete_payment_plan", till.admin, id=first["id"])
    till.finance.call("create_payment_plan", till.admin, order_id=order["id"], due_on="2027-01-01", amount=first["amount"])
    assert refusal(till, "restore_payment_plan", id=first["id"]).code == "exceeds_order"


def test_receipt_methods_are_a_dictionary(till: Till) -> None:
    order = till.sold()
    methods = [{"value": value, "labels": {"en": value}} for value in ("bank_transfer", "cash", "barter")]
    till.finance.call("save_receipt_choices", till.admin, field="method", choices=methods, version=0)
    assert till.receive("1.00", order_id=order["id"], method="barter")["method"] == "barter"
    assert till.receive("1.00", order_id=order["id"])["method"] == "bank_transfer"
    assert refusal(till, "create_receipt", amount="1.00", order_id=order["id"], method="cheque").fields == {"method": "invalid_choice"}
    ids = [till.plans(order["id"])[0]["id"]]
    assert refusal(till, "batch_collect_payment_plans", ids=ids, method="cheque").fields == {"method": "invalid_choice"}
    assert refusal(till, "save_receipt_choices", field="method", choices=methods[1:], version=1).code == "choice_needed"
