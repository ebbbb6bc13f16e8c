"""What people do all day, at a desk and on a phone, and nothing they typed or ticked is lost or taken for something else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.client import eventually
from tests.journeys.conftest import Company
from tests.web.conftest import PageOf, choose, settled, told, visit

pytestmark = pytest.mark.slow
PHONE = 390


def fits(page: Page) -> None:
    """Neither the page nor anything on it that scrolls by itself is wider than there is room."""
    wide = (
        "() => [document.documentElement, ...document.querySelectorAll('.scroll')].filter(one => one.scrollWidth > one.clientWidth).length"
    )
    assert page.evaluate(wide) == 0


def test_lines_with_large_amounts_fit_a_phone_in_any_language(company: Company, page_of: PageOf) -> None:
    order: Any = company.order(company.wang, company.customer(company.wang)["id"], price="123456.78", quantity=100)
    page = page_of(company.wang, f"/orders/{order['id']}", language="en", width=PHONE)
    settled(page)
    expect(page.locator(".sheet")).to_contain_text("100 × 123,456.78")
    fits(page)
    visit(page, f"/orders/{order['id']}/edit")
    expect(page.get_by_role("textbox", name="Unit price 1")).to_have_value("123456.78")
    fits(page)


def test_a_phone_sorts_a_list_and_finds_its_other_tools(company: Company, page_of: PageOf) -> None:
    for _ in range(2):
        company.customer(company.director)
    page = page_of(company.director, "/customers", width=PHONE)
    settled(page)
    for way in (False, True):
        page.get_by_role("button", name="更多", exact=True).click()
        page.get_by_role("menuitem", name=re.compile("^客户名称")).click()
        expect(page).to_have_url(re.compile(f"sort={'-' if way else ''}name"))
        settled(page)
        names = page.locator(".row-card-head a").all_inner_texts()
        assert len(names) > 1
        assert names == sorted(names, reverse=way)
    page.get_by_role("button", name="更多", exact=True).click()
    expect(page.get_by_role("menuitem", name="导出 Excel")).to_be_visible()
    expect(page.get_by_role("menuitem", name="导入")).to_be_visible()
    page.get_by_role("menuitem", name="回收站").click()
    expect(page).to_have_url(re.compile("/customers/deleted"))


@pytest.mark.parametrize("name", ["Ann", "Very long name " * 4])
def test_on_a_phone_what_can_be_done_stands_below_the_name(company: Company, page_of: PageOf, name: str) -> None:
    contact = company.wang.post("/contacts", {"customer_id": company.customer(company.wang)["id"], "name": name.strip()})
    page = page_of(company.wang, f"/contacts/{contact['id']}", width=PHONE)
    settled(page)
    title, button = (
        one.bounding_box() or {} for one in (page.locator("h1"), page.locator(".detail-head").get_by_role("button", name="编辑"))
    )
    assert button["x"] == title["x"]
    assert button["y"] >= title["y"] + title["height"]


def test_ticks_go_with_the_rows_they_stood_at(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    page = page_of(company.wang, f"/customers?q={customer['name']}")
    tick = page.get_by_role("checkbox", name=customer["name"])
    tick.check()
    expect(page.get_by_role("toolbar")).to_be_visible()
    page.get_by_role("combobox", name="级别").click()
    choose(page)
    expect(page.get_by_text("没有符合条件的记录")).to_be_visible()
    expect(page.get_by_role("toolbar")).to_have_count(0)


def test_what_is_typed_is_not_lost_by_going_back(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    page = page_of(company.wang, "/follow-ups")
    settled(page)
    visit(page, f"/customers?q={customer['name']}")
    page.get_by_role("button", name="写联系记录").click()
    drawer = page.get_by_role("dialog").filter(has_text="新建联系记录")
    drawer.get_by_role("textbox", name="内容概述").fill("A long talk")
    page.evaluate("history.back()")
    question = page.get_by_role("dialog").filter(has_text="有未保存的修改")
    # Whoever only presses Enter stays.
    expect(question.get_by_role("button", name="继续编辑")).to_be_focused()
    page.keyboard.press("Enter")
    expect(question).to_have_count(0)
    expect(drawer.get_by_role("textbox", name="内容概述")).to_have_value("A long talk")
    assert page.evaluate("!dispatchEvent(new Event('beforeunload', { cancelable: true }))"), "a reload asks, too"
    drawer.get_by_role("button", name="保存").click()
    told(page, "已保存")
    assert page.evaluate("dispatchEvent(new Event('beforeunload', { cancelable: true }))")


def test_an_order_offers_whom_one_may_sell_to_and_who_belongs_to_them(company: Company, page_of: PageOf) -> None:
    mine, other, free = company.customer(company.wang), company.customer(company.wang), company.pooled(company.wang)
    for customer, name in ((mine, "Ann of mine"), (other, "Ann of another")):
        company.wang.post("/contacts", {"customer_id": customer["id"], "name": name})
    eventually(lambda: company.wang.get(f"/customers/{free['id']}")["pool_status"] == "unassigned")
    page = page_of(company.wang, "/orders/new")
    page.get_by_role("combobox", name="客户").fill(free["name"])
    expect(page.locator(".ant-select-dropdown:visible .ant-empty")).to_be_visible()
    page.get_by_role("combobox", name="联系人").fill("Ann of mine")
    choose(page, "Ann of mine")
    expect(page.locator(".ant-form-item", has=page.get_by_role("combobox", name="客户"))).to_contain_text(mine["name"])
    page.get_by_role("combobox", name="联系人").fill("Ann")
    expect(page.locator(".ant-select-dropdown:visible .ant-select-item-option")).to_have_text(["Ann of mine"])
    page.get_by_role("combobox", name="客户").fill(other["name"])
    choose(page, other["name"])
    expect(page.locator(".ant-form-item", has=page.get_by_role("combobox", name="联系人"))).not_to_contain_text("Ann of mine")


def test_a_roles_permissions_are_told_in_words(company: Company, page_of: PageOf) -> None:
    roles = {one["code"]: one["id"] for one in company.admin.get("/roles", page_size=50)["items"]}
    page = page_of(company.admin, f"/roles/{roles['admin']}", language="en")
    expect(page.locator(".info").first).to_contain_text("Everything")
    visit(page, f"/roles/{roles['sales_rep']}")
    expect(page.locator(".info").first).to_contain_text("Orders · ")
    expect(page.locator(".info").first).not_to_contain_text("order:")


@pytest.mark.parametrize("width", [1360, PHONE])
def test_the_audit_log_is_narrowed_to_what_somebody_did(company: Company, page_of: PageOf, width: int) -> None:
    reader: Any = company.hire("reader", "admin")
    reader.get("/customers")
    page = page_of(reader, "/admin/audit-log", width=width)
    settled(page)
    page.get_by_role("combobox", name="操作").fill("登录失败")
    choose(page, "登录失败")
    expect(page).to_have_url(re.compile("action=login_failed"))
    page.get_by_role("combobox", name="用户").fill("Reader")
    choose(page, "Reader")
    expect(page.get_by_text("没有符合条件的记录")).to_be_visible()
    page.get_by_role("combobox", name="操作").fill("登录")
    page.locator(".ant-select-dropdown:visible .ant-select-item-option", has_text=re.compile("^登录$")).click()
    expect(page.locator(".list-card").get_by_text("Reader").first).to_be_visible()
    expect(page.locator(".list-card").get_by_text("登录失败")).to_have_count(0)
    fits(page)
