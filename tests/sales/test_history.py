"""The history of documents and price lists: their lines and items stand in it, before and after."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event

from services.sales.price_lists.models import PriceListItem
from shared.caller import Caller
from shared.db import new_id
from tests.sales.conftest import Shop


def changes(shop: Shop, method: str, record: Any, *, field: str, by: Caller | None = None) -> list[tuple[Any, Any]]:
    """What each entry tells of a field, newest first."""
    entries = shop.sales.call(method, by or shop.rep, id=record["id"])["items"]
    return [(one["old"], one["new"]) for entry in entries for one in entry["changes"] if one["field"] == field]


def told(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(row["product_name"], row["quantity"], row["unit_price"]) for row in rows]


@pytest.mark.parametrize("kind", ["order", "quote"])
def test_lines_of_a_document_that_go_and_come(shop: Shop, kind: str) -> None:
    valve = shop.product(code="V1", name="Valve")
    made = (shop.draft if kind == "order" else shop.quote)(shop.line(1), {"product_id": valve["id"], "quantity": 2})
    assert changes(shop, f"{kind}_history", made, field="lines") == []
    shop.sales.call(f"update_{kind}", shop.rep, id=made["id"], version=1, lines=[shop.line(3), {"product_id": valve["id"], "quantity": 2}])
    [(old, new)] = changes(shop, f"{kind}_history", made, field="lines")
    assert (told(old), told(new)) == ([("Pump", "1.000", "100.00")], [("Pump", "3.000", "100.00")])
    entry = shop.sales.call(f"{kind}_history", shop.rep, id=made["id"])["items"][0]
    assert (entry["action"], entry["by"], entry["channel"]) == ("updated", shop.rep.user_id, "web")
    shop.sales.call(f"update_{kind}", shop.rep, id=made["id"], version=2, lines=[shop.line(3), {"product_id": valve["id"], "quantity": 2}])
    assert len(changes(shop, f"{kind}_history", made, field="lines")) == 1


def test_lines_priced_anew(shop: Shop) -> None:
    prices = shop.price_list((shop.pump, "90.00"))
    order = shop.draft()
    shop.sales.call("apply_price_list", shop.rep, id=order["id"], price_list_id=prices["id"])
    [(old, new)] = changes(shop, "order_history", order, field="lines")
    assert (told(old), told(new)) == ([("Pump", "1.000", "100.00")], [("Pump", "1.000", "90.00")])


def test_items_of_a_price_list(shop: Shop) -> None:
    valve = shop.product(code="V1", name="Valve")
    prices = shop.price_list((shop.pump, "90.00"))
    items = [{"product_id": shop.pump["id"], "price": "80.00"}, {"product_id": valve["id"], "price": "5.00", "min_quantity": "10"}]
    shop.sales.call("add_price_list_items", shop.admin, id=prices["id"], items=items)
    (old, new), (none, first) = changes(shop, "price_list_history", prices, field="items", by=shop.admin)
    pump = {"product_id": shop.pump["id"], "min_quantity": "0.000", "price": "90.00"}
    assert (old, new) == (
        [pump],
        [{"product_id": valve["id"], "min_quantity": "10.000", "price": "5.00"}, {**pump, "price": "80.00"}],
    )
    assert (none, [one["price"] for one in first]) == ([], ["90.00"])


def test_items_written_without_their_list(shop: Shop) -> None:
    """As an import does: the list itself is not at hand."""
    prices = shop.price_list()
    with shop.sales.database.transaction() as db:
        item = PriceListItem(
            id=new_id(), price_list_id=prices["id"], product_id=shop.pump["id"], min_quantity=Decimal(5), price=Decimal(70)
        )
        db.add(item)
        db.flush()
        item.price = Decimal(60)
        db.flush()
        db.delete(item)
    gone, cheaper, first = changes(shop, "price_list_history", prices, field="items", by=shop.admin)
    at_70, at_60 = ({"product_id": shop.pump["id"], "min_quantity": "5", "price": price} for price in ("70", "60"))
    assert (first, cheaper, gone) == (([], [at_70]), ([at_70], [at_60]), ([at_60], []))


def test_a_column_that_is_hidden_is_hidden_in_the_history(shop: Shop) -> None:
    order = shop.draft()
    shop.sales.call("update_order", shop.rep, id=order["id"], version=1, lines=[shop.line(3)])
    clerk = replace(shop.rep, field_rights={"orders": {"lines.unit_price": "hidden"}})
    [(old, new)] = changes(shop, "order_history", order, field="lines", by=clerk)
    assert [row["quantity"] for row in (*old, *new)] == ["1.000", "3.000"]
    assert not [row for row in (*old, *new) if "unit_price" in row]
    blind = replace(shop.rep, field_rights={"orders": {"lines": "hidden"}})
    assert changes(shop, "order_history", order, field="lines", by=blind) == []


def test_history_of_lines_costs_no_read_per_line(shop: Shop) -> None:
    def reads(count: int) -> int:
        order = shop.draft(*[shop.line(1)] * count)
        asked: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
            asked.append(statement)

        event.listen(shop.sales.database.engine, "before_cursor_execute", note)
        shop.sales.call("update_order", shop.rep, id=order["id"], version=1, lines=[shop.line(2)] * count)
        event.remove(shop.sales.database.engine, "before_cursor_execute", note)
        return sum(statement.lstrip().startswith("SELECT") for statement in asked)

    assert reads(30) == reads(2)
