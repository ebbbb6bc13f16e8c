"""What administrators do: tokens, numbers, sessions, departments."""

from __future__ import annotations

import json
import re
import sqlite3

import pytest
import requests
from playwright.sync_api import Locator, expect

from tests.journeys.client import Client, eventually
from tests.journeys.conftest import PASSWORD, Company
from tests.web.conftest import PageOf, choose, settled, start, told, visit

pytestmark = pytest.mark.slow


def test_token_is_shown_once_works_and_is_revoked(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/api-tokens")
    page.get_by_role("button", name="新建API 令牌").first.click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("textbox", name="名称").fill("Warehouse")
    drawer.get_by_role("combobox", name="权限").fill("客户 · 查看")
    choose(page, "客户 · 查看")
    page.keyboard.press("Escape")
    drawer.get_by_role("combobox", name="有效期至").click()
    choose(page, "90 天")
    drawer.get_by_role("button", name="保存").click()
    made = page.get_by_role("dialog", name="令牌“Warehouse”")
    token = made.get_by_role("textbox", name="令牌").input_value()
    made.get_by_role("button", name="我已保存").click()
    expect(page.get_by_text(token)).to_have_count(0)

    asked = {"Authorization": f"Bearer {token}"}
    assert requests.get(f"{company.suite.url}/api/v1/customers", headers=asked, timeout=60).status_code == 200
    assert requests.get(f"{company.suite.url}/api/v1/orders", headers=asked, timeout=60).status_code == 403
    page.get_by_role("button", name="撤销").click()
    page.get_by_role("dialog").get_by_role("button", name="撤销").click()
    told(page, "撤销：已完成")
    assert requests.get(f"{company.suite.url}/api/v1/customers", headers=asked, timeout=60).status_code == 401


def test_numbers_follow_the_format(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/admin/numbering")
    quotes = page.locator("form", has=page.get_by_role("heading", name="报价单"))
    quotes.get_by_role("textbox", name="前缀字母").fill("Q1")
    quotes.get_by_role("button", name="保存").click()
    expect(quotes.get_by_text("只能使用字母")).to_be_visible()
    quotes.get_by_role("textbox", name="前缀字母").fill("ANG")
    quotes.get_by_role("button", name="保存").click()
    expect(quotes.get_by_text(re.compile(r"^ANG\d+"))).to_be_visible()
    assert company.admin.get("/meta/quotes/numbering")["prefix"] == "ANG"


def test_sessions_are_ended_by_their_owner_and_by_an_administrator(company: Company, page_of: PageOf) -> None:
    guest = company.hire("guest", "sales_rep")
    elsewhere = Client(company.suite.url, guest.username, PASSWORD)
    page = page_of(guest, "/profile")
    expect(page.get_by_text("本设备")).to_have_count(1)
    ends = page.get_by_role("button", name="结束", exact=True)
    expect(ends).to_have_count(2)
    ends.first.click()
    expect(ends).to_have_count(1)
    ends.first.click()
    expect(ends).to_have_count(0)
    with pytest.raises(AssertionError, match="401"):
        elsewhere.get("/auth/me")

    admin = page_of(company.admin, f"/users/{guest.id}?tab=sessions")
    admin.get_by_role("button", name="结束全部会话").click()
    admin.get_by_role("dialog").get_by_role("button", name="结束全部会话").click()
    expect(admin.get_by_text("没有登录中的设备")).to_be_visible()
    # It may have noticed by itself.
    visit(page, "/customers")
    expect(page).to_have_url(re.compile("/login"))


def test_an_administrator_acts_as_a_user_and_is_themselves_again(company: Company, page_of: PageOf) -> None:
    user = company.hire("lost", "sales_rep")
    customer, others = company.customer(user), company.customer(company.admin)

    def act() -> None:
        settled(page)
        visit(page, f"/users/{user.id}")
        start(page, "代为登录")
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("textbox", name="原因").fill("Cannot find a customer")
        dialog.get_by_role("button", name="代为登录").click()
        expect(banner).to_contain_text("您正在代 Lost 登录")
        expect(page.get_by_role("banner").get_by_role("button", name="Lost")).to_be_visible()

    page = page_of(company.admin, "/users")
    banner = page.locator(".acting")
    act()
    page.get_by_role("menuitem", name="客户").click()
    expect(page.get_by_role("link", name=customer["name"])).to_be_visible()
    expect(page.get_by_role("link", name=others["name"])).to_have_count(0)
    settled(page)
    page.get_by_role("banner").get_by_role("button", name="Lost").click()
    expect(page.get_by_role("menuitem", name="结束代为登录")).to_be_visible()
    expect(page.get_by_role("menuitem", name="退出登录")).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="结束代为登录").first.click()
    expect(page.get_by_role("banner").get_by_role("button", name="管理员")).to_be_visible()
    expect(banner).to_have_count(0)
    settled(page)
    visit(page, f"/users/{user.id}?tab=sessions")
    expect(page.get_by_text("Cannot find a customer")).to_have_count(0)

    # A reload leads back too, and so does an end that comes from elsewhere, before anything is done in one's own name.
    act()
    settled(page)
    page.reload()
    expect(banner).to_have_count(0)
    act()
    mine = Client(company.suite.url, user.username, PASSWORD)
    begun = next(one for one in mine.get("/auth/sessions")["items"] if one["impersonated_by"])
    assert begun["reason"] == "Cannot find a customer"
    mine.delete(f"/auth/sessions/{begun['id']}")
    page.get_by_role("menuitem", name="客户").click()
    expect(banner).to_have_count(0)
    expect(page.get_by_role("banner").get_by_role("button", name="管理员")).to_be_visible()


def test_departments_grow_move_and_refuse_a_cycle(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/departments")
    for name in ("North", "South"):
        page.get_by_role("button", name="新建部门").first.click()
        page.get_by_role("dialog").get_by_role("textbox", name="名称").fill(name)
        page.get_by_role("dialog").get_by_role("button", name="保存").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="在North下新建").click()
    page.get_by_role("dialog").get_by_role("textbox", name="名称").fill("Harbour")
    page.get_by_role("dialog").get_by_role("button", name="保存").click()
    north, south = (page.get_by_role("listitem").filter(has=page.get_by_text(name, exact=True)).first for name in ("North", "South"))
    expect(north.get_by_text("Harbour", exact=True)).to_be_visible()

    def belongs_to(department: Locator, above: str) -> None:
        department.get_by_role("button", name="编辑").first.click()
        drawer = page.get_by_role("dialog")
        drawer.get_by_role("combobox", name="上级部门").click()
        choose(page, above)
        drawer.get_by_role("button", name="保存").click()

    belongs_to(north.get_by_role("listitem").filter(has=page.get_by_text("Harbour", exact=True)), "South")
    expect(south.get_by_text("Harbour", exact=True)).to_be_visible()
    page.get_by_role("link", name="Harbour").drag_to(page.get_by_role("link", name="North"))
    expect(north.get_by_text("Harbour", exact=True)).to_be_visible()
    belongs_to(north, "Harbour")
    expect(page.get_by_text("部门不能隶属于自己的下级")).to_be_visible()
    assert {one["name"]: one["parent_id"] for one in company.admin.get("/departments")["items"]}["North"] is None
    settled(page)


def test_organisation_is_named_and_the_change_is_told(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/admin/organisation")
    name = page.get_by_role("textbox", name="企业名称")
    expect(name).not_to_have_value("")
    name.fill("Highseas Trading")
    page.get_by_role("checkbox", name="星期六").check()
    page.get_by_role("button", name="保存").click()
    told(page, "已保存")
    expect(page.locator(".history")).to_contain_text("Highseas Trading")
    assert company.admin.get("/organisation")["working_days"][-1] == 6


def test_audit_log_tells_in_words_what_was_exported(company: Company, page_of: PageOf) -> None:
    wanted = {"and": [{"field": "name", "op": "contains", "value": "Anchor"}, {"field": "is_active", "op": "eq", "value": True}]}
    company.admin.post("/products/export", {"format": "csv", "filter": json.dumps(wanted), "sort": "-list_price"})
    eventually(lambda: [one for one in company.admin.get("/audit-log")["items"] if one["detail"].get("module") == "products"])
    page = page_of(company.admin, "/admin/audit-log")
    told_of = page.get_by_role("row").filter(has_text="Anchor").first
    expect(told_of).to_contain_text("筛选: 名称 包含 Anchor 且 有效 等于 是")
    expect(told_of).to_contain_text("排序: 标准价 ↓")


def test_system_tells_how_its_services_are_and_tries_again_what_they_gave_up(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/admin/system")
    expect(page.get_by_role("row", name=re.compile("财务"))).to_contain_text("正常")
    expect(page.get_by_text("没有搁置的事件")).to_be_visible()
    with sqlite3.connect(company.suite.settings.data_dir / "pool.sqlite3", timeout=30) as database:
        done = database.execute("SELECT id FROM inbox WHERE status = 'done' ORDER BY id DESC LIMIT 1").fetchone()[0]
        database.execute(
            "UPDATE inbox SET status = 'parked', attempts = 10, last_error = 'Traceback\nLookupError: no such pool' WHERE id = ?", (done,)
        )
    page.reload()
    row = page.get_by_role("row", name=re.compile("no such pool"))
    expect(row).to_contain_text("LookupError")
    row.get_by_role("checkbox").check()
    page.get_by_role("button", name="重试").click()
    told(page, "重试：成功 1 条")
    expect(page.get_by_text("没有搁置的事件")).to_be_visible()
