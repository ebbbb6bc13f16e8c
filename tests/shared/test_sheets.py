"""Reading files that people upload: encodings, delimiters, and every way a file can be bad."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter

from shared.errors import Invalid
from shared.schema import Choice, Id, Money, Text, Whole, loader
from shared.sheets import read_sheet

SIMPLIFIED = "客户名称,电话\n上海贸易有限公司,021-5555\n李伟,010-1\n"
TRADITIONAL = "客戶名稱,電話\n臺北貿易有限公司,02-5555\n陳偉,02-1\n"


def workbook(*rows: list[Any]) -> bytes:
    output = io.BytesIO()
    book = xlsxwriter.Workbook(output, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return output.getvalue()


def rewritten(change: Callable[[str, bytes], bytes], *rows: list[Any]) -> bytes:
    """A workbook whose parts somebody changed."""
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(*rows))) as old, zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return output.getvalue()


def with_cell(cell: bytes) -> bytes:
    """A workbook with one more cell, anywhere."""
    return rewritten(lambda name, xml: xml.replace(b"</sheetData>", cell + b"</sheetData>") if "sheet1" in name else xml, ["A"], ["x"])


def bomb(size: int, *, lie: bool = False) -> bytes:
    content = rewritten(lambda name, xml: xml + b" " * size if name.endswith("workbook.xml") else xml, ["A"], ["x"])
    if not lie:
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        told = archive.getinfo("xl/workbook.xml").file_size
    return content.replace(told.to_bytes(4, "little"), (1000).to_bytes(4, "little"))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (SIMPLIFIED.encode(), SIMPLIFIED), (SIMPLIFIED.encode("utf-8-sig"), SIMPLIFIED), (SIMPLIFIED.encode("utf-16"), SIMPLIFIED),
        (SIMPLIFIED.encode("gb18030"), SIMPLIFIED), (TRADITIONAL.encode("big5"), TRADITIONAL), (TRADITIONAL.encode(), TRADITIONAL),
        (TRADITIONAL.encode("gb18030"), TRADITIONAL), ("Name\n甲\n".encode("gb18030"), "Name\n甲\n"),
        (SIMPLIFIED.replace(",", ";").encode(), SIMPLIFIED), (SIMPLIFIED.replace(",", "\t").encode("gb18030"), SIMPLIFIED),
        (SIMPLIFIED.replace("\n", "\r\n").encode(), SIMPLIFIED), (("\n\n" + SIMPLIFIED).encode(), SIMPLIFIED),
    ],
)  # fmt: skip
def test_csv_is_read_in_its_encoding_and_with_its_delimiter(raw: bytes, text: str) -> None:
    sheet = read_sheet(io.BytesIO(raw), "customers.CSV")
    heading, *lines = [line.split(",") for line in text.strip().splitlines()]
    assert sheet.headings == heading
    assert [cells for _, cells in sheet.rows] == lines


def test_rows_keep_their_numbers_and_cells_their_lines() -> None:
    sheet = read_sheet(io.BytesIO(b'A,B\n1,"two\nlines, ""quoted"""\n,\n3,\n'), "a.csv")
    assert sheet.rows == [(2, ["1", 'two\nlines, "quoted"']), (4, ["3", None])]


def test_workbook_cells_are_text_as_people_read_them() -> None:
    row = ["x", 13800138000, 0.1 + 0.2, 1234567890123.45, True, date(2026, 11, 24), datetime(2026, 11, 24, 9, 30), " blanks ", None]
    sheet = read_sheet(io.BytesIO(workbook([f"H{number}" for number in range(len(row))], row)), "a.xlsx")
    assert sheet.rows == [
        (2, ["x", "13800138000", "0.3", "1234567890123.45", "true", "2026-11-24", "2026-11-24 09:30:00", "blanks", None])
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"%PDF-1.7", "unsupported_file_type"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "unsupported_file_type"),
        ("a", b"A,B", "unsupported_file_type"),
        ("a.csv", b"", "file_is_empty"),
        ("a.csv", b"\n\n , \n", "file_is_empty"),
        ("a.xlsx", b"A,B\n1,2", "content_differs_from_name"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "content_differs_from_name"),
        ("a.csv", workbook(["A"]), "content_differs_from_name"),
        ("a.csv", b"A,B\n1,\x00\n", "content_differs_from_name"),
        ("a.csv", b"A,B\n\xff\xff\xff\xff,2\n", "unknown_encoding"),
        ("a.csv", b"\xef\xbb\xbfA\n\xff\n", "unknown_encoding"),
        ("a.csv", b'A,B\n1,"never closed\n2,3\n', "unreadable_csv"),
        ("a.csv", b'A,B\n1,"two"words\n', "unreadable_csv"),
        ("a.csv", b"A\n" + b"x" * 40_000 + b"\n", "cell_too_long"),
        ("a.csv", b"A\n" + b"x" * 200_000 + b"\n", "unreadable_csv"),
        ("a.csv", ",".join(f"H{number}" for number in range(100_000)).encode(), "too_many_columns"),
        ("a.csv", b"A,B\n" + b"," * 100_000, "too_many_columns"),
        ("a.csv", b"A\n" + b"x\n" * 50_001, "too_many_rows"),
        ("a.csv", b"A,,C\n1,2,3\n", "column_without_heading"),
        ("a.csv", b"A,B,A\n1,2,3\n", "repeated_heading"),
        ("a.csv", b"A,B\n1,2,3\n", "cell_without_heading"),
        ("a.csv", b"x" * 201 + b"\n1\n", "heading_too_long"),
        ("a.xlsx", b"PK\x03\x04 no archive", "unreadable_xlsx"),
        ("a.xlsx", workbook(["A"], ["x"])[:-300], "unreadable_xlsx"),
        ("a.xlsx", rewritten(lambda name, xml: b"<broken" if "sheet1" in name else xml, ["A"]), "unreadable_xlsx"),
        ("a.xlsx", workbook([f"H{number}" for number in range(201)]), "too_many_columns"),
        ("a.xlsx", with_cell(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "too_many_columns"),
        ("a.xlsx", with_cell(b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>'), "too_many_rows"),
        ("a.xlsx", with_cell(b"<row r='1048576'><c s='1'><v>1</v></c></row>"), "too_many_rows"),
        ("a.xlsx", bomb(201 * 1024 * 1024), "file_too_large_unpacked"),
    ],
)
def test_bad_file_is_refused_by_what_is_wrong_with_it(name: str, content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_sheet(io.BytesIO(content), name)
    assert [codes[0][0] for codes in refused.value.errors.values()] == [code]


def test_archive_that_lies_about_its_size_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        read_sheet(io.BytesIO(bomb(201 * 1024 * 1024, lie=True)), "a.xlsx")
    assert refused.value.errors["file"][0][0] in ("file_too_large_unpacked", "unreadable_xlsx")


def test_format_of_empty_cells_far_away_does_no_harm() -> None:
    content = with_cell(b'<row r="1048576"><c r="XFD1048576" s="1"/></row>')
    assert read_sheet(io.BytesIO(content), "a.xlsx").rows == [(2, ["x"])]


def test_loader_loads_as_the_schema_does() -> None:
    from shared.schema import Schema

    class Shape(Schema):
        name = Text(required=True, max=5)
        price = Money(allow_none=True)
        kind = Choice(("a", "b"), load_default="a")
        pages = Whole(load_only=True)
        shown = Id(dump_only=True)
        other = Text(data_key="elsewhere")

    class Partial(Shape):
        partial_fields = ("name", "kind")

    for kind in (Shape, Partial):
        load = loader(kind())
        for raw in (
            {}, {"name": "x"}, {"name": None}, {"name": "too long"}, {"price": None, "name": "x"}, {"price": "1.5", "name": " x "},
            {"name": "x", "kind": "b"}, {"kind": "c"}, {"pages": True}, {"shown": "x"}, {"nonsense": 1, "name": 5}, {"elsewhere": "x", "name": "y"},
        ):  # fmt: skip
            assert _outcome(load, raw) == _outcome(kind().load, raw), (kind, raw)


def _outcome(load: Callable[[Any], Any], raw: dict[str, Any]) -> Any:
    from marshmallow import ValidationError

    try:
        return load(raw)
    except ValidationError as error:
        return error.messages
