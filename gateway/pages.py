"""The pages of a list or a result, which a service gives one after the other, as one file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from gateway.sheets import CSV, XLSX, Rows, csv_stream, xlsx_stream

TRIES = 5
PASSING = (503, 504)
"""Statuses of what may be answered in a moment."""
FORMATS = {"xlsx": XLSX, "csv": CSV}
"""The content type of each kind of file."""

Ask = Callable[[dict[str, Any]], dict[str, Any]]
"""Gives the page that these arguments ask for; raises an error with a status."""


class Pages:
    """Pages in a row. The first is asked for at once; a service that restarts in between is waited for."""

    def __init__(self, ask: Ask, arguments: dict[str, Any]) -> None:
        self._ask, self._arguments = ask, arguments
        self.first = ask(arguments)

    def rows(self) -> Iterator[Rows]:
        """The rows, page by page."""
        page = self.first
        while True:
            yield page["rows"]
            if page["next"] is None:
                return
            page = self._patiently({**self._arguments, "after": str(page["next"])})

    def file(self, kind: str, rows: Iterator[Rows] | None = None) -> Iterator[bytes]:
        """The file, piece by piece; `rows` stand in for the plain ones, where somebody looks on."""
        columns, given = self.first["columns"], rows or self.rows()
        return csv_stream(columns, given) if kind == "csv" else xlsx_stream(self.first["title"], columns, given)

    def _patiently(self, arguments: dict[str, Any]) -> dict[str, Any]:
        for attempt in range(1, TRIES):
            try:
                return self._ask(arguments)
            except Exception as error:
                if getattr(error, "status", None) not in PASSING:
                    raise
            time.sleep(0.5 * attempt)
        return self._ask(arguments)


def file_name(title: str, day: date, kind: str) -> str:
    """What a file is called: after what it shows, and the day."""
    return f"{title.rpartition('.')[0] or title} {day}.{kind}"
