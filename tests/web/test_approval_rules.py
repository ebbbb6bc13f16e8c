"""Approval rules: made by an administrator, shown to who submits, and decided step by step."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from shared.db import new_id
from tests.journeys.conftest import Company
from tests.web.conftest import PageOf, choose, start

pytestmark = pytest.mark.slow


def test_a_rule_is_made_shown_at_the_submission_and_decided_in_steps(company: Company, page_of: PageOf) -> None:
    name = f"Huge orders {new_id()}"
    ruler = page_of(company.admin, "/approval-rules", width=390)
    ruler.get_by_role("button", name="新建规则").click()
    drawer = ruler.get_by_role("dialog", name="新建规则")
    drawer.get_by_role("textbox", name="规则名称").fill(name)
    drawer.get_by_role("textbox", name="金额不低于").fill("500000000")
    drawer.get_by_role("button", name="添加步骤").click()
    # The keyboard is enough for choosing who decides.
    drawer.get_by_role("combobox", name="第 2 步").focus()
    for key in ("Enter", "ArrowDown", "Enter"):
        ruler.keyboard.press(key)
    drawer.get_by_role("button", name="保存").click()
    expect(drawer.get_by_text("必填")).to_be_visible()
    drawer.get_by_role("combobox", name="审批人").click()
    choose(ruler, "系统管理员")
    drawer.get_by_role("button", name="保存").click()
    rule = ruler.get_by_role("listitem").filter(has=ruler.get_by_role("heading", name=name))
    expect(rule).to_contain_text("金额 ≥ 500,000,000.00")
    expect(rule).to_contain_text("系统管理员")

    order = company.order(company.wang, company.customer(company.wang)["id"], price="100000000.00", quantity=6)
    seller = page_of(company.wang, f"/orders/{order['id']}")
    start(seller, "提交审批")
    asked = seller.get_by_role("dialog")
    expect(asked.get_by_role("list", name="审批步骤").get_by_role("listitem").first).to_contain_text("Director")
    expect(asked.get_by_role("combobox")).to_have_count(0)
    asked.get_by_role("button", name="提交审批").click()
    seller.get_by_role("tab", name="审批记录").click()
    expect(waiting(seller.locator("body"))).to_contain_text("Director")
    company.director.post(f"/orders/{order['id']}/approve")
    expect(waiting(seller.locator("body"))).to_contain_text("第 2 步")

    ruler.goto(f"{company.suite.url}/")
    ruler.locator(f"#content a[href='/orders/{order['id']}']").first.click()
    start(ruler, "审批通过")
    ruler.get_by_role("dialog").get_by_role("button", name="审批通过").click()
    expect(ruler.get_by_text("审批通过：已完成")).to_be_visible()
    assert company.wang.get(f"/orders/{order['id']}")["status"] == "approved"

    ruler.goto(f"{company.suite.url}/approval-rules")
    rule.get_by_role("switch").click()
    expect(rule.get_by_role("switch")).not_to_be_checked()
    rule.get_by_role("button", name="删除").click()
    ruler.get_by_role("dialog").get_by_role("button", name=re.compile("删 ?除")).click()
    expect(rule).to_have_count(0)

    ruler.get_by_role("link", name="回收站").click()
    ruler.get_by_role("checkbox", name=name).check()
    ruler.get_by_role("button", name="恢复", exact=True).click()
    expect(ruler.get_by_text("回收站是空的")).to_be_visible()
    ruler.get_by_role("link", name="审批规则").last.click()
    rule.get_by_role("link", name=name).click()
    expect(ruler.get_by_role("tabpanel")).to_contain_text("系统管理员")
    ruler.get_by_role("tab", name="操作历史").click()
    expect(ruler.get_by_role("tabpanel")).to_contain_text("有效: 是 → 否")
    start(ruler, "编辑")
    ruler.get_by_role("dialog").get_by_role("textbox", name="规则名称").fill("Largest orders")
    ruler.get_by_role("dialog").get_by_role("button", name="保存").click()
    expect(ruler.get_by_role("heading", name="Largest orders")).to_be_visible()
    assert name not in [one["name"] for one in company.admin.get("/approval-rules")["items"]]


def waiting(place: Locator) -> Locator:
    """The step that is asked now."""
    return place.locator("[aria-current=step]")
