"""Exports that take a while: seen from every page, left and come back to, fetched, cancelled, failed; by keyboard and on a phone too."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from deploy.suite import Suite
from shared.db import new_id
from tests.journeys.conftest import Company
from tests.web.conftest import PageOf, settled, told
from tests.web.test_pages import broken_rules, visit, watched

pytestmark = pytest.mark.slow
MANY = 200_000
TRAY = re.compile("^我的导出")


@pytest.fixture
def long_log(suite: Suite, company: Company) -> Iterator[Callable[[], None]]:
    """An audit log that nobody can have written while a test looks on; the function makes it short, so that what is being written ends."""

    def change(statement: str, rows: list[Any]) -> None:
        with closing(sqlite3.connect(suite.settings.data_dir / "identity.sqlite3", timeout=30)) as database, database:
            database.executemany(statement, rows)

    def shorten() -> None:
        change("DELETE FROM audit_log WHERE action = ?", [("long_ago",)])

    for _ in range(10):
        rows = [(new_id(), "2020-01-01 00:00:00.000000", "long_ago", "{}") for _ in range(MANY // 10)]
        change("INSERT INTO audit_log (id, at, action, detail) VALUES (?, ?, ?, ?)", rows)
    yield shorten
    shorten()


@pytest.fixture(scope="module")
def auditor_role(company: Company) -> str:
    given = {
        "code": "audit",
        "name": "Auditor",
        "permissions": ["audit:read", "audit:export", "customer:read", "reminder:read"],
        "scopes": {"*": "all"},
    }
    company.admin.post("/roles", {**given, "field_rights": {}})
    return "audit"


def note(page: Page, text: str) -> Locator:
    return page.locator(".ant-notification-notice", has_text=text)


def start(page: Page, kind: str = "CSV") -> None:
    page.get_by_role("button", name=re.compile("导出$")).click()
    page.get_by_role("menuitem", name=kind).click()


def test_an_export_goes_on_when_its_page_is_left_or_loaded_again_and_is_found_again(
    company: Company, page_of: PageOf, auditor_role: str, long_log: Callable[[], None]
) -> None:
    auditor = company.hire("auditor", auditor_role)
    page = page_of(auditor, "/admin/audit-log")
    expect(page.get_by_role("button", name=TRAY)).to_have_count(0)
    with page.expect_download(timeout=120_000) as going:
        start(page)
        expect(note(page, "正在导出")).to_contain_text(re.compile(r"[1-9][\d,]* / 20\d,\d\d\d 行"))
        page.get_by_role("link", name="客户", exact=True).click()
        settled(page)
        expect(note(page, "正在导出")).to_contain_text("行")
        expect(page.get_by_role("button", name="我的导出，1 个进行中")).to_be_visible()
        page.reload()
        expect(note(page, "正在导出")).to_contain_text("行")
        long_log()
    saved = Path(going.value.path()).read_text(encoding="utf-8-sig")
    [written] = auditor.get("/exports")["items"]
    assert saved.count("\n") == 1 + written["total"]
    told(page, "文件已保存")
    page.reload()
    page.get_by_role("button", name="我的导出，0 个进行中").click()
    drawer = page.get_by_role("dialog")
    with page.expect_download() as again:
        drawer.get_by_role("button", name="下载").click()
    assert again.value.suggested_filename == going.value.suggested_filename
    assert Path(again.value.path()).read_text(encoding="utf-8-sig") == saved
    drawer.get_by_role("button", name="移除").click()
    expect(drawer.get_by_text("近几天没有导出")).to_be_visible()
    assert auditor.get("/exports")["items"] == []


@pytest.mark.usefixtures("long_log")
def test_an_export_is_cancelled_or_fails_in_words(company: Company, page_of: PageOf, auditor_role: str) -> None:
    auditor = company.hire("auditor", auditor_role)
    page = page_of(auditor, "/admin/audit-log")
    start(page)
    note(page, "正在导出").get_by_role("button", name="取消").click()
    expect(note(page, "正在导出")).to_have_count(0)
    assert auditor.get("/exports")["items"] == []
    start(page)
    expect(note(page, "正在导出")).to_contain_text("行")
    user = company.admin.get(f"/users/{auditor.id}")
    company.admin.patch(f"/users/{auditor.id}", {"version": user["version"], "roles": ["sales_director"]})
    expect(note(page, "您已没有导出此内容的权限。")).to_be_visible()
    page.reload()
    page.get_by_role("button", name=TRAY).click()
    expect(page.get_by_role("dialog")).to_contain_text("您已没有导出此内容的权限。")


def test_by_keyboard_on_a_phone(company: Company, page_of: PageOf, auditor_role: str, long_log: Callable[[], None]) -> None:
    auditor: Any = company.hire("auditor", auditor_role)
    page = watched(page_of(auditor, "/admin/audit-log", width=390))
    page.get_by_role("button", name=re.compile("导出$")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Excel")).to_be_visible()
    with page.expect_download(timeout=120_000):
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(note(page, "正在导出")).to_contain_text("行")
        assert broken_rules(page, above=True) == []
        page.get_by_role("button", name=TRAY).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_contain_text("行")
        assert broken_rules(page, above=True) == []
        long_log()
    expect(page.get_by_role("dialog").get_by_role("button", name="下载")).to_be_visible()
    assert broken_rules(page, above=True) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    visit(page, "/customers")
    expect(page.get_by_role("button", name=TRAY)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert broken_rules(page) == []
