"""Coming in, staying in, going out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.client import Client, eventually
from tests.journeys.conftest import PASSWORD, Company
from tests.web.conftest import Desk, PageOf, settled, start, told, visit

pytestmark = pytest.mark.slow


def log_in(page: Page, username: str, password: str = PASSWORD) -> None:
    page.get_by_role("textbox", name="用户名或邮箱").fill(username)
    page.get_by_role("textbox", name="密码").fill(password)
    page.get_by_role("button", name="登录").click()


def test_wrong_password_then_right_one_returns_to_where_one_was(company: Company, page_of: PageOf) -> None:
    page = page_of(path="/products?q=Pump")
    expect(page).to_have_url(re.compile("/login"))
    log_in(page, company.wang.username, "not-my-password")
    expect(page.get_by_role("alert")).to_contain_text("用户名或密码错误")
    log_in(page, company.wang.username)
    expect(page).to_have_url(re.compile(r"/products\?q=Pump"))
    expect(page.get_by_role("link", name="Pump")).to_be_visible()


def test_too_many_failures_lock_for_seconds_that_are_told(company: Company, page_of: PageOf) -> None:
    locked = company.hire("locked", "sales_rep")
    page = page_of(path="/login")
    for _ in range(6):
        with page.expect_response("**/api/v1/auth/login") as answered:
            log_in(page, locked.username, "wrong-password")
        expect(page.get_by_role("button", name="登录")).not_to_have_class(re.compile("loading"))
        if answered.value.status == 429:
            break
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"请在 \d+ 秒后重试"))
    expect(page.get_by_role("button", name="登录")).to_be_enabled()


def test_second_factor_is_asked_for(company: Company, page_of: PageOf) -> None:
    careful = company.hire("careful", "sales_rep")
    secret = careful.post("/auth/two-factor/start")["secret"]
    careful.post("/auth/two-factor/confirm", {"code": pyotp.TOTP(secret).now()})
    page = page_of(path="/login")
    log_in(page, careful.username)
    page.get_by_role("textbox", name="验证码").fill(pyotp.TOTP(secret).at(datetime.now(UTC) + timedelta(seconds=30)))
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("heading", name="Careful，您好")).to_be_visible()

    # The telephone is lost.
    admin = page_of(company.admin, f"/users/{careful.id}")
    start(admin, "重置两步验证")
    admin.get_by_role("dialog").get_by_role("button", name="重置两步验证").click()
    told(admin, "重置两步验证：已完成")
    again = page_of(path="/login")
    log_in(again, careful.username)
    expect(again.get_by_role("heading", name="Careful，您好")).to_be_visible()


@pytest.mark.parametrize(
    ("role", "shown", "hidden"),
    [
        ("admin", ["控制面板", "合同订单"], []),
        ("director", ["合同订单", "综合报表"], ["控制面板"]),
        ("wang", ["客户", "报价单"], ["控制面板"]),
        ("cashier", ["回款计划", "收款单"], ["控制面板", "价格表"]),
    ],
)
def test_each_role_lands_on_its_workbench(company: Company, page_of: PageOf, role: str, shown: list[str], hidden: list[str]) -> None:
    person: Client = getattr(company, role)
    page = page_of(person)
    settled(page)
    menu = page.get_by_role("navigation", name="菜单")
    for word in shown:
        expect(menu.get_by_text(word, exact=True)).to_be_visible()
    for word in hidden:
        expect(menu.get_by_text(word, exact=True)).to_have_count(0)
    waiting = page.get_by_role("heading", name="待我审批")
    expect(waiting).to_have_count(1 if role in ("admin", "director") else 0)


def test_a_log_in_that_ends_says_so_and_comes_back_to_the_page(company: Company, page_of: PageOf) -> None:
    later = company.hire("later", "sales_director")
    page = page_of(later, "/products?q=Pump")
    settled(page)
    for how in ("refused", "over"):
        if how == "refused":
            company.admin.delete(f"/users/{later.id}/sessions")
        else:
            page.context.clear_cookies()
            page.evaluate("Date.now = ((now) => () => now() + 86_400_000)(Date.now)")
        page.get_by_role("button", name="刷新").click()
        expect(page.get_by_role("status")).to_contain_text("登录已结束，请重新登录")
        log_in(page, later.username)
        expect(page.get_by_role("link", name="Pump")).to_be_visible()
    page.get_by_role("button", name="user Later").click()
    page.get_by_role("menuitem", name="退出登录").click()
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    expect(page.get_by_role("status")).to_have_count(0)


def test_tabs_share_one_session_and_leave_together(company: Company, page_of: PageOf) -> None:
    first = page_of(company.li, "/customers")
    others = [page_of(path="/products", page=first), page_of(path="/orders", page=first)]
    for page in (first, *others):
        page.reload(wait_until="commit")
    for page in (first, *others):
        settled(page)
        expect(page).not_to_have_url(re.compile("/login"))
    first.get_by_role("button", name="user Li").click()
    first.get_by_role("menuitem", name="退出登录").click()
    for page in (first, *others):
        expect(page).to_have_url(re.compile("/login"))


def test_language_changes_at_once_and_is_remembered(company: Company, page_of: PageOf) -> None:
    page = page_of(company.wang, "/customers")
    expect(page.get_by_role("heading", name="客户")).to_be_visible()
    for button, word, title, language in (
        ("语言", "繁體中文", "客戶", "zh-TW"), ("語言", "English", "Customers", "en"), ("Language", "简体中文", "客户", "zh-CN"),
    ):  # fmt: skip
        page.locator("header").get_by_role("button", name=button).click()
        page.get_by_role("menuitem", name=word).click()
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        eventually(lambda language=language: company.wang.get("/auth/me")["user"]["language"] == language)


def test_a_server_that_is_away_keeps_everybody_where_they_are(company: Company, page_of: PageOf) -> None:
    page = page_of(company.wang, "/products?q=Pump")
    settled(page)
    page.route("**/api/v1/auth/refresh", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("无法连接服务器，正在重试")
    expect(page).to_have_url(re.compile(r"/products\?q=Pump"))
    page.unroute("**/api/v1/auth/refresh")
    expect(page.get_by_role("link", name="Pump")).to_be_visible()


def test_a_page_that_cannot_be_loaded_says_so_and_is_tried_again(company: Company, page_of: PageOf, desk: Desk) -> None:
    page = page_of(company.wang, "/products?q=Pump")
    settled(page)
    page.route(re.compile(r"/assets/Profile|:\d+/$"), lambda route: route.abort())
    visit(page, "/profile")
    expect(page.get_by_role("alert")).to_have_text("页面没有加载完整")
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("alert")).to_have_text("页面没有加载完整")
    page.unroute_all()
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("heading", name="两步验证")).to_be_visible()
    # Of what it could not load the browser tells by itself.
    assert all("dynamically imported module" in one for one in desk.complaints)
    desk.complaints.clear()


def test_second_factor_is_set_up_and_the_password_changed(company: Company, page_of: PageOf) -> None:
    anna = company.hire("anna", "sales_rep")
    page = page_of(anna, "/profile")
    page.get_by_role("button", name="启用").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="验证码").fill("000000")
    dialog.get_by_role("button", name="继续").click()
    told(page, "验证码错误或已使用过。")
    dialog.get_by_role("textbox", name="验证码").fill(pyotp.TOTP(dialog.locator("code").inner_text()).now())
    dialog.get_by_role("button", name="继续").click()
    expect(page.get_by_role("dialog").filter(has_text="恢复码").locator("pre")).to_contain_text(re.compile(r"\S{8,}"))
    page.get_by_role("dialog").get_by_role("button", name="知道了").click()
    expect(page.get_by_role("heading", name="两步验证 已启用")).to_be_visible()
    expect(page.get_by_role("button", name="关闭两步验证")).to_be_visible()
    expect(page.get_by_role("button", name="启用")).to_have_count(0)

    page.get_by_role("textbox", name="当前密码").fill(PASSWORD)
    page.get_by_role("textbox", name="新密码").fill("another-long-enough-one")
    page.get_by_role("button", name="修改密码").click()
    told(page, "已保存")
    other = page_of(path="/login")
    log_in(other, anna.username, "another-long-enough-one")
    expect(other.get_by_text("请输入身份验证器上的验证码")).to_be_visible()
