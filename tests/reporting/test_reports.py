"""Gross margin and sales detail: arithmetic, periods, scope, undoing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.customer.service import CustomerService
from services.finance.service import FinanceService
from services.reporting import rules
from services.reporting.service import ReportingService
from services.sales.service import SalesService
from shared.contracts.sales import OrderApproved
from tests.kept import kept
from tests.office import Office, refusal

D = Decimal


@given(some.decimals(0, "99999999.99", places=2), some.lists(some.decimals("0.01", "9999999.99", places=2), min_size=1, max_size=50))
def test_shares_add_up_to_the_cent(total: Decimal, parts: list[Decimal]) -> None:
    assert sum(rules.spread(total, parts)) == total


@pytest.mark.parametrize(
    ("revenue", "cost", "rate"), [("1000", "600", "40.00"), ("3", "1", "66.67"), ("8", "10", "-25.00"), ("0", "5", None)]
)
def test_margin_rate(revenue: str, cost: str, rate: str | None) -> None:
    assert rules.margin_rate(D(revenue), D(cost)) == (D(rate) if rate else None)


class Desk(Office):
    """Two representatives with orders, and a boss over both."""

    def __init__(self, door_of: Any) -> None:
        super().__init__(door_of, ReportingService, SalesService, CustomerService, FinanceService)
        selling = ("order:read", "order:create", "order:submit", "customer:create", "report:read")
        self.boss = self.hire("Boss", *selling, "order:approve", "order:void", scope="team")
        self.rep = self.hire("Rep", *selling, manager=self.boss)
        self.other = self.hire("Other", *selling, manager=self.boss)
        self.pump, self.valve = self.product(name="Pump"), self.product(name="Valve", list_price="50.00", cost="45.00")
        self.sale = self.sell(self.rep, "2026-01-15", (self.pump, 3), (self.valve, 2), discount="40.00")
        self.sell(self.rep, "2026-03-31", (self.pump, 1))
        self.sell(self.other, "2025-12-31", (self.valve, 1))
        self.settle()

    def sell(self, owner: Any, day: str, *sold: tuple[Any, int], **fields: Any) -> Any:
        """An approved order for a customer of its own."""
        lines = [{"product_id": product["id"], "quantity": quantity} for product, quantity in sold]
        return self.approved(owner, self.customer(owner)["id"], *lines, by=self.boss, order_date=day, **fields)

    def margin(self, caller: Any, **asked: Any) -> Any:
        """The gross margin table."""
        return self.reporting.call("gross_margin", caller, **asked)


@pytest.fixture
def desk(door_of: Any) -> Desk:
    return kept(Desk, door_of)


def test_gross_margin_by_product_customer_and_owner_with_month_columns(desk: Desk) -> None:
    table = desk.margin(desk.boss, by="product", **{"from": "2026-01", "to": "2026-03"})
    assert table["months"] == ["2026-01", "2026-02", "2026-03"]
    rows = {row["name"]: row for row in table["items"]}
    # The document discount of 40.00 is spread over 300.00 and 100.00.
    assert [(one["revenue"], one["cost"], one["margin"]) for one in rows["Pump"]["months"]] == [
        ("270.00", "180.00", "90.00"), ("0.00", "0.00", "0.00"), ("100.00", "60.00", "40.00"),
    ]  # fmt: skip
    assert (rows["Pump"]["margin"], rows["Pump"]["margin_rate"]) == ("130.00", "35.14")
    assert (rows["Valve"]["revenue"], rows["Valve"]["cost"], rows["Valve"]["margin_rate"]) == ("90.00", "90.00", "0.00")
    assert [one["revenue"] for one in table["totals"]] == ["360.00", "0.00", "100.00"]
    assert (table["revenue"], table["cost"], table["margin"], table["margin_rate"]) == ("460.00", "330.00", "130.00", "28.26")
    assert table["as_of"]
    for by, count in (("customer", 2), ("owner", 1)):
        other = desk.margin(desk.boss, by=by, year="2026")
        assert (len(other["items"]), other["margin"], len(other["months"])) == (count, "130.00", 12)


def test_periods(desk: Desk) -> None:
    detail = lambda **asked: desk.reporting.call("sales_detail", desk.boss, **asked)["total"]  # noqa: E731
    assert detail(year="2026") == 3
    assert detail(year="2025") == 1
    assert detail(**{"from": "2026-01", "to": "2026-01"}) == 2
    assert detail(**{"from": "2026-03-31", "to": "2026-03-31"}) == 1
    assert detail(**{"from": "2025-12-31", "to": "2026-03"}) == 4
    for method in ("sales_detail", "gross_margin"):
        for asked, field in (
            ({"from": "2026-02", "to": "2026-01"}, "to"), ({"from": "2026-13"}, "from"), ({"to": "2026-02-30"}, "to"), ({"from": "x"}, "from"),
            ({"to": "9999-12"}, "to"), ({"from": "0001-01"}, "from"), ({"year": "1"}, "year"), ({"by": "colour"}, "by"), ({"page": "0"}, "page"),
        ):  # fmt: skip
            if (method, field) not in (("sales_detail", "by"), ("gross_margin", "page")):
                refused = refusal(desk.reporting, method, desk.boss, **asked)
                assert (refused.status, list(refused.fields)) == (400, [field])


def test_detail_shows_line_customer_owner_and_margin_in_scope(desk: Desk) -> None:
    rows = desk.reporting.call("sales_detail", desk.boss, **{"from": "2026-01-15", "to": "2026-01-15"})["items"]
    assert {(row["product_name"], row["quantity"], row["revenue"], row["cost"], row["margin"]) for row in rows} == {
        ("Pump", "3.000", "270.00", "180.00", "90.00"), ("Valve", "2.000", "90.00", "90.00", "0.00"),
    }  # fmt: skip
    assert {(row["order_number"], row["owner_name"], row["customer_name"]) for row in rows} == {
        (desk.sale["number"], "Rep", desk.sale["customer_name"])
    }
    for caller, total in ((desk.boss, 4), (desk.rep, 3), (desk.other, 1)):
        shown = desk.reporting.call("sales_detail", caller, **{"from": "2025-01", "to": "2026-12"})
        assert shown["total"] == total
        assert (desk.margin(caller, year="2026")["items"] == []) == (caller is desk.other)


def test_what_was_sold_goes_with_its_order(desk: Desk) -> None:
    desk.sales.call("batch_assign_orders", desk.admin, ids=[desk.sale["id"]], owner_id=desk.other.user_id)
    desk.settle()
    for caller, total in ((desk.boss, 4), (desk.rep, 1), (desk.other, 3)):
        assert desk.reporting.call("sales_detail", caller, **{"from": "2025-01", "to": "2026-12"})["total"] == total
    margins = {row["name"]: row["revenue"] for row in desk.margin(desk.boss, by="owner", year="2026")["items"]}
    assert margins == {"Rep": "100.00", "Other": "360.00"}


def test_an_order_counts_once_and_a_voided_one_not_at_all(desk: Desk) -> None:
    for event in desk.sales.published(OrderApproved):
        desk.reporting.deliver(event)
    assert desk.margin(desk.boss, year="2026")["revenue"] == "460.00"
    desk.sales.call("void_order", desk.boss, id=desk.sale["id"], reason="x")
    desk.settle()
    assert desk.margin(desk.boss, year="2026")["revenue"] == "100.00"
    for event in desk.sales.published(OrderApproved):
        desk.reporting.deliver(event)
    assert desk.margin(desk.boss, year="2026")["revenue"] == "100.00"
    assert date(2026, 1, 15).isoformat() == desk.sale["order_date"]


@pytest.mark.parametrize("rights", [{"products": {"cost": "hidden"}}, {"orders": {"lines.cost": "hidden"}}])
def test_who_may_not_see_costs_sees_no_margins_either(desk: Desk, rights: dict[str, dict[str, str]]) -> None:
    desk.sell(desk.rep, "2026-01-05", (desk.pump, 2))
    desk.settle()
    clerk = replace(desk.boss, field_rights=rights)
    found = desk.margin(clerk, by="product", year="2026")
    detail = desk.reporting.call("sales_detail", clerk, year="2026")
    for one in (found, found["items"][0], found["items"][0]["months"][0], found["totals"][0], detail["items"][0]):
        assert "revenue" in one
        assert not {"cost", "margin", "margin_rate"} & one.keys()
    read_only = replace(desk.boss, field_rights={"products": {"cost": "read_only"}})
    assert {"cost", "margin"} <= desk.margin(read_only, by="product", year="2026")["items"][0].keys()
