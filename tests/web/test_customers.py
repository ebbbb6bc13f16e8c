"""Customers and tickets: handing over, merging, repairing; dictionaries; money that goes back."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.journeys.client import eventually
from tests.journeys.conftest import Company
from tests.web.conftest import PageOf, choose, settled, start, told, visit

pytestmark = pytest.mark.slow


def test_customer_is_handed_over_with_its_contacts(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    contact = company.wang.post("/contacts", {"customer_id": customer["id"], "name": "Ann"})
    page = page_of(company.director, "/contacts?sort=-created_at")
    expect(page.get_by_role("row").filter(has_text=customer["name"])).to_contain_text("Ann")
    visit(page, f"/customers/{customer['id']}")
    start(page, "转移")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").first.fill("Li")
    choose(page, "Li")
    related = dialog.get_by_role("switch")
    if related.get_attribute("aria-checked") != "true":
        related.click()
    dialog.get_by_role("button", name="转移").click()
    told(page, "转移：已完成")
    assert company.li.get(f"/customers/{customer['id']}")["owner_id"] == company.li.id
    eventually(lambda: company.director.get(f"/contacts/{contact['id']}")["owner_id"] == company.li.id)


def test_two_customers_become_one(company: Company, page_of: PageOf) -> None:
    kept, gone = (company.customer(company.wang) for _ in range(2))
    contact = company.wang.post("/contacts", {"customer_id": gone["id"], "name": "Bob"})
    page = page_of(company.director, f"/customers/{kept['id']}")
    start(page, "合并")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").fill(gone["name"])
    choose(page, gone["name"])
    dialog.get_by_role("button", name="合并").click()
    told(page, "合并：已完成")
    assert company.director.get(f"/contacts/{contact['id']}")["customer_id"] == kept["id"]
    visit(page, f"/customers/{kept['id']}?tab=contacts")
    expect(page.get_by_role("link", name="Bob")).to_be_visible()


def test_choice_of_a_dictionary_is_renamed_and_offered(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/admin/dictionaries")
    page.get_by_role("combobox", name="字段").click()
    choose(page, "来源")
    settled(page)
    page.get_by_role("button", name="添加选项").click()
    rows = page.locator("tbody tr")
    rows.last.get_by_role("textbox", name=re.compile("简体中文")).fill("港口展会")
    page.get_by_role("button", name="保存").click()
    told(page, "已保存")
    seller = page_of(company.wang, "/customers")
    seller.get_by_role("button", name="新建客户").first.click()
    seller.get_by_role("dialog").get_by_role("combobox", name="来源").click()
    choose(seller, "港口展会")
    expect(seller.get_by_role("dialog").locator(".ant-select-content", has_text="港口展会")).to_be_visible()


def test_receipt_is_refunded_in_part_and_another_one_voided(company: Company, page_of: PageOf) -> None:
    order, plans = company.approved(company.wang, company.customer(company.wang)["id"], quantity=3)
    first, second = (company.cashier.post("/receipts", {"plan_id": plan["id"], "amount": plan["amount"]}) for plan in plans[:2])
    page = page_of(company.cashier, f"/receipts/{first['id']}")
    start(page, "退款")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="退款金额").fill("10")
    dialog.get_by_role("textbox", name="原因").fill("Scratched")
    dialog.get_by_role("button", name="退款").click()
    told(page, "退款：已完成")
    visit(page, f"/receipts/{second['id']}")
    start(page, "作废")
    dialog.get_by_role("textbox", name="原因").fill("Twice")
    dialog.get_by_role("button", name="作废").click()
    told(page, "作废：已完成")
    received = [plan["received"] for plan in company.plans(order["id"])]
    assert received[:2] == ["89.99", "0.00"]


def test_tickets_are_counted_and_their_hours_set(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    ticket = {"customer_id": customer["id"], "title": "Pump leaks", "fault_description": "Water on the floor", "priority": "urgent"}
    company.admin.post("/tickets", ticket)
    page = page_of(company.admin, "/admin/service-levels")
    page.get_by_role("spinbutton", name="紧急").fill("2")
    page.get_by_role("button", name="保存").click()
    told(page, "已保存")
    visit(page, "/tickets/statistics?by=priority")
    expect(page.get_by_role("row", name=re.compile("紧急"))).to_contain_text("1")
    made = company.admin.post("/tickets", {**ticket, "title": "Pump sings"})
    assert company.admin.get("/tickets/service-levels")["urgent"] == 2
    assert datetime.fromisoformat(made["due_at"]) - datetime.fromisoformat(made["created_at"]) == timedelta(hours=2)

    bench = page_of(company.hire("helper", "service_manager"))
    expect(bench.get_by_role("heading", name="待分派的服务单")).to_be_visible()
    bench.get_by_role("link", name="Pump sings").click()
    expect(bench.get_by_role("heading", name="Pump sings")).to_be_visible()


def test_the_knowledge_base_answers_while_a_ticket_is_typed(company: Company, page_of: PageOf) -> None:
    word = "zyxgasket"
    known = {"title": f"Worn {word}", "problem": "Water below the pump", "solution": "Change it"}
    article = company.admin.post("/articles", known)
    customer = company.customer(company.admin)
    page = page_of(company.admin, "/tickets")
    page.get_by_role("button", name="新建服务单").first.click()
    dialog = page.get_by_role("dialog")
    answers = dialog.locator(".known-answers")
    dialog.get_by_role("textbox", name="标题").fill("Nothing similar")
    expect(answers).to_have_count(0)
    dialog.get_by_role("textbox", name="标题").fill(f"Broken {word}")
    expect(answers.get_by_role("link", name=known["title"])).to_have_attribute("href", f"/articles/{article['id']}")
    dialog.get_by_role("textbox", name="标题").fill("Strange")
    expect(answers).to_have_count(0)
    dialog.get_by_role("textbox", name="故障描述").fill(f"{word} again")
    expect(answers.get_by_role("link", name=known["title"])).to_be_visible()
    ticket = company.admin.post("/tickets", {"customer_id": customer["id"], "title": word, "fault_description": word})
    dialog.get_by_role("button", name="取消").click()
    page.get_by_role("button", name="离开").click()
    visit(page, f"/tickets/{ticket['id']}")
    start(page, "编辑")
    expect(page.get_by_role("dialog").get_by_role("textbox", name="标题")).to_have_value(word)
    page.wait_for_timeout(1_000)  # longer than a pause in typing, after which articles would be asked for
    expect(page.get_by_role("dialog").locator(".known-answers")).to_have_count(0)
