"""Writing spreadsheets row by row, with memory that does not grow: csv as a stream, xlsx into a temporary file.

Columns are {"name", "label", "kind"} with kind text, number, money, date or datetime; cells are text or None.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

import xlsxwriter

from shared.bus.blocking import run_blocking
from shared.sheets import looks_like_formula

BOM = b"\xef\xbb\xbf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
LONGEST_CELL = 32_767
ROWS_PER_SHEET = 1_000_000
WIDTHS = {"number": 12, "money": 16, "date": 12, "datetime": 20}
FORMATS = {"money": "#,##0.00", "date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm:ss"}

Columns = list[dict[str, Any]]
Rows = list[list[str | None]]


def csv_stream(columns: Columns, pages: Iterator[Rows]) -> Iterator[bytes]:
    """CSV that Excel opens in any language: UTF-8 with a mark. What looks like a formula gets a quote before it."""
    kinds = [column["kind"] for column in columns]
    yield BOM + _csv_lines([[column["label"] for column in columns]], ["text"] * len(columns))
    for rows in pages:
        yield _csv_lines(rows, kinds)


def _csv_lines(rows: Rows, kinds: list[str]) -> bytes:
    output = io.StringIO()
    writer = csv.writer(output, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_csv_cell(cell, kind) for cell, kind in zip(row, kinds, strict=True)])
    return output.getvalue().encode()


def _csv_cell(cell: str | None, kind: str) -> Any:
    if cell is None:
        return ""
    if kind in ("number", "money"):
        return Decimal(cell)
    return f"'{cell}" if looks_like_formula(cell) else cell


class Workbook:
    """An xlsx file being written. `file` is closed by whoever reads it."""

    def __init__(self, title: str, columns: Columns) -> None:
        self.file: BinaryIO = tempfile.TemporaryFile()  # type: ignore[assignment]  # noqa: SIM115
        self._book = xlsxwriter.Workbook(self.file, {"constant_memory": True})  # type: ignore[arg-type]
        self._title, self._columns = title, columns
        self._heading = self._book.add_format({"bold": True})
        self._text = self._book.add_format({"quote_prefix": True})
        self._formats = {kind: self._book.add_format({"num_format": form}) for kind, form in FORMATS.items()}
        self._sheet: Any = None
        self._next = 0
        self._add_sheet()

    def add(self, rows: Rows) -> None:
        """Write rows; more than a worksheet holds go on in the next one."""
        for row in rows:
            if self._next >= ROWS_PER_SHEET:
                self._add_sheet()
            for position, (cell, column) in enumerate(zip(row, self._columns, strict=True)):
                if cell is not None:
                    self._write(position, cell, column["kind"])
            self._next += 1

    def close(self) -> None:
        """Finish the file and go back to its start."""
        self._book.close()
        self.file.seek(0)

    def _add_sheet(self) -> None:
        number = len(self._book.worksheets()) + 1
        self._sheet = self._book.add_worksheet(sheet_name(self._title if number == 1 else f"{self._title[:25]} {number}"))
        self._sheet.freeze_panes(1, 0)
        for position, column in enumerate(self._columns):
            self._sheet.set_column(position, position, WIDTHS.get(column["kind"], 22))
            self._sheet.write_string(0, position, column["label"], self._heading)
        self._next = 1

    def _write(self, position: int, cell: str, kind: str) -> None:
        if kind in ("number", "money") and _fits(cell):
            self._sheet.write_number(self._next, position, float(cell), self._formats.get(kind))
        elif kind in ("date", "datetime"):
            self._sheet.write_datetime(self._next, position, datetime.fromisoformat(cell), self._formats[kind])
        else:
            # A string is never run as a formula; the prefix keeps it one when somebody edits the cell.
            form = self._text if looks_like_formula(cell) else None
            self._sheet.write_string(self._next, position, cell[:LONGEST_CELL], form)


def xlsx_file(title: str, columns: Columns, pages: Iterator[Rows]) -> BinaryIO:
    """The finished workbook at its start. The writing is done in a real thread, page by page."""
    book = Workbook(title, columns)
    for rows in pages:
        run_blocking(book.add, rows)
    run_blocking(book.close)
    return book.file


def sheet_name(title: str) -> str:
    """A name a worksheet may have."""
    return "".join(char for char in title if char not in "[]:*?/\\'")[:31] or "Sheet1"


def _fits(cell: str) -> bool:
    """Whether a spreadsheet's binary number shows exactly these digits; a larger one stays text."""
    return Decimal(f"{float(cell):.16g}") == Decimal(cell)
