"""The workbench: an administrator says what is on it, and those with the role see that and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import Company
from tests.web.conftest import PageOf, choose, settled, told

pytestmark = pytest.mark.slow

PATH = "/workbench/templates"


@pytest.fixture
def usual(company: Company) -> Iterator[Any]:
    """The template that representatives begin with; afterwards it is theirs again, and no other is."""
    [kept] = [one for one in company.admin.get(PATH)["items"] if one["roles"] == ["sales_rep"]]
    yield kept
    for one in company.admin.get(PATH)["items"]:
        if one["id"] == kept["id"]:
            company.admin.patch(f"{PATH}/{one['id']}", {"version": one["version"], "is_active": True})
        elif "sales_rep" in one["roles"]:
            company.admin.delete(f"{PATH}/{one['id']}")


def add(editor: Locator, title: str) -> None:
    editor.get_by_role("combobox", name=re.compile("组件$")).fill(title)
    choose(editor.page, title)


def stand(editor: Locator, *titles: str) -> None:
    """The components are these, in this order."""
    expect(editor.get_by_role("list", name="组件").get_by_role("listitem")).to_have_text(titles, use_inner_text=True)


def titles(page: Page) -> list[str]:
    page.goto("/")
    settled(page)
    return page.locator(".widgets h2").all_inner_texts()


def test_a_template_decides_what_representatives_see(company: Company, page_of: PageOf, usual: Any) -> None:
    company.customer(company.wang)
    seller = page_of(company.wang)
    settled(seller)
    assert {"我的客户", "待回访客户"} <= {text.split()[0] for text in titles(seller)}

    page = page_of(company.admin, "/workbench-templates")
    card = lambda name: page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=name, exact=True))  # noqa: E731
    card(usual["name"]).get_by_role("switch").click()
    expect(card(usual["name"]).get_by_role("switch")).not_to_be_checked()
    page.get_by_role("button", name="新建模板").click()
    editor = page.get_by_role("dialog", name="新建模板")
    editor.get_by_role("button", name="保存").click()
    expect(editor.get_by_text("请至少选择一个组件")).to_be_visible()
    editor.get_by_role("textbox", name="模板名称").fill("Two of them")
    editor.get_by_role("combobox", name="角色").fill("销售代表")
    choose(page, "销售代表")
    page.keyboard.press("Escape")
    for title in ("本月订单", "待我审批", "我的客户"):
        add(editor, title)
    expect(editor.get_by_text("（销售代表没有权限，不显示）")).to_have_count(1)
    stand(editor, "本月订单", "待我审批", "我的客户")
    # The keyboard is enough for the order and the size.
    for _ in range(2):
        editor.get_by_role("button", name="我的客户前移").press("Enter")
    editor.get_by_role("combobox", name="“本月订单”的尺寸").focus()
    for key in ("Enter", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    stand(editor, "我的客户", "本月订单", "待我审批")
    editor.get_by_role("button", name="保存").click()
    told(page, "已保存")
    expect(card("Two of them")).to_contain_text("销售代表")

    assert titles(seller) == ["我的客户", "本月订单"]
    expect(seller.locator(".widget.half")).to_contain_text("本月订单")
    seller.get_by_role("link", name="我的客户").click()
    expect(seller.get_by_role("heading", name="客户", exact=True)).to_be_visible()

    # Dragging does the same as the arrows.
    card("Two of them").get_by_role("button", name="编辑").click()
    editor = page.get_by_role("dialog", name="编辑模板")
    rows = editor.locator("[draggable=true]")
    rows.filter(has_text="本月订单").drag_to(rows.filter(has_text="我的客户"))
    editor.get_by_role("button", name="移除“待我审批”").click()
    editor.get_by_role("button", name="保存").click()
    told(page, "已保存")
    assert titles(seller) == ["本月订单", "我的客户"]

    # It goes to the recycle bin, and the usual one counts again when it is switched on.
    card("Two of them").get_by_role("button", name="删除").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("删 ?除")).click()
    expect(card("Two of them")).to_have_count(0)
    card(usual["name"]).get_by_role("switch").click()
    expect(card(usual["name"]).get_by_role("switch")).to_be_checked()
    assert "待回访客户" in {text.split()[0] for text in titles(seller)}
    page.get_by_role("link", name="回收站").click()
    expect(page.get_by_text("Two of them")).to_be_visible()


def test_who_may_see_none_of_their_widgets_is_told_so(company: Company, page_of: PageOf, usual: Any) -> None:
    company.admin.patch(f"{PATH}/{usual['id']}", {"version": usual["version"], "is_active": False})
    company.admin.post(PATH, {"name": "Nothing", "roles": ["sales_rep"], "widgets": [{"code": "orders_to_approve", "size": "half"}]})
    page = page_of(company.li, "/", width=390)
    expect(page.get_by_text("工作台上暂无组件，请联系管理员添加。")).to_be_visible()
    expect(page.locator(".widgets h2")).to_have_count(0)
