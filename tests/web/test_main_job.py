"""From a customer to the money, with the mouse, and an order with the keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.client import eventually
from tests.journeys.conftest import Company
from tests.web.conftest import PageOf, visit

pytestmark = pytest.mark.slow


def choose(page: Page, label: str, text: str) -> None:
    """Choose a record or a choice in a select."""
    page.get_by_role("combobox", name=label).fill(text)
    page.locator(".ant-select-dropdown:visible .ant-select-item-option", has_text=text).first.click()


def test_customer_quote_order_approval_instalments_receipt_and_margin(company: Company, page_of: PageOf) -> None:
    name = f"Harbour {company.wang.username} Ltd"
    seller = page_of(company.wang, "/customers")
    seller.get_by_role("button", name="新建客户").click()
    seller.get_by_role("textbox", name="客户名称").fill(name)
    seller.get_by_role("button", name="保存").click()
    expect(seller.get_by_text("已保存")).to_be_visible()
    seller.get_by_role("link", name=name).click()
    expect(seller.get_by_role("heading", name=name)).to_be_visible()

    seller.get_by_role("tab", name="报价单").click()
    seller.get_by_role("button", name="新建报价单").click()
    seller.get_by_role("textbox", name=re.compile("名称$")).fill("Pumps for the harbour")
    choose(seller, "产品 1", "Pump")
    seller.get_by_role("textbox", name="数量 1").fill("10")
    seller.get_by_role("textbox", name="折扣 1").fill("5")
    expect(seller.get_by_test_id("total")).to_have_text("950.00")
    seller.get_by_role("button", name="保存").click()
    expect(seller.get_by_role("heading", name="Pumps for the harbour")).to_be_visible()

    seller.get_by_role("button", name="生成合同订单").click()
    seller.get_by_role("dialog").get_by_role("button", name="生成合同订单").click()
    expect(seller).to_have_url(re.compile("/orders/"))
    terms = seller.get_by_role("dialog")
    expect(terms.get_by_role("textbox", name="金额 3")).to_have_value("316.72")
    terms.get_by_role("textbox", name="金额 1").fill("300")
    expect(terms.get_by_role("status")).to_contain_text("还差")
    expect(terms.get_by_role("button", name="按期次保存")).to_be_disabled()
    terms.get_by_role("textbox", name="金额 3").fill("333.36")
    expect(terms.get_by_role("button", name="按期次保存")).to_be_enabled()
    terms.get_by_role("button", name="按期次保存").click()
    expect(terms).to_have_count(0)

    seller.get_by_role("button", name="提交审批").click()
    choose(seller, "审批人", "Director")
    seller.get_by_role("dialog").get_by_role("button", name="提交审批").click()
    expect(seller.get_by_text("提交审批：已完成")).to_be_visible()

    boss = page_of(company.director, "/")
    boss.get_by_role("link", name=re.compile("Pumps for the harbour")).first.click()
    boss.get_by_role("button", name="审批通过").click()
    boss.get_by_role("dialog").get_by_role("textbox", name="意见").fill("fine")
    boss.get_by_role("dialog").get_by_role("button", name="审批通过").click()
    expect(boss.get_by_text("审批通过：已完成")).to_be_visible()
    boss.get_by_role("tab", name="审批记录").click()
    expect(boss.get_by_role("tabpanel")).to_contain_text("fine")

    order_id = boss.url.rpartition("/")[2].partition("?")[0]
    eventually(lambda: len(company.plans(order_id)) == 3)
    cashier = page_of(company.cashier, f"/orders/{order_id}?tab=payment-plans")
    first = cashier.locator("tr[data-row-key]", has_text="300.00").first
    first.get_by_role("button", name="创建收款单").click()
    drawer = cashier.get_by_role("dialog")
    expect(drawer.get_by_role("textbox", name="金额")).to_have_value("300.00")
    drawer.get_by_role("textbox", name="金额").fill("999999")
    drawer.get_by_role("button", name="保存").click()
    expect(cashier.get_by_text("未收金额仅为 300.00")).to_be_visible()
    drawer.get_by_role("textbox", name="金额").fill("100.00")
    drawer.get_by_role("button", name="保存").click()
    expect(drawer).to_have_count(0)

    visit(cashier, f"/payment-plans?filter=%7B%22field%22%3A%22order_id%22%2C%22op%22%3A%22eq%22%2C%22value%22%3A%22{order_id}%22%7D")
    cashier.get_by_role("checkbox", name="全选本页").check()
    cashier.get_by_role("button", name="批量收款").click()
    expect(cashier.get_by_role("dialog")).to_contain_text("850.00")
    cashier.get_by_role("dialog").get_by_role("button", name="批量收款").click()
    expect(cashier.get_by_text("批量收款：成功 3 条")).to_be_visible()
    assert {plan["status"] for plan in company.plans(order_id)} == {"paid"}

    eventually(lambda: [row for row in company.director.get("/summary/gross-margin", by="customer")["items"] if row["name"] == name])
    visit(boss, "/summary/gross-margin")
    line = boss.get_by_role("row", name=name)
    expect(line).to_contain_text("350.00")
    boss.context.grant_permissions(["clipboard-read", "clipboard-write"])
    boss.get_by_role("button", name="复制表格").click()
    expect(boss.get_by_text("已复制，可粘贴到 Excel")).to_be_visible()
    copied = boss.evaluate("navigator.clipboard.readText()")
    cells = next(row.split("\t") for row in copied.split("\r\n") if row.startswith(name))
    assert cells[-4:] == ["950.00", "600.00", "350.00", "36.84"]


def test_order_by_keyboard_alone(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    page = page_of(company.wang, "/orders")
    expect(page.get_by_role("button", name="新建合同订单").first).to_be_visible()
    press, write = page.keyboard.press, page.keyboard.type
    press("n")
    expect(page.get_by_role("heading", name="新建合同订单")).to_be_visible()
    reach(page, "客户")
    write(customer["name"])
    press("Enter")
    reach(page, "主题")
    write("Typed, not clicked")
    expect(page.locator("form .ant-select-content", has_text=customer["name"])).to_be_visible()
    reach(page, "产品 1")
    write("Pump")
    press("Enter")
    expect(page.get_by_role("textbox", name="数量 1")).to_be_focused()
    write("3")
    press("Enter")
    expect(page.get_by_role("textbox", name="数量 2")).to_be_focused()
    press("Control+Delete")
    expect(page.get_by_test_id("total")).to_have_text("300.00")
    press("Control+Enter")
    expect(page.get_by_role("dialog")).to_contain_text("回款安排")
    expect(page.get_by_role("dialog").get_by_role("textbox", name="金额 3")).to_have_value("100.02")
    reach(page, "一次付清")
    press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    order = company.wang.get("/orders", q="Typed")["items"][0]
    assert (order["total"], order["customer_id"], order["status"]) == ("300.00", customer["id"], "draft")


def reach(page: Page, name: str) -> None:
    """Go on with Tab until the control with this name, on the page or in a dialog, has the focus: the menu has the same words."""
    spoken = """() => { const one = document.activeElement
        if (!one.closest('main, [role=dialog]')) return ''
        return [one.getAttribute('aria-label'), one.labels?.[0]?.textContent, one.textContent, document.getElementById(one.getAttribute('aria-labelledby'))?.textContent]
            .find((text) => text?.trim()) ?? '' }"""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(spoken).strip() == name:
            return
    raise AssertionError(f"Tab never reaches {name!r}")


def test_rows_from_a_spreadsheet_become_lines(company: Company, page_of: PageOf) -> None:
    page = page_of(company.wang, "/orders/new")
    quantity = page.get_by_role("textbox", name="数量 1")
    quantity.focus()
    text = f"编码\t数量\t单价\n{company.product['code']}\t2\t1,200.50\n{company.product['code']}\t3\t\nNO-SUCH\t1\t5\n"
    page.evaluate(
        "(text) => { const data = new DataTransfer(); data.setData('text/plain', text); document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})) }",
        text,
    )
    expect(page.get_by_text("找不到产品：NO-SUCH")).to_be_visible()
    expect(page.get_by_role("textbox", name="单价 1")).to_have_value("1200.50")
    expect(page.get_by_role("textbox", name="单价 2")).to_have_value("100.00")
    expect(page.get_by_test_id("total")).to_have_text("2,701.00")


def test_server_errors_stand_at_their_fields_and_conflicts_ask(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    page = page_of(company.wang, f"/customers/{customer['id']}")
    page.get_by_role("button", name="编辑").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("textbox", name="邮箱").fill("not an address")
    drawer.get_by_role("button", name="保存").click()
    expect(drawer.get_by_text("不是有效的邮箱地址。")).to_be_visible()
    drawer.get_by_role("textbox", name="邮箱").fill("a@example.com")
    now = company.wang.get(f"/customers/{customer['id']}")
    company.wang.patch(f"/customers/{customer['id']}", {"version": now["version"], "region": "Harbour"})
    drawer.get_by_role("button", name="保存").click()
    expect(page.get_by_role("dialog", name="其他人已修改这条记录")).to_be_visible()
    page.get_by_role("button", name="用我的覆盖").click()
    expect(page.get_by_text("已保存")).to_be_visible()
    saved = company.wang.get(f"/customers/{customer['id']}")
    assert (saved["email"], saved["region"]) == ("a@example.com", "Harbour")
