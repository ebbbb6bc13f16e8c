"""Spreadsheets as they are opened again: formulas are harmless, numbers are numbers, nothing is lost."""

from __future__ import annotations

import csv
import io
import re
import tracemalloc
import zipfile
from typing import Any
from xml.etree import ElementTree

import pytest
import python_calamine

import gateway.sheets
from gateway.sheets import csv_stream, sheet_name, xlsx_stream
from gateway.templates import template_file
from gateway.workbook import PREFIXED, letters

PAYLOADS = [
    "=1+1", "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://x\",\"y\")", "+1+1", "-1+1", "-2+3+cmd|' /C calc'!A0", "@SUM(1,1)", "@x",
    "\t=1+1", "\r=1+1", "\n=1+1", "\x00=1+1"[1:], "＝1+1", "＋1+1", "－1+1", "＠SUM(1)", " =1+1", "   +1", "\u3000=1", "\ufeff=1",
    "=1+1\";=1+1", "=A1,=B1", "-", "+", "@", "=", "+86 138 0013 8000", "-5.00", "=\u202e1", '="a"&"b"', "=1\n=2", "'=1+1"[1:],
]  # fmt: skip
HARMLESS = ["plain", "a=b", "5 - 3", "公海 客户", 'he said "hi"', "a,b;c\td", "two\nlines", "0012345", "1e5", "'quoted"]
COLUMNS = [{"name": "t", "label": "Text", "kind": "text"}, {"name": "m", "label": "Amount", "kind": "money"}]


def xlsx_bytes(title: str, columns: Any, pages: Any) -> bytes:
    return b"".join(xlsx_stream(title, columns, pages))


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
    content = xlsx_bytes("Books", COLUMNS, iter([[[text, "1.00"]]]))
    xml = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in xml
    # A workbook keeps line ends as \n, and a carriage return as _x000D_.
    assert str(opened(content)[1][0]).replace("_x000D_", "\r").replace("\r", "\n") == text.replace("\r", "\n")
    assert (f'<c r="A2" s="{PREFIXED}"'.encode() in xml) is (text in PAYLOADS)
    styles = zipfile.ZipFile(io.BytesIO(content)).read("xl/styles.xml").decode()
    assert "quotePrefix" in styles.partition("<cellXfs")[2].split("<xf ")[PREFIXED + 1]


@pytest.mark.parametrize("amount", ["-5.00", "0.10", "1234567890123.45", "9999999999999.99", "0.00", "-0.01"])
def test_numbers_stay_numbers_and_exact(amount: str) -> None:
    content = b"".join(csv_stream(COLUMNS, iter([[["x", amount]]]))).decode("utf-8-sig")
    assert content.splitlines()[1] == f'"x",{amount}'
    cell = opened(xlsx_bytes("Books", COLUMNS, iter([[["x", amount]]])))[1][1]
    assert isinstance(cell, float)
    assert f"{cell:.2f}" == amount


def test_number_that_a_spreadsheet_cannot_show_exactly_stays_text() -> None:
    columns = [{"name": "q", "label": "Quantity", "kind": "number"}]
    [[cell]] = opened(xlsx_bytes("Books", columns, iter([[["1234567890123.123"]], [["9007199254740993.125"]]])))[2:]
    assert cell == "9007199254740993.125"


def test_dates_are_dates_and_empty_cells_empty() -> None:
    columns = [{"name": "d", "label": "Day", "kind": "date"}, {"name": "t", "label": "Time", "kind": "datetime"}]
    rows = [["2026-11-24", "2026-11-24 09:30:00"], [None, None]]
    [_, [day, moment], *_] = opened(xlsx_bytes("Books", columns, iter([rows])))
    assert (day.isoformat(), moment.isoformat()) == ("2026-11-24", "2026-11-24T09:30:00")


@pytest.mark.parametrize("moment", ["1900-03-01", "1999-12-31", "2000-02-29", "2026-11-24 23:59:59", "9999-12-31"])
def test_dates_come_back_to_the_second(moment: str) -> None:
    columns = [{"name": "t", "label": "Time", "kind": "datetime" if " " in moment else "date"}]
    cell = opened(xlsx_bytes("Books", columns, iter([[[moment]]])))[1][0]
    assert str(cell) == moment


def test_a_day_before_spreadsheets_begin_stays_text() -> None:
    columns = [{"name": "d", "label": "Day", "kind": "date"}]
    assert opened(xlsx_bytes("Books", columns, iter([[["1899-12-30"]]])))[1] == ["1899-12-30"]


@pytest.mark.parametrize("text", ['<a> & "b"', "\x01\x1f\x7f", "_x000D_", "\ufffe", "  two  ", "x" * 40_000, "𠮷 😀"])
def test_any_text_makes_a_file_that_opens(text: str) -> None:
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes(text, COLUMNS, iter([[[text, "1.00"]]])))) as file:
        parts = {name: ElementTree.fromstring(file.read(name)) for name in file.namelist()}
    cell = parts["xl/worksheets/sheet1.xml"].find(".//{*}c[@r='A2']/{*}is/{*}t")
    assert cell is not None
    assert re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), cell.text or "") == text[:32_767]
    assert set(parts) == {
        "[Content_Types].xml",
        "_rels/.rels",
        "xl/workbook.xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/worksheets/sheet1.xml",
    }


def test_columns_are_named_as_everywhere() -> None:
    assert [letters(position) for position in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


def test_the_first_bytes_leave_before_the_last_page_is_read() -> None:
    read: list[int] = []

    def pages() -> Any:
        for number in range(200):
            read.append(number)
            yield [[f"{number} {row} {hash((number, row))}", "1.00"] for row in range(250)]

    stream = xlsx_stream("Books", COLUMNS, pages())
    assert next(stream).startswith(b"PK\x03\x04")
    assert len(read) == 1
    pieces = list(stream)
    assert max(map(len, pieces)) < 200_000, "nothing is kept back"
    assert len(pieces) > 20


def test_memory_does_not_grow_with_the_rows() -> None:
    tracemalloc.start()
    try:
        for _ in xlsx_stream("Books", COLUMNS, ([[f"{number} {row}", "1.00"] for row in range(250)] for number in range(80))):
            pass
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


def test_what_nobody_reads_to_the_end_is_put_away() -> None:
    stream = xlsx_stream("Books", COLUMNS, iter([[["x", "1.00"]]] * 10))
    next(stream)
    stream.close()

    def fails() -> Any:
        yield [["x", "1.00"]]
        raise ConnectionError

    with pytest.raises(ConnectionError):
        list(xlsx_stream("Books", COLUMNS, fails()))


@pytest.mark.parametrize(("limit", "value"), [("ROWS_PER_SHEET", 2), ("LARGEST_SHEET", 250)])
def test_more_than_a_worksheet_holds_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch, limit: str, value: int) -> None:
    monkeypatch.setattr(gateway.sheets, limit, value)
    book = python_calamine.load_workbook(io.BytesIO(xlsx_bytes("Books", COLUMNS, iter([[[str(row), "1.00"]] for row in range(5)]))))
    assert book.sheet_names[:3] == ["Books", "Books 2", "Books 3"]
    rows = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert {tuple(sheet[0]) for sheet in rows} == {("Text", "Amount")}
    assert [row[0] for sheet in rows for row in sheet[1:]] == list("01234")


def test_sheet_names_are_what_a_workbook_allows() -> None:
    assert sheet_name("[a]:b*c?d/e\\f'" + "x" * 40) == "abcdef" + "x" * 25
    assert sheet_name("??") == "Sheet1"


def test_template_marks_what_is_required_and_lists_choices() -> None:
    columns = [
        {"name": "name", "label": "Name", "required": True, "kind": "text", "choices": []},
        {"name": "level", "label": "Level", "required": False, "kind": "choice", "choices": ["A", "B"]},
    ]
    content = template_file({"title": "Customers", "columns": columns})
    book = python_calamine.load_workbook(io.BytesIO(content))
    assert book.sheet_names == ["Customers", "choices"]
    assert book.get_sheet_by_index(0).to_python()[0] == ["Name*", "Level"]
    assert [row[-1] for row in book.get_sheet_by_index(1).to_python()] == ["Level", "A", "B"]
    assert b"'choices'!$B$2:$B$3" in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
