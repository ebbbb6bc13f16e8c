"""What is done to a record is done to it as somebody saw it, days begin with the organisation's, and a list with what waits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Company
from tests.web.conftest import PageOf, settled, start, told

pytestmark = pytest.mark.slow
NEW_YEAR = datetime(2030, 12, 31, 12, tzinfo=UTC)
"""New Year on Kiritimati; where the browser is, in Shanghai, it is still the old year."""


@pytest.fixture
def far_east(company: Company) -> Iterator[None]:
    """An organisation on Kiritimati."""
    before = company.admin.get("/organisation")
    moved = company.admin.patch("/organisation", {"version": before["version"], "time_zone": "Pacific/Kiritimati"})
    yield
    company.admin.patch("/organisation", {"version": moved["version"], "time_zone": before["time_zone"]})


def test_nobody_approves_what_they_did_not_see(company: Company, page_of: PageOf) -> None:
    order = company.submitted(company.wang, company.customer(company.wang)["id"])
    page = page_of(company.director, f"/orders/{order['id']}")
    start(page, "审批通过")
    dialog = page.get_by_role("dialog", name="审批通过")
    dialog.get_by_role("textbox").fill("Good")
    drawn_back = company.wang.post(f"/orders/{order['id']}/withdraw")
    dearer = {"product_id": company.product["id"], "quantity": "7", "unit_price": "100.00"}
    company.wang.patch(f"/orders/{order['id']}", {"version": drawn_back["version"], "lines": [dearer]})
    company.wang.post(f"/orders/{order['id']}/submit", {"approver_id": company.director.id})
    dialog.get_by_role("button", name="审批通过").click()
    warning = page.get_by_role("dialog").filter(has_text="其他人已修改这条记录")
    expect(warning).to_contain_text("操作没有执行")
    assert company.wang.get(f"/orders/{order['id']}")["status"] == "pending_approval"
    warning.get_by_role("button", name="载入最新").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".facts")).to_contain_text("700.00")
    start(page, "审批通过")
    dialog.get_by_role("button", name="审批通过").click()
    told(page, "审批通过：已完成")
    assert company.wang.get(f"/orders/{order['id']}")["status"] == "approved"


def test_two_steps_one_after_the_other_are_no_conflict(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.admin)
    ticket = company.admin.post("/tickets", {"customer_id": customer["id"], "title": "Leak", "fault_description": "Drips"})
    company.admin.post(f"/tickets/{ticket['id']}/assign", {"assignee_id": company.admin.id})
    page = page_of(company.admin, f"/tickets/{ticket['id']}")
    settled(page)
    # What the page reads after the first step comes late: the second step is still done to what the first one left.
    page.route(re.compile(rf"/tickets/{ticket['id']}$"), lambda route: None)
    start(page, "开始处理")
    told(page, "开始处理：已完成")
    start(page, "解决")
    page.get_by_role("dialog").get_by_role("textbox", name="解决方案").fill("New seal")
    page.get_by_role("dialog").get_by_role("button", name="解决").click()
    told(page, "解决：已完成")
    assert company.admin.get(f"/tickets/{ticket['id']}")["status"] == "resolved"


def test_enter_in_a_date_takes_the_day_and_saves_nothing(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    page = page_of(company.wang, f"/customers?q={customer['name']}")
    page.get_by_role("button", name="写联系记录").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("textbox", name="内容概述").fill("Will visit")
    day = drawer.get_by_role("textbox", name="下次回访日期")
    day.click()
    day.fill("2030-01-02")
    day.press("Enter")
    expect(page.locator(".ant-picker-dropdown:visible")).to_have_count(0)
    day.press("Enter")
    page.wait_for_timeout(300)
    expect(drawer).to_be_visible()
    assert company.wang.find("/follow-ups", customer_id=customer["id"]) == []
    drawer.get_by_role("textbox", name="地点").press("Enter")
    expect(drawer).to_have_count(0)
    assert company.wang.find("/follow-ups", customer_id=customer["id"])[0]["next_visit_on"] == "2030-01-02"


def test_payment_plans_open_with_what_is_still_to_come_in(company: Company, page_of: PageOf) -> None:
    _, plans = company.approved(company.wang, company.customer(company.wang)["id"], quantity=3)
    company.cashier.post("/receipts", {"plan_id": plans[0]["id"], "amount": plans[0]["amount"]})
    page = page_of(company.cashier, "/payment-plans?size=100")
    settled(page)
    expect(page.get_by_role("link", name=plans[0]["number"])).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="回款计划").click()
    expect(page.get_by_role("button", name="未收清")).to_be_visible()
    settled(page)
    expect(page.get_by_role("link", name=plans[1]["number"])).to_be_visible()
    expect(page.get_by_role("link", name=plans[0]["number"])).to_have_count(0)
    due = page.locator("[data-row-key]").evaluate_all(r"rows => rows.map(row => row.innerText.match(/\d{4}-\d\d-\d\d/)[0])")
    assert due == sorted(due)
    page.get_by_role("button", name="未收清").click()
    page.get_by_role("menuitem", name="全部").click()
    expect(page).to_have_url(re.compile("view=all"))


@pytest.mark.usefixtures("far_east")
def test_the_margin_opens_with_the_organisations_year(company: Company, page_of: PageOf) -> None:
    # The clock stays with the window: nobody else has one of this width.
    page = page_of(company.director, "/customers", width=1300)
    settled(page)
    page.clock.set_fixed_time(NEW_YEAR)
    assert page.evaluate("new Date().getFullYear()") == 2030
    with page.expect_request(re.compile("/summary/gross-margin")) as asked:
        page.get_by_role("navigation").get_by_text("综合报表").click()
        page.get_by_role("link", name="毛利统计表").click()
    assert "year=2031" in asked.value.url
    expect(page.get_by_title("2031")).to_be_visible()


def test_what_was_read_stays_while_the_server_is_away(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    page = page_of(company.wang, f"/customers?q={customer['name']}")
    settled(page)
    page.route("**/api/v1/customers?*", lambda route: route.abort())
    page.get_by_role("button", name="刷新").click()
    notice = page.get_by_role("alert").filter(has_text="先前读取的内容")
    expect(notice).to_be_visible()
    expect(page.get_by_role("link", name=customer["name"])).to_be_visible()
    page.unroute("**/api/v1/customers?*")
    notice.get_by_role("button", name="重试").click()
    expect(notice).to_have_count(0)
    expect(page.get_by_role("link", name=customer["name"])).to_be_visible()


def test_all_that_is_due_is_ended_at_once(company: Company, page_of: PageOf) -> None:
    for text in ("Call Ann", "Call Bob"):
        company.li.post("/reminders", {"text": text, "remind_at": "2026-01-02T01:00:00Z"})
    page = page_of(company.li, "/customers")
    page.get_by_role("button", name=re.compile("^提醒，")).click()
    page.get_by_role("button", name="全部完成").click()
    page.get_by_role("dialog").get_by_role("button", name="全部完成").click()
    expect(page.get_by_role("button", name="提醒，0 条到期")).to_be_visible()
    assert {"Call Ann", "Call Bob"} & {one["text"] for one in company.li.find("/reminders", status="open")} == set()
