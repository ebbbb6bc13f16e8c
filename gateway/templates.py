"""The xlsx file a person fills in to import: headings, the choices each column allows, formats that keep numbers as typed."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_range_abs

from gateway.sheets import sheet_name
from gateway.workbook import FORMATS

LAST_ROW = 50_000
AS_TYPED = "@"


def template_file(told: dict[str, Any]) -> bytes:
    """The workbook."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)  # type: ignore[arg-type]
    sheet = book.add_worksheet(sheet_name(told["title"]))
    choices = book.add_worksheet(sheet_name("choices"))
    bold = book.add_format({"bold": True})
    sheet.freeze_panes(1, 0)
    for position, column in enumerate(told["columns"]):
        form = book.add_format({"num_format": FORMATS.get(column["kind"], AS_TYPED)})
        sheet.set_column(position, position, 18, form)
        sheet.write_string(0, position, heading(column), bold)
        if column["choices"]:
            choices.write_string(0, position, column["label"], bold)
            choices.write_column(1, position, column["choices"])
            _allow(sheet, position, column, choices.get_name())
    book.close()
    return file.getvalue()


def heading(column: dict[str, Any]) -> str:
    """The heading of a column; a star marks one that must be filled."""
    return str(column["label"]) + ("*" if column["required"] else "")


def _allow(sheet: Any, position: int, column: dict[str, Any], choices: str) -> None:
    if column["kind"] == "choice":
        source = f"='{choices}'!{xl_range_abs(1, position, len(column['choices']), position)}"
        sheet.data_validation(1, position, LAST_ROW, position, {"validate": "list", "source": source, "ignore_blank": True})
