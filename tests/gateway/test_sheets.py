"""Spreadsheets as they are opened again: formulas are harmless, numbers are numbers, nothing is lost."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import pytest
import python_calamine

from gateway.sheets import csv_stream, sheet_name, xlsx_file
from gateway.templates import template_file

PAYLOADS = [
    "=1+1", "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://x\",\"y\")", "+1+1", "-1+1", "-2+3+cmd|' /C calc'!A0", "@SUM(1,1)", "@x",
    "\t=1+1", "\r=1+1", "\n=1+1", "\x00=1+1"[1:], "＝1+1", "＋1+1", "－1+1", "＠SUM(1)", " =1+1", "   +1", "\u3000=1", "\ufeff=1",
    "=1+1\";=1+1", "=A1,=B1", "-", "+", "@", "=", "+86 138 0013 8000", "-5.00", "=\u202e1", '="a"&"b"', "=1\n=2", "'=1+1"[1:],
]  # fmt: skip
HARMLESS = ["plain", "a=b", "5 - 3", "公海 客户", 'he said "hi"', "a,b;c\td", "two\nlines", "0012345", "1e5", "'quoted"]
COLUMNS = [{"name": "t", "label": "Text", "kind": "text"}, {"name": "m", "label": "Amount", "kind": "money"}]


def opened(content: bytes) -> list[list[Any]]:
    return python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()


@pytest.mark.parametrize("text", [*PAYLOADS, *HARMLESS])
def test_text_in_csv_is_never_a_formula_and_comes_back(text: str) -> None:
    content = b"".join(csv_stream(COLUMNS, iter([[[text, "1.00"]]])))
    assert content.startswith(b"\xef\xbb\xbf")
    _, [cell, amount] = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert cell == (f"'{text}" if text in PAYLOADS else text)
    assert cell.lstrip(" \u3000\ufeff")[0] not in "=+-@\t\r\n＝＋－＠"
    assert amount == "1.00"


@pytest.mark.parametrize("text", [*PAYLOADS, *HARMLESS])
def test_text_in_xlsx_is_never_a_formula_and_comes_back(text: str) -> None:
    content = xlsx_file("Books", COLUMNS, iter([[[text, "1.00"]]])).read()
    xml = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in xml
    # A workbook keeps line ends as \n, and a carriage return as _x000D_.
    assert str(opened(content)[1][0]).replace("_x000D_", "\r").replace("\r", "\n") == text.replace("\r", "\n")
    styles = zipfile.ZipFile(io.BytesIO(content)).read("xl/styles.xml")
    assert (b'quotePrefix="1"' in styles) is (text in PAYLOADS)


@pytest.mark.parametrize("amount", ["-5.00", "0.10", "1234567890123.45", "9999999999999.99", "0.00", "-0.01"])
def test_numbers_stay_numbers_and_exact(amount: str) -> None:
    content = b"".join(csv_stream(COLUMNS, iter([[["x", amount]]]))).decode("utf-8-sig")
    assert content.splitlines()[1] == f'"x",{amount}'
    cell = opened(xlsx_file("Books", COLUMNS, iter([[["x", amount]]])).read())[1][1]
    assert isinstance(cell, float)
    assert f"{cell:.2f}" == amount


def test_number_that_a_spreadsheet_cannot_show_exactly_stays_text() -> None:
    columns = [{"name": "q", "label": "Quantity", "kind": "number"}]
    [[cell]] = opened(xlsx_file("Books", columns, iter([[["1234567890123.123"]], [["9007199254740993.125"]]])).read())[2:]
    assert cell == "9007199254740993.125"


def test_dates_are_dates_and_empty_cells_empty() -> None:
    columns = [{"name": "d", "label": "Day", "kind": "date"}, {"name": "t", "label": "Time", "kind": "datetime"}]
    rows = [["2026-11-24", "2026-11-24 09:30:00"], [None, None]]
    [_, [day, moment], *_] = opened(xlsx_file("Books", columns, iter([rows])).read())
    assert (day.isoformat(), moment.isoformat()) == ("2026-11-24", "2026-11-24T09:30:00")


def test_sheet_names_are_what_a_workbook_allows() -> None:
    assert sheet_name("[a]:b*c?d/e\\f'" + "x" * 40) == "abcdef" + "x" * 25
    assert sheet_name("??") == "Sheet1"


def test_template_marks_what_is_required_and_lists_choices() -> None:
    columns = [
        {"name": "name", "label": "Name", "required": True, "kind": "text", "choices": []},
        {"name": "level", "label": "Level", "required": False, "kind": "choice", "choices": ["A", "B"]},
    ]
    content = template_file({"title": "Customers", "columns": columns}).read()
    book = python_calamine.load_workbook(io.BytesIO(content))
    assert book.sheet_names == ["Customers", "choices"]
    assert book.get_sheet_by_index(0).to_python()[0] == ["Name*", "Level"]
    assert [row[-1] for row in book.get_sheet_by_index(1).to_python()] == ["Level", "A", "B"]
    assert b"'choices'!$B$2:$B$3" in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
