"""Membership in a query's result, so that the database can use an index even where it stands beside other choices."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class one_of(FunctionElement[bool]):
    """`one_of(column, query)`: whether a column is among the values a query of one column gives.

    The same as `column.in_(query)`, but PostgreSQL runs the query first: it uses no index for an IN with a query beside an OR.
    """

    name = "one_of"
    type = Boolean()
    inherit_cache = True

    def __init__(self, column: Any, query: Select[Any] | Any) -> None:
        super().__init__(column, query.scalar_subquery())

    def self_group(self, against: Any = None) -> Any:
        """A condition as it stands; SQLite would be asked whether it equals 1, and use no index."""
        return self


@compiles(one_of)
def _in(element: one_of, compiler: Any, **options: Any) -> str:
    column, query = element.clauses
    return f"{compiler.process(column, **options)} IN {compiler.process(query, **options)}"


@compiles(one_of, "postgresql")
def _any(element: one_of, compiler: Any, **options: Any) -> str:
    column, query = element.clauses
    return f"{compiler.process(column, **options)} = ANY (ARRAY{compiler.process(query, **options)})"
