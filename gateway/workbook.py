"""The parts of an xlsx file (ECMA-376) that are the same whatever its rows: types, styles, the frame around the worksheets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.sax.saxutils import quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
START = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

CONTENT_TYPES_AT = "[Content_Types].xml"
CONTENT_TYPES = (
    f'{START}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="{TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{TYPE}.styles+xml"/></Types>'
)
"""It stands first, when nobody knows yet how many worksheets there will be: whatever else is XML is one."""

BOLD, PREFIXED = 1, 2
STYLES = {"money": 3, "date": 4, "datetime": 5}
"""The styles of cells by the kind of their column; 0 is plain, and a prefixed text is never taken for a formula."""
FORMATS = {"money": "#,##0.00", "date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm:ss"}
STYLE_SHEET = (
    f'{START}<styleSheet xmlns="{MAIN}">'
    f'<numFmts count="3"><numFmt numFmtId="166" formatCode="{FORMATS["money"]}"/><numFmt numFmtId="164" formatCode="{FORMATS["date"]}"/>'
    f'<numFmt numFmtId="165" formatCode="{FORMATS["datetime"]}"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="6">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>'
    '<xf numFmtId="166" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
SHEET_END = b"</sheetData></worksheet>"


def sheet_at(number: int) -> str:
    """Where a worksheet stands in the file, counted from 1."""
    return f"xl/worksheets/sheet{number}.xml"


def sheet_start(widths: Iterable[int]) -> str:
    """A worksheet up to its first row, which stays in sight."""
    columns = "".join(f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>' for at, width in enumerate(widths, start=1))
    view = '<sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView>'
    return f'{START}<worksheet xmlns="{MAIN}"><sheetViews>{view}</sheetViews>{f"<cols>{columns}</cols>" if columns else ""}<sheetData>'


def frame(names: list[str]) -> Iterator[tuple[str, str]]:
    """The parts that hold worksheets of these names together, each with its place."""
    numbered = list(enumerate(names, start=1))
    sheets = "".join(f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>' for number, name in numbered)
    links = "".join(_link(number, "worksheet", f"worksheets/sheet{number}.xml") for number, _ in numbered)
    styles = _link(len(names) + 1, "styles", "styles.xml")
    yield "_rels/.rels", f'{START}<Relationships xmlns="{RELATIONS}">{_link(1, "officeDocument", "xl/workbook.xml")}</Relationships>'
    yield "xl/workbook.xml", f'{START}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>'
    yield "xl/_rels/workbook.xml.rels", f'{START}<Relationships xmlns="{RELATIONS}">{links}{styles}</Relationships>'
    yield "xl/styles.xml", STYLE_SHEET


def letters(position: int) -> str:
    """What a column is called, counted from 0: A, B, ..., Z, AA."""
    before, rest = divmod(position, 26)
    return (letters(before - 1) if before else "") + chr(ord("A") + rest)


def _link(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
