"""Export page by page: all rows once, whatever the sort and whatever is empty; cells as a person reads them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.resources import exports
from tests.doors import Refused, TestDoor


@pytest.fixture
def library(library: TestDoor, monkeypatch: pytest.MonkeyPatch) -> TestDoor:
    monkeypatch.setattr(exports, "PAGE", 3)
    return library


def exported(door: TestDoor, caller: Any, **params: str) -> list[list[Any]]:
    rows: list[list[Any]] = []
    after: dict[str, str] = {}
    while True:
        page = door.call("export_books", caller, **params, **after)
        assert page["total"] is None or not after
        rows += page["rows"]
        if page["next"] is None:
            return rows
        after = {"after": page["next"]}


@pytest.fixture
def shelf(library: TestDoor, caller: Any) -> TestDoor:
    me = caller()
    library.call("create_book_field", me, name="old", type="yes_no", labels={"en": "Old"})
    for number in range(11):
        empty = number % 3 == 0
        library.call(
            "create_book", me, title=f"Book {number % 4}", code=f"C{number:02d}", price=None if empty else f"{number}.50",
            printed_on=None if number % 2 else f"2026-01-{number + 1:02d}", pages=None if empty else 5,
            is_rare=number % 5 < 2, c_old=None if empty else number % 2 == 1,
        )  # fmt: skip
    return library


SORTS = ("", "code", "-code", "price", "-price", "pages,-price", "-pages,title", "printed_on,-title", "-created_at,price", "-lent_at", "is_rare",
         "-is_rare,price", "c_old,-code", "-c_old")  # fmt: skip


def test_every_row_comes_once_in_the_order_of_the_list(shelf: TestDoor, caller: Any) -> None:
    for sort in SORTS:
        params = {"sort": sort} if sort else {}
        listed = [row["code"] for row in shelf.call("list_books", caller(), page_size="200", **params)["items"]]
        assert len(listed) == 11
        assert [code for [code] in exported(shelf, caller(), fields="code", **params)] == listed, sort


def test_cells_are_what_a_person_reads(library: TestDoor, caller: Any) -> None:
    me = caller("Wang Fang", language="zh-CN")
    library.call("create_book", me, title="=1+1", price="1200.50", weight="0.125", shelf="closed", is_rare=True, printed_on="2026-01-05")
    page = library.call("export_books", me, fields="title,price,weight,is_rare,printed_on,lent_at,created_at,owner_id")
    assert [(one["name"], one["kind"]) for one in page["columns"]] == [
        ("title", "text"), ("price", "money"), ("weight", "number"), ("is_rare", "text"), ("printed_on", "date"), ("lent_at", "datetime"),
        ("created_at", "datetime"), ("owner_id", "text"),
    ]  # fmt: skip
    [row] = page["rows"]
    assert row[:6] == ["=1+1", "1200.50", "0.125", "是", "2026-01-05", None]
    assert len(row[6]) == 19
    everything = library.call("export_books", me)["columns"]
    assert not {"id", "can", "version", "chapters"} & {one["name"] for one in everything}


def test_rows_are_those_of_filter_and_scope(shelf: TestDoor, caller: Any) -> None:
    tree = json.dumps({"field": "price", "op": "is_empty"})
    assert len(exported(shelf, caller(), filter=tree, fields="code")) == 4
    assert len(exported(shelf, caller(), q="Book 1", fields="code")) == 3
    assert exported(shelf, caller(scopes={"books": "own"}), fields="code") == []


def test_row_added_meanwhile_is_left_out(shelf: TestDoor, caller: Any) -> None:
    first = shelf.call("export_books", caller(), sort="-code", fields="code")
    shelf.call("create_book", caller(), title="Late", code="A0")
    rest: list[Any] = []
    page = first
    while page["next"]:
        page = shelf.call("export_books", caller(), sort="-code", fields="code", after=page["next"])
        rest += page["rows"]
    assert ["A0"] not in rest
    assert len(first["rows"]) + len(rest) == first["total"] == 11


UNKNOWN = (
    ({"fields": "nonsense"}, "unknown_field"),
    ({"sort": "nonsense"}, "unknown_sort_field"),
    ({"filter": "{"}, "filter_malformed"),
    ({"page": "1"}, "unknown_field"),
    ({"after": "nonsense"}, "invalid_value"),
    ({"after": '["2026-01-01T00:00:00+00:00",[["decimal","x"],["plain","y"]]]'}, "invalid_value"),
)


def test_what_is_unknown_is_a_400_that_names_it(shelf: TestDoor, caller: Any) -> None:
    for params, code in UNKNOWN:
        with pytest.raises(Refused) as refused:
            shelf.call("export_books", caller(), **params)
        assert refused.value.status == 400
        assert code in refused.value.fields.values()


def test_hidden_field_is_in_no_export(shelf: TestDoor, caller: Any) -> None:
    clerk = caller(field_rights={"books": {"price": "hidden"}})
    assert "price" not in {one["name"] for one in shelf.call("export_books", clerk)["columns"]}
    with pytest.raises(Refused) as refused:
        shelf.call("export_books", clerk, fields="price")
    assert refused.value.fields == {"fields": "unknown_field"}
