"""Reading a spreadsheet that somebody uploaded: xlsx or csv, in whatever encoding, within limits; all cells as text.

Everything here is plain work on a file, to be run in a real thread.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO

import python_calamine

from shared.errors import Invalid

MOST_ROWS = 50_000
MOST_COLUMNS = 200
MOST_INFLATED = 200 * 1024 * 1024
LONGEST_CELL = 32_767
CHUNK = 1024 * 1024

ZIP_MAGIC = b"PK\x03\x04"
BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
CHINESE = {"gb18030": ("gb2312", {*range(0xA1, 0xAA), *range(0xB0, 0xD8)}), "big5": ("big5", {*range(0xA1, 0xA4), *range(0xA4, 0xC7)})}
"""Per encoding, the character set and the lead bytes of its signs and of its characters of the first level."""
DELIMITERS = ",;\t|"
FORMULA_START = frozenset("=+-@\t\r\n\x00＝＋－＠")
CELL_WITH_VALUE = re.compile(rb"<(?:\w+:)?c\s(?:[^>]*?\s)?r=[\"']([A-Z]{1,3})([0-9]{1,7})[\"'][^>]*(?<!/)>")
CELL_WITHOUT_PLACE = re.compile(rb"<(?:\w+:)?c(?:\s(?![^>]*\br=)[^>]*)?(?<!/)>")
ROW = re.compile(rb"<(?:\w+:)?row\s(?:[^>]*?\s)?r=[\"']([0-9]{1,7})[\"']")
LONGEST_TAG = 64 * 1024

Cells = list[str | None]


@dataclass(frozen=True)
class Sheet:
    """What a file holds: its headings, and its rows with the number each has in the spreadsheet (the first is row 2)."""

    headings: list[str]
    rows: list[tuple[int, Cells]]


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet might take a text for a formula; blanks before it do not help."""
    start = text.lstrip(" \u3000\ufeff")[:1]
    return start in FORMULA_START and start != ""


def read_sheet(stream: BinaryIO, file_name: str) -> Sheet:
    """Read a seekable stream by the kind its name says and its content must be. Raises Invalid naming what is wrong with the file."""
    kind = file_name.rpartition(".")[2].casefold()
    if kind not in ("xlsx", "csv"):
        raise _refused("unsupported_file_type", kinds="xlsx, csv")
    start = stream.read(8)
    stream.seek(0)
    if not start:
        raise _refused("file_is_empty")
    if (kind == "xlsx") != start.startswith(ZIP_MAGIC):
        raise _refused("content_differs_from_name", file_name=file_name)
    rows = _xlsx_rows(stream) if kind == "xlsx" else _csv_rows(stream.read())
    return _sheet(rows)


def _sheet(rows: Iterable[Cells]) -> Sheet:
    walk = enumerate(rows, start=1)
    headings = next((_trimmed(cells) for _, cells in walk if any(cells)), [])
    if not headings:
        raise _refused("file_is_empty")
    if len(headings) > MOST_COLUMNS:
        raise _refused("too_many_columns", max=MOST_COLUMNS)
    names = [(heading or "").strip() for heading in headings]
    _check_headings(names)
    found = []
    for number, cells in walk:
        if any(cells):
            found.append((number, _fitted(cells, len(names), number)))
        if len(found) > MOST_ROWS:
            raise _refused("too_many_rows", max=MOST_ROWS)
    return Sheet(names, found)


def _check_headings(names: list[str]) -> None:
    for position, name in enumerate(names, start=1):
        if not name:
            raise _refused("column_without_heading", column=position)
        if len(name) > 200:
            raise _refused("heading_too_long", column=position)
        if names.index(name) != position - 1:
            raise _refused("repeated_heading", heading=name)


def _trimmed(cells: Cells) -> Cells:
    length = max((position for position, cell in enumerate(cells, start=1) if cell and cell.strip()), default=0)
    return cells[:length]


def _fitted(cells: Cells, width: int, number: int) -> Cells:
    if any(cell and cell.strip() for cell in cells[width:]):
        raise _refused("cell_without_heading", row=number)
    if any(cell and len(cell) > LONGEST_CELL for cell in cells):
        raise _refused("cell_too_long", row=number, max=LONGEST_CELL)
    return [*cells[:width], *([None] * (width - len(cells)))]


def _csv_rows(raw: bytes) -> Iterator[Cells]:
    text = _decoded(raw)
    if "\x00" in text:
        raise _refused("content_differs_from_name", file_name="csv")
    start = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=lambda one: re.sub(r'"[^"]*"', "", start).count(one))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if len(cells) > MOST_COLUMNS * 2:
                raise _refused("too_many_columns", max=MOST_COLUMNS)
            yield [cell.strip() or None for cell in cells]
    except csv.Error:
        raise _refused("unreadable_csv", line=reader.line_num) from None


def _decoded(raw: bytes) -> str:
    """UTF-8 where it is that, else GB18030 or Big5, whichever gives the commoner characters."""
    for bom, encoding in BOMS.items():
        if raw.startswith(bom):
            return _decode(raw, encoding)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return _decode(raw, max(CHINESE, key=lambda encoding: _plausibility(raw, encoding)))


def _plausibility(raw: bytes, encoding: str) -> float:
    """The share of characters that stand in the encoding's first level: the few thousand that nearly all writing is made of."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return -1
    charset, leads = CHINESE[encoding]
    chinese = [char for char in text if not char.isascii()]
    return sum(char.encode(charset, "replace")[0] in leads for char in chinese) / (len(chinese) or 1)


def _decode(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        raise _refused("unknown_encoding") from None


def _xlsx_rows(stream: BinaryIO) -> Iterator[Cells]:
    try:
        _check_archive(stream)
        stream.seek(0)
        with python_calamine.load_workbook(stream) as book:
            sheet = book.get_sheet_by_index(0)
            for row in sheet.iter_rows():
                yield [_text(cell) for cell in row]
    except (zipfile.BadZipFile, python_calamine.CalamineError, ValueError, OSError, KeyError, IndexError, EOFError):
        raise _refused("unreadable_xlsx") from None


def _check_archive(stream: BinaryIO) -> None:
    """Unpack without keeping anything: how large it really is, and how far the outermost cell lies, before anybody makes a table of it."""
    inflated = 0
    with zipfile.ZipFile(stream) as archive:
        if not {"[Content_Types].xml", "xl/workbook.xml"} <= set(archive.namelist()):
            raise _refused("unreadable_xlsx")
        for member in archive.infolist():
            member.file_size = MOST_INFLATED * 2  # what the archive says of itself may be a lie
            extent = _Extent()
            with archive.open(member) as content:
                while piece := content.read(CHUNK):
                    inflated += len(piece)
                    if inflated > MOST_INFLATED:
                        raise _refused("file_too_large_unpacked", max=MOST_INFLATED // CHUNK)
                    if member.filename.startswith("xl/worksheets/"):
                        extent.look_at(piece)


class _Extent:
    """How far the cells of a worksheet reach. Two cells in opposite corners would make a table of billions."""

    def __init__(self) -> None:
        self._rest = b""
        self._has_cells_without_place = False
        self._last_row = 0

    def look_at(self, piece: bytes) -> None:
        """Look at the next piece of its XML. Raises Invalid when it reaches too far."""
        xml = self._rest + piece
        for column, row in CELL_WITH_VALUE.findall(xml):
            if _column_number(column) > MOST_COLUMNS:
                raise _refused("too_many_columns", max=MOST_COLUMNS)
            self._check_row(int(row))
        self._has_cells_without_place = self._has_cells_without_place or bool(CELL_WITHOUT_PLACE.search(xml))
        self._last_row = max([self._last_row, *(int(row) for row in ROW.findall(xml))])
        if self._has_cells_without_place:
            self._check_row(self._last_row)
        self._rest = xml[xml.rfind(b"<") :]
        if len(self._rest) > LONGEST_TAG:
            raise _refused("unreadable_xlsx")

    def _check_row(self, number: int) -> None:
        if number > MOST_ROWS + 1:
            raise _refused("too_many_rows", max=MOST_ROWS)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _text(cell: Any) -> str | None:
    """A cell as people read it: whole numbers without a point, dates as ISO."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return _number(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell).strip() or None


def _number(value: float) -> str:
    """A spreadsheet shows fifteen digits; what lies behind them is the error of binary fractions."""
    return format(Decimal(f"{value:.15g}"), "f")


def _refused(code: str, **params: object) -> Invalid:
    return Invalid.field("file", code, **params)
