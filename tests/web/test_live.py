"""What others do appears by itself, on whose screen it belongs."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.client import eventually
from tests.journeys.conftest import Company
from tests.web.conftest import PageOf, settled, told

pytestmark = pytest.mark.slow


def test_claimed_customer_leaves_the_lists_of_the_others(company: Company, page_of: PageOf) -> None:
    customer = company.pooled(company.wang)
    eventually(lambda: company.li.get("/pool/customers", state="unassigned", q=customer["name"])["total"] == 1)
    page = page_of(company.li, f"/customers?tab=unassigned&q={customer['name']}")
    with page.expect_response("**/api/v1/events/stream"):
        page.reload()
        expect(page.get_by_role("link", name=customer["name"])).to_be_visible()
    company.wang.post("/pool/claim", {"customer_ids": [customer["id"]]})
    expect(page.get_by_role("link", name=customer["name"])).to_have_count(0)


def test_the_bell_rings_and_a_form_that_is_open_keeps_what_was_typed(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    page = page_of(company.director, f"/customers/{customer['id']}")
    with page.expect_response("**/api/v1/events/stream"):
        page.reload()
    page.get_by_role("button", name="编辑").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("textbox", name="简称").fill("Typed")
    order = company.submitted(company.wang, customer["id"])
    told(page, order["number"])
    expect(page.get_by_role("button", name=re.compile(r"提醒，[1-9]\d* 条到期"))).to_be_visible()
    changed = company.wang.get(f"/customers/{customer['id']}")
    company.wang.patch(f"/customers/{customer['id']}", {"version": changed["version"], "phone": "021-5555"})
    expect(page.locator(".facts")).to_contain_text("021-5555")
    expect(drawer.get_by_role("textbox", name="简称")).to_have_value("Typed")


def test_rules_keep_what_is_typed_while_the_pool_goes_on(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    page, others = page_of(company.admin, "/admin/pool"), page_of(company.admin, f"/customers?tab=unassigned&q={customer['name']}")
    for one in (page, others):
        with one.expect_response("**/api/v1/events/stream"):
            one.reload()
    days = page.get_by_role("spinbutton", name="保护期")
    days.fill("77")
    company.wang.post("/pool/send", {"customer_ids": [customer["id"]]})
    expect(others.get_by_role("link", name=customer["name"])).to_be_visible()
    settled(page)
    expect(days).to_have_value("77")
