"""Export: pages from a service become one file on its way to the browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response

from gateway.attachments import as_download
from gateway.desk import Desk, query
from gateway.problems import Refused
from gateway.sheets import CSV, XLSX, Rows, csv_stream, xlsx_stream
from gateway.table import Route
from shared.errors import DeadlineExceeded, Malformed, Unavailable

View = Callable[..., Response]

TRIES = 5


def export(route: Route, desk: Desk) -> View:
    """Send all rows of a list as xlsx or csv. Everything that can be refused is refused before the first byte."""

    def view() -> Response:
        headers = desk.enter(route)
        kind, params = chosen_format(), query("format")
        pages = Pages(desk, route.rpc, params, headers)
        total = pages.first["total"]
        desk.audit("exported", module=route.path.strip("/").removesuffix("/export"), format=kind, rows=total, **params)
        return sheet_response(pages, kind, desk)

    return view


@dataclass
class Pages:
    """The pages of one export or result. The first is asked for at once; a service that restarts in between is waited for."""

    desk: Desk
    rpc: str
    arguments: dict[str, Any]
    headers: dict[str, str]

    def __post_init__(self) -> None:
        self.first: dict[str, Any] = self.desk.ask(self.rpc, self.arguments, self.headers)["body"]

    def rows(self) -> Iterator[Rows]:
        """The rows, page by page."""
        page = self.first
        while True:
            yield page["rows"]
            if page["next"] is None:
                return
            page = self._ask(page["next"])

    def _ask(self, after: Any) -> dict[str, Any]:
        for attempt in range(1, TRIES + 1):
            try:
                page: dict[str, Any] = self.desk.ask(self.rpc, {**self.arguments, "after": str(after)}, self.headers)["body"]
            except (Unavailable, DeadlineExceeded):
                if attempt == TRIES:
                    raise
            except Refused as refused:
                if attempt == TRIES or refused.status not in (503, 504):
                    raise
            else:
                return page
            time.sleep(0.5 * attempt)
        raise AssertionError("unreachable")


def chosen_format() -> str:
    """xlsx or csv, as the query says. Raises Malformed."""
    kind: str = query().get("format", "xlsx")
    if kind not in ("xlsx", "csv"):
        raise Malformed.parameter("format", "invalid_choice", choices="xlsx, csv")
    return kind


def sheet_response(pages: Pages, kind: str, desk: Desk) -> Response:
    """The pages as a file to download, named after what they show and the day."""
    title, columns = pages.first["title"], pages.first["columns"]
    name = f"{title.rpartition('.')[0] or title} {desk.today()}.{kind}"
    if kind == "csv":
        return as_download(csv_stream(columns, pages.rows()), name, CSV)
    return as_download(xlsx_stream(title, columns, pages.rows()), name, XLSX)
