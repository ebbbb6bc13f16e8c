"""Customers in the pool, as people send, claim and lose them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.client import eventually
from tests.journeys.conftest import PASSWORD, Company
from tests.web.conftest import PageOf, choose, settled, told, visit

pytestmark = pytest.mark.slow


def row_of(page: Page, name: str) -> Locator:
    return page.locator("[data-row-key]", has=page.get_by_role("link", name=name, exact=True))


def pooled(company: Company) -> str:
    customer = company.customer(company.wang)
    company.wang.post("/pool/send", {"customer_ids": [customer["id"]]})
    eventually(lambda: company.li.get("/pool/customers", state="unassigned", q=customer["name"])["total"] == 1)
    return str(customer["name"])


def test_send_claim_and_lose_a_claim(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    name = customer["name"]
    owner = page_of(company.wang, f"/customers?q={name}")
    row_of(owner, name).get_by_role("button", name="转公海").click()
    owner.get_by_role("dialog").get_by_role("button", name="转公海").click()
    told(owner, "转公海：成功 1 条")

    slow, quick = (page_of(one, f"/customers?tab=unassigned&q={name}") for one in (company.wang, company.li))
    slow.get_by_role("checkbox", name=name).check()
    row_of(quick, name).get_by_role("button", name="领取").click()
    told(quick, "领取：成功 1 条")

    slow.get_by_role("toolbar", name="批量操作").get_by_role("button", name="领取").click()
    refused = slow.get_by_role("dialog")
    expect(refused).to_contain_text("成功 0 条")
    expect(refused.get_by_role("cell", name=name)).to_be_visible()
    expect(refused).to_contain_text("Li")

    visit(quick, f"/customers/{customer['id']}?tab=pool-log")
    expect(quick.get_by_text("公海客户", exact=True)).to_be_visible()
    expect(quick.get_by_role("tabpanel")).to_contain_text("领取")


SAID = {
    "zh-CN": {
        "user name": "用户名或邮箱", "password": "密码", "log in": "登录", "hello": "Li，您好", "menu": "菜单", "customers": "客户",
        "unassigned": "公海未分配", "search": "搜索", "claim": "领取", "claimed": "领取：成功 1 条",
    },
    "zh-TW": {
        "user name": "使用者名稱或電子郵件", "password": "密碼", "log in": "登入", "hello": "Li，您好", "menu": "選單", "customers": "客戶",
        "unassigned": "公海未分配", "search": "搜尋", "claim": "領取", "claimed": "領取：成功 1 筆",
    },
    "en": {
        "user name": "User name or e-mail", "password": "Password", "log in": "Log in", "hello": "Hello, Li", "menu": "Menu",
        "customers": "Customers", "unassigned": "Pool: unassigned", "search": "Search", "claim": "Claim", "claimed": "Claim: 1 succeeded",
    },
}  # fmt: skip


@pytest.mark.parametrize("language", SAID)
def test_from_log_in_to_a_claim_on_a_phone(company: Company, page_of: PageOf, language: str) -> None:
    name, said = pooled(company), SAID[language]
    page = page_of(path="/login", language=language, width=390)
    page.get_by_role("textbox", name=said["user name"]).fill(company.li.username)
    page.get_by_role("textbox", name=said["password"]).fill(PASSWORD)
    page.get_by_role("button", name=said["log in"], exact=True).click()
    expect(page.get_by_role("heading", name=said["hello"])).to_be_visible()
    page.get_by_role("banner").get_by_role("button", name=said["menu"], exact=True).click()
    page.get_by_role("menuitem", name=said["customers"]).click()
    page.get_by_text(said["unassigned"], exact=True).click()
    box = page.get_by_role("textbox", name=said["search"], exact=True)
    box.fill(name)
    box.press("Enter")
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.locator("table")).to_have_count(0)
    row_of(page, name).get_by_role("button", name=said["claim"]).click()
    told(page, said["claimed"])
    eventually(lambda: company.li.get("/customers", q=name)["items"][0]["pool_status"] == "assigned")


def tab_to(page: Page, text: str, within: str = "body") -> None:
    """Press Tab until the button with this text has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(f"document.activeElement.closest('{within}') && document.activeElement.textContent") == text:
            return
    raise AssertionError(f"{text} is not reached by Tab")


def test_send_and_claim_by_keyboard_alone(company: Company, page_of: PageOf) -> None:
    name = company.customer(company.wang)["name"]
    owner = page_of(company.wang, f"/customers?q={name}")
    expect(row_of(owner, name)).to_be_visible()
    owner.keyboard.press("j")
    tab_to(owner, "转公海")
    owner.keyboard.press("Enter")
    owner.wait_for_function("() => document.activeElement.closest('.ant-modal')")
    tab_to(owner, "转公海", ".ant-modal")
    owner.keyboard.press("Enter")
    told(owner, "转公海：成功 1 条")
    member = page_of(company.li, f"/customers?tab=unassigned&q={name}")
    expect(row_of(member, name)).to_be_visible()
    member.keyboard.press("j")
    tab_to(member, "领取")
    member.keyboard.press("Enter")
    told(member, "领取：成功 1 条")


def test_extending_takes_whole_days_only(company: Company, page_of: PageOf) -> None:
    name = pooled(company)
    found = company.li.get("/pool/customers", state="unassigned", q=name)["items"][0]
    company.li.post("/pool/claim", {"customer_ids": [found["id"]]})
    before = datetime.fromisoformat(company.li.get(f"/pool/customers/{found['id']}")["protected_until"])
    page = page_of(company.admin, f"/customers?tab=assigned&q={name}")
    row_of(page, name).get_by_role("button", name="延期").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="延长天数").fill("0")
    dialog.get_by_role("button", name="延期").click()
    expect(dialog.get_by_text("必须在 1 到 365 之间")).to_be_visible()
    dialog.get_by_role("textbox", name="延长天数").fill("5")
    dialog.get_by_role("button", name="延期").click()
    told(page, "延期：成功 1 条")
    after = datetime.fromisoformat(company.li.get(f"/pool/customers/{found['id']}")["protected_until"])
    assert after - before == timedelta(days=5)


def test_switching_the_pool_off_says_how_many_and_asks_for_the_word(company: Company, page_of: PageOf) -> None:
    pooled(company)
    page = page_of(company.admin, "/admin/pool")
    page.get_by_role("switch", name="启用公海").click()
    page.get_by_role("button", name="保存").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("变成普通客户")
    expect(dialog.get_by_role("button", name="关闭公海")).to_be_disabled()
    dialog.get_by_role("textbox").fill("关闭公海")
    expect(dialog.get_by_role("button", name="关闭公海")).to_be_enabled()
    dialog.get_by_role("button", name="取消").click()
    assert company.admin.get("/pool/settings")["enabled"] is True


def test_release_gives_back_and_the_log_tells_it(company: Company, page_of: PageOf) -> None:
    name = pooled(company)
    found = company.li.get("/pool/customers", state="unassigned", q=name)["items"][0]
    company.li.post("/pool/claim", {"customer_ids": [found["id"]]})
    page = page_of(company.li, f"/customers?tab=assigned&q={name}")
    row_of(page, name).get_by_role("button", name="释放").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="原因").fill("Moved abroad")
    dialog.get_by_role("button", name="释放").click()
    told(page, "释放：成功 1 条")
    visit(page, f"/pool/customers/{found['id']}")
    log = page.locator(".history")
    expect(log).to_contain_text("释放")
    expect(log).to_contain_text("Moved abroad")

    ledger = page_of(company.admin, "/pool/statistics")
    expect(ledger.get_by_role("row", name=re.compile("Li"))).to_contain_text("1")
    ledger.get_by_role("link", name="公海流水").click()
    ledger.get_by_role("combobox", name="操作", exact=True).click()
    choose(ledger, "释放")
    expect(ledger.get_by_role("cell", name="领取")).to_have_count(0)
    expect(ledger.get_by_role("row", name=re.compile(name))).to_contain_text("Li → 公海")


def test_the_level_of_a_pool_customer_is_shown_as_the_dictionary_calls_it(company: Company, page_of: PageOf) -> None:
    place = "/meta/customers/choices/level"
    before = company.admin.get(place)
    called = [one | ({"labels": one["labels"] | {"zh-CN": "冷门"}} if one["value"] == "D" else {}) for one in before["choices"]]
    after = company.admin.put(place, {"choices": called, "version": before["version"]})
    customer = company.wang.post("/customers", {"name": "Seldom Ltd", "level": "D"})
    company.wang.post("/pool/send", {"customer_ids": [customer["id"]]})
    eventually(lambda: company.li.get("/pool/customers", state="unassigned", q="Seldom")["total"] == 1)
    page = page_of(company.li, f"/pool/customers/{customer['id']}")
    expect(page.locator(".facts")).to_contain_text("冷门")
    visit(page, "/customers?tab=unassigned&q=Seldom")
    expect(row_of(page, "Seldom Ltd")).to_contain_text("冷门")
    company.admin.put(place, {"choices": before["choices"], "version": after["version"]})


def send_to(page: Page, pool: str, *names: str) -> None:
    """Send one customer by its row, several by a batch, to a pool of one's choice."""
    if len(names) == 1:
        row_of(page, names[0]).get_by_role("button", name="转公海").click()
    else:
        for name in names:
            page.get_by_role("checkbox", name=name).check()
        page.get_by_role("toolbar", name="批量操作").get_by_role("button", name="转公海").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="公海").click()
    choose(page, pool)
    dialog.get_by_role("button", name="转公海").click()
    told(page, f"转公海：成功 {len(names)} 条")


def test_pools_are_made_emptied_and_removed(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/pools")
    page.get_by_role("button", name="新建公海").first.click()
    page.get_by_role("textbox", name="名称").fill("Reef")
    page.get_by_role("combobox", name="地区").fill("Reef")
    choose(page, "Reef")
    page.keyboard.press("Escape")
    members = page.get_by_role("combobox", name="公海成员")
    members.fill("Wang")
    choose(page, "Wang")
    page.keyboard.press("Escape")
    page.get_by_role("spinbutton", name="保护期").fill("3")
    page.get_by_role("button", name="保存").click()
    row = page.locator("tr[data-row-key]", has=page.get_by_role("link", name="Reef"))
    expect(row).to_contain_text("3")

    row.get_by_role("button", name="编辑").click()
    expect(page.get_by_role("textbox", name="名称")).to_have_value("Reef")
    page.get_by_role("spinbutton", name="保护期").fill("4")
    page.get_by_role("combobox", name="豁免的标签").fill("Key account")
    choose(page, "Key account")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="保存").click()
    expect(row).to_contain_text("4")
    reef = next(pool for pool in company.admin.get("/pools")["items"] if pool["name"] == "Reef")
    assert (reef["protection_days"], reef["auto_entry"]["exempt_tags"]) == (4, ["Key account"])

    customers = [company.customer(company.wang) for _ in range(3)]
    for some in (customers[:1], customers[1:]):
        send_to(page_of(company.wang, "/customers?sort=-created_at"), "Reef", *(one["name"] for one in some))
    sent = company.admin.get("/pool/customers", state="unassigned", pool_id=reef["id"])["items"]
    assert {one["id"] for one in sent} == {one["id"] for one in customers}
    page.reload()
    row.get_by_role("button", name="更多操作").click()
    page.get_by_role("menuitem", name="删除").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    told(page, "此公海中还有 3 个客户")
    row.get_by_role("button", name="更多操作").click()
    page.get_by_role("menuitem", name="清空到其他公海").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="转入的公海").click()
    choose(page)
    dialog.get_by_role("button", name="清空到其他公海").click()
    told(page, "清空到其他公海：已完成")
    row.get_by_role("button", name="更多操作").click()
    page.get_by_role("menuitem", name="删除").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(row).to_have_count(0)


def test_what_nobody_followed_goes_back_by_itself(company: Company, page_of: PageOf, overdue: Any) -> None:
    eventually(lambda: company.admin.get("/pool/customers", state="unassigned", q=overdue["name"])["total"] == 1)
    page = page_of(company.li, f"/pool/customers/{overdue['id']}")
    log = page.locator(".history")
    expect(log).to_contain_text("自动回收")
    expect(log).to_contain_text("Li → 公海")
