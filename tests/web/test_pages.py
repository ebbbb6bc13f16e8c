"""Every page: accessible, in three languages, without an untranslated word."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from deploy.web import WEB
from tests.journeys.client import eventually
from tests.journeys.conftest import Company
from tests.web.conftest import PageOf, settled, visit

pytestmark = pytest.mark.slow

CHINESE = re.compile(r"[\u3400-\u9fff]")
KEY = re.compile(
    r"\b(?:menu|list|batch|form|filter|op|pool|order|plan|margin|bench|role|verb|noun|audit|import|view|field|action|ledger|step|detail|search|ticket|token|session|restart|numbering|department|density|columns|organisation|system|service|duration|acting|profile|rule|setting|template|mail)\.[a-z_]+\b"
)
MACHINE = re.compile(r"\b[a-z]+_(?:id|at|on|by|name|until|total)\b")
ROUTES = (
    "/", "/customers", "/customers?tab=assigned", "/customers?tab=unassigned", "/contacts", "/follow-ups", "/quotes", "/orders", "/orders/new",
    "/quotes/new", "/payment-plans", "/receipts", "/products", "/price-lists", "/reminders", "/summary/gross-margin", "/summary/sales-detail",
    "/tickets", "/tickets/statistics", "/articles", "/extension-requests", "/pool/statistics", "/pool/ledger", "/pools", "/pools/new",
    "/users", "/departments", "/api-tokens", "/admin/organisation", "/admin/system", "/admin/numbering", "/approval-rules", "/workbench-templates", "/admin/mail", "/admin/service-levels", "/admin/dictionaries", "/admin/fields", "/admin/roles", "/admin/pool", "/admin/instalments", "/admin/audit-log", "/profile", "/no/such/page",
)  # fmt: skip
SAMPLE = (
    "/",
    "/customers",
    "/orders/new",
    "/summary/gross-margin",
    "/departments",
    "/admin/roles",
    "/admin/mail",
    "/profile",
    "/admin/pool",
    "/pool/statistics",
    "/workbench-templates",
)
DIALOGS = (
    ("/customers", ("新建客户", "筛选", "显示的列", "导入", "导出", "快捷键", "全局搜索", "提醒", "语言")),
    ("/products", ("全部记录",)), ("/users", ("新建用户",)), ("/departments", ("新建部门",)), ("/api-tokens", ("新建",)), ("/admin/roles", ("新建角色",)),
    ("/admin/fields", ("新建字段",)), ("/approval-rules", ("新建规则", "编辑“Large”")), ("/workbench-templates", ("新建模板", "编辑“Template 1”")), ("/profile", ("启用",)), ("/tickets", ("新建",)), ("/follow-ups", ("新建",)),
)  # fmt: skip


@pytest.fixture(scope="package")
def records(company: Company, overdue: Any) -> tuple[str, ...]:
    """Pages of records of every kind."""
    pool = company.admin.get("/pools")["items"][0]
    company.admin.patch(f"/pools/{pool['id']}", {"version": pool["version"], "name": "High seas"})
    templates = company.admin.get("/workbench/templates")["items"]
    for number, template in enumerate(templates, 1):
        company.admin.patch(f"/workbench/templates/{template['id']}", {"version": template["version"], "name": f"Template {number}"})
    steps = [{"kind": "manager"}, {"kind": "user", "user_id": company.director.id}]
    company.admin.post("/approval-rules", {"name": "Large", "is_active": False, "min_amount": "1000.00", "max_margin": "5", "steps": steps})
    customer = company.customer(company.wang)
    company.wang.post("/contacts", {"customer_id": customer["id"], "name": "Ann"})
    company.wang.post("/pool/send", {"customer_ids": [customer["id"]]})
    company.wang.post("/pool/claim", {"customer_ids": [customer["id"]]})
    order = company.submitted(company.wang, customer["id"])
    company.director.post(f"/orders/{order['id']}/approve")
    plan = eventually(lambda: company.plans(order["id"]))[0]
    return (
        f"/customers/{customer['id']}", f"/customers/{customer['id']}?tab=pool-log", f"/customers/{customer['id']}?tab=history",
        f"/pool/customers/{customer['id']}", f"/pools/{pool['id']}", f"/pools/{pool['id']}?tab=members", f"/pools/{pool['id']}/edit",
        f"/users/{company.wang.id}?tab=sessions", f"/orders/{order['id']}", f"/orders/{order['id']}?tab=approvals", f"/payment-plans/{plan['id']}",
        f"/workbench-templates/{templates[0]['id']}",
    )  # fmt: skip


@pytest.fixture(scope="package")
def ruler(company: Company) -> Any:
    """An administrator with a name in Latin letters."""
    return company.hire("ruler", "admin")


def broken_rules(page: Page, *, above: bool = False) -> list[str]:
    """The rules of accessibility that the page as it stands breaks, with the places; or what stands `above` it: drawers, dialogs, menus."""
    found: list[str] = page.evaluate(
        """async (above) => (await axe.run(above ? { exclude: [['#root']] } : document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], reporter: 'no-passes' })).violations
            .map((one) => one.id + ': ' + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(' | '))""",
        above,
    )
    return found


def watched(page: Page) -> Page:
    """A page that `broken_rules` can look at."""
    settled(page)
    page.evaluate((WEB / "node_modules/axe-core/axe.min.js").read_text())
    return page


@pytest.mark.parametrize(("language", "widths"), [("en", (1360,)), ("zh-TW", (1360, 390)), ("zh-CN", (390,))])
def test_every_page_speaks_one_language_fits_and_is_accessible(
    page_of: PageOf, ruler: Any, records: tuple[str, ...], language: str, widths: tuple[int, ...]
) -> None:
    page = watched(page_of(ruler, language=language, width=widths[0]))
    wrong = {}
    for path in {"en": (*ROUTES, *records), "zh-TW": ROUTES, "zh-CN": SAMPLE}[language]:
        visit(page, path)
        for width in widths:
            resize(page, width)
            found = foreign(page.inner_text("body"), path, language)
            if language != "zh-TW":
                found += broken_rules(page)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append("too wide")
            if found:
                wrong[f"{path} {width}"] = found[:10]
        # The next page is opened at the width that this one ends with.
        widths = widths[::-1]
    assert wrong == {}, json.dumps(wrong, indent=1)[:6000]


def resize(page: Page, width: int) -> None:
    """Make the window so wide; the page has answered to it."""
    if not page.viewport_size or page.viewport_size["width"] != width:
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def foreign(text: str, path: str, language: str) -> list[str]:
    """Keys of texts, names of the machine's, and Chinese in English."""
    # The names of the languages, of the first administrator and of the company are written in their own.
    text = re.sub(r"简体中文|繁體中文|管理员|我们公司", "", text)
    return [
        *KEY.findall(text),
        *(MACHINE.findall(text) if path not in ("/admin/audit-log", "/admin/system") else []),
        *(CHINESE.findall(text) if language == "en" else []),
    ]


def test_no_dialog_breaks_the_rules_of_accessibility(page_of: PageOf, ruler: Any, records: tuple[str, ...]) -> None:
    page = watched(page_of(ruler))
    broken = {}
    for path, buttons in DIALOGS:
        visit(page, path)
        for button in buttons:
            page.locator(".page, .detail-head, header").get_by_role("button", name=button).first.click()
            page.locator(".ant-drawer-open, .ant-modal, .ant-popover, .ant-dropdown").locator("visible=true").first.wait_for()
            settled(page)
            if found := broken_rules(page, above=True):
                broken[f"{path} {button}"] = found
            page.keyboard.press("Escape")
            page.locator(".ant-drawer-open, .ant-modal-wrap").locator("visible=true").first.wait_for(state="hidden")
    assert broken == {}, json.dumps(broken, indent=1)[:6000]


def test_what_opens_on_a_phone_stays_on_its_screen(page_of: PageOf, ruler: Any) -> None:
    page = page_of(ruler, "/customers", language="en", width=390)
    settled(page)
    outside = {}
    for button in ("New customer", "Filter", "All records", "Reminders", "Language", "Ruler", "Menu"):
        page.locator(".page, header").get_by_role("button", name=button).first.click()
        opened = page.locator(".ant-drawer-section, .ant-modal, .ant-popover, .ant-dropdown").locator("visible=true").first
        opened.wait_for()
        settled(page)
        place = opened.bounding_box() or {"x": -1, "width": 0}
        if place["x"] < 0 or place["x"] + place["width"] > 390:
            outside[button] = place
        page.keyboard.press("Escape")
        opened.wait_for(state="hidden")
    assert outside == {}


def test_somebody_without_the_right_is_told_so(company: Company, page_of: PageOf) -> None:
    page = page_of(company.cashier, "/price-lists")
    expect(page.get_by_text("您没有权限查看")).to_be_visible()
