"""Writing spreadsheets row by row as streams: the first rows are on their way while the last are not read yet, and memory does not grow.

Columns are {"name", "label", "kind"} with kind text, number, money, date or datetime; cells are text or None.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from gateway import workbook
from shared.bus.blocking import run_blocking
from shared.sheets import looks_like_formula

BOM = b"\xef\xbb\xbf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
LONGEST_CELL = 32_767
ROWS_PER_SHEET = 1_000_000
LARGEST_SHEET = 1 << 30
"""Bytes of a worksheet's XML; beyond two gigabytes a zip needs extensions that not every program reads."""
FIRST_DAY, DAY_ZERO = datetime.fromisoformat("1900-03-01"), datetime.fromisoformat("1899-12-30")
"""Days before are off by one in some programs and no dates at all in others."""
UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""What XML cannot hold, or what a reader would take for it: written as _xHHHH_."""
WIDTHS = {"number": 12, "money": 16, "date": 12, "datetime": 20}

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
    """An xlsx file on its way: `take` gives what was made of it since the last time."""

    def __init__(self, title: str, columns: Columns) -> None:
        self._title, self._columns = title, columns
        self._letters = [workbook.letters(position) for position in range(len(columns))]
        self._made = _Pieces()
        self._zip = zipfile.ZipFile(self._made, "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]
        self._zip.writestr(workbook.CONTENT_TYPES_AT, workbook.CONTENT_TYPES)
        self._names: list[str] = []
        self._sheet: Any = None
        self._next = self._size = 0
        self._add_sheet()

    def add(self, rows: Rows) -> None:
        """Write rows; more than a worksheet holds go on in the next one."""
        for row in rows:
            if self._next > ROWS_PER_SHEET or self._size > LARGEST_SHEET:
                self._add_sheet()
            self._write_row(
                [self._cell(place, cell, column["kind"]) for place, cell, column in zip(self._letters, row, self._columns, strict=True)]
            )

    def take(self) -> bytes:
        """The next piece of the file."""
        return self._made.take()

    def close(self) -> None:
        """Write the rest."""
        self._end_sheet()
        for name, content in workbook.frame(self._names):
            self._zip.writestr(name, content)
        self._zip.close()

    def _add_sheet(self) -> None:
        self._end_sheet()
        number = len(self._names) + 1
        self._names.append(sheet_name(self._title if number == 1 else f"{self._title[:25]} {number}"))
        self._sheet = self._zip.open(workbook.sheet_at(number), "w")
        self._next, self._size = 1, 0
        self._sheet.write(workbook.sheet_start(WIDTHS.get(column["kind"], 22) for column in self._columns).encode())
        self._write_row(
            [_text(place, column["label"], 1, workbook.BOLD) for place, column in zip(self._letters, self._columns, strict=True)]
        )

    def _end_sheet(self) -> None:
        if self._sheet is not None:
            self._sheet.write(workbook.SHEET_END)
            self._sheet.close()
            self._sheet = None

    def _write_row(self, cells: list[str]) -> None:
        xml = f'<row r="{self._next}">{"".join(cells)}</row>'.encode()
        self._sheet.write(xml)
        self._next, self._size = self._next + 1, self._size + len(xml)

    def _cell(self, place: str, cell: str | None, kind: str) -> str:
        if cell is None:
            return ""
        if kind in ("number", "money") and _fits(cell):
            return f'<c r="{place}{self._next}" s="{workbook.STYLES.get(kind, 0)}"><v>{cell}</v></c>'
        if kind in ("date", "datetime") and (moment := datetime.fromisoformat(cell)) >= FIRST_DAY:
            since = moment - DAY_ZERO
            return f'<c r="{place}{self._next}" s="{workbook.STYLES[kind]}"><v>{since.days + since.seconds / 86400}</v></c>'
        # A string is never run as a formula; the prefix keeps it one when somebody edits the cell.
        return _text(place, cell[:LONGEST_CELL], self._next, workbook.PREFIXED if looks_like_formula(cell) else 0)


class _Pieces:
    """A file that cannot be sought in: what is written waits until it is taken."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._waiting.append(piece)
        return len(piece)

    def flush(self) -> None:
        """Nothing is kept back."""

    def take(self) -> bytes:
        taken, self._waiting = b"".join(self._waiting), []
        return taken


def xlsx_stream(title: str, columns: Columns, pages: Iterator[Rows]) -> Iterator[bytes]:
    """A workbook, piece by piece. The writing is done in a real thread."""
    book = Workbook(title, columns)
    try:
        for rows in pages:
            run_blocking(book.add, rows)
            if piece := book.take():
                yield piece
    finally:
        # Also where nobody reads on: an unfinished zip complains when it is thrown away.
        run_blocking(book.close)
    yield book.take()


def sheet_name(title: str) -> str:
    """A name a worksheet may have."""
    return "".join(char for char in title if char not in "[]:*?/\\'" and char.isprintable())[:31] or "Sheet1"


def _text(place: str, text: str, row: int, style: int) -> str:
    written = escape(UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text))
    return f'<c r="{place}{row}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{written}</t></is></c>'


def _fits(cell: str) -> bool:
    """Whether a spreadsheet's binary number shows exactly these digits; a larger one stays text."""
    return Decimal(f"{float(cell):.16g}") == Decimal(cell)
