"""What every list can do: views, filters, export, import, files, the recycle bin, custom fields."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.conftest import Company
from tests.web.conftest import PageOf, choose, settled, told, visit

pytestmark = pytest.mark.slow


def test_filter_is_kept_in_the_address_and_saved_as_a_view(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/products")
    page.get_by_role("button", name="筛选").click()
    builder = page.get_by_role("dialog")
    builder.get_by_role("combobox", name="字段").click()
    choose(page, "编码")
    builder.get_by_role("textbox", name="值").fill("no-such-code")
    builder.get_by_role("button", name="应用").click()
    expect(page).to_have_url(re.compile("filter="))
    expect(page.get_by_text("没有符合条件的记录")).to_be_visible()
    page.reload()
    expect(page.get_by_text("编码 包含 no-such-code")).to_be_visible()
    page.get_by_role("button", name="全部记录").click()
    page.get_by_role("menuitem", name="保存为视图").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("Odd codes")
    page.get_by_role("dialog").get_by_role("button", name="保存").click()
    page.get_by_role("button", name="清空条件").first.click()
    expect(page.get_by_role("link", name="Pump")).to_be_visible()
    page.get_by_role("button", name="全部记录").click()
    page.get_by_role("menuitem", name="Odd codes").click()
    expect(page.get_by_text("没有符合条件的记录")).to_be_visible()
    visit(page, "/products?page=99")
    expect(page.get_by_role("link", name="Pump")).to_be_visible()


def test_list_goes_out_as_a_file_and_rows_come_in_from_one(company: Company, page_of: PageOf, tmp_path: Path) -> None:
    page = page_of(company.admin, "/products")
    with page.expect_download() as going:
        page.get_by_role("button", name=re.compile("导出$")).click()
        page.get_by_role("menuitem", name="CSV").click()
    exported = Path(going.value.path()).read_text(encoding="utf-8-sig")
    assert "Pump" in exported
    file = tmp_path / "products.csv"
    file.write_text("编码,品名,标准价,成本\nIMP-1,Valve,12.50,3\nIMP-2,Valve two,abc,3\n", encoding="utf-8")

    page.get_by_role("button", name="导入").click()
    wizard = page.get_by_role("dialog")
    wizard.locator("input[type=file]").set_input_files({"name": "empty.csv", "mimeType": "text/csv", "buffer": "编码,名称\n".encode()})
    wizard.get_by_role("button", name="检查文件").click()
    expect(wizard.get_by_role("alert")).to_contain_text("没有数据")
    wizard.locator("input[type=file]").set_input_files(str(file))
    expect(wizard.get_by_role("alert")).to_have_count(0)
    wizard.get_by_role("button", name="检查文件").click()
    expect(wizard.get_by_text("有 1 列的标题没有对应的字段")).to_be_visible()
    wizard.get_by_label("品名").click()
    choose(page, "名称")
    expect(wizard.get_by_text("有 1 列的标题没有对应的字段")).to_have_count(0)
    expect(wizard.get_by_text("标准价: abc: 必须是数字")).to_be_visible()
    expect(wizard.get_by_text("请改正有误的 1 行")).to_be_visible()
    expect(wizard.get_by_role("button", name=re.compile("^导入"))).to_be_disabled()
    file.write_text(file.read_text().replace("abc", "9.90").replace("品名", "名称"))
    wizard.get_by_role("button", name="换一个文件").click()
    wizard.locator("input[type=file]").set_input_files(str(file))
    wizard.get_by_role("button", name="检查文件").click()
    expect(wizard.get_by_role("button", name="导入 2 条")).to_be_enabled()
    # It can be left and come back to.
    page.reload()
    page.get_by_role("button", name="导入").click()
    wizard.get_by_role("button", name="导入 2 条").click()
    expect(wizard.get_by_role("button", name="下载结果")).to_be_visible()
    assert company.admin.get("/products", q="IMP-2")["items"][0]["list_price"] == "9.90"


def test_deleted_record_comes_back(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    page = page_of(company.wang, f"/customers?q={customer['name']}")
    page.get_by_role("checkbox", name=customer["name"]).check()
    page.get_by_role("button", name="删除").click()
    page.get_by_role("dialog").get_by_role("button", name="删除").click()
    expect(page.get_by_text("没有符合条件的记录")).to_be_visible()
    visit(page, "/customers/deleted")
    page.get_by_role("checkbox", name=customer["name"]).check()
    page.get_by_role("button", name="恢复").click()
    told(page, "恢复：成功 1 条")
    assert company.wang.get(f"/customers/{customer['id']}")["name"] == customer["name"]


def test_new_field_is_typed_and_shown_at_once(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/admin/fields")
    page.get_by_role("button", name="新建字段").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="名称（简体中文）").fill("泊位")
    dialog.get_by_role("textbox", name="名称（英文）").fill("Berth")
    dialog.get_by_role("button", name="保存").click()
    expect(page.get_by_role("button", name="泊位")).to_be_visible()
    customer = company.customer(company.wang)
    seller = page_of(company.wang, f"/customers/{customer['id']}")
    seller.get_by_role("button", name="编辑").click()
    seller.get_by_role("dialog").get_by_role("textbox", name="泊位").fill("North 7")
    seller.get_by_role("dialog").get_by_role("button", name="保存").click()
    expect(seller.get_by_text("North 7").first).to_be_visible()


def test_file_hangs_on_a_record(company: Company, page_of: PageOf, tmp_path: Path) -> None:
    customer = company.customer(company.wang)
    note = tmp_path / "agreement.txt"
    note.write_text("We agree.\n")
    page = page_of(company.wang, f"/customers/{customer['id']}?tab=files")
    page.locator("input[type=file]").set_input_files(str(note))
    with page.expect_download() as coming:
        page.get_by_role("button", name="agreement.txt", exact=True).click()
    assert Path(coming.value.path()).read_text() == "We agree.\n"
    page.get_by_role("tab", name="操作历史").click()
    expect(page.get_by_role("tabpanel").locator("q", has_text="agreement.txt")).to_be_visible()


def test_batch_edit_changes_only_what_is_ticked(company: Company, page_of: PageOf) -> None:
    first, second = (company.customer(company.wang) for _ in range(2))
    page = page_of(company.wang, "/customers?sort=-created_at")
    settled(page)
    for one in (first, second):
        page.get_by_role("checkbox", name=one["name"]).check()
    page.get_by_role("toolbar", name="批量操作").get_by_role("button", name="批量编辑").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("checkbox", name="级别").check()
    dialog.get_by_role("combobox", name="级别").click()
    choose(page, "A")
    dialog.get_by_role("button", name="保存").click()
    told(page, "批量编辑：成功 2 条")
    assert {company.wang.get(f"/customers/{one['id']}")["level"] for one in (first, second)} == {"A"}


@contextmanager
def held_up(page: Page, pattern: str) -> Iterator[None]:
    """What the page asks for within is on its way until the end."""
    waiting: list[Route] = []
    is_open = threading.Event()
    page.route(pattern, lambda route: route.continue_() if is_open.is_set() else waiting.append(route))
    yield
    is_open.set()
    for one in waiting:
        one.continue_()
    page.unroute(pattern)


def test_on_a_slow_line_the_page_stays_and_nothing_is_sent_twice(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    page = page_of(company.wang, f"/customers?q={customer['name']}")
    settled(page)
    with held_up(page, "**/assets/*.js"):
        page.get_by_role("button", name="写联系记录").click()
        expect(page.locator(".busy")).to_be_attached()
        expect(page.get_by_role("heading", name="客户")).to_be_visible()
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("textbox", name="内容概述").fill("Asked for a price")
    with held_up(page, "**/api/v1/follow-ups"):
        page.keyboard.press("Control+Enter")
        expect(drawer.get_by_role("button", name="保存")).to_have_class(re.compile("loading"))
        page.keyboard.press("Control+Enter")
    expect(drawer).to_have_count(0)
    assert len(company.wang.find("/follow-ups", customer_id=customer["id"])) == 1


def test_reminder_is_about_a_record_that_is_chosen(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    page = page_of(company.wang, "/reminders")
    page.get_by_role("button", name="新建提醒").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("textbox", name="内容").fill("Ask for the sample")
    drawer.get_by_role("textbox", name="提醒时间").fill("2030-01-02 09:00")
    page.keyboard.press("Tab")
    expect(drawer.get_by_role("combobox", name="关联记录")).to_be_disabled()
    drawer.get_by_role("combobox", name="关联模块").click()
    choose(page, "客户")
    drawer.get_by_role("combobox", name="关联记录").fill(customer["name"])
    choose(page, customer["name"])
    drawer.get_by_role("button", name="保存").click()
    expect(page.get_by_role("row").filter(has_text="Ask for the sample").get_by_role("link", name=customer["name"])).to_be_visible()


def test_view_is_shared_and_opens_the_list(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/products?sort=name")
    page.get_by_role("button", name="全部记录").click()
    page.get_by_role("menuitem", name="保存为视图").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="视图名称").fill("By name")
    dialog.get_by_role("switch", name="打开列表时默认使用").click()
    dialog.get_by_role("combobox", name="共享给角色").click()
    choose(page, "财务")
    dialog.get_by_text("保存为视图").click()
    dialog.get_by_role("button", name="保存").click()
    expect(page.get_by_role("button", name="By name")).to_be_visible()
    page.goto("/products")
    expect(page.get_by_role("button", name="By name")).to_be_visible()
    expect(page).to_have_url(re.compile("sort=name"))
    shared = next(view for view in company.admin.get("/products/views")["items"] if view["name"] == "By name")
    assert (shared["is_default"], shared["shared_roles"]) == (True, ["finance"])

    page.goto(f"/products?view={shared['id']}&sort=-name")
    page.get_by_role("button", name="By name").click()
    page.get_by_role("menuitem", name="更新视图").click()
    told(page, "已保存")
    assert next(view for view in company.admin.get("/products/views")["items"] if view["id"] == shared["id"])["sort"] == "-name"

    page.get_by_role("button", name="By name").click()
    page.get_by_role("menuitem", name="名称、默认与共享").click()
    page.get_by_role("dialog").get_by_role("switch", name="打开列表时默认使用").click()
    page.get_by_role("dialog").get_by_role("button", name="保存").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto("/products")
    settled(page)
    expect(page.get_by_role("button", name="By name")).to_have_count(0)


def test_columns_change_places_by_mouse_and_by_keyboard(company: Company, page_of: PageOf) -> None:
    page = page_of(company.wang, "/products")
    settled(page)
    heads = page.locator("thead th.ant-table-cell:not(.act)")
    expect(heads.nth(0)).to_have_text("名称")
    page.get_by_role("button", name="显示的列").click()
    page.get_by_role("button", name="编码前移").press("Enter")
    expect(heads.nth(0)).to_have_text("编码")
    rows = page.locator(".column-list li")
    rows.nth(3).drag_to(rows.nth(0))
    expect(heads.nth(0)).not_to_have_text("编码")
    moved = heads.nth(0).inner_text()
    page.get_by_text("紧凑", exact=True).click()
    expect(page.locator(".ant-table-small")).to_have_count(1)
    page.goto("/products")
    expect(page.locator(".ant-table-small")).to_have_count(1)
    expect(heads.nth(0)).to_have_text(moved)


def test_a_quick_enter_opens_what_was_typed_last(company: Company, page_of: PageOf) -> None:
    first, second = (company.customer(company.wang)["name"] for _ in range(2))
    page = page_of(company.wang, "/customers")
    settled(page)
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="全局搜索")
    box.fill(first)
    expect(page.get_by_role("option", name=first)).to_be_visible()
    box.fill(second)
    box.press("Enter")
    expect(page.get_by_role("heading", name=second)).to_be_visible()


def test_one_search_finds_everything_and_keys_walk_through_lists(company: Company, page_of: PageOf) -> None:
    first, second = sorted((company.customer(company.wang) for _ in range(2)), key=lambda one: one["name"])
    page = page_of(company.wang, "/customers?sort=name")
    settled(page)
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="全局搜索")
    expect(box).to_be_focused()
    page.keyboard.type(second["name"])
    expect(page.get_by_role("option", name=second["name"])).to_be_visible()
    # All lists have answered: what comes later would stand between.
    expect(page.get_by_role("listbox", name="搜索结果")).to_have_attribute("aria-busy", "false")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=second["name"])).to_be_visible()

    visit(page, f"/customers?sort=name&q={first['name'].rsplit(' ', 1)[0]}")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    first_row = page.locator("[data-row-key] a.lnk.strong").first
    expect(first_row).to_be_focused()
    focused = first_row.inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=focused)).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="快捷键")).to_contain_text("全局搜索")
