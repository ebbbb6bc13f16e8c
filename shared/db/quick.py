"""Small reads that nearly every request makes: compiled once, then sent straight to the driver.

SQLAlchemy's execution of a statement takes five to ten times as long as SQLite's answer to one of these.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import Dialect

Row = tuple[Any, ...]


class Quick:
    """A constant SELECT of plain columns, as the driver runs it.

    Values go in and come out as the driver has them: use it for ids, texts, whole numbers and yes or no (0 or 1 on SQLite), not for
    money, moments or JSON. Parameters are the statement's `bindparam`s; a list (`in_` with values) cannot stand in it.
    """

    def __init__(self, statement: Any) -> None:
        self.statement = statement
        self._compiled: dict[str, tuple[str, tuple[str, ...], dict[str, Any]]] = {}

    def rows(self, connection: Connection, **parameters: Any) -> list[Row]:
        """All rows, in the transaction of a connection."""
        return self.run(connection.connection, connection.dialect, parameters)

    def first(self, connection: Connection, **parameters: Any) -> Row | None:
        """The first row, if there is one."""
        found = self.rows(connection, **parameters)
        return found[0] if found else None

    def run(self, connection: Any, dialect: Dialect, parameters: dict[str, Any]) -> list[Row]:
        """All rows on a driver's connection."""
        text, order, given = self._on(dialect)
        values: Any = {**given, **parameters}
        cursor = connection.cursor()
        try:
            cursor.execute(text, tuple(values[name] for name in order) if order else values)
            return list(cursor.fetchall())
        finally:
            cursor.close()

    def _on(self, dialect: Dialect) -> tuple[str, tuple[str, ...], dict[str, Any]]:
        found = self._compiled.get(dialect.name)
        if found is None:
            compiled: Any = self.statement.compile(dialect=dialect)
            assert not compiled.post_compile_params, "a list is put into the text with each execution; this runs the text as it is"
            order = tuple(compiled.positiontup or ()) if compiled.positional else ()
            found = self._compiled[dialect.name] = (str(compiled), order, dict(compiled.construct_params(_check=False)))
        return found
