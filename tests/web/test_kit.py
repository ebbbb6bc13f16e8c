"""What every list can do: views, filters, export, import, files, the recycle bin, custom fields."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Company
from tests.web.conftest import PageOf, choose, settled

pytestmark = pytest.mark.slow


def test_filter_is_kept_in_the_address_and_saved_as_a_view(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/products")
    page.get_by_role("button", name="Filter").click()
    builder = page.get_by_role("dialog")
    builder.get_by_role("combobox", name="Field").click()
    choose(page, "Code")
    builder.get_by_role("textbox", name="Value").fill("no-such-code")
    builder.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile("filter="))
    expect(page.get_by_text("No record matches")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Code contains no-such-code")).to_be_visible()
    page.get_by_role("button", name="All").first.click()
    page.get_by_role("menuitem", name="Save as view").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("Odd codes")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Clear").first.click()
    expect(page.get_by_role("link", name="Pump")).to_be_visible()
    page.get_by_role("button", name="All").first.click()
    page.get_by_role("menuitem", name="Odd codes").click()
    expect(page.get_by_text("No record matches")).to_be_visible()


def test_list_goes_out_as_a_file_and_rows_come_in_from_one(company: Company, page_of: PageOf, tmp_path: Path) -> None:
    page = page_of(company.admin, "/products")
    with page.expect_download() as going:
        page.get_by_role("button", name=re.compile("Export$")).click()
        page.get_by_role("menuitem", name="CSV").click()
    exported = Path(going.value.path()).read_text(encoding="utf-8-sig")
    assert "Pump" in exported
    file = tmp_path / "products.csv"
    file.write_text("Code,Product name,List price,Cost\nIMP-1,Valve,12.50,3\nIMP-2,Valve two,abc,3\n", encoding="utf-8")
    names = {field["name"]: field["label"] for field in company.admin.get("/meta/products")["fields"]}
    file.write_text(file.read_text().replace("Product name", names["name"]).replace("List price", names["list_price"]))

    page.get_by_role("button", name="Import").click()
    wizard = page.get_by_role("dialog")
    wizard.locator("input[type=file]").set_input_files(str(file))
    wizard.get_by_role("button", name="Check the file").click()
    expect(wizard.get_by_text("abc", exact=False).or_(wizard.get_by_text("decimal", exact=False)).first).to_be_visible()
    expect(wizard.get_by_role("button", name=re.compile("^Import"))).to_be_disabled()
    file.write_text(file.read_text().replace("abc", "9.90"))
    wizard.get_by_role("button", name="Choose another file").click()
    wizard.locator("input[type=file]").set_input_files(str(file))
    wizard.get_by_role("button", name="Check the file").click()
    expect(wizard.get_by_role("button", name="Import 2 records")).to_be_enabled()
    # It can be left and come back to.
    page.reload()
    page.get_by_role("button", name="Import").click()
    wizard.get_by_role("button", name="Import 2 records").click()
    expect(wizard.get_by_role("button", name="Download the result")).to_be_visible()
    assert company.admin.get("/products", q="IMP-2")["items"][0]["list_price"] == "9.90"


def test_deleted_record_comes_back(company: Company, page_of: PageOf) -> None:
    customer = company.customer(company.wang)
    page = page_of(company.wang, f"/customers?q={customer['name']}")
    page.get_by_role("checkbox", name=customer["name"]).check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No record matches")).to_be_visible()
    page.goto("/customers/deleted")
    page.get_by_role("checkbox", name=customer["name"]).check()
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("Restore: 1 succeeded")).to_be_visible()
    assert company.wang.get(f"/customers/{customer['id']}")["name"] == customer["name"]


def test_new_field_is_typed_and_shown_at_once(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/admin/fields")
    page.get_by_role("button", name="New field").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Label (English)").fill("Berth")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Berth")).to_be_visible()
    customer = company.customer(company.wang)
    seller = page_of(company.wang, f"/customers/{customer['id']}")
    seller.get_by_role("button", name="Edit").click()
    seller.get_by_role("dialog").get_by_role("textbox", name="Berth").fill("North 7")
    seller.get_by_role("dialog").get_by_role("button", name="Save").click()
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
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_role("tabpanel").get_by_text("“agreement.txt”").or_(page.locator("q", has_text="agreement.txt"))).to_be_visible()


def test_batch_edit_changes_only_what_is_ticked(company: Company, page_of: PageOf) -> None:
    first, second = (company.customer(company.wang) for _ in range(2))
    page = page_of(company.wang, "/customers?sort=-created_at")
    settled(page)
    for one in (first, second):
        page.get_by_role("checkbox", name=one["name"]).check()
    page.get_by_role("toolbar", name="Batch actions").get_by_role("button", name="Edit").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("checkbox", name="Level").check()
    dialog.get_by_role("combobox", name="Level").click()
    choose(page, "A")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Edit: 2 succeeded")).to_be_visible()
    assert {company.wang.get(f"/customers/{one['id']}")["level"] for one in (first, second)} == {"A"}


def test_view_is_shared_and_opens_the_list(company: Company, page_of: PageOf) -> None:
    page = page_of(company.admin, "/products?sort=name")
    page.get_by_role("button", name="All").first.click()
    page.get_by_role("menuitem", name="Save as view").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Name of the view").fill("By name")
    dialog.get_by_role("switch", name="The list opens with this view").click()
    dialog.get_by_role("combobox", name="Shared with roles").click()
    choose(page, "Finance")
    dialog.get_by_text("Save as view").click()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="By name")).to_be_visible()
    page.goto("/products")
    expect(page.get_by_role("button", name="By name")).to_be_visible()
    expect(page).to_have_url(re.compile("sort=name"))
    shared = next(view for view in company.admin.get("/products/views")["items"] if view["name"] == "By name")
    assert (shared["is_default"], shared["shared_roles"]) == (True, ["finance"])

    page.goto(f"/products?view={shared['id']}&sort=-name")
    page.get_by_role("button", name="By name").click()
    page.get_by_role("menuitem", name="Save changes to").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    assert next(view for view in company.admin.get("/products/views")["items"] if view["id"] == shared["id"])["sort"] == "-name"

    page.get_by_role("button", name="By name").click()
    page.get_by_role("menuitem", name="Name, default and sharing").click()
    page.get_by_role("dialog").get_by_role("switch", name="The list opens with this view").click()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto("/products")
    settled(page)
    expect(page.get_by_role("button", name="By name")).to_have_count(0)


def test_columns_change_places_by_mouse_and_by_keyboard(company: Company, page_of: PageOf) -> None:
    page = page_of(company.wang, "/products")
    settled(page)
    heads = page.locator("thead th.ant-table-cell:not(.act)")
    expect(heads.nth(0)).to_have_text("Name")
    page.get_by_role("button", name="Columns").click()
    page.get_by_role("button", name="Code one earlier").press("Enter")
    expect(heads.nth(0)).to_have_text("Code")
    rows = page.locator(".column-list li")
    rows.nth(3).drag_to(rows.nth(0))
    expect(heads.nth(0)).not_to_have_text("Code")
    moved = heads.nth(0).inner_text()
    page.get_by_text("Compact", exact=True).click()
    expect(page.locator(".ant-table-small")).to_have_count(1)
    page.goto("/products")
    expect(page.locator(".ant-table-small")).to_have_count(1)
    expect(heads.nth(0)).to_have_text(moved)


def test_one_search_finds_everything_and_keys_walk_through_lists(company: Company, page_of: PageOf) -> None:
    first, second = sorted((company.customer(company.wang) for _ in range(2)), key=lambda one: one["name"])
    page = page_of(company.wang, "/customers?sort=name")
    settled(page)
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Search everywhere")
    expect(box).to_be_focused()
    page.keyboard.type(second["name"])
    expect(page.get_by_role("option", name=second["name"])).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=second["name"])).to_be_visible()

    page.goto(f"/customers?sort=name&q={first['name'].rsplit(' ', 1)[0]}")
    settled(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    focused = page.evaluate("document.activeElement.textContent")
    assert focused == page.locator("[data-row-key] a.lnk.strong").first.inner_text()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=focused)).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Search everywhere")
