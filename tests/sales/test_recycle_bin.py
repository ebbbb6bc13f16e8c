"""The recycle bin and custom fields of sales."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.contracts.sales import OrderUpdated
from tests.doors import Refused
from tests.sales.conftest import Shop


def refusal(shop: Shop, method: str, **arguments: Any) -> Refused:
    with pytest.raises(Refused) as refused:
        shop.sales.call(method, shop.admin, **arguments)
    return refused.value


def test_a_deleted_products_code_is_free_and_stops_its_restore(shop: Shop) -> None:
    old = shop.product(code="P-9")
    shop.sales.call("delete_product", shop.admin, id=old["id"])
    new = shop.product(code="P-9")
    assert refusal(shop, "restore_product", id=old["id"]).fields == {"code": "value_taken"}
    shop.sales.call("delete_product", shop.admin, id=new["id"])
    assert shop.sales.call("restore_product", shop.admin, id=old["id"])["code"] == "P-9"


def test_a_restored_draft_is_told_and_a_purged_one_is_gone_with_its_lines(shop: Shop) -> None:
    order = shop.draft()
    shop.sales.call("delete_order", shop.rep, id=order["id"])
    back = shop.sales.call("restore_order", shop.rep, id=order["id"])
    assert (back["status"], len(back["lines"])) == ("draft", 1)
    assert [event.order_id for event in shop.sales.published(OrderUpdated)] == [order["id"]]  # type: ignore[attr-defined]
    shop.sales.call("delete_order", shop.rep, id=order["id"])
    shop.sales.call("purge_order", shop.admin, id=order["id"])
    assert shop.sales.call("deleted_orders", shop.admin)["total"] == 0


def test_a_draft_is_not_restored_beside_another_order_of_its_quote(shop: Shop) -> None:
    quote = shop.quote()
    first = shop.sales.call("create_order_from_quote", shop.admin, id=quote["id"])
    shop.sales.call("delete_order", shop.admin, id=first["id"])
    shop.sales.call("create_order_from_quote", shop.admin, id=quote["id"])
    assert refusal(shop, "restore_order", id=first["id"]).code == "quote_has_order"


def test_no_order_comes_to_life_for_a_deleted_customer(shop: Shop) -> None:
    draft, quote = shop.draft(), shop.quote()
    shop.sales.call("delete_order", shop.rep, id=draft["id"])
    shop.settle()
    shop.customer_door.call("delete_customer", shop.admin, id=shop.acme["id"])
    shop.settle()
    assert refusal(shop, "restore_order", id=draft["id"]).code == "customer_is_deleted"
    assert refusal(shop, "create_order_from_quote", id=quote["id"]).code == "customer_is_deleted"
    shop.customer_door.call("restore_customer", shop.admin, id=shop.acme["id"])
    shop.settle()
    assert shop.sales.call("restore_order", shop.rep, id=draft["id"])["status"] == "draft"


def test_a_quote_with_an_order_is_not_purged(shop: Shop) -> None:
    quote = shop.quote()
    shop.sales.call("create_order_from_quote", shop.admin, id=quote["id"])
    shop.sales.call("delete_quote", shop.admin, id=quote["id"])
    assert refusal(shop, "purge_quote", id=quote["id"]).code == "others_depend"


@pytest.mark.parametrize("noun", ["product", "quote", "order"])
def test_documents_take_custom_fields(shop: Shop, noun: str) -> None:
    shop.sales.call(f"create_{noun}_field", shop.admin, name="project", type="text", labels={"en": "Project"}, required=True)
    with pytest.raises(Refused) as refused:
        {"product": shop.product, "quote": shop.quote, "order": shop.draft}[noun]()
    assert refused.value.fields == {"c_project": "required"}
    made = {"product": shop.product, "quote": shop.quote, "order": shop.draft}[noun](c_project="Delta")
    changed = shop.sales.call(f"update_{noun}", shop.admin, id=made["id"], version=made["version"], c_project="Gamma")
    assert changed["c_project"] == "Gamma"
    found = shop.sales.call(f"list_{noun}s", shop.admin, filter=json.dumps({"field": "c_project", "op": "starts_with", "value": "gam"}))
    assert [row["id"] for row in found["items"]] == [made["id"]]


def test_cost_hidden_from_a_role_is_hidden_on_lines_too(shop: Shop) -> None:
    rights = {"orders": {"lines.cost": "hidden"}, "products": {"cost": "hidden"}}
    clerk = type(shop.rep)(**{**shop.rep.__dict__, "field_rights": rights})
    order = shop.draft()
    assert "cost" in shop.sales.call("get_order", shop.rep, id=order["id"])["lines"][0]
    assert "cost" not in shop.sales.call("get_order", clerk, id=order["id"])["lines"][0]
